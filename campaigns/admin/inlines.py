"""A campaign's windows, in its form."""

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from budget_system.admin.inlines import ServiceFormSet, ServiceInline
from campaigns.models import Campaign
from scheduling.admin.forms import ScheduleForm
from scheduling.admin.messages import state
from scheduling.admin.row_services import ScheduleServices
from scheduling.models import Schedule
from scheduling.services import ScheduleValues


class ScheduleFormSet(ScheduleServices, ServiceFormSet[Schedule, Campaign]):
    """A campaign's windows."""

    def new_values(self, form: ScheduleForm) -> ScheduleValues:
        """Return the values of a new window of the campaign."""
        return {**super().new_values(form), "campaign_id": self.instance.pk}


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
