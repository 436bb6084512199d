"""Who belongs to which brand, in the form of the brand and in that of the user; for administrators."""

from typing import Any, Generic, TypeVar

from django.contrib.auth.models import User
from django.db.models import Model
from django.forms import ModelChoiceField
from django.http import HttpRequest

from brands.models import Brand, Membership
from budget_system.admin.permissions import is_administrator
from budget_system.admin.selects import RowSelect
from budget_system.admin.unfolding import TabularInline

_P = TypeVar("_P", bound=Model)


class MembershipInline(TabularInline[Membership, _P], Generic[_P]):
    """Memberships, in another row's form."""

    model = Membership
    extra = 0
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show memberships to administrators."""
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators take members in."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators change roles."""
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators end memberships."""
        return is_administrator(request)

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> "ModelChoiceField[Any] | None":
        """Search for the user or brand as one types."""
        kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class MembersInline(MembershipInline[Brand]):
    """A brand's members."""

    fields = ("user", "role")
    verbose_name = "member"
    verbose_name_plural = "members (administrators see every brand without being one)"


class BrandsInline(MembershipInline[User]):
    """A user's brands."""

    fields = ("brand", "role")
    verbose_name = "brand"
    verbose_name_plural = "brands (an administrator sees all of them anyway)"
