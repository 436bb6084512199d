"""Copying a campaign's week to others: a page that shows what it would do to each, and then what became of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from brands.access.memberships import writable_rows
from budget_system.admin.changelists import actor
from budget_system.admin.row_urls import change_url
from budget_system.admin.unfold_types import ModelAdmin
from budget_system.core.errors import ServiceError, error_text
from budget_system.core.validation import parse_uuid
from campaigns.models import Campaign
from scheduling.admin.week_effects import WeekEffect, describe_week, week_effect
from scheduling.admin.week_parser import read_week
from scheduling.models import Schedule
from scheduling.week_services import set_week
from scheduling.weeks import Week, week_text

LISTED: Final = 50
"""How many campaigns are listed at once; a search finds the others."""
SEARCH_LENGTH: Final = 100
MOST_COPIES: Final = 200
"""To how many campaigns the hours are copied at once."""


@dataclass(frozen=True, slots=True)
class Target:
    """A campaign to which the hours can be copied."""

    campaign: Campaign
    text: str
    effect: WeekEffect
    is_same: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of one campaign."""

    campaign: Campaign | None
    text: str
    failed: bool = False
    pauses: bool = False


def copy_page(model_admin: ModelAdmin[Any], request: HttpRequest, source: Campaign, week: Week) -> TemplateResponse:
    """Show what the hours can be copied to; where that was ordered, copy them and show what became of each."""
    chosen, fault = _chosen(request)
    results: list[Copied] = []
    if request.method == "POST" and "copy" in request.POST and not fault:
        seen = request.POST.get("week", "")
        if seen != week_text(week):
            fault = (
                f"The hours of “{source}” have changed meanwhile; these are the present ones. Look again, then copy."
            )
        elif not chosen:
            fault = "Choose at least one campaign."
        else:
            results = [_copy(request, pk, week) for pk in chosen]
    search = "".join(filter(str.isprintable, request.POST.get("q", ""))).strip()[:SEARCH_LENGTH]
    now = timezone.now()
    targets = [] if results else _targets(model_admin, request, source, week, search, chosen, now)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Copy the hours of “{source}”",
        "opts": model_admin.opts,
        "media": model_admin.media,
        "original": source,
        "crumb": "Copy hours",
        "source": source,
        "text": week_text(week),
        "words": describe_week(week, tz=source.brand.timezone, now=now),
        "targets": targets,
        "results": results,
        "fault": fault,
        "q": search,
        "listed": LISTED,
        "is_full": len(targets) >= LISTED,
        "back": change_url(source),
    }
    return TemplateResponse(request, "admin/budget/week_copy.html", context)


def _chosen(request: HttpRequest) -> tuple[list[UUID], str]:
    """Return the campaigns that are ticked, or what is wrong with them."""
    try:
        chosen = list(dict.fromkeys(parse_uuid(pk) for pk in request.POST.getlist("to")))
    except ValidationError as error:
        return [], error_text(error)
    if len(chosen) > MOST_COPIES:
        return [], f"Hours are copied to {MOST_COPIES} campaigns at once at most, not to {len(chosen)}."
    return chosen, ""


def _targets(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    source: Campaign,
    week: Week,
    search: str,
    chosen: Collection[UUID],
    now: datetime,
) -> list[Target]:
    """Return the campaigns to list: those that are ticked, then the brand's own, then others."""
    campaigns = _listed(model_admin, request, source, search, chosen)
    weeks = Schedule.objects.all().weeks([campaign.pk for campaign in campaigns])
    return [
        Target(
            campaign=campaign,
            text=week_text(weeks[campaign.pk]),
            effect=week_effect(campaign, week, now=now),
            is_same=weeks[campaign.pk] == week,
            is_chosen=campaign.pk in chosen,
        )
        for campaign in campaigns
    ]


def _listed(
    model_admin: ModelAdmin[Any], request: HttpRequest, source: Campaign, search: str, chosen: Collection[UUID]
) -> list[Campaign]:
    rows = _writable(request).exclude(pk=source.pk)
    found = list(rows.filter(pk__in=chosen)) if chosen else []
    rest = rows.exclude(pk__in=chosen) if chosen else rows
    rest = model_admin.get_search_results(request, rest, search)[0]
    own, others = rest.filter(brand=source.brand_id), rest.exclude(brand=source.brand_id)
    found += own[: max(LISTED - len(found), 0)]
    found += others[: max(LISTED - len(found), 0)]
    return found


def _writable(request: HttpRequest) -> QuerySet[Campaign]:
    return writable_rows(Campaign.objects.select_related("brand"), actor(request).access)


def _copy(request: HttpRequest, campaign_id: UUID, week: Week) -> Copied:
    """Set a campaign's week, in a transaction of its own."""
    campaign = _writable(request).filter(pk=campaign_id).first()
    if campaign is None:
        return Copied(None, "is not there any more, or you may not change it.", failed=True)
    now = timezone.now()
    seen = request.POST.get(f"was-{campaign_id}")
    try:
        expected = None if seen is None else read_week(seen)
        saved = set_week(campaign_id=campaign_id, week=week, expected=expected, now=now, by=actor(request))
    except ServiceError as error:
        return Copied(campaign, error.message, failed=True)
    except ValidationError as error:
        return Copied(campaign, error_text(error), failed=True)
    if not saved.changed:
        return Copied(campaign, "had these hours already; nothing is changed.")
    effect = week_effect(saved.campaign, week, now=now, status_before=saved.status_before)
    return Copied(campaign, f"has these hours now; it {effect.text} ({campaign.brand.timezone}).", pauses=saved.pauses)


__all__ = ["copy_page"]
