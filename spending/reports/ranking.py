"""Ordering and filtering brands and campaigns by what is spent of their budgets, in the database.

Totals are joined as of each brand's own today. What comes of it is for finding rows; what is shown of them is
calculated from their figures. A share is a float, as no amount is: it only compares rows with each other.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import and_, or_
from typing import Any, Final, TypeVar

from django.db.models import (
    BigIntegerField,
    Case,
    DateField,
    Expression,
    ExpressionWrapper,
    F,
    Field,
    FilteredRelation,
    FloatField,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, NullIf
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, In, LessThan

from campaigns.pacing import BAND_NARROWS_BY, WIDEST_BAND
from spending.models import Period
from spending.reports.clocks import RUNS_OUT_FROM, Clock
from spending.reports.pacing.binding import ORDER
from spending.reports.pacing.owners import PERIODS

_M = TypeVar("_M", bound=Model)

BRAND, CAMPAIGN, MONTH = "brand", "campaign", "month"

SPENT_OF_NOTHING: Final = 1e18
"""The share of a budget of 0.00 of which something is spent all the same: above all others."""
USED_UP: Final = 1.0
"""The share of a budget of 0.00 of which nothing is spent: it is used up to the cent."""
NO_LIMIT: Final = -1.0
"""The share where there is no budget: below all others."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The conditions and the order of one list; `brand` is the lookup from a row to its brand, empty for brands."""

    clocks: Sequence[Clock]
    brand: str = ""

    def joined(self, rows: QuerySet[_M]) -> QuerySet[_M]:
        """Name the totals of the current day and month; one that nothing asks for is not joined."""
        totals: dict[str, Any] = {_alias(*limit): self._totals(*limit) for limit in self._limits}
        joined: QuerySet[_M] = rows.alias(**totals)
        return joined

    def share(self) -> Expression:
        """Return what part is spent of the budget that binds; a budget of 0.00 is used up."""
        used_up = [When(self._used_up(*limit), then=self._share(*limit)) for limit in self._limits]
        shares = [Coalesce(self._share(*limit), NO_LIMIT) for limit in self._limits]
        return Case(*used_up, default=Greatest(*shares), output_field=FloatField())

    def own_share(self, period: str) -> Expression:
        """Return what part is spent of a row's own budget of the day or the month."""
        return Coalesce(self._share(self._own, period), NO_LIMIT)

    def at_least(self, percent: int) -> Q:
        """Return the condition that so much is spent of one of the budgets, to the cent; of 0.00 all is."""
        return reduce(or_, (self._at_least(percent, *limit) for limit in self._limits))

    def month_pace(self) -> Expression:
        """Return the pace of the month's budget, its own or else its brand's, on a clock that is always open; null
        where it has none.
        """
        gone = self._by_zone({one.timezone: float(one.month_gone) for one in self.clocks}, FloatField())
        months = [limit for limit in reversed(self._limits) if limit[1] == MONTH]
        used = [When(**{f"{self._budget(*limit)}__isnull": False}, then=self._part(*limit)) for limit in months]
        return ExpressionWrapper(Case(*used, output_field=FloatField()) / gone, output_field=FloatField())

    def month_is_under(self) -> Q:
        """Return the condition that a row's own month is under plan, on a clock that is always open."""
        return self._off_plan(-1)

    def month_is_over(self) -> Q:
        """Return the condition that a row's own month is over plan, and not used up."""
        return self._off_plan(1)

    def runs_out_early(self) -> Q:
        """Return the condition that a budget of a row's own is used up before its period ends, if it goes on so, on a
        clock that is always open; of a day only once its rate says something.
        """
        lasts = reduce(and_, (self._lasts(period) for period in PERIODS))
        return reduce(or_, (self._ends_early(period) for period in PERIODS)) & lasts

    def nothing_allowed(self) -> Q:
        """Return the condition that a budget of a row's own is 0.00."""
        return reduce(or_, (Q(**{self._budget(self._own, period): 0}) for period in PERIODS))

    @property
    def zone_lookup(self) -> str:
        """The lookup by which rows of some time zones are kept."""
        return self._of(BRAND, "timezone__in")

    @property
    def _limits(self) -> Sequence[tuple[str, str]]:
        return ORDER if self.brand else [(owner, period) for owner, period in ORDER if owner == BRAND]

    @property
    def _own(self) -> str:
        return CAMPAIGN if self.brand else BRAND

    def _of(self, owner: str, column: str) -> str:
        """Return the lookup of a column of the row, or of its brand."""
        return f"{self.brand}__{column}" if owner != self._own else column

    def _totals(self, owner: str, period: str) -> FilteredRelation:
        relation = self._of(owner, "totals")
        starts = {one.timezone: one.this_month if period == MONTH else one.today for one in self.clocks}
        condition = Q(
            **{
                f"{relation}__period": Period.MONTH if period == MONTH else Period.DAY,
                f"{relation}__start__in": sorted(set(starts.values())),  # for the index; which it is says the next
                f"{relation}__start": self._by_zone(starts, DateField()),
            }
        )
        return FilteredRelation(relation, condition=condition)

    def _budget(self, owner: str, period: str) -> str:
        return self._of(owner, "monthly_budget" if period == MONTH else "daily_budget")

    def _spent(self, owner: str, period: str) -> Expression:
        """Return the counter, as whole cents."""
        total = _alias(owner, period)
        return Coalesce(_cents(f"{total}__amount") - _cents(f"{total}__cleared"), 0, output_field=BigIntegerField())

    def _part(self, owner: str, period: str) -> Expression:
        """Return what part of a budget is spent; null where nothing may be."""
        budget = NullIf(Cast(_cents(self._budget(owner, period)), FloatField()), 0.0)
        return ExpressionWrapper(Cast(self._spent(owner, period), FloatField()) / budget, output_field=FloatField())

    def _share(self, owner: str, period: str) -> Expression:
        budget = self._budget(owner, period)
        return Case(
            When(GreaterThan(self._spent(owner, period), 0) & Q(**{budget: 0}), then=Value(SPENT_OF_NOTHING)),
            When(**{budget: 0}, then=Value(USED_UP)),
            default=self._part(owner, period),
            output_field=FloatField(),
        )

    def _used_up(self, owner: str, period: str) -> Q:
        return Q(GreaterThanOrEqual(self._spent(owner, period), _cents(self._budget(owner, period))))

    def _at_least(self, percent: int, owner: str, period: str) -> Q:
        # Both sides stay far below what a column can hold: 10^18 cents is the most that a total comes to.
        part = Fraction(percent, 100)
        spent = self._spent(owner, period) * Value(part.denominator)
        return Q(GreaterThanOrEqual(spent, _cents(self._budget(owner, period)) * Value(part.numerator)))

    def _lasts(self, period: str) -> Q:
        budget = self._budget(self._own, period)
        return Q(**{f"{budget}__isnull": True}) | Q(LessThan(self._spent(self._own, period), _cents(budget)))

    def _ends_early(self, period: str) -> Q:
        parts = {
            one.timezone: one.month_gone / one.month_but_its_end
            if period == MONTH
            else one.day_gone / one.day_but_its_end
            if one.day_gone >= RUNS_OUT_FROM
            else Fraction(1)
            for one in self.clocks
        }
        bound = self._by_zone({tz: float(part) for tz, part in parts.items()}, FloatField())
        spent = self._spent(self._own, period)
        return Q(GreaterThanOrEqual(self._part(self._own, period), bound)) & Q(GreaterThan(spent, 0))

    def _off_plan(self, sign: int) -> Q:
        """Return the condition that a month is further off its plan than is still on track, at any but its first
        instant.
        """
        limit = {
            one.timezone: float(one.month_gone * (1 + sign * (WIDEST_BAND - BAND_NARROWS_BY * one.month_gone)))
            for one in self.clocks
        }
        owner, budget = self._own, self._budget(self._own, MONTH)
        share, bound = self._share(owner, MONTH), self._by_zone(limit, FloatField())
        compared = LessThan(share, bound) if sign < 0 else GreaterThan(share, bound)
        return Q(compared) & Q(**{f"{budget}__gt": 0}) & ~self._used_up(owner, MONTH)

    def _by_zone(self, values: Mapping[str, Any], field: "Field[Any, Any]") -> Expression:
        """Return the value of a row's time zone."""
        zones: dict[Any, list[str]] = defaultdict(list)
        for tz, value in values.items():
            zones[value].append(tz)
        *others, last = sorted(zones, key=lambda value: len(zones[value])) or [None]
        # Not by keywords: the condition of a join may name only what is joined, except in expressions.
        timezone = F(self._of(BRAND, "timezone"))
        whens = [When(In(timezone, zones[value]), then=Value(value)) for value in others]
        return Case(*whens, default=Value(last), output_field=field) if whens else Value(last, output_field=field)


def _alias(owner: str, period: str) -> str:
    return f"{owner}_{period}"


def _cents(column: str) -> Expression:
    """Return an amount's column as the whole cents that it holds."""
    return Cast(F(column), BigIntegerField())
