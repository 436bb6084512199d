"""Whether a window is open, and when that changes, as the admin shows it."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import local
from scheduling.models import Schedule
from scheduling.windows import is_open, next_transition


def state(schedule: Schedule, *, now: datetime) -> SafeString:
    """Draw a window's state at `now` (UTC), on its brand's clock; select its campaign and brand along."""
    if not schedule.is_active:
        return pill(Colour.GREY, "off")
    tz = schedule.campaign.brand.timezone
    opened = is_open([schedule.window], at=now, tz=tz)
    shown = pill(Colour.GREEN, "open now") if opened else pill(Colour.AMBER, "closed now")
    changes_at = next_transition([schedule.window], at=now, tz=tz)
    if changes_at is None:
        return shown
    verb = "closes" if opened else "opens"
    return format_html('{}<span class="bs-under">{} {}</span>', shown, verb, local(changes_at, tz))


def hours(schedule: Schedule) -> str:
    """Return a window's hours as text."""
    end = "24:00" if not (schedule.end_time.hour or schedule.end_time.minute or schedule.end_time.second) else ""
    end = end or _clock(schedule.end_time.strftime("%H:%M:%S"))
    over = " of the next day" if schedule.ends_next_day and end != "24:00" else ""
    return f"{_clock(schedule.start_time.strftime('%H:%M:%S'))} – {end}{over}"


def _clock(text: str) -> str:
    return text.removesuffix(":00")
