"""Budgets that need a person: used up, running out early, far under pace, or such that nothing may be spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Window

from brands.access.memberships import EveryBrand, visible_rows
from brands.calendar import interval_of, zone
from brands.models import Brand
from budget_system.core.actors import FULL_ACCESS, BrandAccess
from budget_system.core.money import ZERO
from campaigns.models import Campaign
from campaigns.pacing import PacingState
from spending.reports.clocks import EARLY_IN_A_DAY, EARLY_IN_A_MONTH, Clock
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing, brand_pacing, campaign_pacing
from spending.reports.ranking import Ranking
from spending.reports.today import budget_sql as sql
from spending.reports.today.matter import LOOK_AGAIN_AFTER, SHOWN_OF_A_KIND, Found, Matter, MatterKind, MoreOf

WEIGHED: Final = 10
"""How many campaigns of a choice are weighed exactly: with windows, the database only guesses."""

_CHOSEN: Final = "today-campaigns-to-weigh"

HUNDRED: Final = Decimal(100)
OVERSHOOT_STEP: Final = 5
PACE_STEP: Final = 10
"""By so many percent a line must change to be another line for who has put it away."""

KINDS: Final = {
    sql.USED_UP_MONTH: (MatterKind.USED_UP, "month"),
    sql.USED_UP_DAY: (MatterKind.USED_UP, "day"),
    sql.RUNS_OUT_MONTH: (MatterKind.RUNS_OUT, "month"),
    sql.RUNS_OUT_DAY: (MatterKind.RUNS_OUT, "day"),
    sql.UNDER_MONTH: (MatterKind.UNDER_PACE, "month"),
    sql.UNDER_DAY: (MatterKind.UNDER_PACE, "day"),
    sql.NOTHING_ALLOWED: (MatterKind.NOTHING_ALLOWED, ""),
}
WEIGHED_KINDS: Final = (MatterKind.RUNS_OUT, MatterKind.UNDER_PACE)


@dataclass(frozen=True, slots=True)
class MostUsed:
    """A page of brands, the most used first, each with how it is going."""

    rows: list[tuple[Brand, OwnerPacing]]
    found: int


def budget_matters(
    clocks: Sequence[Clock],
    access: BrandAccess,
    *,
    put_away: Mapping[str, int],
    page: tuple[int, int],
    many: bool,
    now: datetime,
) -> tuple[Found, MostUsed]:
    """Return what budgets need a person at `now` (UTC), and a page of brands by use: how many, and from which on.

    `put_away` says how many lines of a kind the person has put away: so many more are read. Where there are `many`
    campaigns, which of them to weigh is decided every few minutes.
    """
    limits = {name: (SHOWN_OF_A_KIND + put_away.get(kind.value, 0), 0) for name, (kind, _) in KINDS.items()}
    of_brands = sql.choose_brands(clocks, access, limits)
    used = most_used(clocks, access, page)
    held_back = {name: limits[name] for name, (kind, _) in KINDS.items() if kind not in WEIGHED_KINDS}
    of_campaigns = {
        **sql.choose_campaigns(clocks, access, held_back, held_back=True),
        **_to_be_weighed(
            clocks, access, {name: limit for name, limit in limits.items() if name not in held_back}, many
        ),
    }
    brands = Brand.objects.in_bulk(list({pk for chosen in (*of_brands.values(), used) for pk in chosen.ids}))
    ids = list({pk for chosen in of_campaigns.values() for pk in chosen.ids})
    campaigns = Campaign.objects.select_related("brand").in_bulk(ids)
    paces = brand_pacing(brands.values(), now=now), campaign_pacing(campaigns.values(), now=now)
    found = Found()
    for name in KINDS:
        found.add(_of(name, of_brands[name], brands, paces[0], limits))
        found.add(_of(name, of_campaigns[name], campaigns, paces[1], limits, of_campaigns=True))
    return found, MostUsed([(brands[pk], paces[0][pk]) for pk in used.ids if pk in brands], used.found)


def most_used(clocks: Sequence[Clock], access: BrandAccess, page: tuple[int, int]) -> sql.Chosen:
    """Return a page of the brands that somebody sees, in the order of their list."""
    number, first = page
    ranking = Ranking(clocks)
    rows = ranking.joined(visible_rows(Brand.objects.all(), access)).annotate(found=Window(Count("pk")))
    ordered = rows.order_by(ranking.share().desc(), "name_key", "pk").values_list("pk", "found")
    chosen = list(ordered[first : first + number])
    return sql.Chosen([pk for pk, _ in chosen], chosen[0][1] if chosen else 0)


def _to_be_weighed(
    clocks: Sequence[Clock], access: BrandAccess, limits: Mapping[str, tuple[int, int]], many: bool
) -> Mapping[str, sql.Chosen]:
    """Return campaigns that may run out early or be far under pace; of everybody's, where there are many, those that
    were chosen some minutes ago.
    """
    wanted = {name: (limit + WEIGHED, offset) for name, (limit, offset) in limits.items()}
    if not many or not (access.reads is None or isinstance(access.reads, EveryBrand)):
        return sql.choose_campaigns(clocks, access, wanted, held_back=False)
    kept: Mapping[str, sql.Chosen] | None = cache.get(_CHOSEN)
    if kept is None:
        kept = sql.choose_campaigns(clocks, FULL_ACCESS, wanted, held_back=False)
        cache.set(_CHOSEN, kept, LOOK_AGAIN_AFTER)
    return kept


def _of(
    name: str,
    chosen: sql.Chosen,
    owners: Mapping[UUID, Brand] | Mapping[UUID, Campaign],
    paces: Mapping[UUID, OwnerPacing],
    limits: Mapping[str, tuple[int, int]],
    *,
    of_campaigns: bool = False,
) -> Found:
    """Return the matters of one choice; what was chosen and is none after all, as exactly weighed, is left out."""
    kind, period = KINDS[name]
    matters = [
        matter
        for pk in chosen.ids
        if (owner := owners.get(pk)) is not None and (matter := _matter(kind, period, owner, paces[pk])) is not None
    ]
    wanted = limits[name][0]
    is_more = chosen.found > len(chosen.ids) or len(matters) > wanted
    return Found(
        sorted(matters, key=lambda one: one.order)[:wanted], {MoreOf(kind, of_campaigns)} if is_more else set()
    )


def _matter(kind: MatterKind, period: str, owner: Brand | Campaign, pacing: OwnerPacing) -> Matter | None:
    if kind == MatterKind.NOTHING_ALLOWED:
        size, said = _nothing_allowed(owner, pacing)
    else:
        shown = pacing.periods[period]
        weighed = {
            MatterKind.USED_UP: _used_up,
            MatterKind.RUNS_OUT: runs_out,
            MatterKind.UNDER_PACE: _far_under,
        }[kind](shown, pacing, period)
        if weighed is None:
            return None
        size, said = weighed[0], f"{shown.start} {shown.budget} {weighed[1]}"
    brand, campaign = (owner.brand, owner) if isinstance(owner, Campaign) else (owner, None)
    key = " ".join(filter(None, (kind.value, period, str(owner.pk))))
    return Matter(kind, key, said, size, brand, campaign, period, pacing)


def _used_up(shown: PeriodPacing, pacing: OwnerPacing, period: str) -> tuple[Decimal, str] | None:
    if shown.pacing.state != PacingState.USED_UP or not shown.budget:
        return None
    percent = shown.spent * HUNDRED / shown.budget
    return percent, f"{int(percent) // OVERSHOOT_STEP}"


def runs_out(shown: PeriodPacing, pacing: OwnerPacing, period: str) -> tuple[Decimal, str] | None:
    """Return the pace, and the hour or day at which the budget runs out.

    `None` where it does not, or only in the last hour of a day or on the last day of a month.
    """
    at = shown.pacing.runs_out_at
    early = EARLY_IN_A_MONTH if period == "month" else EARLY_IN_A_DAY
    if at is None or at > interval_of(shown.start, shown.end, pacing.timezone).end - early:
        return None
    local = at.astimezone(zone(pacing.timezone))
    return shown.pacing.pace or ZERO, f"{local:%d}" if period == "month" else f"{local:%H}"


def _far_under(shown: PeriodPacing, pacing: OwnerPacing, period: str) -> tuple[Decimal, str] | None:
    figures = shown.pacing
    if figures.state != PacingState.UNDER or figures.pace is None or figures.elapsed is None:
        return None
    if figures.pace >= sql.FAR_UNDER * HUNDRED or figures.elapsed < sql.FAR_UNDER_FROM[period] * HUNDRED:
        return None
    return HUNDRED - figures.pace, f"{int(figures.pace) // PACE_STEP}"


def _nothing_allowed(owner: Brand | Campaign, pacing: OwnerPacing) -> tuple[Decimal, str]:
    spent = sum((one.spent for one in pacing.periods.values() if one.budget == ZERO), ZERO)
    return spent, f"{owner.daily_budget} {owner.monthly_budget} {spent > ZERO}"
