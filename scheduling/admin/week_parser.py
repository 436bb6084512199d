"""A campaign's week as people type it: `Mon–Fri 9–18, Sat 22:00–02:00`, `daily 8-20`, `Mo–Fr 9am–6pm`.

Days are words and hours are numbers, so `9-18` is never a range of days. A range of hours belongs to the days before
it; `off` or `(off)` after it keeps a window that is switched off. An end that is not later than its start is on the
next day. A refusal is Django's `ValidationError`, which names the part that was not understood.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Final

from django.core.exceptions import ValidationError

from budget_system.admin.people_input import read_time
from budget_system.core.validation import excerpt
from scheduling.weeks import DAY_NAMES, Week, WeekWindow, normal_window
from scheduling.windows import MIDNIGHT, Window

__all__ = ["EXAMPLE", "read_week"]

EXAMPLE: Final = "Mon–Fri 09:00–18:00, Sat 22:00–02:00"
_EVERY_DAY: Final = range(len(DAY_NAMES))
_NAMES: Final = (
    *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    *("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag"),
)
_GROUPS: Final = {
    **dict.fromkeys(("daily", "everyday", "täglich"), tuple(_EVERY_DAY)),
    **dict.fromkeys(("weekday", "weekdays", "workdays"), tuple(_EVERY_DAY[:5])),
    **dict.fromkeys(("weekend", "weekends", "wochenende"), tuple(_EVERY_DAY[5:])),
}
_SHORTEST_NAME: Final = 2
_FIRST_HOUR_THAT_MAY_BE_MORNING: Final = 6
_NOON: Final = 12

_TOKEN: Final = re.compile(
    r"(?P<time>[0-9]+(?:[:.][0-9]+)*(?: ?[ap]\.?m\b\.?)?)"
    r"|(?P<dash>[-‐‑‒–—−]|\b(?:to|till|until|bis)\b)"
    r"|(?P<between>[,;&+/|.\s]+|\b(?:and|und|from|von)\b)"
    r"|(?P<off>\(\s*(?:off|inactive|aus)\s*\)|\b(?:off|inactive|aus)\b)"
    r"|(?P<word>[^\W\d_]+\.?:?)"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Reader:
    """What has been read so far: the days that the next hours belong to, and the windows."""

    text: str
    days: list[int] = field(default_factory=list)
    days_text: str = ""
    days_have_hours: bool = True
    windows: dict[Window, bool] = field(default_factory=dict)
    latest: list[Window] = field(default_factory=list)
    repeated: set[Window] = field(default_factory=set)


def read_week(text: str) -> Week:
    """Return the week that a person typed; `Always`, or nothing, is a week without windows."""
    typed = " ".join(text.split())
    if typed.strip(" .").lower() in ("", "always", "any hour", "any time", "all day"):
        return frozenset()
    if typed.strip(" .").lower() == "never":
        return frozenset(WeekWindow(normal_window(Window(day, MIDNIGHT, MIDNIGHT, False)), False) for day in _EVERY_DAY)
    reader = _Reader(typed)
    tokens = list(_tokens(typed))
    while tokens:
        _read_one(reader, tokens)
    if not reader.days_have_hours:
        raise _refusal(f"“{reader.days_text}” has no hours; write them behind it, like {reader.days_text} 9–18.")
    return frozenset(WeekWindow(window, is_active) for window, is_active in reader.windows.items())


def _tokens(typed: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(typed):
        if match.lastgroup != "between":
            yield _Token(match.lastgroup or "", match.group(), match.start(), match.end())


def _read_one(reader: _Reader, tokens: list[_Token]) -> None:
    """Read days, hours or `off` from the beginning of the tokens."""
    first = tokens.pop(0)
    last = first
    if tokens and tokens[0].kind == "dash" and first.kind in ("word", "time"):
        dash = tokens.pop(0)
        if not tokens or tokens[0].kind != first.kind:
            raise _refusal(_half_a_range(reader.text[first.start : tokens[0].end if tokens else dash.end], first))
        last = tokens.pop(0)
    part = reader.text[first.start : last.end].rstrip(":")
    if first.kind == "word":
        _take_days(reader, _days(first, last), part)
    elif first.kind == "time":
        _take_hours(reader, first, last, part)
    elif first.kind == "off":
        _switch_off(reader, part)
    else:
        raise _refusal(f"“{excerpt(part)}” was not understood; write the hours like {EXAMPLE}.")


def _half_a_range(part: str, first: _Token) -> str:
    example = f"{first.text}–Fri" if first.kind == "word" else f"{first.text}–18:00"
    what = "days" if first.kind == "word" else "hours"
    return f"“{excerpt(part)}” is half a range of {what}; write it like {example}."


def _days(first: _Token, last: _Token) -> list[int]:
    if first is last:
        name = first.text.lower().rstrip(".:")
        return list(_GROUPS.get(name) or [_day(first)])
    start, end = _day(first), _day(last)
    return [day % len(DAY_NAMES) for day in range(start, end + 1 if start <= end else end + 1 + len(DAY_NAMES))]


def _day(token: _Token) -> int:
    """Return the weekday that a name, or its beginning, means."""
    name = token.text.lower().rstrip(".:")
    for beginning in (name, name.removesuffix("s")):
        for number, known in enumerate(_NAMES):
            if len(beginning) >= _SHORTEST_NAME and known.startswith(beginning):
                return number % len(DAY_NAMES)
    raise _refusal(f"“{excerpt(token.text)}” was not understood; days are Mon, Tue, Wed, Thu, Fri, Sat, Sun or daily.")


def _take_days(reader: _Reader, days: list[int], part: str) -> None:
    if reader.days_have_hours:
        reader.days, reader.days_text = [], ""
    reader.days += [day for day in days if day not in reader.days]
    reader.days_text = f"{reader.days_text}, {part}".removeprefix(", ")
    reader.days_have_hours = False


def _take_hours(reader: _Reader, first: _Token, last: _Token, part: str) -> None:
    if first is last:
        raise _refusal(f"“{excerpt(part)}” is one time; hours have a start and an end, like 09:00–18:00.")
    start, end = read_time(first.text), read_time(last.text, end_of_day=True)
    _refuse_two_readings(first, last, start, end, part)
    if not reader.days:
        raise _refusal(f"“{excerpt(part)}” has no day; write the days before it, like Mon–Fri {part} or daily {part}.")
    ends_next_day = end != MIDNIGHT and end <= start
    reader.latest = [normal_window(Window(day, start, end, ends_next_day)) for day in reader.days]
    reader.repeated = reader.windows.keys() & set(reader.latest)
    for window in reader.latest:
        if not reader.windows.setdefault(window, True):
            raise _on_and_off(window)
    reader.days_have_hours = True


def _refuse_two_readings(first: _Token, last: _Token, start: time, end: time, part: str) -> None:
    """Refuse `9–5`, which most people write for an afternoon, and a clock of 24 hours reads as the next morning."""
    if not (_is_bare_hour(first) and _is_bare_hour(last)):
        return
    if MIDNIGHT < end <= start and _FIRST_HOUR_THAT_MAY_BE_MORNING <= start.hour <= _NOON:
        raise _refusal(
            f"“{part}” can be read in two ways; write {start:%H:%M}–{end.hour + _NOON}:00, "
            f"or {start:%H:%M}–{end:%H:%M} for an end on the next day."
        )


def _is_bare_hour(token: _Token) -> bool:
    return token.text.isdigit() and len(token.text) < len("100")


def _switch_off(reader: _Reader, part: str) -> None:
    if not reader.latest:
        raise _refusal(f"“{excerpt(part)}” stands behind no hours; write it like Mon 09:00–18:00 (off).")
    for window in reader.latest:
        if window in reader.repeated:
            raise _on_and_off(window)
        reader.windows[window] = False
    reader.latest = []


def _on_and_off(window: Window) -> ValidationError:
    return _refusal(
        f"{DAY_NAMES[window.day_of_week]} {WeekWindow(window).hours} stands there twice, once on, once off."
    )


def _refusal(message: str) -> ValidationError:
    return ValidationError(message, code="invalid")
