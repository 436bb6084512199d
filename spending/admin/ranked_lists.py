"""Lists of brands and campaigns that are ordered and filtered by what is spent of their budgets."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Exists, Expression, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from brands.models import Brand
from budget_system.admin.changelists import ListAdmin
from spending.models import BrandTotal, CampaignTotal, Period
from spending.reports.clocks import clocks_of, zones_by_today
from spending.reports.pacing.owners import PERIODS
from spending.reports.ranking import Ranking

_M = TypeVar("_M", bound=Model)

_RANKING = "budget_system_ranking"
SILENT_DAYS = 3
NEAR_PERCENT = 80


class RankedListAdmin(ListAdmin[_M]):
    """Comes before the classes that hold the rows' services."""

    brand_lookup: ClassVar[str] = ""
    """From a row to its brand; empty for brands."""

    def rows_to_list(self, request: HttpRequest, rows: QuerySet[_M]) -> QuerySet[_M]:
        """Join the totals of today and this month, where something asks for them."""
        return self.ranking(request).joined(super().rows_to_list(request, rows))

    def calculated_orders(self, request: HttpRequest) -> Mapping[str, Expression]:
        """Order by what is spent of the budget that binds, and by the month's pace."""
        ranking = self.ranking(request)
        orders = {"share": ranking.share(), "month_pace": ranking.month_pace()}
        return {**orders, **{f"{period}_share": ranking.own_share(period) for period in PERIODS}}

    def default_order(self, request: HttpRequest) -> Sequence[str]:
        """Return first what is furthest from its plan, where that is what is looked for."""
        return BudgetFilter.orders.get(request.GET.get(BudgetFilter.parameter_name, ""), super().default_order(request))

    def ranking(self, request: HttpRequest) -> Ranking:
        """Return the expressions of the list; the clocks are read once for a request."""
        known: Ranking | None = getattr(request, _RANKING, None)
        if known is None:
            known = Ranking(clocks_of(Brand.everything.all(), now=timezone.now()), self.brand_lookup)
            setattr(request, _RANKING, known)
        return known


class RankedFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """A filter whose choices are conditions."""

    choices_of: ClassVar[tuple[tuple[str, str], ...]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the choices."""
        return list(self.choices_of)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """Keep the rows of the chosen one."""
        chosen = self.value()
        if chosen not in dict(self.choices_of):
            return queryset
        return queryset.filter(self.condition(str(chosen), cast(Any, self).admin.ranking(request)))

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.admin = model_admin
        super().__init__(request, params, model, model_admin)

    def condition(self, chosen: str, ranking: Ranking) -> Q:
        """Return the condition of a choice."""
        raise NotImplementedError


class BudgetFilter(RankedFilter):
    """Keeps rows by what is spent of their budgets."""

    title = "budget"
    parameter_name = "budget"
    choices_of = (
        ("near", f"over {NEAR_PERCENT} % used"),
        ("used_up", "used up"),
        ("early", "running out early"),
        ("nothing", "budget of 0.00"),
        ("under", "month under plan"),
        ("over", "month over plan"),
    )

    orders: ClassVar[Mapping[str, Sequence[str]]] = {
        "early": ("-month_pace",),
        "under": ("month_pace",),
        "over": ("-month_pace",),
    }
    """The order of the rows that a choice keeps, while nobody has chosen another."""

    def condition(self, chosen: str, ranking: Ranking) -> Q:
        """Return the condition of a choice: of any budget that holds for a row, or of its own month's pace."""
        match chosen:
            case "near":
                return ranking.at_least(NEAR_PERCENT)
            case "used_up":
                return ranking.at_least(100)
            case "early":
                return ranking.runs_out_early()
            case "nothing":
                return ranking.nothing_allowed()
            case "under":
                return ranking.month_is_under()
        return ranking.month_is_over()


class SilentFilter(RankedFilter):
    """Keeps rows of which nothing is booked, today or on the last three days."""

    title = "spend"
    parameter_name = "silent"
    choices_of = (("3", f"no spend for {SILENT_DAYS} days"),)

    def condition(self, chosen: str, ranking: Ranking) -> Q:
        """Return the condition, for each of the dates that it is somewhere."""
        condition = Q(pk__in=())
        for day, zones in zones_by_today(ranking.clocks).items():
            booked = {"period": Period.DAY, "start__gte": day - timedelta(days=SILENT_DAYS), "amount__gt": 0}
            totals = (
                CampaignTotal.objects.filter(campaign=OuterRef("pk"), **booked)
                if ranking.brand
                else BrandTotal.objects.filter(brand=OuterRef("pk"), **booked)
            )
            condition |= Q(**{ranking.zone_lookup: zones}) & ~Q(Exists(totals))
        return condition
