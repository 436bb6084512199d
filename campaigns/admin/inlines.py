"""A campaign's windows, in its form."""

from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from budget_system.admin.forms import ServiceForm
from budget_system.admin.inlines import ServiceFormSet, ServiceInline
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from scheduling import services as schedules
from scheduling.admin.forms import ScheduleForm
from scheduling.admin.messages import state
from scheduling.models import Schedule


class ScheduleFormSet(ServiceFormSet[Schedule, Campaign]):
    """A campaign's windows."""

    def create_row(self, form: ServiceForm[Schedule], *, now: datetime, by: Actor) -> Schedule:
        """Add a window."""
        values = cast(ScheduleForm, form).schedule_values(only_changed=False)
        values["campaign_id"] = self.instance.pk
        return schedules.create_schedule(values=values, now=now, by=by)

    def change_row(self, row_id: UUID, form: ServiceForm[Schedule], *, now: datetime, by: Actor) -> Schedule:
        """Change a window."""
        values = cast(ScheduleForm, form).schedule_values(only_changed=True)
        return schedules.change_schedule(schedule_id=row_id, values=values, now=now, by=by)

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a window."""
        schedules.remove_schedule(schedule_id=row_id, now=now, by=by)


class ScheduleInline(ServiceInline[Schedule, Campaign]):
    """The campaign's windows, in its form."""

    model = Schedule
    form = ScheduleForm
    formset = ScheduleFormSet  # type: ignore[assignment]  # its forms are of a class of their own
    fields = ("day_of_week", "start_time", "end_time", "ends_next_day", "is_active", "now")
    readonly_fields = ("now",)
    ordering = ("day_of_week", "start_time", "id")
    hide_title = True
    verbose_name = "schedule"
    verbose_name_plural = "schedules (none: it may run at any hour)"

    @admin.display(description="now")
    def now(self, schedule: Schedule) -> SafeString | str:
        """Return whether the window is open, and when that changes."""
        return "" if schedule._state.adding else state(schedule, now=timezone.now())
