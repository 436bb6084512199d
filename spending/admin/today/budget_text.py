"""What is said of budgets that need a person."""

from datetime import datetime
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse

from budget_system.admin.local_times import short
from budget_system.admin.row_urls import change_url
from budget_system.core.money import ZERO
from budget_system.core.percents import percent_text, used_text
from spending.admin.today.line_text import LineText, amount
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing
from spending.reports.today.matter import Matter

BUDGETS: Final = {"day": "Today’s budget", "month": "This month’s budget"}
OWN_BUDGETS: Final = {"day": "Its own budget of today", "month": "Its own budget of this month"}
NEXT: Final = {"day": "tomorrow", "month": "the next month"}


def used_up(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe by how much a budget is used up."""
    _, shown, currency = _figures(matter)
    assert shown.budget
    over = shown.spent - shown.budget
    share = used_text(shown.spent, shown.budget)
    spent = f"{amount(shown.spent, currency)} spent, {amount(over, currency)} over ({share})" if over else "to the cent"
    return LineText(
        text=f"{_owner_name(matter)} of {amount(shown.budget, currency)} is used up: {spent}.",
        to_do=f"Raise it, or leave it paused until {NEXT[matter.period]}.",
        **_change(matter, may_write, "Raise the budget"),
    )


def runs_out(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe when a budget runs out."""
    pacing, shown, currency = _figures(matter)
    figures = shown.pacing
    assert shown.budget and figures.runs_out_at is not None and figures.elapsed is not None
    when = f"{short(figures.runs_out_at, pacing.timezone, now=now)} ({pacing.timezone})"
    gone = f"{used_text(shown.spent, shown.budget)} is spent after {percent_text(figures.elapsed)} of the time"
    daily = figures.recommended_daily
    slower = "" if daily is None else f"Spend no more than {amount(daily, currency)} a day, or raise it."
    return LineText(
        text=f"{_owner_name(matter)} of {amount(shown.budget, currency)} runs out {when} at this rate: {gone}.",
        to_do=slower or "Spend more slowly, or raise it.",
        **_change(matter, may_write, "Raise the budget"),
    )


def under_pace(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe how far under pace a budget is."""
    _, shown, currency = _figures(matter)
    figures = shown.pacing
    assert shown.budget and figures.expected is not None and figures.pace is not None
    short_by = amount(figures.expected - shown.spent, currency)
    daily = figures.recommended_daily
    rate = "" if daily is None else f", about {amount(daily, currency)} a day to use it up"
    return LineText(
        text=f"{short_by} under plan {'today' if matter.period == 'day' else 'this month'}: "
        f"{amount(shown.spent, currency)} spent, {amount(figures.expected, currency)} on plan by now "
        f"(pace {percent_text(figures.pace)}).",
        to_do=f"See its bids, hours and pauses{rate}.",
        **_campaigns(matter),
    )


def nothing_allowed(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe which budget is 0.00."""
    pacing, owner = matter.pacing, matter.owner
    assert pacing is not None and owner is not None
    zero = amount(ZERO, pacing.currency)
    which = [name for name, one in (("daily", owner.daily_budget), ("monthly", owner.monthly_budget)) if one == ZERO]
    spent = f" {amount(matter.size, pacing.currency)} was spent all the same." if matter.size else ""
    return LineText(
        text=f"Its {' and '.join(which)} budget is {zero}, so nothing may be spent.{spent}",
        to_do="Set a budget, or no limit, if it should run.",
        **_change(matter, may_write, "Set a budget"),
    )


def _figures(matter: Matter) -> tuple[OwnerPacing, PeriodPacing, str]:
    assert matter.pacing is not None
    return matter.pacing, matter.pacing.periods[matter.period], matter.pacing.currency


def _owner_name(matter: Matter) -> str:
    return (BUDGETS if matter.campaign is None else OWN_BUDGETS)[matter.period]


def _change(matter: Matter, may_write: bool, action: str) -> dict[str, str]:
    owner = matter.owner
    assert owner is not None
    return {"action": action if may_write else "Open", "url": change_url(owner)}


def _campaigns(matter: Matter) -> dict[str, str]:
    if matter.campaign is not None:
        return {"action": "Open", "url": change_url(matter.campaign)}
    assert matter.brand is not None
    everything = f"{reverse('admin:campaigns_campaign_changelist')}?brand__id__exact={matter.brand.pk}"
    return {"action": "Its campaigns", "url": everything}
