"""What happened since a person was here: how often, to whom last, and the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from budget_system.admin.since_filter import PARAMETER, since_parameter
from spending.reports.today.since import Occurrences, Since


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    number: str
    what: str
    names: str
    url: str


def events_since(since: Since) -> Sequence[Event]:
    """Return what happened, in the order of the page; what did not happen too."""
    lists: Sequence[tuple[Occurrences, str, str, str, dict[str, str]]] = (
        (since.paused, "campaign paused", "campaigns paused", "campaigns_statusevent", {"what": "paused"}),
        (since.woke, "campaign resumed", "campaigns resumed", "campaigns_statusevent", {"what": "resumed"}),
        (since.budget_changes, "budget changed", "budgets changed", "brands_change", {"values": "budgets"}),
        (since.imports, "report imported", "reports imported", "spending_import", {}),
        (since.resets, "reset of counters", "resets of counters", "spending_reset", {}),
    )
    return [_event(since, *one) for one in lists]


def _event(since: Since, happened: Occurrences, one: str, many: str, model: str, filters: dict[str, str]) -> Event:
    query = urlencode({PARAMETER: since_parameter(since.at), **filters})
    number = happened.number
    named = ", ".join(happened.names)
    is_more = happened.is_more or number > len(happened.names)
    return Event(
        number=f"{number:,}{'+' if happened.is_more else ''}",
        what=one if number == 1 and not happened.is_more else many,
        names=f"{named} …" if named and is_more else named,
        url=f"{reverse(f'admin:{model}_changelist')}?{query}",
    )
