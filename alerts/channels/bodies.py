"""What a message says: one body, which webhooks carry as it is, and from which the other channels are written."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from alerts.models import Alert, AlertKind
from brands.models import Brand

MOST_ALERTS: Final = 100
MOST_BYTES: Final = 16_000
"""Of the alerts in a body: with what stands around them it stays below 20 kB."""
MOST_LETTERS: Final = 300
"""Of a sentence or name in a list of many."""

TEST: Final = "test"
DIGEST: Final = "digest"
SWITCHED_OFF: Final = "subscription.switched_off"

Body = dict[str, Any]


def compose(alerts: Sequence[Alert]) -> Body:
    """Return the body for alerts of one batch: what began, at the head of what all of them are."""
    first = alerts[0]
    ordered = sorted(alerts, key=lambda alert: (-(alert.threshold or 0), str(alert.campaign or ""), alert.pk))
    items = within_size([as_item(alert) for alert in ordered])
    return {
        "type": first.kind,
        "timestamp": written(first.at),
        "data": {
            "state": "open",
            "message": _headline(ordered),
            "brand": as_brand(first.brand),
            "url": page_of(first.brand),
            "alerts": items,
            "more": len(alerts) - len(items),
        },
    }


def compose_test(*, name: str, now: datetime) -> Body:
    """Return the body of a message that tells nothing but that it arrives."""
    message = f"This is a test of “{name}”. Messages from the budget system arrive here."
    return {
        "type": TEST,
        "timestamp": written(now),
        "data": {"state": "open", "message": message, "brand": None, "url": site(), "alerts": [], "more": 0},
    }


def as_item(alert: Alert) -> Body:
    """Return one alert as it stands in a body; amounts are strings."""
    campaign = alert.campaign
    return {
        "id": str(alert.pk),
        "kind": alert.kind,
        "campaign": {"id": str(campaign.pk), "name": campaign.name} if campaign else None,
        "period": alert.period_name,
        "start": alert.start.isoformat() if alert.start else None,
        "threshold": alert.threshold,
        "at": written(alert.at),
        "figures": alert.figures,
        "message": shortened(alert.message),
    }


def as_brand(brand: Brand) -> Body:
    """Return a brand as it stands in a body."""
    return {"id": str(brand.pk), "name": brand.name}


def within_size(items: Sequence[Body], most: int = MOST_BYTES) -> list[Body]:
    """Return the first of the items, as many as a body has room for."""
    kept: list[Body] = []
    for item in items[:MOST_ALERTS]:
        most -= len(encoded(item))
        if most < 0 and kept:
            break
        kept.append(item)
    return kept


def encoded(body: Body) -> bytes:
    """Return a body as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def written(at: datetime) -> str:
    """Return an instant as bodies write it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def shortened(text: str, most: int = MOST_LETTERS) -> str:
    """Return a text of at most so many letters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def page_of(brand: Brand) -> str | None:
    """Return where a brand's page is; `None` where the system does not know its own address."""
    return whole_url(reverse("admin:brands_brand_change", args=[brand.pk]))


def whole_url(path: str) -> str | None:
    """Return the whole address of a path of ours, at `SITE_URL`; `None` without one."""
    parts = urlsplit(settings.SITE_URL)
    return f"{parts.scheme}://{parts.netloc}{path}" if parts.netloc else None


def site() -> str | None:
    """Return where people find the system."""
    return whole_url(reverse("admin:index"))


def _headline(alerts: Sequence[Alert]) -> str:
    first = alerts[0]
    if len(alerts) == 1 or first.kind == AlertKind.THRESHOLD:
        return shortened(first.message)  # of several thresholds the highest
    brand = shortened(first.brand.name, 100)
    match first.kind:
        case AlertKind.PAUSED:
            return f"{len(alerts)} campaigns of “{brand}” are paused by the rules."
        case AlertKind.RESUMED:
            return f"{len(alerts)} campaigns of “{brand}” run again."
    return f"{len(alerts)} alerts of “{brand}”: {AlertKind(first.kind).label}."
