"""The admin's frame: its title, its style sheet and its navigation."""

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy


def _ours(file: str) -> Callable[[HttpRequest], str]:
    """Return what gives the address of a file of ours, which depends on the prefix of all addresses."""

    def address(request: HttpRequest) -> str:
        return static(f"budget/{file}")

    return address


def start_url(request: HttpRequest) -> str:
    """Return the address of the start page."""
    return reverse("admin:index")


def _for_members(request: HttpRequest) -> bool:
    return request.user.is_active


def _for_administrators(request: HttpRequest) -> bool:
    return request.user.is_active and bool(getattr(request.user, "is_superuser", False))


def _list(
    title: str, icon: str, model: str, shown: Callable[[HttpRequest], bool] = _for_administrators
) -> dict[str, Any]:
    link = reverse_lazy(f"admin:{model.replace('.', '_')}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": shown}


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """Return the links below the person's name, above the log-out."""
    links = [{"title": "Second factor", "link": reverse("admin:second_factor")}]
    if request.user.is_authenticated and request.user.has_usable_password():
        links.insert(0, {"title": "Change password", "link": reverse("admin:password_change")})
    return links


UNFOLD_SETTINGS: Final[dict[str, Any]] = {
    "SITE_TITLE": "Budget system",
    "SITE_HEADER": "Budget system",
    "SITE_SUBHEADER": "Budgets, spends and dayparting",
    "SITE_URL": start_url,
    "SITE_SYMBOL": "account_balance_wallet",
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _ours("favicon.svg")}],
    "STYLES": [_ours(file) for file in ("admin.css", "forms.css", "keyboard.css", "today.css", "lists.css")],
    "SCRIPTS": [_ours(file) for file in ("keyboard.js", "forms.js", "limits.js")],
    "DASHBOARD_CALLBACK": "spending.admin.today.page.dashboard",
    "COMMAND": {"search_callback": "campaigns.admin.search.find"},
    "LOGIN": {"form": "budget_system.accounts.site.LoginForm"},
    "ACCOUNT": {"navigation": account_links},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": "Today",
                        "icon": "today",
                        "link": reverse_lazy("admin:index"),
                        "permission": _for_members,
                    },
                ],
            },
            {
                "title": "Budgets",
                "items": [
                    _list("Brands", "storefront", "brands.brand", _for_members),
                    _list("Campaigns", "campaign", "campaigns.campaign", _for_members),
                    _list("Schedules", "schedule", "scheduling.schedule", _for_members),
                    _list("Spends", "receipt_long", "spending.spend", _for_members),
                    _list("Deliveries", "sync_alt", "delivery.delivery", _for_members),
                    _list("Accounts", "link", "delivery.account", _for_members),
                ],
            },
            {
                "title": "What happened",
                "items": [
                    _list("Alerts", "notifications", "alerts.alert", _for_members),
                    _list("Subscriptions", "mark_email_unread", "alerts.subscription", _for_members),
                    _list("Messages", "outbox", "delivery.message", _for_members),
                    _list("Status events", "history", "campaigns.statusevent", _for_members),
                    _list("Changes", "difference", "brands.change", _for_members),
                    _list("Imports", "upload_file", "spending.import", _for_members),
                    _list("Resets", "restart_alt", "spending.reset", _for_members),
                ],
            },
            {
                "title": "Administration",
                "items": [
                    _list("Users", "person", "auth.user"),
                    _list("Groups", "group", "auth.group"),
                    _list("Tokens", "key", "brands.token"),
                    _list("Wrong passwords", "lock", "axes.accessattempt"),
                    _list("Periodic tasks", "update", "django_celery_beat.periodictask"),
                    {
                        "title": "All tables",
                        "icon": "table_rows",
                        "link": reverse_lazy("admin:tables"),
                        "permission": _for_administrators,
                    },
                ],
            },
        ],
    },
}
