"""Instants as people read them: on the brand's wall clock, with the name of its zone."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands.calendar import zone


def local(at: datetime, tz: str) -> str:
    """Return an instant in a time zone as text, with the zone's name."""
    return f"{at.astimezone(zone(tz)):%a %d %b %Y, %H:%M} ({tz})"


def local_cell(at: datetime, tz: str) -> SafeString:
    """Return an instant for a list: the zone's name below it, small."""
    clock = at.astimezone(zone(tz))
    return format_html(
        '<time class="bs-when" datetime="{}">{}<small>{}</small></time>',
        at.isoformat(),
        f"{clock:%a %d %b %Y, %H:%M}",
        tz,
    )
