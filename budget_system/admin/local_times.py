"""Instants as people read them: on the brand's wall clock, with the name of its zone."""

from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands.calendar import zone
from budget_system.core.text import date_text

A_WEEK = timedelta(days=7)


def local(at: datetime, tz: str) -> str:
    """Return an instant in a time zone as text, with the zone's name."""
    return f"{clock_text(at, tz)} ({tz})"


def clock_text(at: datetime, tz: str) -> str:
    """Return an instant on a zone's clock, for a table whose head names the zone."""
    clock = at.astimezone(zone(tz))
    return f"{date_text(clock.date())}, {clock:%H:%M}"


def short(at: datetime, tz: str, *, now: datetime) -> str:
    """Return an instant as it is said in a sentence: `today 14:00`, `Mon 09:00` within the next 6 days, else the date.

    The zone is not named: it stands beside it, or once on the page.
    """
    clock, today = at.astimezone(zone(tz)), now.astimezone(zone(tz)).date()
    if clock.date() == today:
        return f"today {clock:%H:%M}"
    if timedelta() < clock.date() - today < A_WEEK:
        return f"{clock:%a %H:%M}"
    year = "" if clock.year == today.year else f" {clock.year}"
    return f"{clock:%a} {clock.day} {clock:%b}{year}, {clock:%H:%M}"


def remaining(until: datetime, *, now: datetime) -> str:
    """Return how long it is until an instant, in its two largest units: `3 h 12 min`, `2 d 4 h`; rounded up."""
    minutes = max(-((now - until) // timedelta(minutes=1)), 0)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h")] if days else [(hours, "h"), (rest, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "less than a minute"


def local_cell(at: datetime, tz: str) -> SafeString:
    """Return an instant for a list: the zone's name below it, small."""
    return format_html(
        '<time class="bs-when" datetime="{}">{}<small>{}</small></time>', at.isoformat(), clock_text(at, tz), tz
    )
