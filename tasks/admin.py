"""The libraries' own pages, in the look of the rest: users and groups, and when the tasks run."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django_celery_beat.admin import ClockedScheduleAdmin as StockClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as StockCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as StockPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm as StockPeriodicTaskForm
from django_celery_beat.admin import TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from budget_system.admin.unfolding import ModelAdmin

if TYPE_CHECKING:

    class Look:
        """The look, of which a type checker needs to know nothing."""

else:
    from unfold.admin import ModelAdmin as Look

for model in (User, Group, ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(StockUserAdmin, Look):  # type: ignore[type-arg]  # at run time it takes none
    """Users."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, Look):
    """Groups."""


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]  # neither library has types
    """A choice of the tasks that exist."""


class PeriodicTaskForm(StockPeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    """When a task runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(StockPeriodicTaskAdmin, Look):  # type: ignore[misc]  # the library has no types
    """When the tasks run."""

    form = PeriodicTaskForm


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(StockCrontabScheduleAdmin, Look):  # type: ignore[misc]  # the library has no types
    """Times of day."""


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(StockClockedScheduleAdmin, Look):  # type: ignore[misc]  # the library has no types
    """Single instants."""


@admin.register(IntervalSchedule, SolarSchedule)
class OtherScheduleAdmin(ModelAdmin[Any]):
    """Intervals, and times of the sun."""
