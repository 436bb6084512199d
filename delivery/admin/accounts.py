"""Accounts in the admin: connected after their platform was asked, checked, given new credentials."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from brands.models import of_living_brand
from budget_system.admin.base import ServiceAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation
from budget_system.admin.filters import RowFilter
from budget_system.admin.forms import Refusal, ServiceForm
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.permissions import may_write
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import Actor
from budget_system.core.money import money
from delivery.admin.account_forms import CREDENTIALS, AccountForm, credential_names
from delivery.connectors.protocol import AccountInfo
from delivery.models import Account, AccountState, Connector
from delivery.platforms.accounts import (
    ask_platform,
    check_account,
    connect_account,
    disconnect_account,
    reconnect_account,
)

_SAID = "platform_said"


@admin.register(Account)
class AccountAdmin(ServiceAdmin[Account]):
    """Accounts at platforms."""

    form = AccountForm
    list_display = ("account", "of_brand", "by_what", "how", "answered", "read", "campaigns")
    list_display_links = ("account",)
    list_filter = (("brand", RowFilter), ("platform", ChoicesDropdownFilter), ("state", ChoicesDropdownFilter))
    list_select_related = ("brand",)
    search_fields = ("external_id", "name", "brand__search_key")
    ordering = ("brand__name_key", "platform", "external_id")
    empty_hint = "Accounts stand here once one is connected: campaigns are switched, and their costs read, through it."
    actions_detail: ClassVar = ("check_one",)
    # The page of one that is there does not ask which connector, and asks for its credentials alone.
    conditional_fields: ClassVar = {
        "zone": f"typeof connector == 'undefined' || connector != '{Connector.SCRIPT}'",
        **{
            name: f"typeof connector == 'undefined' || connector == '{connector}'"
            for connector in Connector.values
            for name in credential_names(connector)
        },
    }
    readonly_fields = (
        *("account", "of_brand", "by_what", "how", "answered", "read", "money_and_days", "campaigns", "left_out"),
    )

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        """Ask for everything of a new account; of one that is there, only for what opens it."""
        if obj is None:
            return ("brand", "platform", "external_id", "connector", *CREDENTIALS, "zone")
        names = credential_names(obj.connector)
        opening = (*names, "zone") if names and may_write(request, Account, obj) else ()
        return (*self.readonly_fields, *opening)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """Exclude accounts of archived brands, and count campaigns."""
        rows = super().get_queryset(request).filter(of_living_brand("brand"))
        return rows.annotate(number=Count("deliveries"))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Ask the platform before anything is saved: no transaction waits for it."""
        if request.method == "POST":
            self._ask_platform(request, object_id)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _ask_platform(self, request: HttpRequest, object_id: str | None) -> None:
        row = self.get_object(request, unquote(object_id)) if object_id else None
        allowed = self.has_change_permission(request, row) if row else self.has_add_permission(request)
        if not allowed or object_id and row is None:
            return
        form = self.get_form(request, row, change=row is not None)(request.POST, instance=row or Account())
        if not form.is_valid():
            return
        if row is None:
            values = form.account_values()
            asked = Account(**values, credentials=form.credentials(values["connector"]))
        else:
            asked = Account(platform=row.platform, external_id=row.external_id, connector=row.connector)
            asked.credentials = {**row.credentials, **form.credentials(row.connector)}
        try:
            setattr(request, _SAID, ask_platform(asked))
        except ValidationError as error:
            Refusal(form.prefix, error).attach_to(request)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        """Save with what the platform has said."""
        form.said_by_platform = getattr(request, _SAID, None)
        super().save_model(request, obj, form, change)

    def create_row(self, form: ServiceForm[Account], *, now: datetime, by: Actor) -> Account:
        """Connect an account."""
        entered = cast(AccountForm, form)
        values = entered.account_values()
        return connect_account(
            values=values,
            credentials=entered.credentials(values["connector"]),
            zone=entered.chosen_zone(),
            said=_said(form),
            now=now,
            by=by,
        )

    def change_row(self, row_id: UUID, form: ServiceForm[Account], *, now: datetime, by: Actor) -> Account:
        """Give an account new credentials, and use it again."""
        entered = cast(AccountForm, form)
        return reconnect_account(
            account_id=row_id,
            credentials=entered.credentials(entered.instance.connector),
            zone=entered.chosen_zone(),
            said=_said(form),
            now=now,
            by=by,
        )

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Disconnect an account."""
        disconnect_account(account_id=row_id, now=now, by=by)

    def deletion_effect(self, row: Account) -> str:
        """Return what a deletion would do."""
        return "is disconnected, and its credentials are forgotten; its campaigns stay as they are at the platform"

    def has_check_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Allow those who may change the brand to check."""
        return may_write(request, Account, obj)

    @action(description="Check connection", url_path="check", permissions=["check"])  # type: ignore[untyped-decorator]
    def check_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask the platform now, and say what it answers."""

        def ask(account: Account) -> Confirmation:
            text = f"{account.get_platform_display()} is asked for the account {account.external_id} now."
            return Confirmation("Check connection", text, "Check")

        def check(account: Account, note: str) -> None:
            said = check_account(account_id=account.pk, now=timezone.now(), by=actor(request))
            account.refresh_from_db()
            fine = account.state == AccountState.CONNECTED and not account.error
            self.message_user(request, said, messages.SUCCESS if fine else messages.ERROR)

        return self.ask_one(request, object_id, ask, check, permission="check")

    @admin.display(description="account", ordering="external_id")
    def account(self, account: Account) -> SafeString:
        """Return platform and id, with what the platform calls it below."""
        return format_html('{}<span class="bs-under">{}</span>', str(account), account.name)

    @admin.display(description="brand", ordering="brand__name_key")
    def of_brand(self, account: Account) -> SafeString:
        """Return the brand's name, with a link."""
        return format_html('<a class="bs-link" href="{}">{}</a>', change_url(account.brand), account.brand)

    @admin.display(description="connector")
    def by_what(self, account: Account) -> str:
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
    def answered(self, account: Account) -> str:
        """Show when it last answered, or its script last asked."""
        return _on_clock(account.seen_at, account) if account.seen_at else "never yet"

    @admin.display(description="costs read")
    def read(self, account: Account) -> str:
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
        rows = [(name or pk, pk, _amount(amount, currency), why) for pk, name, amount, why in account.not_booked]
        return format_html_join("", "<div>{} ({}): {}, {}</div>", rows)


def _on_clock(at: datetime, account: Account) -> str:
    """Return an instant on the brand's clock, as a text that wraps."""
    return f"{clock_text(at, account.brand.timezone)}, {account.brand.timezone}"


def _amount(amount: str, currency: str) -> str:
    return f"{money(Decimal(amount), currency)} {currency}"


def _said(form: ServiceForm[Account]) -> AccountInfo | None:
    return getattr(form, "said_by_platform", None)
