"""Messages to Microsoft Teams: a webhook of its Workflows that takes adaptive cards (https://adaptivecards.io)."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from alerts.channels.bodies import encoded
from alerts.channels.http import deliver
from alerts.channels.lines import lines_of, title_of
from alerts.channels.subscribed import Trying, sender_of
from alerts.models import Subscription
from delivery.models import Message

_MARKDOWN: Final = str.maketrans({letter: f"\\{letter}" for letter in r"\`*_{}[]<>#|~"})


def make(subscription: Subscription, message: Message, now: datetime) -> Trying:
    """Return what sends a message as a card."""
    body = encoded(as_teams(message.body))
    return partial(deliver, subscription.url, body, {"Content-Type": "application/json"})


def as_teams(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in the form of Teams."""
    data = body["data"]
    texts: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": title_of(body), "weight": "Bolder", "size": "Medium", "wrap": True},
        {"type": "TextBlock", "text": _escaped(data["message"]), "wrap": True},
    ]
    texts += [
        {"type": "TextBlock", "text": f"• {_escaped(line)}", "wrap": True, "spacing": "Small"}
        for line in lines_of(data)
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": texts,
    }
    if data["url"]:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open in the budget system", "url": data["url"]}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _escaped(text: str) -> str:
    """Return a text in which nothing is a link or a format."""
    return text.translate(_MARKDOWN)


SENDER: Final = sender_of(make)
