"""The oracle's facts in the form in which the API shows them."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from tests.oracle.facts import Brand, Campaign, Entry, Shown, Window
from tests.oracle.feed_facts import Report
from tests.oracle.reading import Reading

Row = dict[str, object]
Ident = Callable[[object], str]


def money(amount: Decimal | None) -> str | None:
    """Write an amount as the API does."""
    return None if amount is None else f"{amount:.2f}"


def moment(at: datetime | None) -> str | None:
    """Write a timestamp."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _left(budget: Decimal | None, spent: Decimal) -> str | None:
    return None if budget is None else money(budget - spent)


def brand_row(oracle: Reading, brand: Brand, ident: Ident) -> Row:
    """Show a brand."""
    today = oracle.today(brand)
    day, month = (oracle.brand_counter(brand, period, today) for period in "DM")
    return {
        "id": ident(brand),
        "name": brand.name,
        "daily_budget": money(brand.daily_budget),
        "monthly_budget": money(brand.monthly_budget),
        "timezone": brand.timezone,
        "currency": brand.currency,
        "alert_thresholds": list(brand.thresholds),
        "figures_max_age_hours": brand.figures_max_age_hours,
        "is_held": brand.held,
        "daily_spend": money(day),
        "monthly_spend": money(month),
        "daily_left": _left(brand.daily_budget, day),
        "monthly_left": _left(brand.monthly_budget, month),
    }


def campaign_row(oracle: Reading, campaign: Campaign, shown: Shown, ident: Ident) -> Row:
    """Show a campaign with a stored verdict, but for the timestamps that depend on it."""
    today = oracle.today(campaign.brand)
    day, month = (oracle.counter(campaign, period, today) for period in "DM")
    return {
        "id": ident(campaign),
        "brand": ident(campaign.brand),
        "name": campaign.name,
        "platform": campaign.platform,
        "external_id": campaign.external_id,
        "daily_budget": money(campaign.daily_budget),
        "monthly_budget": money(campaign.monthly_budget),
        "daily_spend": money(day),
        "monthly_spend": money(month),
        "daily_left": _left(campaign.daily_budget, day),
        "monthly_left": _left(campaign.monthly_budget, month),
        "status": shown.status,
        "pause_reason": shown.pause_reason,
        "blocked_by": list(shown.blocked_by),
    }


def entry_row(entry: Entry, ident: Ident) -> Row:
    """Show an entry of the ledger."""
    return {
        "id": ident(entry),
        "campaign": ident(entry.campaign),
        "amount": money(entry.amount),
        "spend_date": entry.day.isoformat(),
        "spend_type": entry.kind,
        "external_id": entry.external_id,
    }


def report_row(report: Report, ident: Ident) -> Row:
    """Show an import, but for its exact sums, which may be spelled in several ways."""
    return {
        "id": ident(report),
        "brand": ident(report.brand),
        "platform": report.platform,
        "sha256": report.sha256,
        "at": moment(report.at),
        "finished_at": moment(report.at),
        "undone_at": moment(report.undone_at),
        "rows": report.rows,
        "bad_lines": report.bad_lines,
        "days": report.days,
        "created": report.count("created"),
        "replaced": report.count("replaced"),
        "voided": report.count("voided"),
        "unchanged": report.days - len(report.changed),
        "campaigns_created": len(report.campaigns),
        "money_booked": money(report.money_booked),
    }


def window_row(window: Window, ident: Ident) -> Row:
    """Show a window."""
    return {
        "id": ident(window),
        "campaign": ident(window.campaign),
        "day_of_week": window.day_of_week,
        "start_time": window.start.isoformat(),
        "end_time": window.end.isoformat(),
        "ends_next_day": window.ends_next_day,
        "is_active": window.is_active,
    }
