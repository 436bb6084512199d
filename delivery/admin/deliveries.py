"""Campaigns at their platforms in the admin: what is wanted, what was seen, and a person's decision between the two."""

from functools import partial
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action

from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed, note_form, selected_rows
from budget_system.admin.filters import RowFilter
from budget_system.admin.history import PAGE, HistoryAdmin, HistoryPage
from budget_system.admin.permissions import may_write
from budget_system.admin.refusals import is_carried_out
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import BrandAccess
from budget_system.core.text import counted
from campaigns.admin.messages import reasons_line
from campaigns.admin.timeline.reading import campaign_timeline
from campaigns.admin.timeline.showing import history_table, shown_timeline
from campaigns.models import CampaignStatus
from delivery.admin import words
from delivery.admin.filters import PlatformFilter, StateFilter
from delivery.models import Delivery, Observed
from delivery.models.states import DeliveryQuerySet
from delivery.platforms.deciding import Choice, decide, may_decide

TEXTS = {
    Choice.OURS: "It is set there again to what is wanted here, and the count of changes there begins anew.",
    Choice.THEIRS: "What was seen there holds: a campaign that was paused there is paused here by you, one that runs "
    "there is activated here, and one that is gone there is delivered no longer.",
}

AFTERWARDS = {
    Choice.OURS: "If it is changed there again, it is set twice more before you are asked once more.",
    Choice.THEIRS: "It counts as your own order, with the note.",
}


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin[Delivery], HistoryAdmin[Delivery]):
    """Campaigns whose platform is told what to do."""

    list_display = ("of_campaign", "wanted", "observed_there", "state", "last_push")
    list_display_links = ("of_campaign",)
    list_filter = (StateFilter, PlatformFilter, ("campaign__brand", RowFilter))
    list_select_related = ("campaign__brand", "account")
    search_fields = ("campaign__search_key", "campaign__external_id", "campaign__brand__search_key")
    ordering = ("campaign__name_key", "campaign")
    empty_hint = (
        "Campaigns stand here once their delivery is on: a switch in a campaign's form, below its platform and ID, and "
        "“Switch delivery…” on a brand's page for all of them. Then connect the account, or install the script."
    )
    actions = ("ours", "theirs")
    actions_detail: ClassVar = ("ours_one", "theirs_one")
    fields = ("campaign_link", "there", "wanted", "why", "observed_there", "state_told", "last_push", "account_told")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Keep campaigns whose delivery is on."""
        return cast(DeliveryQuerySet, super().get_queryset(request)).enabled().select_related(*self.list_select_related)

    def history_page(self, row_id: UUID, row: Delivery | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Return all that happened to the campaign, its delivery's switch included."""
        if row is None:
            return super().history_page(row_id, row, access, first=first)
        page = campaign_timeline(row.campaign, access, first=first, last=first + PAGE)
        return history_table(shown_timeline(page, row.campaign.brand, access))

    def has_decide_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Allow those who may change the brand to decide."""
        return may_write(request, Delivery, obj)

    @admin.action(description="Ours: set it there again…", permissions=["decide"])
    def ours(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Have what is wanted here set there again, after asking for a note."""
        return self._decide_many(request, queryset, Choice.OURS)

    @admin.action(description="Theirs: take over what is there…", permissions=["decide"])
    def theirs(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Take over what was seen there, after asking for a note."""
        return self._decide_many(request, queryset, Choice.THEIRS)

    @action(description="Ours…", url_path="ours", permissions=["decide"])  # type: ignore[untyped-decorator]
    def ours_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then have what is wanted here set there again."""
        return self._decide_one(request, object_id, Choice.OURS)

    @action(description="Theirs…", url_path="theirs", permissions=["decide"])  # type: ignore[untyped-decorator]
    def theirs_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then take over what was seen there."""
        return self._decide_one(request, object_id, Choice.THEIRS)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer a decision where there is one, to those who may take it."""
        row = self.get_object(request, unquote(str(object_id)))
        if row is None or not may_decide(row) or not self.has_decide_permission(request, row):
            return []
        return super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types

    def _decide_many(self, request: HttpRequest, queryset: QuerySet[Delivery], choice: Choice) -> HttpResponse | None:
        form = note_form(request)
        many = counted(queryset.count(), "campaign", "campaigns")
        if not (is_confirmed(request) and form.is_valid()):
            question = Confirmation(
                f"{choice.capitalize()} for {many}?",
                TEXTS[choice],
                f"Decide for {choice}",
                columns=("Campaign", "Then"),
                rows=[(str(row.campaign), _then(row, choice)) for row in queryset],
            )
            hidden = selected_rows(request, str(choice), queryset)
            return confirmation_page(self, request, question, form, back=self.list_url(), hidden=hidden)
        decided = sum(self._decide(request, row, choice, form.cleaned_data["note"]) for row in queryset)
        if decided:
            said = f"Decided for {choice}: {counted(decided, 'campaign', 'campaigns')}."
            self.message_user(request, said, messages.SUCCESS)
        return None

    def _decide_one(self, request: HttpRequest, object_id: str, choice: Choice) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_decide_permission(request, row):
            raise PermissionDenied
        form = note_form(request)
        if is_confirmed(request) and form.is_valid():
            if self._decide(request, row, choice, form.cleaned_data["note"]):
                self.message_user(request, f"“{row.campaign}”: {_then(row, choice)}.", messages.SUCCESS)
            still = self.get_object(request, unquote(object_id))  # theirs may have switched it off
            return HttpResponseRedirect(self.list_url() if still is None else change_url(row))
        title = f"{choice.capitalize()}: “{row.campaign}” at {words.platform_name(row)}"
        then = _then(row, choice)
        text = f"{then[:1].upper()}{then[1:]}. {AFTERWARDS[choice]}"
        question = Confirmation(title, text, f"Decide for {choice}")
        return confirmation_page(self, request, question, form, back=change_url(row))

    def _decide(self, request: HttpRequest, row: Delivery, choice: Choice, note: str) -> bool:
        order = partial(decide, campaign_id=row.pk, choice=choice, note=note, now=timezone.now(), by=actor(request))
        return is_carried_out(request, f"“{row.campaign}”", order)

    @admin.display(description="campaign", ordering="campaign__name_key")
    def of_campaign(self, row: Delivery) -> SafeString:
        """Return the campaign, with its brand and what it is at the platform below it."""
        cell = '{}<span class="bs-under">{} · {}</span>'
        return format_html(cell, row.campaign, row.campaign.brand, words.at_platform(row))

    @admin.display(description="campaign")
    def campaign_link(self, row: Delivery) -> SafeString:
        """Return the campaign and its brand, with links."""
        campaign = row.campaign
        link = '<a class="bs-link" href="{}">{}</a> of <a class="bs-link" href="{}">{}</a>'
        return format_html(link, change_url(campaign), campaign, change_url(campaign.brand), campaign.brand)

    @admin.display(description="at the platform")
    def there(self, row: Delivery) -> str:
        """Return which campaign it is there."""
        return words.at_platform(row)

    @admin.display(description="wanted", ordering="campaign__status")
    def wanted(self, row: Delivery) -> SafeString:
        """Draw what is wanted here."""
        return words.wanted_cell(row)

    @admin.display(description="because")
    def why(self, row: Delivery) -> str:
        """Return why that is wanted."""
        return reasons_line(row.campaign) or "nothing blocks it"

    @admin.display(description="seen there", ordering="observed")
    def observed_there(self, row: Delivery) -> SafeString:
        """Draw what was seen there."""
        return words.observed_cell(row)

    @admin.display(description="last set there", ordering="applied_at")
    def last_push(self, row: Delivery) -> SafeString:
        """Return what was last set there, and what is in the way."""
        return words.push_cell(row)

    @admin.display(description="state", ordering="drift_since")
    def state(self, row: Delivery) -> SafeString:
        """Draw how the two stand to each other."""
        return words.state_cell(row)

    @admin.display(description="state")
    def state_told(self, row: Delivery) -> SafeString:
        """Draw how the two stand to each other, and say it."""
        return format_html(
            '{} <span class="bs-under bs-wraps">{}</span>', words.state_cell(row), words.state_words(row)
        )

    @admin.display(description="account")
    def account_told(self, row: Delivery) -> SafeString:
        """Return through which account it goes, with a link."""
        return words.account_words(row)


def _then(row: Delivery, choice: Choice) -> str:
    """Return what a decision does to a campaign."""
    where = words.platform_name(row)
    if not may_decide(row):
        return "there is nothing to decide"
    if choice == Choice.OURS:
        return f"it is set {words.WANTED_VERB[CampaignStatus(row.campaign.status)]} at {where} again"
    return {
        Observed.ACTIVE: "it is activated here, as it runs there",
        Observed.PAUSED: "it is paused here, as it is there",
        Observed.NOT_FOUND: f"it is delivered to {where} no longer",
    }.get(Observed(row.observed) if row.observed else Observed.NOT_FOUND, "")
