"""A client's month in the texts of its page, the same in the admin and behind a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Final

from brands.admin.month.chart import Chart, draw_month
from brands.calendar import zone
from budget_system.admin.authors import author
from budget_system.core.money import ZERO, money
from budget_system.core.percents import HUNDRED, used_text
from budget_system.core.text import counted
from campaigns.models import Campaign, Platform
from campaigns.status import CLOSED_BIT, PauseReason, from_bits
from spending.reports.budget_history import DAILY, BudgetChange
from spending.reports.client_month import CampaignPause, ClientMonth
from spending.reports.client_month.paused import hours_of

MAX_PAUSES: Final = 100
"""Pauses that are listed one by one; the file has all."""
MAX_NAMES: Final = 3
NOT_LISTED: Final = frozenset(from_bits(CLOSED_BIT))
"""What happens each day as planned: its hours are summed, its times would only hide the others."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """A campaign's line, with its share of what was spent, in percent."""

    name: str
    platform: str
    spent: str
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change of a budget; `by` is for the admin alone."""

    when: str
    what: str
    before: str
    after: str
    by: str


@dataclass(frozen=True, slots=True)
class ShownMonth:
    """All that the page says."""

    brand: str
    title: str
    as_of: str
    timezone: str
    currency: str
    spent: str
    budget: str
    left_word: str
    left: str
    used: str
    is_over_budget: bool
    days_past: str
    days_past_amount: str
    hours_paused: str
    days: Sequence[Row]
    monthly_entries: str
    campaigns: Sequence[ShownCampaign]
    changes: Sequence[ShownChange]
    pause_sums: Sequence[Row]
    pauses: Sequence[Row]
    more_pauses: str
    chart: Chart
    has_daily_budget: bool


def show_month(month: ClientMonth) -> ShownMonth:
    """Return a month as its page says it."""
    return _Shower(month).month()


class _Shower:
    """Writes one month's amounts and times."""

    def __init__(self, month: ClientMonth) -> None:
        self._month = month
        self._currency = month.brand.currency
        self._clock = zone(month.brand.timezone)

    def month(self) -> ShownMonth:
        month, chart = self._month, draw_month(self._month)
        past = [day for day in month.days if day.overshoot]
        pauses, more = self._pauses()
        over = month.left is not None and month.left < ZERO
        return ShownMonth(
            brand=month.brand.name,
            title=f"{month.first:%B %Y}",
            as_of="" if month.is_over else self._at(month.now),
            timezone=month.brand.timezone,
            currency=self._currency,
            spent=self._amount(month.spent),
            budget=self._limit(month.budget),
            left_word="Overshoot" if over else "Left of the budget",
            left="" if month.left is None else self._amount(abs(month.left)),
            used=used_text(month.spent, month.budget) if month.budget else "",
            is_over_budget=over,
            days_past=counted(len(past), "day", "days") if past else "",
            days_past_amount=self._amount(month.days_overshoot),
            hours_paused=f"{hours_of(month.pauses):,f}",
            days=[
                (
                    f"{day.day:%a} {day.day.day} {day.day:%b}",
                    self._amount(day.spent),
                    self._limit(day.budget),
                    self._amount(day.overshoot) if day.overshoot else "",
                )
                for day in month.days
                if day.spent or not day.is_to_come
            ],
            monthly_entries=self._amount(month.monthly_entries) if month.monthly_entries else "",
            campaigns=[self._campaign(one.campaign, one.spent) for one in month.campaigns],
            changes=[self._change(change) for change in month.budget_changes],
            pause_sums=[
                (month.names[one.campaign_id], _sentence(one.reason), f"{one.times:,}", f"{one.hours:,f}")
                for one in month.pause_sums
            ],
            pauses=pauses,
            more_pauses=more,
            chart=chart,
            has_daily_budget=chart.has_budget,
        )

    def _campaign(self, campaign: Campaign, spent: Decimal) -> ShownCampaign:
        archived = ", archived" if campaign.archived_at is not None else ""
        platform = Platform(campaign.platform).label if campaign.platform else ""
        share = _share(spent, self._month.spent) if self._month.spent else None
        words = "" if share is None else f"{share}\N{NO-BREAK SPACE}%"
        return ShownCampaign(f"{campaign.name}{archived}", platform, self._amount(spent), words, str(share or 0))

    def _change(self, change: BudgetChange) -> ShownChange:
        whose = "" if change.campaign_id is None else f"{self._month.names[change.campaign_id]}: "
        field = "daily budget" if change.field == DAILY else "monthly budget"
        what = f"{whose}{field}"
        return ShownChange(
            self._at(change.at),
            what[:1].upper() + what[1:] if not whose else what,
            "new" if change.is_first else self._limit(change.before),
            self._limit(change.after),
            author(change.by),
        )

    def _pauses(self) -> tuple[Sequence[Row], str]:
        """Return the pauses that are listed, those of several campaigns at once as one, and how many more there are."""
        listed = [pause for pause in self._month.pauses if pause.reason not in NOT_LISTED]
        together = [list(group) for _, group in groupby(sorted(listed, key=_when_and_why), key=_when_and_why)]
        more = len(together) - MAX_PAUSES
        return [self._pause(group) for group in together[:MAX_PAUSES]], f"{more:,}" if more > 0 else ""

    def _pause(self, group: Sequence[CampaignPause]) -> Row:
        one = group[0]
        names = [self._month.names[pause.campaign_id] for pause in group]
        more = f" and {len(names) - MAX_NAMES:,} more" if len(names) > MAX_NAMES else ""
        end = "lasts" if one.lasts else self._at(one.end)
        shown = ", ".join(names[:MAX_NAMES]) + more
        return (self._at(one.start), end, shown, _sentence(one.reason), f"{hours_of([one]):,f}")

    def _at(self, at: datetime) -> str:
        clock = at.astimezone(self._clock)
        return f"{clock:%a} {clock.day} {clock:%b}, {clock:%H:%M}"

    def _amount(self, amount: Decimal) -> str:
        return money(amount, self._currency)

    def _limit(self, amount: Decimal | None) -> str:
        return "no limit" if amount is None else self._amount(amount)


def _when_and_why(pause: CampaignPause) -> tuple[datetime, datetime, str]:
    return pause.start, pause.end, pause.reason.value


def _share(part: Decimal, whole: Decimal) -> Decimal:
    """Return what part one amount is of all that was spent, in percent."""
    return (HUNDRED * part / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _sentence(reason: PauseReason) -> str:
    return f"{reason.label[:1].upper()}{reason.label[1:]}"
