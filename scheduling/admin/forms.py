"""The form of a window."""

from typing import ClassVar, cast

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

    refusal_messages: ClassVar = {
        "end_before_start": "The end is not later than the start. Over midnight, switch “Ends next day” on.",
        "longer_than_a_day": "A window lasts 24 hours at most: over midnight it ends by its start on the next day, or "
        "switch “Ends next day” off.",
        "end_of_day_over_midnight": "24:00 is the end of the day on which the window starts; switch “Ends next day” "
        "off, or write the hour of the next day at which it ends.",
    }

    class Meta:
        model = Schedule
        fields = ("campaign", "day_of_week", "start_time", "end_time", "ends_next_day", "is_active")

    def row_timezone(self) -> str:
        """Return the time zone of the campaign's brand."""
        return self.instance.campaign.brand.timezone

    def schedule_values(self, *, only_changed: bool) -> ScheduleValues:
        """Return what was entered, or only what the person changed."""
        return cast(ScheduleValues, self.values(only_changed=only_changed))
