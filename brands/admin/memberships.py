"""Memberships in the forms of the brand, the user and the group; for administrators."""

from typing import Any, ClassVar, Generic, TypeVar

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BooleanField, ModelChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldBooleanWidget

from brands.models import Brand, Membership
from budget_system.admin.autocomplete import RowSelect
from budget_system.admin.inlines import OwnRowsFormSet
from budget_system.admin.permissions import is_administrator
from budget_system.admin.stale_rows import StaleRowForm, require_unchanged
from budget_system.admin.unfold_types import ModelForm, TabularInline

_P = TypeVar("_P", bound=Model)


class MembershipForm(StaleRowForm[Membership]):
    """A membership, in another row's form."""

    def validate_unique(self) -> None:
        """Check the constraints too: the stock form leaves out those with the row in whose form the line stands.

        So what somebody else has added meanwhile is refused with a message.
        """
        super().validate_unique()
        columns = {field.name for field in Membership._meta.fields}
        try:
            self.instance.validate_constraints(exclude=columns - set(self.fields) | set(self.errors))
        except ValidationError as error:
            self.add_error(None, error)


class BrandMemberForm(MembershipForm):
    """A member of the brand in whose form it stands: a user or a group."""

    class Meta:
        labels: ClassVar = {"group": "or group"}

    def clean(self) -> dict[str, Any]:
        """Require exactly one of user and group."""
        super().clean()
        user, group = self.cleaned_data.get("user"), self.cleaned_data.get("group")
        if user and group:
            self.add_error("group", "Choose a user or a group, not both: a second line takes the other.")
        if not (user or group or self.errors):
            self.add_error("user", "Choose a user or a group.")
        return self.cleaned_data


class MemberBrandForm(MembershipForm):
    """A brand of the user or group in whose form it stands, or every brand, which must be chosen explicitly."""

    every_brand = BooleanField(required=False, label="or every brand", widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["every_brand"] = self.instance.brand_id is None

    def clean(self) -> dict[str, Any]:
        """Require exactly one of a brand and every brand."""
        super().clean()
        brand, every = self.cleaned_data.get("brand"), self.cleaned_data.get("every_brand")
        if brand and every:
            self.add_error("brand", "Choose a brand or tick “every brand”, not both.")
        if not (brand or every or self.errors):
            self.add_error("brand", "Choose a brand, or tick “every brand”.")
        return self.cleaned_data


class MembershipFormSet(OwnRowsFormSet[Membership, Any, ModelForm[Membership]]):
    """The memberships of a form, without duplicates, and as they were when it was opened."""

    def clean(self) -> None:
        """Refuse “every brand” twice; the stock form set compares only values, and an empty brand is none."""
        super().clean()
        require_unchanged(self.forms)
        kept = [form for form in self.forms if form not in self.deleted_forms]
        if sum(bool(form.cleaned_data.get("every_brand")) for form in kept) > 1:
            raise ValidationError("Please correct the duplicate data: “every brand” is ticked twice.")


class MembershipInline(TabularInline[Membership, _P], Generic[_P]):
    """Memberships, in another row's form."""

    model = Membership
    formset = MembershipFormSet
    extra = 0
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to see memberships."""
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to add members."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to change roles."""
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to remove members."""
        return is_administrator(request)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Return a field that searches for the user, group or brand."""
        kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembersInline(MembershipInline[Brand]):
    """A brand's members."""

    form = BrandMemberForm
    fields = ("user", "group", "role")
    verbose_name = "member"
    verbose_name_plural = "members of this brand alone"


class UserBrandsInline(MembershipInline[User]):
    """A user's brands."""

    form = MemberBrandForm
    fields = ("brand", "every_brand", "role")
    verbose_name = "brand"
    verbose_name_plural = "own brands, beside those of the groups (an administrator sees all of them anyway)"


class GroupBrandsInline(MembershipInline[Group]):
    """A group's brands."""

    form = MemberBrandForm
    fields = ("brand", "every_brand", "role")
    verbose_name = "brand"
    verbose_name_plural = "brands of everybody in the group"
