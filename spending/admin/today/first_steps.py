"""What to do next in a system in which something is missing still: a brand, a campaign, a first spend."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from budget_system.admin.first_steps import FIRST_STEPS
from budget_system.admin.permissions import may_write_any_brand
from budget_system.core.actors import BrandAccess
from spending.reports.today.budgets import MostUsed
from spending.reports.today.glance import Running


@dataclass(frozen=True, slots=True)
class FirstStep:
    """The next of the first steps, and who cannot take it reads what there is to wait for."""

    number: int
    title: str
    text: str
    action: str = ""
    url: str = ""
    other: str = ""
    other_url: str = ""


def first_step(access: BrandAccess, used: MostUsed, running: Running, *, has_spent: bool) -> FirstStep | None:
    """Return the next of the first steps; `None` where all were taken."""
    if not used.found:
        return _brand(access)
    only = {"brand": str(used.rows[0][0].pk)} if used.found == 1 and used.rows else {}
    if not running.number:
        return _campaign(access, only)
    return None if has_spent else _spend(access, only)


def _brand(access: BrandAccess) -> FirstStep:
    title = "No client yet"
    if not access.administrator:
        return FirstStep(1, title, "You see no client yet. An administrator creates them and makes you a member.")
    text = "Begin with a brand: a client with its budgets, its currency and its clock. Then add a campaign, and book "
    url = _add("brands_brand", {})
    return FirstStep(1, title, f"{text}what it spends or import its report.", "Create your first brand", url)


def _campaign(access: BrandAccess, only: dict[str, str]) -> FirstStep:
    title = "No campaign yet"
    if not may_write_any_brand(access):
        return FirstStep(2, title, "There is no campaign yet. A manager of the brand adds them.")
    text = "Add the first campaign; it runs until a budget of its brand, or its own, is used up."
    return FirstStep(2, title, text, "Add a campaign", _add("campaigns_campaign", only))


def _spend(access: BrandAccess, only: dict[str, str]) -> FirstStep:
    title = "Nothing spent yet"
    if not may_write_any_brand(access):
        return FirstStep(3, title, "Nothing was spent in the last 30 days.")
    text = "Nothing was spent in the last 30 days. Book a spend, or import a platform’s report."
    report = f"{reverse('admin:spending_import_import_report')}{_query(only)}"
    return FirstStep(3, title, text, "Book a spend", _add("spending_spend", {}), "Import a report", report)


def _add(page: str, initial: dict[str, str]) -> str:
    return f"{reverse(f'admin:{page}_add')}{_query({**initial, FIRST_STEPS: '1'})}"


def _query(values: dict[str, str]) -> str:
    return f"?{urlencode(values)}" if values else ""
