"""Alerts in the admin: read-only, and muted by those who may change their brand."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action

from alerts.admin.filters import MutedFilter, StateFilter
from alerts.admin.words import kind_words, muted_words, state_cell, state_line
from alerts.models import Alert
from alerts.services.muting import mute_alert
from brands.models import of_living_brand
from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.admin.confirmations import (
    Confirmation,
    confirmation_page,
    is_confirmed,
    note_form,
    selected_rows,
)
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.forms import error_text
from budget_system.admin.history import HistoryAdmin
from budget_system.admin.local_times import local_cell
from budget_system.admin.permissions import may_write
from budget_system.admin.row_urls import change_url
from budget_system.admin.row_values import attached_value
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.actors import NO_ACCESS, BrandAccess
from budget_system.core.errors import ServiceError
from budget_system.core.text import counted
from campaigns.admin.autocomplete import CampaignFilter

MUTING = "Nobody is told more of it, and it stays in this list. Once it has ended, it is told anew if it comes back."


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin[Alert], HistoryAdmin[Alert]):
    """Alerts: what began, what ended, and who wants to hear no more of it."""

    list_display = ("when", "said", "of_brand", "of_campaign", "how")
    list_display_links = ("when",)
    list_filter = (
        StateFilter,
        ("brand", RowFilter),
        ("campaign", CampaignFilter),
        ("kind", ChoicesDropdownFilter),
        MutedFilter,
        SinceFilter,
        ("at", DayRangeFilter),
    )
    list_select_related = ("brand", "campaign")
    search_fields = ("message", "brand__search_key")
    ordering = ("-at", "-id")
    empty_hint = "Alerts stand here once a part of a budget is spent, a campaign falls silent or a report fails."
    actions = ("mute",)
    actions_detail: ClassVar = ("mute_one",)
    fields = ("when", "about", "message", "of_brand", "of_campaign", "lasts", "muted", "figures_then")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """Exclude alerts of archived brands."""
        return super().get_queryset(request).filter(of_living_brand("brand"))

    def has_mute_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        """Allow those who may change the brand to mute."""
        return may_write(request, Alert, obj)

    @admin.action(description="Mute…", permissions=["mute"])
    def mute(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse | None:
        """Mute the alerts, after asking for a note."""
        form = note_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            many = counted(queryset.count(), "alert", "alerts")
            question = Confirmation(f"Mute {many}?", MUTING, f"Mute {many}")
            hidden = selected_rows(request, "mute", queryset)
            return confirmation_page(self, request, question, form, back=self.list_url(), hidden=hidden)
        muted = sum(self._mute(request, alert, form.cleaned_data["note"]) for alert in queryset)
        if muted:
            self.message_user(request, f"{counted(muted, 'alert is', 'alerts are')} muted.", messages.SUCCESS)
        return None

    @action(description="Mute…", url_path="mute", permissions=["mute"])  # type: ignore[untyped-decorator]
    def mute_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then mute the alert."""
        alert = self.get_object(request, unquote(object_id))
        if alert is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_mute_permission(request, alert):
            raise PermissionDenied
        form, back = note_form(request), change_url(alert)
        if is_confirmed(request) and form.is_valid():
            if self._mute(request, alert, form.cleaned_data["note"]):
                self.message_user(request, "The alert is muted.", messages.SUCCESS)
            return HttpResponseRedirect(back)
        question = Confirmation("Mute this alert", f"{alert.message} {MUTING}", "Mute")
        return confirmation_page(self, request, question, form, back=back)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer to mute what is open, and not muted, to those who may."""
        alert = self.get_object(request, unquote(str(object_id)))
        if alert is None or alert.resolved_at or alert.muted_at or not self.has_mute_permission(request, alert):
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types

    def _mute(self, request: HttpRequest, alert: Alert, note: str) -> bool:
        try:
            mute_alert(alert_id=alert.pk, note=note, now=timezone.now(), by=actor(request))
        except ServiceError as error:
            self.message_user(request, f"“{alert}”: {error.message}", messages.ERROR)
        except ValidationError as error:
            self.message_user(request, f"“{alert}”: {error_text(error)}", messages.ERROR)
        else:
            return True
        return False

    @admin.display(description="since", ordering="at")
    def when(self, alert: Alert) -> SafeString:
        """Show when it began, on the brand's clock."""
        return local_cell(alert.at, alert.brand.timezone)

    @admin.display(description="alert", ordering="kind")
    def said(self, alert: Alert) -> SafeString:
        """Return what it says, with what it is about below it."""
        cell = '<span class="bs-wraps">{}</span><span class="bs-under">{}</span>'
        return format_html(cell, alert.message, kind_words(alert))

    @admin.display(description="about")
    def about(self, alert: Alert) -> str:
        """Return what it is about."""
        return kind_words(alert)

    @admin.display(description="brand", ordering="brand__name_key")
    def of_brand(self, alert: Alert) -> SafeString:
        """Return the brand's name, with a link."""
        return format_html('<a class="bs-link" href="{}">{}</a>', change_url(alert.brand), alert.brand)

    @admin.display(description="campaign")
    def of_campaign(self, alert: Alert) -> SafeString | str:
        """Return the campaign's name with a link, unless it has moved to a brand that the person does not see."""
        campaign = alert.campaign
        if campaign is None:
            return "–"
        access = attached_value(alert, BrandAccess) or NO_ACCESS
        if not access.sees(campaign.brand_id):
            return "one that moved to another brand"
        if campaign.archived_at is not None and not access.administrator:
            return f"{campaign}, archived"
        return format_html('<a class="bs-link" href="{}">{}</a>', change_url(campaign), campaign)

    @admin.display(description="state")
    def how(self, alert: Alert) -> SafeString:
        """Draw whether it still holds, and who muted it."""
        return state_cell(alert)

    @admin.display(description="state")
    def lasts(self, alert: Alert) -> SafeString:
        """Draw whether it still holds."""
        return state_line(alert)

    @admin.display(description="muted")
    def muted(self, alert: Alert) -> str:
        """Return who muted it, when and why."""
        words = muted_words(alert).removeprefix("muted ")
        return f"{words}: {alert.mute_note}" if alert.mute_note else words or "by nobody"

    @admin.display(description="figures")
    def figures_then(self, alert: Alert) -> str:
        """Return the figures that it tells of."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in alert.figures.items()) or "none"
