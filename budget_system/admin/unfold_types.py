"""The library's classes that the admin builds on, in a form that type checkers know.

The library has no types; it extends Django's own classes, so those stand in for it. At run time they take no
parameters, hence the subscript that gives the class itself.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.contrib.admin.views.main import ChangeList
    from django.forms import BaseInlineFormSet as InlineFormSet
    from django.forms import ModelChoiceField, ModelForm

    class UnfoldAdmin:
        """What gives another library's admin class the look; of it a type checker needs to know nothing."""

else:
    from django.forms import ModelChoiceField as _ModelChoiceField
    from django.forms import ModelForm as _ModelForm
    from unfold.admin import ModelAdmin as UnfoldAdmin
    from unfold.admin import ModelAdmin as _ModelAdmin
    from unfold.admin import TabularInline as _TabularInline
    from unfold.forms import PaginationInlineFormSet as _InlineFormSet
    from unfold.views import ChangeList

    class _Subscript:
        def __class_getitem__(cls, _: object) -> type:
            return cls

    class ModelAdmin(_Subscript, _ModelAdmin):
        """The base of admin classes."""

    class TabularInline(_Subscript, _TabularInline):
        """The base of inlines."""

    class InlineFormSet(_Subscript, _InlineFormSet):
        """The base of an inline's forms."""

    class ModelForm(_Subscript, _ModelForm):
        """The base of forms."""

    class ModelChoiceField(_Subscript, _ModelChoiceField):
        """The base of fields that choose a row."""


__all__ = ["ChangeList", "InlineFormSet", "ModelAdmin", "ModelChoiceField", "ModelForm", "TabularInline", "UnfoldAdmin"]
