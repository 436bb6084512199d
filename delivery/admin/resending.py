"""Sending messages again by hand, one or many, each called by its way and its recipient."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from budget_system.admin.changelists import actor
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.orders import UNCHANGED, Order, OrderMessage, Outcome
from budget_system.admin.permissions import is_administrator, may_write
from budget_system.core.actors import Actor
from delivery.admin import message_text
from delivery.models import Message
from delivery.services.resending import send_message_again


class ResendingAdmin(OrderingAdmin[Message]):
    """Messages that those who may change their brand can send again."""

    actions = ("again",)
    actions_detail: ClassVar = ("again_one",)

    def has_again_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Allow those who may change the brand to send again; administrators, what is of no brand."""
        if isinstance(obj, Message) and obj.brand_id is None:  # the library asks with an id too
            return is_administrator(request)
        return may_write(request, Message, obj)

    @admin.action(description="Send again…", permissions=["again"])
    def again(self, request: HttpRequest, queryset: QuerySet[Message]) -> HttpResponse | None:
        """Send the messages again, after asking."""
        return self.order_many(request, queryset, AGAIN)

    @action(description="Send again…", url_path="again", permissions=["again"])  # type: ignore[untyped-decorator]
    def again_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then send the message again."""
        return self.order_one(request, object_id, AGAIN)

    def pointless_orders(self, row: Message) -> Collection[str]:
        """Return the order for an account's message, which is due again by itself."""
        return () if row.key is None else self.actions_detail

    def chosen_rows(self, request: HttpRequest, queryset: QuerySet[Message]) -> Sequence[Message]:
        """Read the messages that are ticked, with their recipients."""
        rows = super().chosen_rows(request, queryset)
        message_text.name_recipients(rows, actor(request))
        return rows

    def name_of(self, row: Message) -> str:
        """Return by which way it goes, and to whom."""
        return f"{row.get_channel_display().capitalize()} to {message_text.recipient_of(row).name}"


def _preview(rows: Sequence[Message], now: datetime) -> list[Outcome]:
    return [
        Outcome("sent again", "sent again") if row.key is None else Outcome(UNCHANGED, "no change: it is due by itself")
        for row in rows
    ]


def _send(row: Message, note: str, now: datetime, by: Actor) -> Message:
    return send_message_again(message_id=row.pk, now=now, by=by)


SAME_ID: Final = "sent with the id that it had, so that a receiver that has it already can tell."
AGAIN: Final = Order(
    action="again",
    title="Send {} again",
    button="Send it",
    text=f"Each is {SAME_ID}",
    text_of_one=lambda row: f"{message_text.said(row)} It is {SAME_ID}",
    preview=_preview,
    carry_out=_send,
    message_of=lambda before, after, now, by: OrderMessage("It is sent again: its tries stand below."),
    permission="again",
    takes_note=False,
)
