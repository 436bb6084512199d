"""The service that sets a campaign's week: what differs becomes created, changed and removed windows, in one go."""

from datetime import datetime, time
from typing import Final, NamedTuple, TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.history.recorder import ChangeRecorder
from brands.models import Change
from budget_system.core.actors import Actor
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign
from campaigns.status import CampaignStatus
from scheduling.models import Schedule
from scheduling.weeks import Week, WeekDifference, WeekWindow, week_difference, week_text
from spending.enforcement.transactions import enforcing_campaigns

STALE_WEEK: Final = "stale_week"
"""The code of the refusal where somebody else has changed the week."""
MOST_WINDOWS: Final = 350
"""A window for every half hour, and some: more is no week that a person has planned."""


class SavedWeek(NamedTuple):
    """What became of a campaign: the campaign as it is stored now, the status it had, and whether its week changed."""

    campaign: Campaign
    status_before: str
    changed: bool

    @property
    def pauses(self) -> bool:
        """Whether the campaign ran, and is paused now."""
        return self.campaign.status != self.status_before == CampaignStatus.ACTIVE

    @property
    def wakes(self) -> bool:
        """Whether the campaign was paused, and runs now."""
        return self.campaign.status == CampaignStatus.ACTIVE != self.status_before


class _WindowValues(TypedDict):
    day_of_week: int
    start_time: time
    end_time: time
    ends_next_day: bool
    is_active: bool


@retry_on_conflict
def set_week(*, campaign_id: UUID, week: Week, expected: Week | None = None, now: datetime, by: Actor) -> SavedWeek:
    """Make a campaign's windows those of the week, and decide the campaign; windows that are in both stay as they are.

    Raise `ValidationError` where the week is not the `expected` one, which the person had seen (code `STALE_WEEK`), or
    has too many windows; `NotFound` and `Forbidden` as the gate does.
    """
    if len(week) > MOST_WINDOWS:
        raise ValidationError({"week": f"A week has {MOST_WINDOWS} windows at most, not {len(week)}."})
    with enforcing_campaigns(campaign_id, now=now, by=by) as gate:
        campaign = gate.campaign(campaign_id)
        status_before = campaign.status
        rows = {row.week_window: row for row in Schedule.objects.filter(campaign=campaign)}
        present = frozenset(rows)
        if expected is not None and present not in (expected, week):
            raise ValidationError({"week": ValidationError(_stale(present, week), code=STALE_WEEK)})
        difference = week_difference(present, week)
        changed = present != week
        if changed:
            _write(campaign, rows, difference, now=now, by=by)
            gate.touch(campaign)
    return SavedWeek(campaign, status_before, changed)


def _stale(present: Week, wanted: Week) -> str:
    return (
        f"Somebody else has changed these hours meanwhile. They are now: {week_text(present)}. "
        f"You entered: {week_text(wanted)}. Nothing is saved; save again to put yours in their place."
    )


def _write(
    campaign: Campaign, rows: dict[WeekWindow, Schedule], difference: WeekDifference, *, now: datetime, by: Actor
) -> None:
    """Write the difference with its history; those that go make room first."""
    recorder = ChangeRecorder(now, by, campaign.brand_id)
    removed = [rows[one] for one in difference.removed]
    history = [recorder.deleted(row) for row in removed]
    Schedule.objects.filter(pk__in=[row.pk for row in removed]).delete()
    for old, new in difference.changed:
        row = rows[old]
        changes = {name: value for name, value in _values(new).items() if getattr(row, name) != value}
        history.append(recorder.changed(row, changes))
        for name, value in changes.items():
            setattr(row, name, value)
        row.updated_at = now
    Schedule.objects.bulk_update(
        [rows[old] for old, _ in difference.changed], [*_WindowValues.__annotations__, "updated_at"]
    )
    added = [Schedule(campaign=campaign, **_values(one), created_at=now, updated_at=now) for one in difference.added]
    Schedule.objects.bulk_create(added)
    history += [recorder.created(row) for row in added]
    Change.objects.bulk_create(history)


def _values(one: WeekWindow) -> _WindowValues:
    window = one.window
    return {
        "day_of_week": window.day_of_week,
        "start_time": window.start,
        "end_time": window.end,
        "ends_next_day": window.ends_next_day,
        "is_active": one.is_active,
    }
