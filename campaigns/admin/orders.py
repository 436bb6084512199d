"""Orders for campaigns: pause and activate."""

from collections.abc import Callable
from functools import partial

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action

from budget_system.admin.changelists import actor
from budget_system.admin.orders import OrderingAdmin
from campaigns import services
from campaigns.admin.bulk_orders import ACTIVATE, PAUSE
from campaigns.admin.messages import reasons_line
from campaigns.models import Campaign, CampaignStatus

Order = Callable[..., Campaign]


class CampaignOrders(OrderingAdmin[Campaign]):
    """Orders for the campaigns chosen in the list, and for the one on the page."""

    @admin.action(description="Pause…", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> HttpResponse | None:
        """Pause the campaigns, after asking for a note."""
        return self.order_many(request, queryset.select_related("brand"), PAUSE)

    @admin.action(description="Activate…", permissions=["change"])
    def activate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> HttpResponse | None:
        """Lift a person's pause of the campaigns, after asking for a note."""
        return self.order_many(request, queryset.select_related("brand"), ACTIVATE)

    @action(description="Pause…", url_path="pause", permissions=["change"])  # type: ignore[untyped-decorator]
    def pause_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then pause the campaign."""
        text = "It stays paused until a person lifts it: no reset, budget or schedule will wake it."
        give = partial(self._give, request, services.pause_campaign)
        return self.order_page(request, object_id, "Pause", text, give)

    @action(description="Activate…", url_path="activate", permissions=["change"])  # type: ignore[untyped-decorator]
    def activate_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then activate the campaign."""
        text = "This lifts a person's pause. It runs at once where budgets and hours allow, else as soon as they do."
        give = partial(self._give, request, services.activate_campaign)
        return self.order_page(request, object_id, "Activate", text, give)

    def pointless_order(self, campaign: Campaign) -> str:
        """Return the name of the order that would change nothing."""
        return "pause_one" if campaign.paused_by_person else "activate_one"

    def _give(self, request: HttpRequest, order: Order, campaign: Campaign, note: str = "") -> None:
        with self.showing_errors(request, campaign):
            after = order(campaign_id=campaign.pk, note=note, now=timezone.now(), by=actor(request))
            if after.status == CampaignStatus.ACTIVE:
                self.message_user(request, f"“{after}” is active.", messages.SUCCESS)
                return
            stays = "stays paused" if order == services.activate_campaign else "is paused"
            level = messages.WARNING if order == services.activate_campaign else messages.SUCCESS
            self.message_user(request, f"“{after}” {stays}: {reasons_line(after)}.", level)
