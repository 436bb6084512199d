"""The form of an account: which it is, and by what it is opened, which is never shown again."""

from types import new_class
from typing import Any, Final, cast

from django import forms
from unfold.widgets import UnfoldAdminPasswordWidget

from budget_system.admin.fields import ChoiceField, CodeField
from budget_system.admin.forms import ServiceForm
from campaigns.models import Platform
from delivery.connectors.registry import CONNECTORS
from delivery.models import Account, Connector
from delivery.platforms.accounts import AccountValues, Zone

WRITE_ONLY: Final = "Never shown again."
KEPT: Final = "Never shown; left empty, it stays as it is."
_PREFIX: Final = "credential_"


def field_of(connector: str, name: str) -> str:
    """Return the field in which a connector's credential is entered."""
    return f"{_PREFIX}{connector}_{name}"


def credential_names(connector: str) -> list[str]:
    """Return the fields in which a connector's credentials are entered."""
    kind = CONNECTORS.get(connector)
    return [field_of(connector, name) for name in kind.credentials] if kind else []


CREDENTIALS: Final = tuple(name for connector in CONNECTORS for name in credential_names(connector))


class AccountForm(ServiceForm[Account]):
    """What a person can enter for an account; `make_account_form` adds a field for each credential."""

    platform = ChoiceField(Platform.choices)
    external_id = CodeField(label="Account ID", help_text="The account's id on the platform.")
    connector = ChoiceField(
        Connector.choices,
        required=False,
        label="Connector",
        help_text="What speaks to the platform. A script asks for what is wanted; others are told.",
    )
    zone = ChoiceField(
        [
            (Zone.ASK, "Ask me"),
            (Zone.CONFIRM, "They are the account's, and I know what that means"),
            (Zone.ADOPT, "The brand takes the account's time zone"),
        ],
        required=False,
        label="Where the account's days are not the brand's",
        help_text="What a platform reports of a day is booked on that date.",
    )

    not_columns = frozenset({"zone", *CREDENTIALS})

    class Meta:
        model = Account
        fields = ("brand", "platform", "external_id", "connector")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in ("platform", "external_id", "connector"):
                self.fields.pop(name, None)  # what an account is does not change
            for name in credential_names(self.instance.connector):
                self.fields[name].help_text = KEPT

    def clean_external_id(self) -> str:
        """Ask for an id."""
        if not (external_id := str(self.cleaned_data["external_id"])):
            raise forms.ValidationError("Enter the account's id.")
        return external_id

    def clean(self) -> dict[str, Any]:
        """Refuse to move an account."""
        sent = self.data.get(self.add_prefix("brand"))
        if sent and not self.instance._state.adding and sent != str(self.instance.brand_id):
            self.add_error(None, "An account stays with its brand; disconnect it here, and connect it there.")
        return super().clean()

    def account_values(self) -> AccountValues:
        """Return what was entered for a new account."""
        entered = self.cleaned_data
        return {
            "brand_id": entered["brand"].pk,
            "platform": entered["platform"],
            "external_id": entered["external_id"],
            "connector": entered.get("connector") or Connector.SCRIPT,
        }

    def credentials(self, connector: str) -> dict[str, str]:
        """Return the credentials that were entered, of those that the connector needs."""
        kind = CONNECTORS.get(connector)
        names = kind.credentials if kind else {}
        return {name: value for name in names if (value := str(self.cleaned_data.get(field_of(connector, name)) or ""))}

    def chosen_zone(self) -> Zone:
        """Return what is to be done about another time zone."""
        return Zone(self.cleaned_data.get("zone") or Zone.ASK)

    def row_timezone(self) -> str:
        """Return the time zone of the account's brand."""
        return self.instance.brand.timezone

    def add_error(self, field: str | None, error: Any) -> None:
        """Show what is wrong with credentials at their fields."""
        mine = {name: field_of(connector, name) for connector, kind in CONNECTORS.items() for name in kind.credentials}
        super().add_error(mine.get(field, field) if field is not None else None, error)

    def _show(self, error: forms.ValidationError) -> None:
        if hasattr(error, "error_dict"):
            for name, faults in error.error_dict.items():
                known = name in self.fields or any(name in kind.credentials for kind in CONNECTORS.values())
                self.add_error(name if known else None, forms.ValidationError(faults))
        else:
            super()._show(error)


def make_account_form() -> type[AccountForm]:
    """Return the form with a field for each credential of each connector."""
    fields: dict[str, object] = {
        field_of(connector, name): forms.CharField(
            required=False,
            max_length=4_000,
            label=f"{Connector(connector).label.capitalize()}: {label}",
            widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
            help_text=WRITE_ONLY,
        )
        for connector, kind in CONNECTORS.items()
        for name, label in kind.credentials.items()
    }
    made = new_class(AccountForm.__name__, (AccountForm,), exec_body=lambda body: body.update(fields))
    return cast(type[AccountForm], made)
