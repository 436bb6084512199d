"""When the tasks run: the scheduler's own pages, in the style of the others."""

from typing import Any

from django.contrib import admin
from django_celery_beat.admin import ClockedScheduleAdmin as StockClockedScheduleAdmin
from django_celery_beat.admin import CrontabScheduleAdmin as StockCrontabScheduleAdmin
from django_celery_beat.admin import PeriodicTaskAdmin as StockPeriodicTaskAdmin
from django_celery_beat.admin import PeriodicTaskForm as StockPeriodicTaskForm
from django_celery_beat.admin import TaskSelectWidget
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from budget_system.admin.administrators import AdministratorsOnlyAdmin
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import ModelAdmin, UnfoldAdmin

unregister("django_celery_beat.admin", ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule)


class TaskSelect(UnfoldAdminSelectWidget, TaskSelectWidget):  # type: ignore[misc]  # neither library has types
    """A choice of the tasks that exist."""


class PeriodicTaskForm(StockPeriodicTaskForm):  # type: ignore[misc]  # the library has no types
    """When a task runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(AdministratorsOnlyAdmin, StockPeriodicTaskAdmin, UnfoldAdmin):  # type: ignore[misc]  # the library has no types
    """When the tasks run."""

    form = PeriodicTaskForm


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(AdministratorsOnlyAdmin, StockCrontabScheduleAdmin, UnfoldAdmin):  # type: ignore[misc]  # the library has no types
    """Times of day."""


@admin.register(ClockedSchedule)
class ClockedScheduleAdmin(AdministratorsOnlyAdmin, StockClockedScheduleAdmin, UnfoldAdmin):  # type: ignore[misc]  # the library has no types
    """Single instants."""


@admin.register(IntervalSchedule, SolarSchedule)
class OtherScheduleAdmin(AdministratorsOnlyAdmin, ModelAdmin[Any]):
    """Intervals, and times of the sun."""
