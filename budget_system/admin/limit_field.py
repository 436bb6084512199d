"""A budget in a form: an amount, or a ticked “No limit”. An empty field alone says neither, so it is asked again."""

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.forms import MultiWidget
from django.utils.datastructures import MultiValueDict
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from budget_system.admin.fields import AmountField

NO_LIMIT: Final = "no_limit"
"""What the name of the box ends with, after an underscore."""
UNDECIDED: Final = "Type an amount, or tick “{}”."
BOTH: Final = "“{}” is typed and “{}” is ticked; choose one of them."


class LimitWidget(MultiWidget):
    """An amount, and a box that says that there is none; typing an amount clears the box (`limits.js`)."""

    template_name = "admin/budget/limit.html"
    use_fieldset = False

    def __init__(self, no_limit_text: str) -> None:
        self.no_limit_text = no_limit_text
        self.is_undecided = False
        amount = UnfoldAdminTextInputWidget({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__({"": amount, NO_LIMIT: UnfoldBooleanWidget()})

    def decompress(self, value: object) -> list[object]:
        """Return the amount, and whether there is none."""
        return [value, not value and not self.is_undecided]

    def get_context(self, name: str, value: object, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        """Add the words of the box, and what stands in an empty field."""
        context: dict[str, Any] = super().get_context(name, value, dict(attrs or {}))
        amount, box = context["widget"]["subwidgets"]
        box["attrs"].pop("required", None)
        amount["attrs"]["data-limit-words"] = self.no_limit_text.lower()
        amount["attrs"]["placeholder"] = self.no_limit_text.lower() if box["attrs"].get("checked") else ""
        return {**context, "no_limit_text": self.no_limit_text}

    def value_from_datadict(self, data: Mapping[str, Any], files: "MultiValueDict[str, Any]", name: str) -> Any:
        """Return what was typed, and whether the box was ticked."""
        return [data.get(name), f"{name}_{NO_LIMIT}" in data]

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        """Return whether the form did not have the field."""
        return name not in data

    def id_for_label(self, id_: str) -> str:
        """Return the id of the amount, to which the label belongs."""
        return f"{id_}_0" if id_ else id_


class LimitField(AmountField):
    """A budget, or none where it is said so."""

    def __init__(self, *, no_limit_text: str = "No limit", help_text: str = "", optional: bool = False) -> None:
        super().__init__(required=False, help_text=help_text)
        self.no_limit_text = no_limit_text
        self.optional = optional
        self.widget = LimitWidget(no_limit_text)

    def show_in(self, currency: str) -> None:
        """Show amounts with as many decimals as the currency has."""
        self.currency = currency

    def ask(self) -> None:
        """Tick nothing at first: in a new row a person says which is meant."""
        if not self.optional:
            self.widget.is_undecided = True

    def to_python(self, value: object) -> object:  # type: ignore[override]  # as of all our fields
        """Read the amount or the tick; a single value is a stored one, or the one that the form was opened with."""
        if not isinstance(value, list):
            return super().to_python(value)
        text, ticked = value
        typed = (text or "").strip()
        if ticked and typed:
            raise ValidationError(BOTH.format(typed, self.no_limit_text), code="both")
        if not ticked and not typed:
            raise ValidationError(UNDECIDED.format(self.no_limit_text), code="undecided")
        return None if ticked else self.parse(text)
