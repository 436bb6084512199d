"""Makes Django use our admin site; a module of its own, because Django reads it before there are models."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core.checks import CheckMessage, Tags, register


class AdminConfig(SimpleAdminConfig):
    """The admin, with our site; its pages are loaded with the addresses, by processes that serve or check them."""

    default_site = "budget_system.accounts.site.BudgetAdminSite"

    def ready(self) -> None:
        """Register Django's checks of the admin."""
        register(check_dependencies, Tags.admin)
        register(check_pages, Tags.admin)


def check_pages(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Return what Django's check of all admin pages finds, once they are loaded."""
    admin.autodiscover()
    return check_admin_app(app_configs, **kwargs)
