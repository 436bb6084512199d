"""Brands in the admin: budgets, what is spent of them, and what can be ordered for a whole brand."""

from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from alerts.thresholds import thresholds_text
from brands import services
from brands.admin.history import ChangeAdmin
from brands.admin.listing import BrandListing
from brands.admin.memberships import MembersInline
from brands.admin.month.pages import MonthPages
from brands.admin.orders import BrandOrders
from brands.admin.panels.page import BrandPanel, brand_panel
from brands.admin.roles import people_table
from brands.admin.thresholds import ThresholdsField
from brands.admin.tokens import TokenAdmin
from brands.models import Brand
from brands.models.brands import LEAST_FIGURES_AGE, MOST_FIGURES_AGE
from budget_system.admin.archive import ArchivingAdmin
from budget_system.admin.fields import CurrencyField, NameField, TimeZoneField, WholeNumberField
from budget_system.admin.first_steps import LeadsOnAdmin
from budget_system.admin.forms import ServiceForm
from budget_system.admin.history import PAGE, HistoryPage
from budget_system.admin.limit_field import LimitField
from budget_system.admin.panels import PanelAdmin
from budget_system.admin.permissions import actor, is_administrator
from budget_system.admin.readonly_amounts import ReadOnlyBudgets, readonly_names
from budget_system.admin.row_values import calculated_once
from budget_system.core.actors import Actor, BrandAccess
from budget_system.core.validation import currencies, timezones
from campaigns.admin.effects import EffectMessages, spent_text
from campaigns.admin.timeline.reading import brand_timeline
from campaigns.admin.timeline.showing import history_table, shown_timeline
from delivery.admin.brands import DeliverySwitch
from spending.reports.figures import brand_figures

__all__ = ["BrandAdmin", "ChangeAdmin", "TokenAdmin"]

BUDGET_HELP = "0: nothing may be spent."
READ_AS = {"alert_thresholds": "thresholds"}
"""Beside the budgets, what is shown in another way to those who may not change it."""


class BrandForm(ServiceForm[Brand]):
    """What a person can enter for a brand; it is held and released by orders."""

    name = NameField(help_text="Unique without regard to case.")
    daily_budget = LimitField(help_text=BUDGET_HELP)
    monthly_budget = LimitField(help_text=BUDGET_HELP)
    timezone = TimeZoneField(timezones(), label="Time zone", help_text="Its midnight begins the brand's day.")
    currency = CurrencyField(currencies(), help_text="It can no longer change once the brand has spends.")
    alert_thresholds = ThresholdsField(
        label="Alert at percent",
        help_text="Alerts are sent when so much of a budget, its own or a campaign's, is spent. From 1 to 200.",
    )

    figures_max_age_hours = WholeNumberField(
        least=LEAST_FIGURES_AGE,
        most=MOST_FIGURES_AGE,
        label="Hours that costs may be old",
        help_text="When a connected account's costs were not read for longer, you are alerted, and nothing is switched "
        "on there until they are. Pauses always go out. From 1 to 168.",
    )

    class Meta:
        model = Brand
        fields = (
            *("name", "daily_budget", "monthly_budget", "timezone", "currency"),
            *("alert_thresholds", "figures_max_age_hours"),
        )

    def row_currency(self) -> str:
        """Return the brand's currency."""
        return self.instance.currency

    def chosen_currency(self) -> str:
        """Return the currency that is chosen with the budgets."""
        chosen = str(self.data.get(self.add_prefix("currency"), "")).upper()
        return chosen if chosen in currencies() else ""

    def row_timezone(self) -> str:
        """Return the brand's time zone."""
        return self.instance.timezone

    def brand_values(self, *, only_changed: bool) -> services.BrandValues:
        """Return what was entered, or only what the person changed."""
        return cast(services.BrandValues, self.values(only_changed=only_changed))


@admin.register(Brand)
class BrandAdmin(
    EffectMessages,
    LeadsOnAdmin,
    PanelAdmin[Brand],
    ReadOnlyBudgets,
    BrandListing,
    DeliverySwitch,
    BrandOrders,
    MonthPages,
    ArchivingAdmin[Brand],
):
    """Brands."""

    form = BrandForm
    next_step = ("admin:campaigns_campaign_add", "brand", "add a campaign")
    asks_before = frozenset({"daily_budget", "monthly_budget", "timezone"})
    inlines = (MembersInline,)
    actions = (
        "hold",
        "release",
        "enforce_budgets",
        "enforce_dayparting",
        "reset_daily",
        "reset_monthly",
        "reset_both",
        "restore",
        "delete_selected",
    )
    actions_detail: ClassVar = (
        *("this_month", "import_report", "hold_one", "release_one"),
        *DeliverySwitch.delivery_orders,
    )
    readonly_fields = ("people",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow administrators to create brands."""
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Brand | None = None) -> bool:
        """Allow administrators to delete brands."""
        return is_administrator(request) and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Brand | None = None) -> Any:
        """Show an administrator who may do what."""
        fields = BrandForm.Meta.fields
        shown = [READ_AS.get(name, name) for name in readonly_names(fields)]
        main = ("Settings", {"fields": fields if self.has_change_permission(request, obj) else shown})
        if obj is None or not is_administrator(request):
            return (main,)
        return (main, ("Who may do what", {"fields": ("people",)}))

    def panel(self, request: HttpRequest, row: Brand) -> BrandPanel:
        """Return what stands above the form: state, budgets, the month, campaigns, and what happened."""
        return brand_panel(row, actor(request), now=timezone.now())

    def history_page(self, row_id: UUID, row: Brand | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Return all that people did to it, with the notes of holds, on its own clock."""
        if row is None:
            return super().history_page(row_id, row, access, first=first)
        page = brand_timeline(row, access, first=first, last=first + PAGE)
        return history_table(shown_timeline(page, row, access))

    def everything(self) -> QuerySet[Brand]:
        """Return all brands."""
        return Brand.everything.all()

    def create_row(self, form: ServiceForm[Brand], *, now: datetime, by: Actor) -> Brand:
        """Create a brand."""
        return services.create_brand(values=cast(BrandForm, form).brand_values(only_changed=False), now=now, by=by)

    def change_row(self, row_id: UUID, form: ServiceForm[Brand], *, now: datetime, by: Actor) -> Brand:
        """Change a brand."""
        values = cast(BrandForm, form).brand_values(only_changed=True)
        return services.change_brand(brand_id=row_id, values=values, now=now, by=by, check=form.unless_stale())

    def lifted_text(self, label: str) -> str:
        """Return what it means that a brand has no such budget any more."""
        return (
            f"{label}: no limit any more. Nothing pauses its campaigns for it, unless they have budgets of their own."
        )

    def spent_text(self, row: Brand, name: str, *, now: datetime) -> str:
        """Return what the brand has spent already of the period of a budget."""
        return spent_text(name, brand_figures([row], now=now)[row.pk], row.currency)

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a brand."""
        services.remove_brand(brand_id=row_id, now=now, by=by)

    def restore_row(self, row_id: UUID, *, now: datetime, by: Actor) -> Brand:
        """Restore an archived brand."""
        return services.restore_brand(brand_id=row_id, now=now, by=by)

    def currency_of(self, row: Brand) -> str:
        """Return the brand's currency."""
        return row.currency

    def deletion_effect(self, row: Brand) -> str:
        """Return what deleting the brand would do."""
        if services.has_had_spends(row):
            return "has spends, so it will be archived with its campaigns; everything stays and can be restored"
        return "will be deleted with its campaigns and schedules; it has no spends"

    @admin.display(description="alert at percent")
    def thresholds(self, brand: Brand) -> str:
        """Return the thresholds as they are typed."""
        return thresholds_text(brand.alert_thresholds) or "none"

    @admin.display(description="People")
    @calculated_once
    def people(self, brand: Brand) -> SafeString:
        """List who may do what, and why."""
        return people_table(brand)
