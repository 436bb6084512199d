"""Messages as people read them: to whom they go, what they say, and what became of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from alerts.admin.subscription_text import called, goes_to
from alerts.models import Subscription
from alerts.services.subscribers import visible_subscriptions
from brands.access.memberships import visible_rows
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.core.actors import Actor
from delivery.models import Account, Attempt, Channel, Message, MessageState
from delivery.receivers import ReceiverKind, parse_receiver, receiver_name

UTC: Final = "UTC"
MOST_TRIES: Final = 50
MOST_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a message goes, as far as the person may know."""

    name: str
    address: str = ""
    """Of the page about it."""


GONE: Final = Recipient("one that is gone")


def name_recipients(messages: Sequence[Message], by: Actor) -> None:
    """Attach to messages to whom they go."""
    found = recipients(messages, by)
    for message in messages:
        attach_value(message, found.get(message.receiver, GONE))


def recipient_of(message: Message) -> Recipient:
    """Return to whom a message goes, as it was attached."""
    return attached_value(message, Recipient) or GONE


def recipients(messages: Iterable[Message], by: Actor) -> dict[str, Recipient]:
    """Return by receiver who that is, in a query for each kind of them; whose subscription `by` does not see is not
    named.
    """
    ids: dict[str, set[str]] = defaultdict(set)
    channels: dict[str, str] = {}
    for message in messages:
        kind, pk = parse_receiver(message.receiver)
        ids[kind].add(pk)
        channels[message.receiver] = message.channel
    found: dict[str, Recipient] = {}
    if ids[ReceiverKind.SUBSCRIPTION]:
        rows = [UUID(pk) for pk in ids[ReceiverKind.SUBSCRIPTION]]
        seen = visible_subscriptions(by).select_related("user").in_bulk(rows)
        there = set(Subscription.objects.filter(pk__in=rows).values_list("pk", flat=True))
        for row in rows:
            receiver = receiver_name(ReceiverKind.SUBSCRIPTION, row)
            found[receiver] = _subscription(seen.get(row), channels[receiver], there=row in there)
    if ids[ReceiverKind.ACCOUNT]:
        rows = [UUID(pk) for pk in ids[ReceiverKind.ACCOUNT]]
        accounts = visible_rows(Account.objects.all(), by.access).in_bulk(rows)
        found |= {one.receiver: Recipient(str(one), change_url(one)) for one in accounts.values()}
    if ids[ReceiverKind.USER] and by.access.administrator:
        users = User.objects.in_bulk([int(pk) for pk in ids[ReceiverKind.USER]])
        found |= {
            receiver_name(ReceiverKind.USER, pk): Recipient(user.get_username(), change_url(user))
            for pk, user in users.items()
        }
    return found


def _subscription(seen: Subscription | None, channel: str, *, there: bool) -> Recipient:
    if seen is not None:
        to = goes_to(seen)
        return Recipient(f"{seen.name}: {to}" if seen.name and to else to or called(seen), change_url(seen))
    if not there:
        return Recipient("a subscription that is gone")
    return Recipient("somebody else" if channel == Channel.MAIL else "a channel of other brands too")


def zone_of(message: Message) -> str:
    """Return whose clock is shown."""
    return message.brand.timezone if message.brand is not None else UTC


def said(message: Message) -> str:
    """Return what a message says."""
    data: dict[str, Any] = message.body.get("data", {})
    if message.channel == Channel.PLATFORM:
        return "Look at what is wanted there, and set what differs."
    if "reason" in data:
        return f"“{data['name']}” was switched off. {data['reason']}"
    return str(data.get("message", ""))


def said_cell(message: Message) -> SafeString:
    """Return what a message says, with a line for each of several alerts."""
    alerts = message.body.get("data", {}).get("alerts", [])
    lines = [alert["message"] for alert in alerts if alert["message"] != said(message)][:MOST_LINES]
    listed = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    below = format_html('<ul class="bs-reasons">{}</ul>', listed) if lines else ""
    return format_html("{}{}", said(message), below)


def state_cell(message: Message, now: datetime) -> SafeString:
    """Draw what became of a message, and when, or when it is tried next."""
    zone = zone_of(message)
    match message.state:
        case MessageState.DELIVERED:
            drawn, at = pill(Colour.GREEN, "delivered"), message.settled_at
        case MessageState.FAILED:
            drawn, at = pill(Colour.RED, "given up"), message.settled_at
        case _ if message.leased_until is not None and message.leased_until > now:
            return pill(Colour.AMBER, "on its way")
        case _:
            drawn, at = pill(Colour.AMBER, "waiting"), message.due_at if message.error else None
    if at is None:
        return drawn
    word = "next try " if message.state == MessageState.WAITING else ""
    return format_html('{} <span class="bs-under bs-wraps">{}{}</span>', drawn, word, clock_text(at, zone))


def tries_table(message: Message) -> SafeString | str:
    """Draw the newest tries of a message, a row for each."""
    tries: list[Attempt] = list(message.tries.all()[: MOST_TRIES + 1])
    if not tries:
        return "none yet"
    zone = zone_of(message)
    rows = [
        (
            f"{clock_text(one.at, zone)}:{one.at:%S}",
            pill(Colour.GREEN, "delivered") if one.delivered else pill(Colour.RED, "failed"),
            f"HTTP {one.status}" if one.status is not None else "",
            one.error or "–",
        )
        for one in tries[:MOST_TRIES]
    ]
    cells = format_html_join("", '<tr><td>{}</td><td>{} <span class="bs-wraps">{}</span></td><td>{}</td></tr>', rows)
    more = format_html('<p class="bs-more">The newest {}.</p>', MOST_TRIES) if len(tries) > MOST_TRIES else ""
    return format_html(
        '<div class="bs-history"><table class="bs-table bs-stacking"><thead><tr><th scope="col">When</th>'
        '<th scope="col">Outcome</th><th scope="col">What it ran into</th></tr></thead>'
        "<tbody>{}</tbody></table></div>{}",
        cells,
        more,
    )
