"""What a week means, in words: when it is open, and what it would make of a campaign now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from brands.calendar import HORIZON
from budget_system.admin.local_times import short
from campaigns.admin.messages import BRAND_IS_HELD
from campaigns.models import Campaign, PauseReason
from campaigns.status import CLOSED_BIT, HOURS_BITS, CampaignStatus, from_bits, hours_bits, to_bits
from scheduling.weeks import Week, active_windows
from scheduling.windows import is_open, next_open, next_transition, weekly_time

NO_WINDOWS: Final = "No windows: it may run at any hour, day and night."
ALL_OFF: Final = "All windows are off: it does not run at all until one is switched on."


@dataclass(frozen=True, slots=True)
class WeekEffect:
    """What a campaign would be with a week."""

    status_before: str
    reasons: tuple[PauseReason, ...]
    text: str

    @property
    def status(self) -> CampaignStatus:
        """The status that it would have."""
        return CampaignStatus.PAUSED if self.reasons else CampaignStatus.ACTIVE

    @property
    def pauses(self) -> bool:
        """Whether it runs, and would be paused."""
        return self.status != self.status_before == CampaignStatus.ACTIVE

    @property
    def wakes(self) -> bool:
        """Whether it is paused, and would run."""
        return self.status == CampaignStatus.ACTIVE != self.status_before


def describe_week(week: Week, *, tz: str = "", now: datetime | None = None) -> str:
    """Return in a sentence when a week is open; with a time zone, also whether it is open now, and until when."""
    windows = active_windows(week)
    if not week:
        return NO_WINDOWS
    if not windows:
        return ALL_OFF
    off = len(week) - len(windows)
    kept = f" {off} {'window is' if off == 1 else 'windows are'} off and kept." if off else ""
    text = f"{_hours(weekly_time(windows))} a week.{kept}"
    if not tz or now is None:
        return text
    turn = next_transition(windows, at=now, tz=tz)
    opened = is_open(windows, at=now, tz=tz)
    when = f"; {'closes' if opened else 'opens'} {short(turn, tz, now=now)}" if turn is not None else ""
    return f"{text} {'Open' if opened else 'Closed'} now{when}."


def week_effect(campaign: Campaign, week: Week, *, now: datetime, status_before: str = "") -> WeekEffect:
    """Return what a campaign is now with a week, if nothing else changes; select its brand along."""
    before = status_before or campaign.status
    tz, windows, runs = campaign.brand.timezone, active_windows(week), before == CampaignStatus.ACTIVE
    reasons = tuple(from_bits(campaign.blocked & ~HOURS_BITS | _hours_bit(week, tz=tz, now=now)))
    if not reasons:
        turn = next_transition(windows, at=now, tz=tz) if week else None
        until = f" until {short(turn, tz, now=now)}" if turn is not None else ""
        return WeekEffect(before, reasons, f"{'keeps running' if runs else 'wakes now, and runs'}{until}")
    words = f"{'pauses now' if runs else 'stays paused'}: {'; '.join(_word(reason, campaign) for reason in reasons)}"
    if to_bits(reasons) == CLOSED_BIT:
        opens = next_open(windows, at=now, tz=tz, until=now + HORIZON)
        words += f"; resumes {short(opens, tz, now=now)}" if opens is not None else ""
    return WeekEffect(before, reasons, words)


def _word(reason: PauseReason, campaign: Campaign) -> str:
    """Return a reason as people read it; one that only a person lifts may be a hold of the brand."""
    held = reason == PauseReason.MANUAL and campaign.brand.is_held and not campaign.paused_by_person
    return BRAND_IS_HELD if held else str(reason.label)


def _hours_bit(week: Week, *, tz: str, now: datetime) -> int:
    """Return the reason that a week gives at an instant, as it is stored."""
    windows = active_windows(week)
    inside = is_open(windows, at=now, tz=tz)
    return hours_bits(has_schedules=bool(week), has_active_schedule=bool(windows), inside_window=inside)


def _hours(length: timedelta) -> str:
    minutes = length // timedelta(minutes=1)
    return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
