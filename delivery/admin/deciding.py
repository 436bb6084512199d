"""A person's decision between what is wanted here and what was seen at the platform, for one campaign or many."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.orders import UNCHANGED, Order, Outcome
from budget_system.admin.permissions import may_write
from budget_system.core.actors import Actor
from campaigns.models import CampaignStatus
from delivery.admin import delivery_text
from delivery.models import Delivery, Observed
from delivery.platforms.deciding import Choice, decide, may_decide

TEXTS: Final = {
    Choice.OURS: "It is set there again to what is wanted here, and the count of changes there begins anew.",
    Choice.THEIRS: "What was seen there holds: a campaign that was paused there is paused here by you, one that runs "
    "there is activated here, and one that is gone there is delivered no longer.",
}

AFTERWARDS: Final = {
    Choice.OURS: "If it is changed there again, it is set twice more before you are asked once more.",
    Choice.THEIRS: "It counts as your own order, with the note.",
}


class DecidingAdmin(OrderingAdmin[Delivery]):
    """Campaigns for which those who may change their brand can decide."""

    actions = ("ours", "theirs")
    actions_detail: ClassVar = ("ours_one", "theirs_one")

    def has_decide_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Allow those who may change the brand to decide."""
        return may_write(request, Delivery, obj)

    @admin.action(description="Ours: set it there again…", permissions=["decide"])
    def ours(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Push what is wanted here to the platform again, after asking for a note."""
        return self.order_many(request, queryset, ORDERS[Choice.OURS])

    @admin.action(description="Theirs: take over what is there…", permissions=["decide"])
    def theirs(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse | None:
        """Take over what was seen there, after asking for a note."""
        return self.order_many(request, queryset, ORDERS[Choice.THEIRS])

    @action(description="Ours…", url_path="ours", permissions=["decide"])  # type: ignore[untyped-decorator]
    def ours_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then have what is wanted here set there again."""
        return self.order_one(request, object_id, ORDERS[Choice.OURS])

    @action(description="Theirs…", url_path="theirs", permissions=["decide"])  # type: ignore[untyped-decorator]
    def theirs_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then take over what was seen there."""
        return self.order_one(request, object_id, ORDERS[Choice.THEIRS])

    def pointless_orders(self, row: Delivery) -> Collection[str]:
        """Return both where there is nothing to decide."""
        return () if may_decide(row) else self.actions_detail


def _text_of_one(choice: Choice, row: Delivery) -> str:
    then = _then(row, choice).text
    return f"{then[:1].upper()}{then[1:]}. {AFTERWARDS[choice]}"


def _preview(choice: Choice, rows: Sequence[Delivery], now: datetime) -> list[Outcome]:
    return [_then(row, choice) for row in rows]


def _decide(choice: Choice, row: Delivery, note: str, now: datetime, by: Actor) -> Delivery:
    decide(campaign_id=row.pk, choice=choice, note=note, now=now, by=by)
    return row


def _then(row: Delivery, choice: Choice) -> Outcome:
    """Return what a decision does to a campaign."""
    where = delivery_text.platform_name(row)
    if not may_decide(row):
        return Outcome(UNCHANGED, "there is nothing to decide")
    decided = f"decided for {choice}"
    if choice == Choice.OURS:
        return Outcome(
            decided, f"it is set {delivery_text.WANTED_VERB[CampaignStatus(row.campaign.status)]} at {where} again"
        )
    if not row.observed:
        return Outcome(UNCHANGED, "it was not seen there yet; there is nothing to take over")
    then = {
        Observed.ACTIVE: "it is activated here, as it runs there",
        Observed.PAUSED: "it is paused here, as it is there",
        Observed.NOT_FOUND: f"it is delivered to {where} no longer",
    }
    return Outcome(decided, then[Observed(row.observed)])


ORDERS: Final = {
    choice: Order(
        action=str(choice),
        title=f"Decide for {choice}: {{}}",
        button=f"Decide for {choice}",
        text=TEXTS[choice],
        text_of_one=partial(_text_of_one, choice),
        preview=partial(_preview, choice),
        carry_out=partial(_decide, choice),
        permission="decide",
    )
    for choice in Choice
}
