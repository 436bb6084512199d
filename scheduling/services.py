"""The services that change a campaign's windows."""

from datetime import datetime, time
from typing import TypedDict
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.access.memberships import visible_rows
from brands.history.recorder import changed_values, record_change, record_creation, record_deletions
from budget_system.core.actors import Actor, BrandAccess
from budget_system.core.errors import NotFound, Precondition, unknown_id
from budget_system.core.retry import RowMoved, retry_on_conflict
from campaigns.models import Campaign
from scheduling.models import Schedule
from scheduling.windows import normal_end
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_campaigns

MIDNIGHT = time(0)


class ScheduleValues(TypedDict, total=False):
    """What a person can enter for a window; times are on the brand's wall clock."""

    campaign_id: UUID
    day_of_week: int
    start_time: time
    end_time: time
    ends_next_day: bool
    is_active: bool


@retry_on_conflict
def create_schedule(*, values: ScheduleValues, now: datetime, by: Actor) -> Schedule:
    """Add a window and decide its campaign.

    Raise `ValidationError` where the campaign is unknown, or the window is invalid or a duplicate.
    """
    try:
        with enforcing_campaigns(values["campaign_id"], now=now, by=by) as gate:
            campaign = gate.campaign(values["campaign_id"])
            schedule = Schedule(**values, created_at=now, updated_at=now)
            schedule.campaign = campaign
            _check_window(schedule)
            schedule.save(force_insert=True)
            record_creation(schedule, brand_id=campaign.brand_id, now=now, by=by)
            gate.touch(campaign)
    except NotFound as error:
        raise ValidationError({"campaign": error.message}) from error
    return schedule


@retry_on_conflict
def change_schedule(
    *, schedule_id: UUID, values: ScheduleValues, now: datetime, by: Actor, check: Precondition[Schedule] | None = None
) -> Schedule:
    """Change what `values` hold and differ in, and decide the campaigns concerned.

    Raise `NotFound`, `ValidationError` (an unknown campaign; an invalid or duplicate window) and what `check` raises.
    """
    stored = _stored(schedule_id, by.access)
    target_id = values.get("campaign_id", stored.campaign_id)
    targets = visible_rows(Campaign.objects.filter(pk=target_id), by.access)
    if target_id != stored.campaign_id and not targets.exists():
        raise ValidationError({"campaign": unknown_id("campaign", target_id)})
    with enforcing_campaigns(*{stored.campaign_id, target_id}, now=now, by=by) as gate:
        schedule = _locked(schedule_id, stored.campaign_id, gate)
        if check is not None:
            check(schedule)
        wanted = Schedule(**{**_values(schedule), **values})
        wanted.pk = schedule.pk
        _check_window(wanted)
        changes = changed_values(schedule, {**values, "end_time": wanted.end_time})
        if not changes:
            return schedule
        former, target = gate.campaign(schedule.campaign_id), gate.campaign(target_id)
        record_change(schedule, changes=changes, brand_id=former.brand_id, to_brand_id=target.brand_id, now=now, by=by)
        schedule.campaign = target
        schedule.updated_at = now
        # The end is brought to its normal form as it is saved, so it goes with the switch that its form depends on.
        schedule.save(update_fields={*changes, "end_time", "updated_at"})
        gate.touch(former)
        gate.touch(schedule.campaign)
    return schedule


@retry_on_conflict
def remove_schedule(
    *, schedule_id: UUID, now: datetime, by: Actor, check: Precondition[Schedule] | None = None
) -> None:
    """Remove a window and decide its campaign. Raise `NotFound` and what `check` raises."""
    stored = _stored(schedule_id, by.access)
    with enforcing_campaigns(stored.campaign_id, now=now, by=by) as gate:
        schedule = _locked(schedule_id, stored.campaign_id, gate)
        if check is not None:
            check(schedule)
        campaign = gate.campaign(schedule.campaign_id)
        record_deletions([schedule], brand_id=campaign.brand_id, now=now, by=by)
        schedule.delete()
        gate.touch(campaign)


def _stored(schedule_id: UUID, access: BrandAccess) -> Schedule:
    schedule = visible_rows(Schedule.objects.living().filter(pk=schedule_id), access).first()
    if schedule is None:
        raise NotFound(unknown_id("schedule", schedule_id))
    return schedule


def _locked(schedule_id: UUID, campaign_id: UUID, gate: Gate) -> Schedule:
    """Read the window again, now that its campaign is locked."""
    schedule = _stored(schedule_id, gate.by.access)
    if schedule.campaign_id != campaign_id:
        raise RowMoved
    schedule.campaign = gate.campaign(campaign_id)
    return schedule


def _values(schedule: Schedule) -> ScheduleValues:
    return {
        "campaign_id": schedule.campaign_id,
        "day_of_week": schedule.day_of_week,
        "start_time": schedule.start_time,
        "end_time": schedule.end_time,
        "ends_next_day": schedule.ends_next_day,
        "is_active": schedule.is_active,
    }


def _check_window(schedule: Schedule) -> None:
    """Normalize the end. Raise `ValidationError` where the window is invalid or a duplicate."""
    start, end = schedule.start_time, schedule.end_time
    if schedule.ends_next_day and end.fold:  # how `24:00` is read, see `budget_system.core.validation.END_OF_DAY`
        raise _refusal(
            "end_of_day_over_midnight", "24:00 cannot be combined with ends_next_day; the midnight between is 00:00."
        )
    schedule.end_time = end = normal_end(end, schedule.ends_next_day).replace(fold=0)
    if end != MIDNIGHT and not schedule.ends_next_day and end <= start:
        raise _refusal(
            "end_before_start",
            f"{end} is not later than the start, {start}; for a window that runs over midnight set ends_next_day to "
            "true.",
        )
    if end != MIDNIGHT and schedule.ends_next_day and end > start:
        raise _refusal(
            "longer_than_a_day",
            f"With ends_next_day the window may last 24 hours at most, so it ends by {start} of the next day, not at "
            f"{end}; for one that ends on the day it starts set ends_next_day to false.",
        )
    same = Schedule.objects.filter(
        campaign_id=schedule.campaign_id, day_of_week=schedule.day_of_week, start_time=start, end_time=end
    ).exclude(pk=schedule.pk)
    if end != MIDNIGHT:
        same = same.filter(ends_next_day=schedule.ends_next_day)
    if same.exists():
        raise ValidationError({"start_time": f"The campaign already has this window, {schedule}."})


def _refusal(code: str, message: str) -> ValidationError:
    """Return the refusal of an end; by its code a form finds words of its own."""
    return ValidationError({"end_time": ValidationError(message, code=code)})
