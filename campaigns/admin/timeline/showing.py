"""Showing a timeline: a row for each item, on the brand's clock, with the figures that decided."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from brands.history.listing import Values, history_entry
from brands.models import Brand, Change, ChangeAction
from budget_system.admin.authors import author
from budget_system.admin.history import COLOURS, HistoryPage, currencies_of, describe_change, names_of
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import BrandAccess
from budget_system.core.money import ZERO, is_used_up, money
from budget_system.core.text import date_text
from campaigns.admin.pages import order_text, reason_text, status_change
from campaigns.admin.timeline.reading import TimelineItem, TimelinePage
from campaigns.models import CampaignStatus, StatusEvent
from scheduling.admin.messages import hours
from scheduling.models import DayOfWeek, Schedule
from spending.models import Reset

OWNERS: Final = {"brand": "its brand's", "campaign": "its own"}
ORDERED: Final = frozenset({"is_held", "paused_by_person", "stated_reason"})
"""What an order changes: its event says it already, with the note."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item, as a table shows it."""

    when: str
    what: SafeString
    details: SafeString
    by: str
    of: SafeString | str = ""
    """Which campaign, in a brand's table."""


@dataclass(frozen=True, slots=True)
class ShownTimeline:
    """A table of what happened, on the clock of the zone in its head."""

    timezone: str
    rows: Sequence[Row]
    more: bool


def shown_timeline(page: TimelinePage, brand: Brand, access: BrandAccess) -> ShownTimeline:
    """Return a page of a timeline as a table."""
    changes = [change for item in page.items for change in item.changes]
    described = _Described(changes, access)
    rows = [_row(item, described, brand, access) for item in page.items]
    return ShownTimeline(brand.timezone, rows, page.more)


def _row(item: TimelineItem, described: "_Described", brand: Brand, access: BrandAccess) -> Row:
    events, resets = item.events, item.resets
    changes = [change for change in item.changes if described.is_shown(change, events)]
    what = [
        *map(status_change, events),
        *described.pills(changes),
        *(pill(Colour.GREY, f"{reset.get_period_display()}'s spend reset") for reset in resets),
    ]
    details = [*map(event_details, events), *map(described.text, changes), *map(_reset_text, resets)]
    return Row(
        when=clock_text(item.at, brand.timezone),
        what=_joined(what),
        details=_joined(details),
        by=author(item.by),
        of=_campaign_link(events, access),
    )


def history_table(shown: ShownTimeline) -> HistoryPage:
    """Return a timeline as the table of a history page."""
    columns = ("When", "What", "Details", "By")
    rows = [(row.when, row.what, row.details, row.by) for row in shown.rows]
    return HistoryPage(columns, rows, shown.more, shown.timezone)


def event_details(event: StatusEvent) -> SafeString:
    """Return why a status changed: the reasons, the figures that decided, and what was ordered with its note."""
    order = order_text(event) if event.to_status else event.note
    lines = [reason_text(event), *figure_lines(event), order]
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines if line))


def figure_lines(event: StatusEvent) -> Iterator[str]:
    """Yield the figures on which a decision rests: of a pause those that are used up, else all of them."""
    currency = event.brand.currency
    for owner, periods in event.figures.items():
        for period, figures in periods.items():
            spent, budget, over = (Decimal(figures[name]) for name in ("spent", "budget", "overshoot"))
            if event.to_status == CampaignStatus.ACTIVE or is_used_up(spent, budget):
                more = f", over by {money(over, currency)}" if over > ZERO else ""
                of_budget = f"{money(spent, currency)} of {money(budget, currency)} {currency}"
                yield f"{OWNERS[owner]} {period}: {of_budget}{more}"


class _Described:
    """Changes with the names and currencies they mention, read once for all of them."""

    def __init__(self, changes: Sequence[Change], access: BrandAccess) -> None:
        self._entries = {change.pk: history_entry(change, access) for change in changes}
        entries = list(self._entries.values())
        windows = {change.object_id for change in changes if change.kind == Schedule._meta.model_name}
        self._names = names_of(entries, access) if entries else {}
        self._currencies = currencies_of(entries) if entries else {}
        self._windows: dict[UUID, Schedule] = Schedule.objects.in_bulk(windows) if windows else {}

    def is_shown(self, change: Change, events: Sequence[StatusEvent]) -> bool:
        """Return whether a change says more than the order beside it."""
        entry = self._entries[change.pk]
        named = set(entry.before) | set(entry.after)
        return not (any(event.order for event in events) and change.action == ChangeAction.CHANGED and named <= ORDERED)

    def pills(self, changes: Iterable[Change]) -> Iterator[SafeString]:
        """Yield what was done to what, and to how many."""
        for (kind, done), number in Counter((change.kind, change.action) for change in changes).items():
            action, name = ChangeAction(done), _NAMES.get(kind, kind)
            yield pill(COLOURS[action], f"{name} {action.label}" if number == 1 else f"{number} {name}s {action.label}")

    def text(self, change: Change) -> SafeString:
        """Return the values before and after."""
        entry = self._entries[change.pk]
        if change.kind != Schedule._meta.model_name:
            return describe_change(entry, self._names, self._currencies)
        whole = entry.after if entry.action == ChangeAction.CREATED else entry.before
        if entry.action in (ChangeAction.CREATED, ChangeAction.DELETED) and "start_time" in whole:
            return format_html("<div>{}</div>", _window_text(whole))
        window = self._windows.get(change.object_id)
        now = f"{window.get_day_of_week_display()} {hours(window)}" if window else "gone since"
        return format_html("<div>Window, now: {}</div>{}", now, describe_change(entry, self._names, self._currencies))


_NAMES: Final = {"campaign": "campaign", "schedule": "window", "brand": "brand"}


def _window_text(values: Values) -> str:
    over = " of the next day" if values.get("ends_next_day") else ""
    off = "" if values.get("is_active", True) else " (not active)"
    start, end = (str(values[name])[:5] for name in ("start_time", "end_time"))
    end = "24:00" if end == "00:00" else end
    return f"{DayOfWeek(values['day_of_week']).label} {start} – {end}{over}{off}"


def _reset_text(reset: Reset) -> SafeString:
    currency = reset.brand.currency
    text = f"{money(reset.cleared, currency)} {currency} of {date_text(reset.start)} cleared"
    return format_html("<div>{}</div>{}", text, format_html("<div>{}</div>", reset.note) if reset.note else "")


def _campaign_link(events: Sequence[StatusEvent], access: BrandAccess) -> SafeString | str:
    """Link to the campaign that an event is of, unless it has moved out of sight."""
    for event in events:
        if event.campaign is not None and access.sees(event.campaign.brand_id):
            address = change_url(event.campaign)
            return format_html('<a class="bs-link bs-wraps" href="{}">{}</a>', address, event.campaign)
    return ""


def _joined(parts: Sequence[SafeString | str]) -> SafeString:
    return format_html_join(mark_safe(" "), "{}", ((part,) for part in parts if part))
