"""Orders for campaigns: pause and activate."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from budget_system.admin.archive import ArchivingAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed, note_form
from campaigns import services
from campaigns.admin.messages import reasons_line
from campaigns.models import Campaign, CampaignStatus

Order = Callable[..., Campaign]


class CampaignOrders(ArchivingAdmin[Campaign]):
    """Orders for the campaigns chosen in the list, and for the one on the page."""

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        """Pause the campaigns, and show what became of each."""
        for campaign in queryset:
            self._give(request, campaign, services.pause_campaign)

    @admin.action(description="Activate", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        """Lift a person's pause of the campaigns, and show what became of each."""
        for campaign in queryset:
            self._give(request, campaign, services.activate_campaign)

    @action(description="Pause…", url_path="pause", permissions=["change"])  # type: ignore[untyped-decorator]
    def pause_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then pause the campaign."""
        text = "It stays paused until a person lifts it: no reset, budget or schedule will wake it."
        return self._order_page(request, object_id, services.pause_campaign, "Pause", text)

    @action(description="Activate…", url_path="activate", permissions=["change"])  # type: ignore[untyped-decorator]
    def activate_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then activate the campaign."""
        text = "This lifts a person's pause. It runs at once where budgets and hours allow, else as soon as they do."
        return self._order_page(request, object_id, services.activate_campaign, "Activate", text)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer pause or activate, whichever changes something."""
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types
        campaign = self.row_of(request, str(object_id))
        if campaign is None or campaign.archived_at is not None:
            return []
        other = "pause_one" if campaign.paused_by_person else "activate_one"
        return [one for one in offered if not one.action_name.endswith(other)]

    def _order_page(self, request: HttpRequest, object_id: str, order: Order, verb: str, text: str) -> HttpResponse:
        campaign = self.row_of(request, object_id)
        if campaign is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_change_permission(request, campaign):
            raise PermissionDenied
        back = reverse("admin:campaigns_campaign_change", args=[campaign.pk])
        form = note_form(request)
        if is_confirmed(request) and form.is_valid():
            self._give(request, campaign, order, form.cleaned_data["note"])
            return HttpResponseRedirect(back)
        return confirmation_page(self, request, Confirmation(f"{verb} “{campaign}”", text, verb), form, back=back)

    def _give(self, request: HttpRequest, campaign: Campaign, order: Order, note: str = "") -> None:
        with self.showing_errors(request, campaign):
            after = order(campaign_id=campaign.pk, note=note, now=timezone.now(), by=actor(request))
            if after.status == CampaignStatus.ACTIVE:
                self.message_user(request, f"“{after}” is active.", messages.SUCCESS)
                return
            stays = "stays paused" if order == services.activate_campaign else "is paused"
            level = messages.WARNING if order == services.activate_campaign else messages.SUCCESS
            self.message_user(request, f"“{after}” {stays}: {reasons_line(after)}.", level)
