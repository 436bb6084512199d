"""Orders for the campaigns chosen in the list, and for the one on the page: pause and activate."""

from collections.abc import Collection

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from budget_system.admin.ordering import OrderingAdmin
from campaigns.admin.pausing import ACTIVATE, PAUSE
from campaigns.models import Campaign


class CampaignOrders(OrderingAdmin[Campaign]):
    """Campaigns that a person can pause and activate."""

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
        return self.order_one(request, object_id, PAUSE)

    @action(description="Activate…", url_path="activate", permissions=["change"])  # type: ignore[untyped-decorator]
    def activate_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then activate the campaign."""
        return self.order_one(request, object_id, ACTIVATE)

    def pointless_orders(self, row: Campaign) -> Collection[str]:
        """Return the one of the two that would change nothing."""
        return ("pause_one",) if row.paused_by_person else ("activate_one",)
