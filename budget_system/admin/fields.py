"""Form fields: what they accept is decided by `budget_system.core.validation`; amounts and times are read as people
type them, see `budget_system.admin.people_input`.
"""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from budget_system.admin.code_select import CodeSelect
from budget_system.admin.people_input import read_amount, read_time
from budget_system.core import validation as inputs
from budget_system.core.money import in_currency, money


class InputField(forms.CharField):
    """A text that one function reads and another shows; spaces around it are left to that function."""

    def __init__(
        self,
        *,
        required: bool = True,
        label: str | None = None,
        help_text: str = "",
        widget: forms.Widget | None = None,
        **attrs: str,
    ) -> None:
        super().__init__(
            required=required,
            label=label,
            help_text=help_text,
            strip=False,
            widget=widget or UnfoldAdminTextInputWidget(attrs),
        )

    def parse(self, text: str) -> object:
        """Read what was typed; a refusal is a `ValidationError`."""
        raise NotImplementedError

    def empty(self) -> object:
        """Return the value of an empty field."""
        return None

    def to_python(self, value: object) -> object:  # type: ignore[override]  # each field has a type of its own
        """Read what was typed, or what is stored."""
        if value is None or value == "":
            return self.empty()
        return self.parse(value) if isinstance(value, str) else value

    def run_validators(self, value: object) -> None:
        """Run no validators: `parse` checks everything, and the stock validators know only texts."""


class AmountField(InputField):
    """An amount of money; empty where there is none."""

    currency = ""

    def __init__(self, *, required: bool = True, help_text: str = "") -> None:
        super().__init__(required=required, help_text=help_text, inputmode="decimal", placeholder="150.00")

    def show_in(self, currency: str) -> None:
        """Show amounts with as many decimals as the currency has, which is known once a row exists."""
        self.currency = currency
        self.widget.attrs["placeholder"] = str(in_currency(Decimal("150.00"), currency))

    def prepare_value(self, value: object) -> object:
        """Show what is stored as lists show it; what was entered stays as it was entered."""
        return money(value, self.currency) if isinstance(value, Decimal) else value

    def parse(self, text: str) -> Decimal:
        """Read an amount as it is typed."""
        return read_amount(text, self.currency)


class WholeNumberField(InputField):
    """A whole number between two bounds."""

    def __init__(self, *, least: int, most: int, label: str | None = None, help_text: str = "") -> None:
        self.least, self.most = least, most
        super().__init__(label=label, help_text=help_text, inputmode="numeric")

    def parse(self, text: str) -> int:
        """Read a number as it is typed."""
        typed = text.strip()
        is_number = typed.isascii() and typed.isdigit() and len(typed) <= len(str(self.most))
        return inputs.clean_whole(int(typed) if is_number else text, least=self.least, most=self.most)


class NameField(InputField):
    """A name, in its normal form."""

    def parse(self, text: str) -> str:
        """Read a name."""
        return inputs.clean_name(text)


class CodeField(InputField):
    """An id from another system, taken as sent; empty where there is none."""

    def parse(self, text: str) -> str:
        """Read an id."""
        return inputs.clean_code(text, blank=True)

    def empty(self) -> str:
        """Return an empty id."""
        return ""


class TextField(InputField):
    """A description or note: it may be empty and hold line breaks."""

    def __init__(self, *, label: str | None = None, help_text: str = "", rows: int = 3) -> None:
        super().__init__(
            required=False, label=label, help_text=help_text, widget=UnfoldAdminTextareaWidget({"rows": rows})
        )

    def parse(self, text: str) -> str:
        """Read a text."""
        return inputs.clean_text(text)

    def empty(self) -> str:
        """Return an empty text."""
        return ""


class DateField(InputField):
    """A date, `YYYY-MM-DD`, which is also how browsers send the one picked in their calendar."""

    def __init__(self, *, required: bool = True, help_text: str = "") -> None:
        super().__init__(required=required, help_text=help_text, type="date")
        self.widget.input_type = "date"  # the stock widget takes it from the class

    def parse(self, text: str) -> date:
        """Read a date."""
        return inputs.parse_date(text)


class TimeField(InputField):
    """A time of day on a wall clock; where a window may end so, `24:00` is taken too."""

    def __init__(self, *, end_of_day: bool = False, help_text: str = "") -> None:
        self.end_of_day = end_of_day
        super().__init__(help_text=help_text, placeholder="18:00" if end_of_day else "09:00", maxlength="12")

    def parse(self, text: str) -> time:
        """Read a time as it is typed."""
        return read_time(text, end_of_day=self.end_of_day)

    def prepare_value(self, value: object) -> object:
        """Show hours and minutes, and seconds only where there are any."""
        if isinstance(value, time):
            return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
        return value


class KnownCodeField(InputField):
    """One of many codes, in a list that can be searched."""

    def __init__(self, choices: Iterable[str], *, label: str | None = None, help_text: str = "") -> None:
        options = [(choice, choice) for choice in sorted(choices)]
        super().__init__(label=label, help_text=help_text, widget=CodeSelect(choices=options))


class CurrencyField(KnownCodeField):
    """An ISO 4217 code."""

    def parse(self, text: str) -> str:
        """Read a currency."""
        return inputs.clean_currency(text)


class TimeZoneField(KnownCodeField):
    """The IANA name of a time zone."""

    def parse(self, text: str) -> str:
        """Read a name, spelled exactly."""
        return inputs.clean_timezone(text)


class ChoiceField(forms.ChoiceField):
    """One of the choices."""

    def __init__(
        self,
        choices: Iterable[tuple[str, str]],
        *,
        required: bool = True,
        label: str | None = None,
        help_text: str = "",
    ) -> None:
        widget = UnfoldAdminSelectWidget()
        super().__init__(choices=list(choices), required=required, label=label, help_text=help_text, widget=widget)
