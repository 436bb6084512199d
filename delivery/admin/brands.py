"""The switch of a brand's delivery in the admin: what would change now, before."""

from collections.abc import Collection
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action

from brands.models import Brand
from budget_system.admin.confirmations import Confirmation
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.permissions import actor
from budget_system.core.text import counted
from campaigns.models import Campaign, CampaignStatus, Platform
from campaigns.validators import lacks_for_delivery
from delivery.models import Account, Connector, Observed
from delivery.services.switching import BrandSwitch, Switched, SwitchedCampaign, switch_brand

MOST_SHOWN = 200
LACKS = {"platform": "no platform", "external_id": "no external ID"}
SEEN = {"": "not seen yet", Observed.ACTIVE: "runs", Observed.PAUSED: "paused", Observed.NOT_FOUND: "not there"}


class DeliverySwitch(OrderingAdmin[Brand]):
    """Brands whose campaigns' delivery can be switched together."""

    delivery_orders: ClassVar = ("deliver_all", "deliver_none")

    @action(description="Switch delivery on…", url_path="deliver", permissions=["change"])  # type: ignore[untyped-decorator]
    def deliver_all(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would change, then switch delivery on for all campaigns that have a platform and an ID there."""
        return self._switch(request, object_id, enabled=True)

    @action(description="Switch delivery off…", url_path="deliver-off", permissions=["change"])  # type: ignore[untyped-decorator]
    def deliver_none(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what would change, then switch delivery off for all campaigns."""
        return self._switch(request, object_id, enabled=False)

    def pointless_orders(self, row: Brand) -> Collection[str]:
        """Add the switch to what all its campaigns are."""
        found = set(Campaign.objects.filter(brand=row).order_by().values_list("delivery_enabled", flat=True).distinct())
        switches = (("deliver_all", False), ("deliver_none", True))
        return [*super().pointless_orders(row), *(name for name, on in switches if on not in found)]

    def _switch(self, request: HttpRequest, object_id: str, *, enabled: bool) -> HttpResponse:
        def switch(brand: Brand, *, dry_run: bool) -> BrandSwitch:
            now, by = timezone.now(), actor(request)
            return switch_brand(brand_id=brand.pk, enabled=enabled, dry_run=dry_run, now=now, by=by)

        def carry_out(brand: Brand, note: str) -> None:
            self.message_user(request, _said(brand, switch(brand, dry_run=False)), messages.SUCCESS)

        return self.ask_one(request, object_id, lambda brand: _question(brand, switch(brand, dry_run=True)), carry_out)


def _question(brand: Brand, switch: BrandSwitch) -> Confirmation:
    word = "on" if switch.enabled else "off"
    changing = switch.count(Switched.SWITCHED)
    rows = sorted(switch.campaigns, key=lambda one: one.result == Switched.UNCHANGED)
    more = len(rows) - MOST_SHOWN
    shown = [_row(one, switch) for one in rows[:MOST_SHOWN]]
    return Confirmation(
        title=f"Switch delivery {word} for “{brand}”?",
        text=_text(brand, switch),
        button=f"Switch {word} {counted(changing, 'campaign', 'campaigns')}" if changing else "Switch nothing",
        columns=("Campaign", "Then", "Seen there", "At the platform"),
        rows=[*shown, (f"and {more:,} more", "", "", "")] if more > 0 else shown,
        nothing="It has no campaigns.",
    )


def _text(brand: Brand, switch: BrandSwitch) -> str:
    if not switch.enabled:
        return "Nothing more is sent for its campaigns, and no script is told of them: they stay as they are there."
    cannot = counted(switch.count(Switched.REFUSED), "campaign", "campaigns")
    more = f" {cannot} cannot be switched on." if switch.count(Switched.REFUSED) else ""
    if not switch.count(Switched.SWITCHED):
        return f"Nothing would change: where it can be on, it is on.{more}"
    run = counted(len(switch.switched(CampaignStatus.ACTIVE)), "campaign", "campaigns")
    pause = len(switch.switched(CampaignStatus.PAUSED))
    connected = Account.objects.filter(brand=brand).exclude(connector=Connector.SCRIPT).exists()
    none = "" if connected else " No account of it is connected yet."
    return (
        f"Their platforms are told to run {run} and to pause {pause:,}, and of each change from then on: at once where "
        f"the account is connected, else when its script asks.{none}{more}"
    )


def _row(one: SwitchedCampaign, switch: BrandSwitch) -> tuple[str, ...]:
    campaign = one.campaign
    platform = Platform(campaign.platform).label if campaign.platform else ""
    return (
        campaign.name,
        _then(one, switch),
        SEEN[one.observed],
        f"{platform} {campaign.external_id}".strip() or "–",
    )


def _then(one: SwitchedCampaign, switch: BrandSwitch) -> str:
    if one.result == Switched.REFUSED:
        return f"cannot be switched on: {' and '.join(LACKS[name] for name in lacks_for_delivery(one.campaign))}"
    if one.result == Switched.UNCHANGED:
        return f"no change: {'on' if switch.enabled else 'off'} already"
    if not switch.enabled:
        return "stays as it is there"
    return "set running there" if one.wanted == CampaignStatus.ACTIVE else "paused there"


def _said(brand: Brand, switch: BrandSwitch) -> str:
    many = counted(switch.count(Switched.SWITCHED), "campaign", "campaigns")
    said = f"Delivery is {'on' if switch.enabled else 'off'} for {many} of “{brand}”."
    cannot = switch.count(Switched.REFUSED)
    return (
        f"{said} {counted(cannot, 'campaign', 'campaigns')} cannot be: no platform or no ID there." if cannot else said
    )
