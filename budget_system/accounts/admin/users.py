"""Users in the admin: passwords, memberships, groups, and the second factor."""

from copy import copy
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from brands.admin.memberships import UserBrandsInline
from brands.admin.roles import group_memberships_table
from budget_system.accounts.forms import PasswordForm, tokens_revoked_message
from budget_system.accounts.second_factor.admin import SecondFactorOfUser
from budget_system.admin.administrators import AdministratorsOnlyAdmin
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import UnfoldAdmin

GROUPS = "Members of a group may do what the group may do: its brands are in the form of the group."

unregister("django.contrib.auth.admin", User)


@admin.register(User)
class UserAdmin(AdministratorsOnlyAdmin, SecondFactorOfUser, StockUserAdmin, UnfoldAdmin):  # type: ignore[type-arg]  # at run time it takes none
    """Users; what each may do is in the memberships, their own and those of their groups, or they are
    administrators.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_user_password_template = "admin/budget/password.html"
    inlines = (UserBrandsInline,)
    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser")
    list_filter = (("is_active", BooleanRadioFilter), ("is_superuser", BooleanRadioFilter))
    list_filter_submit = True
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_superuser", "second_factor", "groups", "through_groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("second_factor", "through_groups", "last_login", "date_joined")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set somebody's password; the form knows who asks."""
        assert isinstance(request.user, User)
        asked = copy(self)  # one instance serves every request
        asked.change_password_form = partial(PasswordForm, by=request.user)
        return super(UserAdmin, asked).user_change_password(request, id, form_url)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Return the message, which for a password also says how many tokens were revoked."""
        if not isinstance(form, PasswordForm) or not (message := tokens_revoked_message(form.tokens_ended)):
            return super().construct_change_message(request, form, formsets, add)
        messages.success(request, message)
        return f"Changed password. {message}"

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """Offer memberships, for a user that exists."""
        return super().get_inlines(request, obj) if obj else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the groups as ticks, without their Django permissions, which do not count."""
        if db_field.name == "groups":
            kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget(), "help_text": GROUPS}
            kwargs["show_hidden_initial"] = True
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave the groups alone where the person did: a form that was open meanwhile does not restore them."""
        if "groups" not in form.changed_data:
            form.cleaned_data.pop("groups", None)
        super().save_related(request, form, formsets, change)

    @admin.display(description="By these groups")
    def through_groups(self, user: User) -> SafeString:
        """List what the groups add to the user's own memberships."""
        return group_memberships_table(user)
