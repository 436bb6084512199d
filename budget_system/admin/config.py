"""Makes Django use our admin site; a module of its own, because Django reads it before there are models."""

from django.contrib.admin.apps import AdminConfig as StockAdminConfig


class AdminConfig(StockAdminConfig):
    """The admin, with our site."""

    default_site = "budget_system.accounts.site.BudgetAdminSite"
