"""Indicators: a colour, and always the word beside it."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from budget_system.core.money import ZERO, money

NEAR_PERCENT: Final = 80
FULL_PERCENT: Final = 100


class Colour(StrEnum):
    """The colours of an indicator, named for the style sheet."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of a budget is spent; `percent` is rounded down, and `None` where there is nothing to divide by."""

    colour: Colour
    word: str
    percent: int | None


def make_gauge(spent: Decimal, budget: Decimal | None) -> Gauge:
    """Compare what is spent with the budget: green below 80 %, amber from 80 %, red from 100 %, grey without limit."""
    if budget is None:
        return Gauge(Colour.GREY, "no limit", None)
    percent = int((spent * 100 / budget).to_integral_value(ROUND_FLOOR)) if budget > ZERO else None
    if spent >= budget:
        return Gauge(Colour.RED, "over" if spent > budget else "used up", percent)
    if percent is not None and percent >= NEAR_PERCENT:
        return Gauge(Colour.AMBER, "near", percent)
    return Gauge(Colour.GREEN, "within", percent)


def bar(spent: Decimal, budget: Decimal | None, currency: str) -> SafeString:
    """Draw a gauge with its figures."""
    return draw_gauge(spent, make_gauge(spent, budget), _figures(spent, budget, currency))


def share(part: Decimal, budget: Decimal, whose: str, currency: str) -> SafeString:
    """Draw what part of a budget one amount is."""
    return draw_gauge(part, make_gauge(part, budget), f"of {money(budget, currency)}, {whose}")


def pill(colour: Colour, word: str, title: str = "") -> SafeString:
    """Draw a coloured word."""
    return format_html('<span class="bs-pill bs-{}" title="{}">{}</span>', colour.value, title, word)


def _figures(spent: Decimal, budget: Decimal | None, currency: str) -> str:
    limit = "" if budget is None else f" of {money(budget, currency)}"
    return f"{money(spent, currency)}{limit} {currency}"


def draw_gauge(
    part: Decimal, shown: Gauge, figures: str, *, aside: str | None = None, mark: Decimal | None = None
) -> SafeString:
    """Draw a bar with its word and figures; `mark` is the percent at which it should be by now."""
    if shown.percent is not None:
        width = min(shown.percent, FULL_PERCENT)
        percent = "under 1 %" if shown.percent == 0 and part > ZERO else f"{shown.percent:,} %"
    else:
        width, percent = FULL_PERCENT if shown.colour == Colour.RED else 0, ""
    line = mark_safe("") if mark is None else format_html('<i class="bs-mark" style="left:{}%"></i>', mark)
    return format_html(
        '<div class="bs-gauge bs-{}"><div class="bs-gauge-words"><span class="bs-word">{}</span><span>{}</span></div>'
        '<div class="bs-track" aria-hidden="true"><div style="width:{}%"></div>{}</div>'
        '<div class="bs-figures">{}</div></div>',
        shown.colour.value,
        shown.word,
        percent if aside is None else aside,
        width,
        line,
        figures,
    )
