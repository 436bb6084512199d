"""The context of the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from django.utils import timezone

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.admin.permissions import actor
from spending.admin.today.campaigns import StatusCount, status_counts
from spending.admin.today.charts import MOST, SpendingChart, spending_charts
from spending.admin.today.first_steps import FirstStep, first_step
from spending.admin.today.glance import GlanceRow, glance_row
from spending.admin.today.lines import Line, line_of
from spending.admin.today.more import More, more_of
from spending.admin.today.since import Event, events_since
from spending.reports.clocks import clocks_of
from spending.reports.today.glance import count_running, spent_by_day
from spending.reports.today.matters import read_matters
from spending.reports.today.put_away import read_put_away
from spending.reports.today.since import happened_since
from spending.reports.today.visits import since_last_visit

BRANDS_ON_A_PAGE: Final = 20
MOST_PAGES: Final = 500


@dataclass(frozen=True, slots=True)
class Today:
    """All that the page shows."""

    now: datetime
    first_step: FirstStep | None
    lines: Sequence[Line]
    put_away: Sequence[Line]
    shows_put_away: bool
    more: Sequence[More]
    since: datetime
    was_here: bool
    events: Sequence[Event]
    rows: Sequence[GlanceRow]
    brands: int
    page: int
    pages: int
    active: int
    campaigns: int
    statuses: Sequence[StatusCount]
    charts: Sequence[SpendingChart]
    undrawn: Sequence[SpendingChart]
    """Of the other currencies only the sums are shown."""
    is_administrator: bool


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return the first page's context."""
    now = timezone.now()
    return {**context, "title": "Today", "today": read_today(request, now=now)}


def read_today(request: HttpRequest, *, now: datetime) -> Today:
    """Read what a person's page shows at `now` (UTC)."""
    assert request.user.is_authenticated
    user, access = request.user, actor(request).access
    since, was_here = since_last_visit(user, now=now)
    clocks = clocks_of(visible_rows(Brand.objects.all(), access), now=now)
    running = count_running(access)
    page = _page(request)
    matters, used = read_matters(
        clocks,
        access,
        user,
        put_away=read_put_away(user),
        campaigns=running.number,
        page=(BRANDS_ON_A_PAGE, (page - 1) * BRANDS_ON_A_PAGE),
        now=now,
    )
    charts = spending_charts(spent_by_day(clocks, access, now=now))
    shows_put_away = "put_away" in request.GET
    return Today(
        now=now,
        first_step=first_step(access, used, running, has_spent=bool(charts)),
        lines=[line_of(one, access=access, user=user, now=now) for one in matters.shown],
        put_away=[line_of(one, access=access, user=user, now=now) for one in matters.put_away],
        shows_put_away=shows_put_away,
        more=more_of(matters.more),
        since=since,
        was_here=was_here,
        events=events_since(happened_since(since, access)),
        rows=[glance_row(brand, pacing) for brand, pacing in used.rows],
        brands=used.found,
        page=page,
        pages=min(MOST_PAGES, -(-used.found // BRANDS_ON_A_PAGE)),
        active=running.active,
        campaigns=running.number,
        statuses=status_counts(running),
        charts=charts[:MOST],
        undrawn=charts[MOST:],
        is_administrator=access.administrator,
    )


def _page(request: HttpRequest) -> int:
    """Return the page that the address asks for; the first where it asks for none that can be."""
    asked = request.GET.get("page", "1")
    return (
        min(int(asked), MOST_PAGES)
        if asked.isascii() and asked.isdigit() and 1 <= len(asked) <= 4 and int(asked)
        else 1
    )
