"""The form of a campaign: its values, and whether a person wants it to run."""

from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldBooleanSwitchWidget

from brands.models import Brand
from budget_system.admin.fields import ChoiceField, CodeField, NameField, TextField
from budget_system.admin.forms import ServiceForm
from budget_system.admin.limit_field import LimitField
from campaigns.models import Campaign, Platform
from campaigns.orders import StatusOrder
from campaigns.services import CampaignValues
from campaigns.status import CampaignStatus
from scheduling.admin.week_field import WeekClock, WeekField
from scheduling.models import Schedule
from scheduling.week_services import STALE_WEEK
from scheduling.weeks import Week, week_text

RUN, PAUSE = "run", "pause"
NO_BUDGET = "No budget of its own"
BUDGET_HELP = "0: nothing may be spent."


class CampaignForm(ServiceForm[Campaign]):
    """What a person can enter for a campaign, and want of it: to run or to pause, never the status itself."""

    name = NameField(help_text="Unique within the brand without regard to case.")
    platform = ChoiceField([("", "None"), *Platform.choices], required=False)
    external_id = CodeField(required=False, label="External ID", help_text="Its id on the platform.")
    delivery_enabled = forms.BooleanField(
        required=False,
        label="Delivery",
        widget=UnfoldBooleanSwitchWidget(),
        help_text="Its platform is told to run or pause it, as its status says. Needs a platform and an external ID.",
    )
    daily_budget = LimitField(no_limit_text=NO_BUDGET, optional=True, help_text=BUDGET_HELP)
    monthly_budget = LimitField(no_limit_text=NO_BUDGET, optional=True, help_text=BUDGET_HELP)
    wanted = forms.ChoiceField(
        label="Should it run?",
        choices=[(RUN, "Run, where budgets and hours allow"), (PAUSE, "Pause, until a person lifts it")],
        initial=RUN,
        widget=UnfoldAdminRadioSelectWidget(),
    )
    note = TextField(label="Note", rows=2, help_text="Optional; kept with a change of run or pause.")
    week = WeekField()

    not_columns: ClassVar = frozenset({"wanted", "note", "week"})
    decided_in: ClassVar = {"wanted": "paused_by_person"}

    class Meta:
        model = Campaign
        fields = ("brand", "name", "platform", "external_id", "delivery_enabled", "daily_budget", "monthly_budget")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.paused_by_person:
            self.initial["wanted"] = PAUSE
        campaign = self.instance
        if not campaign._state.adding:
            self.initial["week"] = Schedule.objects.all().weeks([campaign.pk])[campaign.pk]
            clock = WeekClock(campaign.brand.timezone, timezone.now())
            cast(WeekField, self.fields["week"]).show_on(clock, str(campaign.pk))
        else:
            self.initial["week"] = frozenset()

    def clean(self) -> dict[str, Any]:
        """Refuse a note without an order, rather than lose it."""
        cleaned = super().clean()
        if cleaned.get("note") and "wanted" in cleaned and "wanted" not in self.changed_data:
            self.add_error(
                "note",
                ValidationError("A note is kept with a change of run or pause; change that too, or leave this empty."),
            )
        return cleaned

    def row_currency(self) -> str:
        """Return the currency of the campaign's brand."""
        return self.instance.brand.currency

    def chosen_currency(self) -> str:
        """Return the currency of the chosen brand."""
        brand = self.chosen_row("brand")
        return brand.currency if isinstance(brand, Brand) else ""

    def row_timezone(self) -> str:
        """Return the time zone of the campaign's brand."""
        return self.instance.brand.timezone

    def campaign_values(self, *, only_changed: bool) -> CampaignValues:
        """Return what was entered, or only what the person changed."""
        return cast(CampaignValues, self.values(only_changed=only_changed))

    def order(self) -> StatusOrder | None:
        """Return the order that follows from a changed choice; an unchanged one is no order."""
        if "wanted" not in self.changed_data:
            return None
        wants_run = self.cleaned_data["wanted"] == RUN
        return StatusOrder(CampaignStatus.ACTIVE if wants_run else CampaignStatus.PAUSED)

    def seen_week(self) -> Week | None:
        """Return the week with which the form was opened, if it came along."""
        sent = self.data.get(self.add_initial_prefix("week"))
        return None if sent is None else cast(Week, self.fields["week"].clean(sent))

    def _show(self, error: ValidationError) -> None:
        """Show a refusal; where the week was another one meanwhile, the present one has been seen by now."""
        super()._show(error)
        if self.has_error("week", STALE_WEEK):
            self.data = {**self.data, self.add_initial_prefix("week"): week_text(self.initial["week"])}
