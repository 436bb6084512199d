"""Reports as files: how lines are spelled, on each platform in its own way, and taken apart as platforms do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from tests.oracle.feed_facts import Line
from tests.oracle.operations import pick, seldom

IDS = ("11", "12", "13")
UNREADABLE = ("#N/A", "1.2.3", "12 CHF", "1_000", "٣")
NO_COST = ("", "--", "-", "n/a")
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Style:
    """How a platform writes its reports."""

    header: tuple[str, str, str]
    in_micros: bool
    days: Sequence[Callable[[date], str]]
    words: tuple[str, ...] = ()


def _iso(day: date) -> str:
    return day.isoformat()


PLATFORMS: Mapping[str, Style] = {
    "google": Style(
        ("campaign.id", "segments.date", "metrics.cost_micros"),
        True,
        (_iso, _iso, lambda day: f"{day} 17:05:00"),
    ),
    "microsoft": Style(
        ("CampaignId", "TimePeriod", "Spend"),
        False,
        (_iso, lambda day: f"{day.month}/{day.day}/{day.year}"),
        ("--dates", "month-first"),
    ),
    "other": Style(("campaign_id", "date", "spend"), True, (_iso, lambda day: f"{day:%d.%m.%Y}"), ("--unit", "micros")),
}


def spell(platform: str, lines: Sequence[Line], rng: Random) -> bytes:
    """Write lines as the platform does, in one of its spellings; sums of it all at the foot now and then."""
    style = PLATFORMS[platform]
    currency = any(line.currency for line in lines)
    rows = [[*style.header, "Campaign name", *(["Currency code"] if currency else [])]]
    for line in lines:
        day = pick(rng, style.days)(line.day)
        rows.append([line.external_id, day, _cost(style, line, rng), line.name])
        rows[-1] += [line.currency or ""] if currency else []
    if seldom(rng, 4):
        rows.append(["Total", "", "123456.78", "", *([""] if currency else [])])
    mark, separator, end = pick(rng, ("", "\ufeff")), pick(rng, (",", ",", "\t")), pick(rng, ("\n", "\r\n"))
    return (mark + end.join(separator.join(map(_quoted, row)) for row in rows) + end).encode()


def parted(sum_: Decimal, rng: Random) -> list[Decimal]:
    """Take a day's sum apart, into lines with fractions of a cent; what they add up to is off by less than half one."""
    stray = pick(rng, (Decimal(0), Decimal(0), Decimal("0.0049"), Decimal("-0.0049"), Decimal("-0.005")))
    left = max(Decimal(0), sum_ + stray)
    parts = []
    for _ in range(pick(rng, (0, 0, 0, 1, 2, 3))):
        parts.append(Decimal(rng.randint(-200, 4000)).scaleb(-4))
        left -= parts[-1]
    return [*parts, left]


def _cost(style: Style, line: Line, rng: Random) -> str:
    if line.cost is None:
        return pick(rng, UNREADABLE)
    if not line.cost and seldom(rng, 2):
        return pick(rng, NO_COST)
    cost = line.cost / MICRO if style.in_micros else line.cost
    text = f"{cost.normalize():f}"
    if len(text.partition(".")[2]) == 3:
        text += "0"  # of 1.234 the point could part thousands
    if seldom(rng, 4) and cost == cost.to_integral_value():
        return pick(rng, (f"{cost.normalize():E}", f"{cost:.1f}"))
    if line.currency and not style.in_micros and seldom(rng, 3):
        return pick(rng, (f"{text} {line.currency}", f"{line.currency} {text}"))
    return text


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell
