"""Links from a figure to the entries behind it."""

from uuid import UUID

from django.urls import reverse
from django.utils.http import urlencode

from spending.reports.pacing.owners import PeriodPacing


def spends_of(owner: str, owner_id: UUID, period: PeriodPacing) -> str:
    """Return the address of what a `brand` or a `campaign` spent in a day or month."""
    lookup = "campaign__brand__id__exact" if owner == "brand" else "campaign__id__exact"
    asked = {lookup: str(owner_id), "spend_date_from": str(period.start), "spend_date_to": str(period.end)}
    return f"{reverse('admin:spending_spend_changelist')}?{urlencode(asked)}"
