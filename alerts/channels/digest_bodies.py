"""What a digest says: the alerts of a day, brand by brand."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User

from alerts.channels.bodies import DIGEST, Body, as_brand, as_item, page_of, written
from alerts.models import Alert
from brands.access.memberships import access_of
from brands.models import Brand

MOST_OF_A_BRAND: Final = 20
MOST_BRANDS: Final = 50


def compose_digest(alerts: Sequence[Alert], *, now: datetime) -> Body:
    """Return the body of a digest of alerts that are ordered by brand."""
    sections = [_section(brand, list(of_brand)) for brand, of_brand in groupby(alerts, key=lambda alert: alert.brand)]
    return _body(sections, written(now))


def readable(body: Body, user: User) -> Body | None:
    """Return of a digest what a person may read now; `None` where nothing is left."""
    access = access_of(user)
    sections: list[Body] = body["data"]["sections"]
    left = [one for one in sections if access.sees(UUID(one["brand"]["id"]))]
    if len(left) == len(sections):
        return body
    return _body(left, body["timestamp"]) if left else None


def _section(brand: Brand, alerts: Sequence[Alert]) -> Body:
    shown = alerts[:MOST_OF_A_BRAND]
    return {
        "brand": as_brand(brand),
        "url": page_of(brand),
        "alerts": [as_item(alert) | {"resolved": alert.resolved_at is not None} for alert in shown],
        "more": len(alerts) - len(shown),
    }


def _body(sections: Sequence[Body], timestamp: str) -> Body:
    number = sum(len(one["alerts"]) + one["more"] for one in sections)
    whose = f"“{sections[0]['brand']['name']}”" if len(sections) == 1 else f"{len(sections)} brands"
    data: dict[str, Any] = {
        "message": f"{number} {'alert' if number == 1 else 'alerts'} of {whose}",
        "sections": list(sections[:MOST_BRANDS]),
        "more": max(len(sections) - MOST_BRANDS, 0),
    }
    return {"type": DIGEST, "timestamp": timestamp, "data": data}
