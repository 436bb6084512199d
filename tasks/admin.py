"""The libraries' own pages, in the look of the rest: users and groups, and when the tasks run."""

from copy import copy
from functools import partial
from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django_celery_beat.admin import ClockedScheduleAdmin as StockClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as StockCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as StockPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm as StockPeriodicTaskForm
from django_celery_beat.admin import TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from brands.admin.memberships import BrandsInline
from brands.admin.roles import by_groups
from budget_system.accounts.admin.groups import GroupAdmin
from budget_system.accounts.forms import PasswordForm, told_of_tokens
from budget_system.accounts.second_factor.admin import SecondFactorOfUser
from budget_system.admin.changelists import ReadOnlyAdmin
from budget_system.admin.lookup_guard import CarefulAdmin
from budget_system.admin.permissions import is_administrator
from budget_system.admin.unfold_types import ModelAdmin

if TYPE_CHECKING:

    class Look:
        """The look, of which a type checker needs to know nothing."""

else:
    from unfold.admin import ModelAdmin as Look

__all__ = ["GroupAdmin"]

GROUPS = "What a group may do, whoever is in it may do: the brands of a group stand in its own form."

for model in (User, ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


class ForAdministrators(CarefulAdmin):
    """Pages that administrators alone see, whatever Django's own tables of permissions say."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show them to administrators."""
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show them to administrators."""
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let administrators add."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators change."""
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators delete."""
        return is_administrator(request)


@admin.register(User)
class UserAdmin(ForAdministrators, SecondFactorOfUser, StockUserAdmin, Look):  # type: ignore[type-arg]  # at run time it takes none
    """Users: what one may do, memberships say, own ones and those of groups, and the mark of an administrator."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_user_password_template = "admin/budget/password.html"
    inlines = (BrandsInline,)
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
        """Set somebody's password; the form is told who asks."""
        assert isinstance(request.user, User)
        asked = copy(self)  # one instance serves every request
        asked.change_password_form = partial(PasswordForm, by=request.user)
        return super(UserAdmin, asked).user_change_password(request, id, form_url)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Say of a password also what became of the tokens, in the history and to whoever set it."""
        if not isinstance(form, PasswordForm) or not (told := told_of_tokens(form.tokens_ended)):
            return super().construct_change_message(request, form, formsets, add)
        messages.success(request, told)
        return f"Changed password. {told}"

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        """Offer memberships of a user that exists."""
        return super().get_inlines(request, obj) if obj else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the groups, each to be ticked; of their Django permissions nothing is said, since they do not count."""
        if db_field.name == "groups":
            kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget(), "help_text": GROUPS}
            kwargs["show_hidden_initial"] = True
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Leave the groups alone where the person did: a form that was open meanwhile gives none back."""
        if "groups" not in form.changed_data:
            form.cleaned_data.pop("groups", None)
        super().save_related(request, form, formsets, change)

    @admin.display(description="By these groups")
    def through_groups(self, user: User) -> SafeString:
        """List what the groups add to the brands that are the user's own."""
        return by_groups(user)


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]  # neither library has types
    """A choice of the tasks that exist."""


class PeriodicTaskForm(StockPeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    """When a task runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ForAdministrators, StockPeriodicTaskAdmin, Look):  # type: ignore[misc]  # the library has no types
    """When the tasks run."""

    form = PeriodicTaskForm


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(ForAdministrators, StockCrontabScheduleAdmin, Look):  # type: ignore[misc]  # the library has no types
    """Times of day."""


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(ForAdministrators, StockClockedScheduleAdmin, Look):  # type: ignore[misc]  # the library has no types
    """Single instants."""


@admin.register(IntervalSchedule, SolarSchedule)
class OtherScheduleAdmin(ForAdministrators, ModelAdmin[Any]):
    """Intervals, and times of the sun."""


@admin.register(AccessAttempt)
class WrongPasswordsAdmin(ReadOnlyAdmin[Any]):
    """Who gave wrong passwords; deleting a row lets in again."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let administrators lift a lock."""
        return is_administrator(request)
