"""Rules for a campaign, checked before it is created, moved, renamed, removed or restored."""

from collections.abc import Collection

from django.core.exceptions import ValidationError

from budget_system.core.validation import fold
from campaigns.models import Campaign
from spending.models import CampaignTotal, Spend


def has_spends(campaign: Campaign) -> bool:
    """Return whether the ledger holds a spend of the campaign now."""
    return Spend.objects.filter(campaign=campaign).exists()


def has_had_spends(campaign: Campaign) -> bool:
    """Return whether a spend was ever booked on the campaign: its totals stay when the spends are gone."""
    return CampaignTotal.objects.filter(campaign=campaign).exists() or has_spends(campaign)


def require_deliverable(campaign: Campaign, changes: Collection[str] = ("delivery_enabled",)) -> None:
    """Raise `ValidationError` where delivery is on, and it is not known of which campaign on which platform.

    It names delivery where that is among the `changes`, else what was emptied.
    """
    missing = lacks_for_delivery(campaign) if campaign.delivery_enabled else []
    if not missing:
        return
    if "delivery_enabled" in changes:
        lacks = " and ".join(f"no {name}" for name in missing)
        said = f"“{campaign}” has {lacks}, so no platform can be told of it; enter what is missing first."
        raise ValidationError({"delivery_enabled": said})
    said = "Delivery is on, and needs this; switch delivery_enabled off too, or before."
    raise ValidationError(dict.fromkeys(missing, said))


def lacks_for_delivery(campaign: Campaign) -> list[str]:
    """Return which fields a campaign lacks without which no platform can be told of it."""
    return [name for name in ("platform", "external_id") if not getattr(campaign, name)]


def require_free(campaign: Campaign) -> None:
    """Raise `ValidationError` for a name or platform id that another campaign of the brand has."""
    others = Campaign.objects.filter(brand_id=campaign.brand_id).exclude(pk=campaign.pk)
    if others.filter(name_key=fold(campaign.name)).exists():
        raise ValidationError(
            {"name": f"“{campaign.brand}” already has a campaign named “{campaign.name}”; choose another name."}
        )
    same_id = others.filter(platform=campaign.platform, external_id=campaign.external_id)
    if campaign.external_id and (other := same_id.first()):
        raise ValidationError(
            {"external_id": f"“{campaign.external_id}” is the campaign “{other}” on this platform already."}
        )
