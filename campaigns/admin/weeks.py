"""A campaign's week on its page: read as it is typed, saved, and said what it does."""

from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from brands.access.memberships import visible_rows
from budget_system.admin.archive import ArchivingAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.forms import raise_refusal
from budget_system.core.errors import error_text
from budget_system.core.validation import parse_uuid
from campaigns.admin.forms import CampaignForm
from campaigns.admin.week_copies import copy_page
from campaigns.models import Campaign
from scheduling.admin.week_effects import describe_week, week_effect
from scheduling.admin.week_field import WEEK_URL_NAME, WeekField, week_as_json, week_shown
from scheduling.models import Schedule
from scheduling.week_services import SavedWeek, set_week
from scheduling.weeks import Week, week_text

_SAVED_WEEK = "campaigns_saved_week"
_STATUS_BEFORE = "campaigns_status_before"
ONE_STEP: Final = timedelta(microseconds=1)


def week_answer(request: HttpRequest, **kwargs: object) -> JsonResponse:
    """Answer what a typed week means, as windows and in words; of a campaign, what it would be with it."""
    now = timezone.now()
    try:
        week = WeekField().parse(request.GET.get("text", ""))
    except ValidationError as error:
        return JsonResponse({"error": error_text(error)})
    if not (sent := request.GET.get("campaign", "")):
        return JsonResponse({"windows": week_as_json(week), "words": describe_week(week), "warns": False})
    try:
        campaign_id = parse_uuid(sent)
    except ValidationError as error:
        return JsonResponse({"error": error_text(error)}, status=400)
    rows = visible_rows(Campaign.objects.filter(pk=campaign_id), actor(request).access)
    campaign = rows.select_related("brand").first()
    if campaign is None:
        return JsonResponse({"error": "This campaign is not there."}, status=404)
    words = [describe_week(week, tz=campaign.brand.timezone, now=now)]
    warns = False
    if week != (stored := stored_week(campaign.pk)):
        effect = week_effect(campaign, week, now=now)
        words.append(f"Saved now, it {effect.text}.")
        warns = effect.pauses or bool(stored and not week)
    return JsonResponse({"windows": week_as_json(week), "words": " ".join(words), "warns": warns})


def stored_week(campaign_id: UUID) -> Week:
    """Return a campaign's week."""
    return Schedule.objects.all().weeks([campaign_id])[campaign_id]


class CampaignWeeks(ArchivingAdmin[Campaign]):
    """The week of a campaign, in its form."""

    def week_url(self) -> tuple[str, str, Any]:
        """Return the address that reads a week, for the list of the admin's own pages."""
        return ("week/", WEEK_URL_NAME, week_answer)

    @admin.display(description="hours")
    def week_now(self, campaign: Campaign) -> SafeString:
        """Draw the week, for who may not change it."""
        return week_shown(campaign, stored_week(campaign.pk), now=timezone.now())

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        """Note what status the campaign had before anything is saved."""
        setattr(request, _STATUS_BEFORE, obj.status if change else "")
        super().save_model(request, obj, form, change)

    def message_effects(self, request: HttpRequest) -> None:
        """Show which campaigns the save has paused and woken, where what is shown of the week does not."""
        saved: SavedWeek | None = getattr(request, _SAVED_WEEK, None)
        if saved is None or not saved.changed:
            super().message_effects(request)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Show what came of the week, once all is saved."""
        super().save_related(request, form, formsets, change)
        saved: SavedWeek | None = getattr(request, _SAVED_WEEK, None)
        if saved is not None and saved.changed:
            self._say(request, saved, cast(Week, cast(CampaignForm, form).cleaned_data["week"]))

    def save_parts(self, request: HttpRequest, form: Any) -> None:
        """Save the week where the person changed it."""
        setattr(request, _SAVED_WEEK, None)
        typed = cast(CampaignForm, form)
        if "week" not in typed.changed_data or typed.add_prefix("week") not in typed.data:
            return  # an empty text is a week without windows; none at all says nothing of it
        week = cast(Week, typed.cleaned_data["week"])
        with raise_refusal(form):
            saved = set_week(
                campaign_id=typed.instance.pk,
                week=week,
                expected=typed.seen_week(),
                # After the campaign's other values: no two changes of one person are of one instant.
                now=self.instant_of(request) + ONE_STEP,
                by=actor(request),
            )
        setattr(request, _SAVED_WEEK, saved)

    def _say(self, request: HttpRequest, saved: SavedWeek, week: Week) -> None:
        campaign = saved.campaign
        status_before = getattr(request, _STATUS_BEFORE, "") or saved.status_before
        effect = week_effect(campaign, week, now=timezone.now(), status_before=status_before)
        text = format_html(
            "Hours of “{}” are now: {}. It {} ({}). "
            '<a class="underline" href="{}">Copy these hours to other campaigns…</a>',
            campaign,
            week_text(week),
            effect.text,
            campaign.brand.timezone,
            reverse("admin:campaigns_campaign_copy_hours", args=[campaign.pk]),
        )
        self.message_user(request, text, messages.WARNING if effect.pauses else messages.SUCCESS)

    @action(description="Copy hours…", url_path="copy-hours", permissions=["change"])  # type: ignore[untyped-decorator]
    def copy_hours(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show to which campaigns the hours can be copied and what that does, then copy them."""
        campaign = self.row_of(request, object_id)
        if campaign is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_change_permission(request, campaign):
            raise PermissionDenied
        return copy_page(self, request, campaign, stored_week(campaign.pk))
