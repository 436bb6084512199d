"""Indicators: a colour, and always the word beside it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from budget_system.core.money import ZERO, is_used_up, money
from budget_system.core.percents import HUNDRED, used_percent, used_text

NEAR_PERCENT: Final = 80


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
    percent = used_percent(spent, budget) if budget > ZERO else None
    if is_used_up(spent, budget):
        return Gauge(Colour.RED, "used up", percent)
    if percent is not None and percent >= NEAR_PERCENT:
        return Gauge(Colour.AMBER, "near", percent)
    return Gauge(Colour.GREEN, "within", percent)


def share(part: Decimal, budget: Decimal, whose: str, currency: str) -> SafeString:
    """Draw what part of a budget one amount is."""
    used = used_text(part, budget) if budget > ZERO else ""
    return draw_gauge(make_gauge(part, budget), f"of {money(budget, currency)}, {whose}", aside=used)


def pill(colour: Colour, word: str, title: str = "") -> SafeString:
    """Draw a coloured word."""
    return format_html('<span class="bs-pill bs-{}" title="{}">{}</span>', colour.value, title, word)


def draw_gauge(shown: Gauge, figures: str, *, aside: str, mark: Decimal | None = None) -> SafeString:
    """Draw a bar with its word and figures, what stands beside the word, and at `mark` percent where it should be."""
    undivided = HUNDRED if shown.colour == Colour.RED else 0
    width = undivided if shown.percent is None else min(shown.percent, HUNDRED)
    line = mark_safe("") if mark is None else format_html('<i class="bs-mark" style="left:{}%"></i>', mark)
    return format_html(
        '<div class="bs-gauge bs-{}"><div class="bs-gauge-words"><span class="bs-word">{}</span><span>{}</span></div>'
        '<div class="bs-track" aria-hidden="true"><div style="width:{}%"></div>{}</div>'
        '<div class="bs-figures">{}</div></div>',
        shown.colour.value,
        shown.word,
        aside,
        width,
        line,
        figures,
    )
