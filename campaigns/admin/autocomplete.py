"""Choosing a campaign: searched as one types, and shown with its brand: two brands may each have a “Summer Sale”."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from budget_system.admin.autocomplete import RowSelect
from budget_system.admin.filters import RowFilter, RowFilterForm
from budget_system.admin.unfold_types import ModelChoiceField
from campaigns.models import Campaign

CHOICES_URL_NAME = "campaigns_campaign_choices"


def label(campaign: Campaign) -> str:
    """Return a campaign's name with its brand."""
    return f"{campaign} · {campaign.brand}{' (archived)' if campaign.archived_at else ''}"


class CampaignChoices(AutocompleteJsonView):
    """Answers the field's searches."""

    def process_request(self, request: HttpRequest) -> Any:
        """Read the search; refuse one about anything but campaigns."""
        asked = super().process_request(request)
        if asked[2].remote_field.model is not Campaign:
            raise PermissionDenied
        return asked

    def get_queryset(self) -> QuerySet[Any]:
        """Offer campaigns that are not archived."""
        return super().get_queryset().filter(archived_at__isnull=True).select_related("brand")

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """Return a campaign with its brand."""
        if not isinstance(obj, Campaign):
            raise TypeError(f"{obj!r} is no campaign")
        return {"id": str(obj.pk), "text": label(obj)}


class CampaignSelect(RowSelect):
    """The widget of the field."""

    url_name = f"%s:{CHOICES_URL_NAME}"


class CampaignChoiceField(ModelChoiceField[Campaign]):
    """A field for choosing a campaign."""

    def label_from_instance(self, obj: Campaign) -> str:
        """Return a campaign's name with its brand."""
        return label(obj)


class CampaignFilterForm(RowFilterForm):
    """The field as a filter."""

    field = CampaignChoiceField
    widget = CampaignSelect


class CampaignFilter(RowFilter):
    """Keeps the rows of one campaign."""

    form_class = CampaignFilterForm
