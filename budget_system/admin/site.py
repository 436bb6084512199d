"""What the admin's frame shows: its title, its style sheet and its navigation."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def style_sheet(request: HttpRequest) -> str:
    """Give the address of the style sheet."""
    return static("budget/admin.css")


def _may_view(model: str) -> Callable[[HttpRequest], bool]:
    app, name = model.split(".")
    return lambda request: request.user.has_perm(f"{app}.view_{name}")


def _list(title: str, icon: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": _may_view(model),
    }


FRAME: Final[dict[str, Any]] = {
    "SITE_TITLE": "Budget system",
    "SITE_HEADER": "Budget system",
    "SITE_SUBHEADER": "Budgets, spends and dayparting",
    "SITE_SYMBOL": "account_balance_wallet",
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [style_sheet],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Budgets",
                "items": [
                    _list("Brands", "storefront", "brands.brand"),
                    _list("Campaigns", "campaign", "campaigns.campaign"),
                    _list("Schedules", "schedule", "scheduling.schedule"),
                    _list("Spends", "receipt_long", "spending.spend"),
                ],
            },
            {
                "title": "What happened",
                "items": [
                    _list("Status events", "history", "campaigns.statusevent"),
                    _list("Changes", "difference", "brands.change"),
                    _list("Imports", "upload_file", "spending.import"),
                    _list("Resets", "restart_alt", "spending.reset"),
                ],
            },
            {
                "title": "Administration",
                "items": [
                    _list("Users", "person", "auth.user"),
                    _list("Groups", "group", "auth.group"),
                    _list("Tokens", "key", "brands.token"),
                    _list("Periodic tasks", "update", "django_celery_beat.periodictask"),
                ],
            },
        ],
    },
}
