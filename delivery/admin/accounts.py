"""Accounts in the admin: connected after their platform was asked, checked, given new credentials."""

from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action

from budget_system.admin.base import ServiceAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation
from budget_system.admin.forms import Refusal, ServiceForm
from budget_system.admin.permissions import may_write
from budget_system.core.actors import Actor
from delivery.admin.account_forms import CREDENTIALS, AccountForm, credential_names, make_account_form
from delivery.admin.account_listing import AccountListing
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
class AccountAdmin(AccountListing, ServiceAdmin[Account]):
    """Accounts at platforms."""

    form = make_account_form()
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

    def get_fields(self, request: HttpRequest, obj: Account | None = None) -> Any:
        """Ask for everything of a new account; of one that is there, only for what opens it."""
        if obj is None:
            return ("brand", "platform", "external_id", "connector", *CREDENTIALS, "zone")
        names = credential_names(obj.connector)
        opening = (*names, "zone") if names and may_write(request, Account, obj) else ()
        return (*self.readonly_fields, *opening)

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
        """Replace an account's credentials, and use it again."""
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


def _said(form: ServiceForm[Account]) -> AccountInfo | None:
    return getattr(form, "said_by_platform", None)
