"""What is told of the checks: one status for all, and each part as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from budget_system.health.checks import HEALTHY, PartHealth, all_parts, campaign_counts

DEGRADED, UNHEALTHY = "degraded", "unhealthy"

Report = dict[str, object]


def check_everything(*, now: datetime) -> Report:
    """Return the state of database, campaigns and services, with all figures."""
    parts = all_parts(now=now)
    database = parts.pop("database")
    words = {part.status for part in parts.values()}
    services = HEALTHY if words == {HEALTHY} else DEGRADED if HEALTHY in words else UNHEALTHY
    campaigns: Report = {"status": UNHEALTHY}
    if database.status == HEALTHY and (counts := campaign_counts(now=now)):
        campaigns = {"status": DEGRADED if counts.overdue else HEALTHY, **asdict(counts)}
    return {
        "timestamp": now.isoformat(),
        "status": overall_status({"database": database, **parts}),
        "checks": {
            "database": {"status": HEALTHY if database.status == HEALTHY else UNHEALTHY},
            "campaigns": campaigns,
            "services": {"status": services, **parts_as_json(parts, now=now, figures=True)},
        },
    }


def overall_status(parts: Mapping[str, PartHealth]) -> str:
    """Return one status for all: without its database nothing works, without the rest spends are still booked."""
    if parts["database"].status != HEALTHY:
        return UNHEALTHY
    return HEALTHY if all(part.status == HEALTHY for part in parts.values()) else DEGRADED


def parts_as_json(parts: Mapping[str, PartHealth], *, now: datetime, figures: bool) -> Report:
    """Return each part's status, and for those who may see them its figures."""
    answer: Report = {}
    for name, part in parts.items():
        row: Report = {"status": part.status}
        if figures and part.last_at is not None:
            row |= {"last_at": part.last_at.isoformat(), "age_seconds": round((now - part.last_at).total_seconds())}
        answer[name] = row
    return answer
