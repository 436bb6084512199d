"""Has the admin be ours; apart from the rest, for Django reads this before there are models."""

from django.contrib.admin.apps import AdminConfig as StockAdminConfig


class AdminConfig(StockAdminConfig):
    """The admin, let into as `entrance` says."""

    default_site = "budget_system.accounts.site.Site"
