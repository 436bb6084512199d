"""Campaigns in the admin: what is wanted of each, what the rules made of it, and why."""

from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone

from budget_system.admin.autocomplete import RowSelect
from budget_system.admin.first_steps import LeadsOnAdmin
from budget_system.admin.forms import ServiceForm
from budget_system.admin.history import PAGE, HistoryPage
from budget_system.admin.panels import PanelAdmin
from budget_system.admin.permissions import actor
from budget_system.admin.readonly_amounts import ReadOnlyBudgets, readonly_names
from budget_system.core.actors import Actor, BrandAccess
from campaigns import services
from campaigns.admin.autocomplete import CHOICES_URL_NAME, CampaignChoices
from campaigns.admin.effects import EffectMessages, spent_text
from campaigns.admin.events import StatusEventAdmin
from campaigns.admin.forms import CampaignForm
from campaigns.admin.listing import CampaignListing
from campaigns.admin.orders import CampaignOrders
from campaigns.admin.panels.page import CampaignPanel, campaign_panel
from campaigns.admin.timeline.reading import campaign_timeline
from campaigns.admin.timeline.showing import history_table, shown_timeline
from campaigns.admin.weeks import ONE_STEP, CampaignWeeks
from campaigns.models import Campaign
from campaigns.validators import has_had_spends
from spending.reports.figures import campaign_figures


@admin.register(Campaign)
class CampaignAdmin(
    EffectMessages, LeadsOnAdmin, PanelAdmin[Campaign], ReadOnlyBudgets, CampaignListing, CampaignWeeks, CampaignOrders
):
    """Campaigns."""

    form = CampaignForm
    next_step = ("admin:spending_spend_add", "campaign", "book a spend")
    asks_before = frozenset({"daily_budget", "monthly_budget", "brand"})
    last_change_after = ONE_STEP
    actions = ("pause", "activate", "restore", "delete_selected")
    actions_detail: ClassVar = ("pause_one", "activate_one", "copy_hours")
    readonly_fields = ("week_now",)

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        """Ask what is wanted of it only those who may say so."""
        wish = (("What is wanted", {"fields": ("wanted", "note")}),)
        may_change = self.has_change_permission(request, obj)
        fields = CampaignForm.Meta.fields
        main = ("Campaign", {"fields": fields if may_change else readonly_names(fields)})
        hours = ("Hours", {"fields": ("week" if may_change else "week_now",)})
        if obj is None:
            return (main, *wish, hours)
        return (*wish, hours, main) if may_change else (hours, main)

    def panel(self, request: HttpRequest, row: Campaign) -> CampaignPanel:
        """Return what stands above the form: status and why, budgets, and what happened."""
        return campaign_panel(row, actor(request).access, now=timezone.now())

    def history_page(self, row_id: UUID, row: Campaign | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Return all that happened to it, its windows and its brand's holds included, on the brand's clock."""
        if row is None:
            return super().history_page(row_id, row, access, first=first)
        page = campaign_timeline(row, access, first=first, last=first + PAGE)
        return history_table(shown_timeline(page, row.brand, access))

    def get_custom_urls(self) -> Any:
        """Add the addresses of the campaign search, and of reading a week that is typed."""
        return (("choices/", CHOICES_URL_NAME, CampaignChoices.as_view(admin_site=self.admin_site)), self.week_url())

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any]":
        """Return a field that searches for the brand."""
        kwargs["widget"] = RowSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def everything(self) -> QuerySet[Campaign]:
        """Return all campaigns, except those of archived brands, which are restored with the brand."""
        return Campaign.everything.filter(brand__archived_at__isnull=True)

    def create_row(self, form: ServiceForm[Campaign], *, now: datetime, by: Actor) -> Campaign:
        """Create a campaign."""
        typed = cast(CampaignForm, form)
        values, note = typed.campaign_values(only_changed=False), typed.cleaned_data["note"]
        return services.create_campaign(values=values, order=typed.order(), note=note, now=now, by=by)

    def change_row(self, row_id: UUID, form: ServiceForm[Campaign], *, now: datetime, by: Actor) -> Campaign:
        """Change a campaign, and pause or activate it where the person changed that."""
        typed = cast(CampaignForm, form)
        values, note = typed.campaign_values(only_changed=True), typed.cleaned_data["note"]
        return services.change_campaign(
            campaign_id=row_id,
            values=values,
            order=typed.order(),
            note=note,
            now=now,
            by=by,
            check=form.unless_stale(),
        )

    def lifted_text(self, label: str) -> str:
        """Return what it means that a campaign has no such budget any more."""
        return f"{label}: no budget of its own any more. The budgets of its brand still hold."

    def spent_text(self, row: Campaign, name: str, *, now: datetime) -> str:
        """Return what the campaign has spent already of the period of a budget."""
        return spent_text(name, campaign_figures([row], now=now)[row.pk], row.brand.currency)

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a campaign."""
        services.remove_campaign(campaign_id=row_id, now=now, by=by)

    def restore_row(self, row_id: UUID, *, now: datetime, by: Actor) -> Campaign:
        """Restore an archived campaign."""
        return services.restore_campaign(campaign_id=row_id, now=now, by=by)

    def currency_of(self, row: Campaign) -> str:
        """Return the currency of the campaign's brand."""
        return row.brand.currency

    def deletion_effect(self, row: Campaign) -> str:
        """Return what deleting the campaign would do."""
        if has_had_spends(row):
            return "has spends, so it will be archived; its spends stay in the ledger, and it can be restored"
        return "will be deleted with its schedules; it has no spends"


__all__ = ["CampaignAdmin", "StatusEventAdmin"]
