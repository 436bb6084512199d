"""The words of a body for people: its title, and a line for each of several alerts."""

from collections.abc import Sequence
from typing import Any, Final

from alerts.channels.bodies import TEST
from alerts.models import AlertKind

MOST_LINES: Final = 20
"""In a message of a chat; mail has room for all."""


def title_of(body: dict[str, Any]) -> str:
    """Return what a message is about, in a few words."""
    if body["type"] == TEST:
        return "Test"
    label = AlertKind(body["type"]).label
    return f"{label[0].upper()}{label[1:]}"


def lines_of(data: dict[str, Any], most: int = MOST_LINES) -> list[str]:
    """Return a line for each alert where they are several campaigns', and for how many more there are."""
    alerts: Sequence[dict[str, Any]] = data["alerts"]
    if len({(alert["campaign"] or {}).get("id") for alert in alerts}) < 2:
        return []  # the thresholds of one budget: the message names the highest
    lines = [alert["message"] for alert in alerts[:most]]
    rest = data["more"] + len(alerts) - len(lines)
    return [*lines, f"… and {rest} more."] if rest else lines
