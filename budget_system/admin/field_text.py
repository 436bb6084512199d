"""Values of a form's fields as people say them."""

from decimal import Decimal
from typing import Final

from django import forms
from django.db.models import Model

from budget_system.admin.fields import AmountField
from budget_system.admin.limit_field import LimitField
from budget_system.core.money import money

NOTHING: Final = "nothing"


def field_text(field: forms.Field, value: object) -> str:
    """Return a value of a field as people say it: an amount as in lists, a choice by its label, a row's name."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal) and isinstance(field, AmountField):
        return money(value, field.currency)
    if isinstance(field, LimitField) and not value:
        return field.no_limit_text.lower()
    if isinstance(field, forms.ModelChoiceField):
        return _row(field, value)
    if isinstance(field, forms.ChoiceField):
        return _label(field, value) if value not in (None, "") else NOTHING
    return (str(field.prepare_value(value)) if value is not None else "") or NOTHING


def _label(field: forms.ChoiceField, value: object) -> str:
    labels = {str(choice): str(label) for choice, label in field.widget.choices}
    return labels.get(str(value), str(value))


def _row(field: "forms.ModelChoiceField[Model]", value: object) -> str:
    if value is None or isinstance(value, Model):
        return NOTHING if value is None else str(value)
    row = field.queryset.filter(pk=value).first() if field.queryset is not None else None
    return "another one" if row is None else str(row)
