"""When a paused campaign runs again if only time passes, with the ledger as it stands."""

from datetime import date, datetime

from brands.calendar import HORIZON, ONE_DAY, end_of_day, last_of_month, local_date, start_of_day
from budget_system.core.money import ZERO
from campaigns.models import Campaign, PauseReason
from campaigns.status import RULES, EndsWith, Facts, decide
from scheduling.windows import next_open
from spending.enforcement.budget_use import BudgetUses
from spending.enforcement.facts import Hours, facts_of


def runs_again_at(campaign: Campaign, hours: Hours, uses: BudgetUses, *, now: datetime) -> datetime | None:
    """Return the first instant (UTC) from `now` on at which the verdict is `ACTIVE`; `None` where time does not help.

    `uses` holds what is booked from the current day and month on, entries dated tomorrow included. The verdict is asked
    for at one instant after another: each is that at which the last of the reasons can end.
    """
    if _may_never_spend(campaign):
        return None
    at: datetime | None = now
    while at is not None:
        day = local_date(at, campaign.brand.timezone)
        verdict = decide(facts_at(at, campaign, hours, uses))
        if not verdict.blocked_by:
            return at
        ends = [_end(RULES[reason].ends_with, at, day, campaign, hours, uses) for reason in verdict.blocked_by]
        at = None if None in ends else max(end for end in ends if end is not None)
    return None


def clears_at(
    reason: PauseReason, campaign: Campaign, hours: Hours, uses: BudgetUses, *, now: datetime
) -> datetime | None:
    """Return the first instant (UTC) from `now` on at which one reason does not hold, whatever the others do; `None`
    where time does not help. `uses` as in `runs_again_at`.
    """
    rule = RULES[reason]
    owners = (campaign.brand, campaign)
    budgets = {
        EndsWith.THE_DAY: [owner.daily_budget for owner in owners],
        EndsWith.THE_MONTH: [owner.monthly_budget for owner in owners],
    }
    if ZERO in budgets.get(rule.ends_with, []):
        return None
    at: datetime | None = now
    while at is not None:
        day = local_date(at, campaign.brand.timezone)
        if not rule.holds(facts_at(at, campaign, hours, uses)):
            return at
        at = _end(rule.ends_with, at, day, campaign, hours, uses)
    return None


def facts_at(at: datetime, campaign: Campaign, hours: Hours, uses: BudgetUses) -> Facts:
    """Return a campaign's facts at an instant (UTC), of which `uses` holds what is booked."""
    tz = campaign.brand.timezone
    day = local_date(at, tz)
    use, own = uses.of(campaign.brand, day), uses.of(campaign, day)
    return facts_of(campaign, hours, brand=use, own=own, inside_window=hours.are_open(at=at, tz=tz))


def _may_never_spend(campaign: Campaign) -> bool:
    owners = (campaign.brand, campaign)
    return any(ZERO in (owner.daily_budget, owner.monthly_budget) for owner in owners)


def _end(
    ends_with: EndsWith, at: datetime, day: date, campaign: Campaign, hours: Hours, uses: BudgetUses
) -> datetime | None:
    """Return the first instant after `at` at which the reasons may have ended."""
    tz = campaign.brand.timezone
    match ends_with:
        case EndsWith.A_PERSON:
            return None
        case EndsWith.THE_MONTH:
            return start_of_day(last_of_month(day) + ONE_DAY, tz)
        case EndsWith.THE_DAY:
            return end_of_day(at, tz)
        case EndsWith.CLOSED_HOURS:
            # While days to come have entries, each is looked at: one may be used up before its window opens.
            if day > uses.last_start():
                return next_open(hours.windows, at=at, tz=tz, until=at + HORIZON)
            ends = end_of_day(at, tz)
            return next_open(hours.windows, at=at, tz=tz, until=ends) or ends
