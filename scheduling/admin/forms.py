"""The form of a window."""

from typing import cast

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from budget_system.admin.fields import TimeField
from budget_system.admin.forms import ServiceForm
from scheduling.models import DayOfWeek, Schedule
from scheduling.services import ScheduleValues


class ScheduleForm(ServiceForm[Schedule]):
    """One window, on the brand's wall clock."""

    day_of_week = forms.TypedChoiceField(
        label="Day", choices=DayOfWeek.choices, coerce=int, widget=UnfoldAdminSelectWidget()
    )
    start_time = TimeField(help_text="Like 09:00, on the brand's clock.")
    end_time = TimeField(end_of_day=True, help_text="Like 18:00; 24:00 or 00:00 is the end of that day.")
    ends_next_day = forms.BooleanField(
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        label="Ends next day",
        help_text="The window runs over midnight and ends on the day after.",
    )
    is_active = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanSwitchWidget(), label="Active")

    class Meta:
        model = Schedule
        fields = ("campaign", "day_of_week", "start_time", "end_time", "ends_next_day", "is_active")

    def schedule_values(self, *, only_changed: bool) -> ScheduleValues:
        """Return what was entered, or only what the person changed."""
        return cast(ScheduleValues, self.values(only_changed=only_changed))
