"""Who is answered what: every route of the API and every method, classified by hand.

A route that is not in the table fails the test; so does a method that is answered and not in it.
"""

from dataclasses import dataclass

from tests.routes import METHODS


@dataclass(frozen=True)
class Expected:
    """The statuses of a call about Acme: by a viewer and a manager of it, an administrator, and members of others."""

    viewer: int
    manager: int
    administrator: int
    stranger: int


def all_alike(status: int) -> Expected:
    """Answer everybody who has logged in alike."""
    return Expected(status, status, status, status)


OK = all_alike(200)
NOT_ALLOWED = all_alike(405)
NOTHING = all_alike(404)

READ_ONE = Expected(viewer=200, manager=200, administrator=200, stranger=404)
CHANGE = Expected(viewer=403, manager=200, administrator=200, stranger=404)
REMOVE = Expected(viewer=403, manager=204, administrator=204, stranger=404)
REMOVE_BRAND = Expected(viewer=403, manager=403, administrator=204, stranger=404)
CREATE = Expected(viewer=403, manager=201, administrator=201, stranger=400)
CREATE_MANY = Expected(viewer=403, manager=200, administrator=200, stranger=400)
CREATE_BRAND = Expected(viewer=403, manager=403, administrator=201, stranger=403)

ACKNOWLEDGE = Expected(viewer=403, manager=200, administrator=200, stranger=200)
"""A stranger is told that nobody knows of such a campaign."""

READS = {"GET": OK, "HEAD": OK, "OPTIONS": OK}
READS_OF_ONE = {"GET": READ_ONE, "HEAD": READ_ONE, "OPTIONS": READ_ONE}
READS_BELOW_ONE = {"GET": READ_ONE, "HEAD": READ_ONE, "OPTIONS": OK}  # what may be asked there is no secret
ORDER = {"POST": CHANGE, "OPTIONS": OK}
ROW = {**READS_OF_ONE, "PUT": CHANGE, "PATCH": CHANGE, "DELETE": REMOVE}

TABLE: dict[str, dict[str, Expected]] = {
    "api/": READS,
    "api/schema/": READS,
    "api/docs/": {"GET": OK, "HEAD": OK},
    "api/brands/": {**READS, "POST": CREATE_BRAND},
    "api/brands/months/": READS,
    "api/brands/{pk}/": {**ROW, "DELETE": REMOVE_BRAND},
    "api/brands/{pk}/hold/": ORDER,
    "api/brands/{pk}/release/": ORDER,
    "api/brands/{pk}/history/": READS_BELOW_ONE,
    "api/brands/{pk}/pacing/": READS_BELOW_ONE,
    "api/brands/{pk}/delivery/": ORDER,
    "api/campaigns/": {**READS, "POST": CREATE},
    "api/campaigns/{pk}/": ROW,
    "api/campaigns/{pk}/pause/": ORDER,
    "api/campaigns/{pk}/activate/": ORDER,
    "api/campaigns/{pk}/events/": READS_BELOW_ONE,
    "api/campaigns/{pk}/history/": READS_BELOW_ONE,
    "api/campaigns/{pk}/pacing/": READS_BELOW_ONE,
    "api/campaigns/{pk}/explain/": READS_BELOW_ONE,
    "api/delivery/": READS,
    "api/delivery/ack/": {"POST": ACKNOWLEDGE, "OPTIONS": OK},
    "api/pacing/": READS,
    "api/alerts/": READS,
    "api/alerts/{pk}/": READS_BELOW_ONE,
    "api/alerts/{pk}/mute/": ORDER,
    "api/alerts/{pk}/unmute/": ORDER,
    "api/alerts/{pk}/history/": READS_BELOW_ONE,
    "api/subscriptions/": {**READS, "POST": CREATE},
    "api/subscriptions/{pk}/": ROW,
    "api/subscriptions/{pk}/rotate/": ORDER,
    "api/subscriptions/{pk}/test/": ORDER,
    "api/schedules/": {**READS, "POST": CREATE},
    "api/schedules/{pk}/": ROW,
    "api/schedules/{pk}/history/": READS_BELOW_ONE,
    "api/spends/": {**READS, "POST": CREATE},
    "api/spends/bulk/": {"POST": CREATE_MANY, "OPTIONS": OK},
    "api/spends/{pk}/": ROW,
    "api/spends/{pk}/history/": READS_BELOW_ONE,
    "api/imports/": READS,
    "api/imports/{pk}/": READS_BELOW_ONE,
    "api(/.*)?": dict.fromkeys(METHODS, NOTHING),
}

QUERIES: dict[str, tuple[str, ...]] = {
    "api/brands/": ("search=Acme", "page_size=1", "count=exact"),
    "api/brands/months/": ("format=csv", "search=Acme"),
    "api/campaigns/": ("brand={brand}", "search=Spring", "format=csv", "format=csv&brand={brand}", "count=exact"),
    "api/delivery/": ("brand={brand}", "unsettled=true", "platform=meta&page_size=1", "count=exact"),
    "api/pacing/": ("brand={brand}", "state=under", "period=day&page_size=1", "format=csv", "format=csv&brand={brand}"),
    "api/alerts/": ("brand={brand}", "campaign={campaign}", "kind=spend.silent", "state=open", "count=exact"),
    "api/subscriptions/": ("brand={brand}", "channel=webhook", "is_active=true", "count=exact"),
    "api/schedules/": ("brand={brand}", "campaign={campaign}"),
    "api/spends/": (
        "brand={brand}",
        "campaign={campaign}",
        "external_id=secret-1",
        "search=secret",
        "search=Spring",
        "format=csv",
        "format=csv&campaign={campaign}",
        "ordering=amount&page_size=1",
        "count=exact",
    ),
    "api/imports/": ("brand={brand}", "search=report", "sha256=5ec3e7"),
}
"""What is asked of lists beside nothing; each by everybody."""

ELSEWHERE = ("admin/", "metrics")
"""Classified by tests of their own, the second in `budget_system/tests/test_metrics.py`."""

FOR_EVERYBODY = {"", "health/", "month/{token}/", "unsubscribe/{token}/"}
"""Answered without a login: where to go on, how the system is, a month to whoever has the link to it, of which
`brands/tests/test_month_links.py` asks, and the end of a mail to who got it, see `alerts/tests/test_unsubscribing.py`.
"""
