"""Messages to Slack: an incoming webhook that takes blocks (https://docs.slack.dev/block-kit)."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from alerts.channels.bodies import encoded, shortened
from alerts.channels.http import deliver
from alerts.channels.lines import lines_of, title_of
from alerts.channels.subscribed import Trying, sender_of
from alerts.models import Subscription
from delivery.models import Message

MOST_TEXT: Final = 2900
"""Of a block's text Slack takes 3,000 letters."""


def make(subscription: Subscription, message: Message, now: datetime) -> Trying:
    """Return what sends a message as blocks, with a text for notifications."""
    body = encoded(as_slack(message.body))
    return partial(deliver, subscription.url, body, {"Content-Type": "application/json"})


def as_slack(body: dict[str, Any]) -> dict[str, Any]:
    """Return a body in Slack's form."""
    data = body["data"]
    message = _escaped(data["message"])
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title_of(body)}},
        {"type": "section", "text": {"type": "mrkdwn", "text": shortened(message, MOST_TEXT)}},
    ]
    if lines := lines_of(data):
        text = "\n".join(f"• {_escaped(line)}" for line in lines)
        blocks.append({"type": "section", "text": {"type": "mrkdwn", "text": shortened(text, MOST_TEXT)}})
    if data["url"]:
        link = f"<{data['url']}|Open in the budget system>"
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": link}]})
    return {"text": shortened(message, MOST_TEXT), "blocks": blocks}


def _escaped(text: str) -> str:
    """Return a text in which nothing is a link, a mention or a format."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


SENDER: Final = sender_of(make)
