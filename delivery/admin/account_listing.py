"""The list of accounts, and what their pages show: how each is, and what it has told."""

from datetime import datetime
from decimal import Decimal

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from brands.models import of_living_brand
from budget_system.admin.changelists import ListAdmin
from budget_system.admin.filters import RowFilter
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from budget_system.core.money import money
from delivery.models import Account, AccountState, Connector


class AccountListing(ListAdmin[Account]):
    """The columns and filters of the list, and what is shown of one."""

    list_display = ("account", "of_brand", "connector_name", "how", "answered", "read", "campaigns")
    list_display_links = ("account",)
    list_filter = (("brand", RowFilter), ("platform", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("brand",)
    search_fields = ("external_id", "name", "brand__search_key")
    ordering = ("brand__name_key", "platform", "external_id")
    empty_hint = "Accounts stand here once one is connected: campaigns are switched, and their costs read, through it."
    readonly_fields = (
        *(
            "account",
            "of_brand",
            "connector_name",
            "how",
            "answered",
            "read",
            "money_and_days",
            "campaigns",
            "left_out",
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """Exclude accounts of archived brands, and count campaigns."""
        rows = super().get_queryset(request).filter(of_living_brand("brand"))
        return rows.annotate(number=Count("deliveries"))

    @admin.display(description="account", ordering="external_id")
    def account(self, account: Account) -> SafeString:
        """Return platform and id, with what the platform calls it below."""
        return format_html('{}<span class="bs-under">{}</span>', str(account), account.name)

    @admin.display(description="brand", ordering="brand__name_key")
    def of_brand(self, account: Account) -> SafeString:
        """Return the brand's name, with a link."""
        return format_html('<a class="bs-link bs-wraps" href="{}">{}</a>', change_url(account.brand), account.brand)

    @admin.display(description="connector")
    def connector_name(self, account: Account) -> str:
        """Return what speaks to the platform."""
        return "its own script" if account.connector == Connector.SCRIPT else account.get_connector_display()

    @admin.display(description="state")
    def how(self, account: Account) -> SafeString:
        """Draw whether it is used, with what it ran into below."""
        colour = (
            Colour.RED if account.state == AccountState.STOPPED else Colour.AMBER if account.error else Colour.GREEN
        )
        word = "stopped" if account.state == AccountState.STOPPED else "with errors" if account.error else "connected"
        below = format_html('<span class="bs-under bs-wraps">{}</span>', account.error) if account.error else ""
        return format_html("{} {}", pill(colour, word), below)

    @admin.display(description="last answer")
    def answered(self, account: Account) -> SafeString | str:
        """Show when it last answered, or its script last asked."""
        return _on_clock(account.seen_at, account) if account.seen_at else "never yet"

    @admin.display(description="costs read")
    def read(self, account: Account) -> SafeString | str:
        """Show when its costs were last read."""
        return _on_clock(account.costs_read_at, account) if account.costs_read_at else "never yet"

    @admin.display(description="currency and days")
    def money_and_days(self, account: Account) -> str:
        """Return what it spends, and when its days begin."""
        if not account.timezone:
            return "not known: its script has not said"
        confirmed = f"; confirmed by {account.zone_confirmed_by}" if account.zone_confirmed_by else ""
        return f"{account.currency}, days of {account.timezone}{confirmed}"

    @admin.display(description="campaigns")
    def campaigns(self, account: Account) -> int:
        """Return how many campaigns are delivered through it."""
        return int(getattr(account, "number", 0))

    @admin.display(description="costs that are not booked")
    def left_out(self, account: Account) -> SafeString | str:
        """List what it cost that stands nowhere here."""
        if not account.not_booked:
            return "none"
        currency = account.currency or account.brand.currency
        rows = [
            (f"{name} ({pk})" if name else pk, _amount(amount, currency), why)
            for pk, name, amount, why in account.not_booked
        ]
        return format_html_join("", "<div>{}: {}, {}</div>", rows)


def _on_clock(at: datetime, account: Account) -> SafeString:
    """Draw an instant on the brand's clock, as a text that wraps, with the name of the zone below it."""
    zone = account.brand.timezone
    return format_html('{}<span class="bs-under">{}</span>', clock_text(at, zone), zone)


def _amount(amount: str, currency: str) -> str:
    return f"{money(Decimal(amount), currency)} {currency}"
