"""Links by which a client reads a month: the form, and the list with its buttons to revoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from brands.access.month_links import links_of
from brands.models import Brand, LinkState
from budget_system.admin.authors import author
from budget_system.admin.fields import ChoiceField
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import local

DAYS: Final = (7, 30, 90, 365)
DEFAULT_DAYS: Final = 30
LINKS_SHOWN: Final = 50
_COLOURS: Final = {LinkState.WORKS: Colour.GREEN, LinkState.EXPIRED: Colour.GREY, LinkState.REVOKED: Colour.GREY}


class LinkForm(forms.Form):
    """For how many days a link works."""

    days = ChoiceField(
        [(str(days), f"{days} days") for days in DAYS],
        label="It works for",
        help_text="Whoever has the link reads this month of this brand, and nothing else. Revoke it at any time.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial = str(DEFAULT_DAYS)

    def expires_at(self, now: datetime) -> datetime:
        """Return when the link expires (UTC)."""
        return now + timedelta(days=int(self.cleaned_data["days"]))


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A link in the list: all but its token, which is kept nowhere."""

    pk: UUID
    beginning: str
    month: str
    url: str
    created: str
    by: str
    until: str
    state: SafeString
    works: bool


def shown_links(brand: Brand, *, now: datetime) -> Sequence[ShownLink]:
    """Return the latest links to months of a brand."""
    return [
        ShownLink(
            pk=link.pk,
            beginning=f"{link.beginning}…",
            month=f"{link.month:%B %Y}",
            url=month_url(brand, f"{link.month:%Y-%m}"),
            created=local(link.created_at, brand.timezone),
            by=author(link.created_by),
            until=local(link.expires_at, brand.timezone),
            state=pill(_COLOURS[link.state(now)], str(link.state(now))),
            works=link.state(now) == LinkState.WORKS,
        )
        for link in links_of(brand)[:LINKS_SHOWN]
    ]


def month_url(brand: Brand, month: str) -> str:
    """Return the address of a brand's month in the admin; `month` is like 2026-03."""
    return reverse("admin:brands_brand_month", args=[brand.pk, month])


def shared_url(request: HttpRequest, token: str) -> str:
    """Return the whole address of a link: at `SITE_URL`, as links in mails are, else by the name that was asked for."""
    path = reverse("shared_month", args=[token])
    site = urlsplit(settings.SITE_URL)
    return f"{site.scheme}://{site.netloc}{path}" if site.netloc else request.build_absolute_uri(path)
