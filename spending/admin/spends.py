"""The ledger in the admin, and the resets that were ordered."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from brands.models import Brand, of_living_brand
from budget_system.admin.authors import AuthorColumn
from budget_system.admin.base import ServiceAdmin
from budget_system.admin.changelists import ReadOnlyAdmin
from budget_system.admin.fields import AmountField, ChoiceField, CodeField, DateField, TextField
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.first_steps import LeadsOnAdmin
from budget_system.admin.forms import ServiceForm
from budget_system.admin.local_times import local_cell
from budget_system.admin.readonly_amounts import readonly_names
from budget_system.admin.row_values import calculated_once
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.actors import Actor
from budget_system.core.money import money
from budget_system.exports.tables import Table
from campaigns.admin.autocomplete import CampaignChoiceField, CampaignFilter, CampaignSelect
from campaigns.admin.effects import EffectMessages
from campaigns.models import Campaign
from spending.admin.imports import ImportAdmin
from spending.admin.messages import spend_share
from spending.admin.spend_totals import MAX_ROWS, MAX_UNASKED, totals_text
from spending.ledger.entries import SpendValues
from spending.models import Reset, Spend, SpendQuerySet, SpendType
from spending.recording import services
from spending.reports.exports import spend_table

__all__ = ["ImportAdmin", "ResetAdmin", "SpendAdmin"]


class SpendForm(ServiceForm[Spend]):
    """One entry of the ledger."""

    amount = AmountField()
    spend_date = DateField(help_text="On the brand's calendar.")
    spend_type = ChoiceField(SpendType.choices)
    description = TextField()
    external_id = CodeField(required=False, label="External ID", help_text="Unique within the campaign.")

    class Meta:
        model = Spend
        fields = ("campaign", "amount", "spend_date", "spend_type", "description", "external_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and "spend_date" in self.fields:
            self.fields["spend_date"].required = False
            self.fields["spend_date"].help_text = "On the brand's calendar. Empty: the brand's today."

    def row_currency(self) -> str:
        """Return the currency of the campaign's brand."""
        return self.instance.campaign.brand.currency

    def chosen_currency(self) -> str:
        """Return the currency of the chosen campaign's brand."""
        campaign = self.chosen_row("campaign")
        return campaign.brand.currency if isinstance(campaign, Campaign) else ""

    def row_timezone(self) -> str:
        """Return the time zone of the campaign's brand."""
        return self.instance.campaign.brand.timezone

    def clean(self) -> dict[str, Any]:
        """Refuse an `external_id` that the campaign has: this form adds an entry, and should not replace one
        unnoticed.
        """
        cleaned = super().clean()
        campaign, external_id = cleaned.get("campaign"), cleaned.get("external_id")
        if self.instance._state.adding and campaign is not None and external_id:
            known = Spend.objects.filter(campaign=campaign, external_id=external_id).first()
            if known is not None:
                text = f"“{campaign}” already has an entry with this id, {known}; open that one to correct it."
                self.add_error("external_id", ValidationError(text))
        return cleaned

    def spend_values(self, *, only_changed: bool) -> SpendValues:
        """Return what was entered, or only what the person changed."""
        return cast(SpendValues, self.values(only_changed=only_changed))


@admin.register(Spend)
class SpendAdmin(EffectMessages, LeadsOnAdmin, ServiceAdmin[Spend]):
    """The ledger."""

    form = SpendForm
    list_display = ("spend_date", "sum", "campaign", "brand", "kind", "share", "text")
    list_filter = (
        ("campaign__brand", RowFilter),
        ("campaign", CampaignFilter),
        ("spend_date", RangeDateFilter),
        ("spend_type", ChoicesDropdownFilter),
    )
    list_select_related = ("campaign__brand",)
    search_fields = ("campaign__search_key", "campaign__brand__search_key", "description", "external_id")
    ordering = ("-spend_date", "-id")
    sorts = (("Latest first", "-spend_date"), ("Largest first", "-sum"), ("By brand", "brand"))
    empty_hint = "Money is booked by reports that are imported, by programs, or by hand."
    readonly_fields = ("share",)

    def get_fields(self, request: HttpRequest, obj: Spend | None = None) -> Any:
        """Add what is calculated, for an entry that exists."""
        fields = SpendForm.Meta.fields
        if obj is None:
            return fields
        return ("share", *(fields if self.has_change_permission(request, obj) else readonly_names(fields)))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Spend]:
        """Exclude entries of archived brands; those of archived campaigns stay."""
        return cast(SpendQuerySet, super().get_queryset(request)).listed()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show above the list what the filtered entries come to."""
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context is not None and "cl" in context:
            shown = context["cl"]
            limit = MAX_ROWS if shown.has_active_filters or shown.query else MAX_UNASKED
            context["totals"] = totals_text(shown.queryset, limit=limit)
        return response

    def export_table(self, request: HttpRequest, rows: QuerySet[Spend]) -> Table:
        """Return the entries as the API and the command write them."""
        return spend_table(rows)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any]":
        """Return a field that searches for the campaign; whether an archived one will do, the service decides."""
        kwargs["widget"] = CampaignSelect(db_field, self.admin_site)
        kwargs["form_class"] = CampaignChoiceField
        kwargs["queryset"] = Campaign.everything.filter(brand__archived_at__isnull=True).select_related("brand")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create_row(self, form: ServiceForm[Spend], *, now: datetime, by: Actor) -> Spend:
        """Book an entry."""
        values = cast(SpendForm, form).spend_values(only_changed=False)
        return services.record(**values, now=now, by=by).spend

    def change_row(self, row_id: UUID, form: ServiceForm[Spend], *, now: datetime, by: Actor) -> Spend:
        """Correct an entry."""
        values = cast(SpendForm, form).spend_values(only_changed=True)
        return services.change_spend(spend_id=row_id, values=values, now=now, by=by, check=form.unless_stale())

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove an entry."""
        services.remove_spend(spend_id=row_id, now=now, by=by)

    def deletion_effect(self, row: Spend) -> str:
        """Return what deleting the entry would do."""
        return f"of “{row.campaign}” leaves the ledger, and the counters give it back; its value is kept in the history"

    @admin.display(description="amount", ordering="amount")
    def sum(self, spend: Spend) -> SafeString:
        """Return the amount with its currency."""
        currency = spend.campaign.brand.currency
        return format_html('<span class="bs-number">{} {}</span>', money(spend.amount, currency), currency)

    @admin.display(description="brand", ordering="campaign__brand__name_key")
    def brand(self, spend: Spend) -> Brand:
        """Return the brand's name."""
        return spend.campaign.brand

    @admin.display(description="type", ordering="spend_type")
    def kind(self, spend: Spend) -> str:
        """Return the type's label."""
        return "daily" if spend.spend_type == SpendType.DAILY else "monthly"

    @admin.display(description="share of the tightest budget")
    @calculated_once
    def share(self, spend: Spend) -> SafeString:
        """Draw the entry's share of the tightest budget."""
        return spend_share(spend, now=timezone.now())

    @admin.display(description="description", ordering="description")
    def text(self, spend: Spend) -> SafeString:
        """Return the beginning of the description, with the id of another system below it."""
        below = format_html('<span class="bs-under bs-id">{}</span>', spend.external_id) if spend.external_id else ""
        return format_html("{}{}", Truncator(spend.description).chars(60), below)


@admin.register(Reset)
class ResetAdmin(AuthorColumn, ReadOnlyAdmin[Reset]):
    """Resets that a person ordered, read-only."""

    list_display = ("when", "brand", "period", "start", "sum", "campaigns", "author", "note")
    list_display_links = ("when",)
    list_filter = (("brand", RowFilter), ("period", ChoicesDropdownFilter), SinceFilter, ("at", DayRangeFilter))
    list_select_related = ("brand",)
    search_fields = ("brand__search_key", "by", "note")
    ordering = ("-at", "-id")
    fields = ("when", "brand", "period", "start", "sum", "campaigns", "author", "note")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reset]:
        """Exclude resets of archived brands."""
        return super().get_queryset(request).filter(of_living_brand("brand"))

    @admin.display(description="when", ordering="at")
    def when(self, reset: Reset) -> SafeString:
        """Show the time on the brand's clock."""
        return local_cell(reset.at, reset.brand.timezone)

    @admin.display(description="cleared", ordering="cleared")
    def sum(self, reset: Reset) -> SafeString:
        """Return the cleared amount with its currency."""
        currency = reset.brand.currency
        return format_html('<span class="bs-number">{} {}</span>', money(reset.cleared, currency), currency)
