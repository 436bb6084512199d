"""Why a campaign is paused: what holds, by which figures, since when and by whom, and what clears it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from budget_system.admin.authors import author
from budget_system.admin.local_times import short
from budget_system.core.money import ZERO, money
from campaigns.admin.messages import clears
from campaigns.models import PauseReason
from campaigns.status import REMEDIES_OF_MANUAL, RULES, EndsWith
from spending.reports.explanations import Cause, Explanation, Figure, Line

PERIODS: Final[Mapping[EndsWith, str]] = {EndsWith.THE_DAY: "day", EndsWith.THE_MONTH: "month"}
BUDGETS: Final[Mapping[EndsWith, str]] = {EndsWith.THE_DAY: "daily budget", EndsWith.THE_MONTH: "monthly budget"}


@dataclass(frozen=True, slots=True)
class ShownReason:
    """One reason at one owner, as it is read."""

    title: str
    figures: str = ""
    since: str = ""
    note: str = ""
    clears: str = ""


def reasons_that_hold(explained: Explanation) -> list[ShownReason]:
    """Return what blocks the campaign, in the order of the verdict."""
    return [
        ShownReason(
            _title(line, cause),
            _figures(line, cause, explained.campaign.brand.currency),
            _since(cause, explained),
            cause.note or "",
            _clears(line, cause, explained),
        )
        for line, cause in _causes(explained, holds=True)
    ]


def reasons_that_do_not_hold(explained: Explanation) -> list[ShownReason]:
    """Return what else could block the campaign, and how far it is from that."""
    currency = explained.campaign.brand.currency
    return [
        ShownReason(_subject(line, cause), _figures(line, cause, currency) or "no")
        for line, cause in _causes(explained, holds=False)
    ]


def _causes(explained: Explanation, *, holds: bool) -> Iterator[tuple[Line, Cause]]:
    return ((line, cause) for line in explained.lines for cause in line.causes if cause.holds == holds)


def _ends_with(line: Line) -> EndsWith:
    return RULES[line.reason].ends_with


def _subject(line: Line, cause: Cause) -> str:
    """Return what a line asks about an owner, whether it holds or not."""
    if line.reason == PauseReason.MANUAL:
        return "Its brand is held" if cause.owner == "brand" else str(line.reason.label).capitalize()
    if budget := BUDGETS.get(_ends_with(line)):
        whose = "Its brand's" if cause.owner == "brand" else "Its own"
        return f"{whose} {budget}"
    return str(line.reason.label).capitalize()


def _title(line: Line, cause: Cause) -> str:
    """Return what holds."""
    subject = _subject(line, cause)
    if _ends_with(line) in BUDGETS:
        allowed = cause.figures["budget"] != str(ZERO)
        return f"{subject}: {'used up' if allowed else 'nothing may be spent'}"
    stated = cause.figures.get("stated_reason")
    return f"{subject}, who stated: {PauseReason(str(stated)).label}" if stated else subject


def _figures(line: Line, cause: Cause, currency: str) -> str:
    if _ends_with(line) in BUDGETS:
        return _money(cause.figures, currency)
    if _ends_with(line) == EndsWith.CLOSED_HOURS:
        number = cause.figures["active_schedules"]
        return f"{number} active window{'' if number == 1 else 's'}" if number else "no windows: it may run at any hour"
    return ""


def _money(figures: Mapping[str, Figure], currency: str) -> str:
    spent = Decimal(str(figures["spent"]))
    if figures["budget"] is None:
        return f"no limit; {money(spent, currency)} {currency} spent"
    budget, left = Decimal(str(figures["budget"])), Decimal(str(figures["left"]))
    more = f"over by {money(-left, currency)}" if left < ZERO else f"{money(left, currency)} left"
    return f"{money(spent, currency)} of {money(budget, currency)} {currency}" + (f", {more}" if left else "")


def _since(cause: Cause, explained: Explanation) -> str:
    if cause.set_at is None:
        return ""
    when = short(cause.set_at, explained.campaign.brand.timezone, now=explained.at)
    return f"Since {when}, by {author(cause.set_by)}"


def _clears(line: Line, cause: Cause, explained: Explanation) -> str:
    """Return when the line clears and how long it is until then, or what a person must do."""
    if line.reason == PauseReason.MANUAL:
        return f"Needs a person: {REMEDIES_OF_MANUAL[cause.owner]}"
    ends_with = _ends_with(line)
    if line.clears_at is None:
        if ends_with == EndsWith.CLOSED_HOURS:
            return "No window opens in the weeks to come; needs other schedules"
        return f"Needs {line.clears_by}"
    at = clears(line.clears_at, explained.campaign.brand.timezone, now=explained.at)
    if ends_with == EndsWith.CLOSED_HOURS:
        return f"Opens {at}; sooner with other schedules"
    return f"Clears {at}; sooner with a higher budget, a reset of the {PERIODS[ends_with]}, or spends that are restated"


def headline(explained: Explanation, holding: Sequence[ShownReason]) -> str:
    """Return in one sentence whether the campaign runs, and else when it does again."""
    campaign = explained.campaign
    if campaign.archived_at is not None:
        return "Archived: an administrator can restore it."
    if not holding:
        return "Nothing blocks it."
    if explained.runs_again_at is None:
        return "It stays paused until a person acts."
    at = clears(explained.runs_again_at, campaign.brand.timezone, now=explained.at)
    return f"Resumes {at}, if nothing else changes."
