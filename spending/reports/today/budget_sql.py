"""Which brands and capped campaigns are used up, run out early or are far under pace: chosen by the database.

One statement for brands and one for campaigns, the same on both databases. What part of a period has gone depends on
the time zone alone, so it comes along with each zone. Of a campaign with windows only the time in them counts, which
the database cannot tell: those may be chosen that turn out to be on plan, and are weighed exactly afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from django.db import connection

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.core.actors import BrandAccess
from campaigns.models import Campaign
from campaigns.status import MONEY_BITS, stored_with
from spending.models import BrandTotal, CampaignTotal, Period
from spending.reports.clocks import RUNS_OUT_FROM, Clock

FAR_UNDER: Final = Decimal("0.70")
"""Below this part of what should be spent by now, an owner is far under pace; it is in the state `under` as well."""
FAR_UNDER_FROM: Final = {"day": Decimal("0.5"), "month": Decimal("0.2")}
"""What part of the period must have gone before that says anything."""

_BRAND, _CAMPAIGN = Brand._meta.db_table, Campaign._meta.db_table
_MONTH_STOPS = "(u.mb IS NOT NULL AND u.ms >= u.mb)"
_RUNS = f"NOT u.held AND NOT {_MONTH_STOPS} AND NOT (u.db IS NOT NULL AND u.ds >= u.db)"

USED_UP_MONTH, USED_UP_DAY = "used_up month", "used_up day"
RUNS_OUT_MONTH, RUNS_OUT_DAY = "runs_out month", "runs_out day"
UNDER_MONTH, UNDER_DAY = "under month", "under day"
NOTHING_ALLOWED = "nothing_allowed"


@dataclass(frozen=True, slots=True)
class Part:
    """One choice of owners: which, and the largest of what first."""

    condition: str
    size: str


PARTS: Final[Mapping[str, Part]] = {
    USED_UP_MONTH: Part("u.mb > 0 AND u.ms >= u.mb", "1.0 * u.ms / u.mb"),
    USED_UP_DAY: Part(f"u.db > 0 AND u.ds >= u.db AND NOT {_MONTH_STOPS}", "1.0 * u.ds / u.db"),
    RUNS_OUT_MONTH: Part(
        "u.mb > 0 AND u.ms > 0 AND u.ms < u.mb AND NOT u.held AND (u.windowed OR u.mb * u.mg <= u.ms * u.mlast)",
        "1.0 * u.ms / u.mb / u.mg",
    ),
    RUNS_OUT_DAY: Part(
        f"u.db > 0 AND u.ds > 0 AND NOT u.held AND NOT {_MONTH_STOPS} AND u.ds < u.db "
        f"AND u.dg >= {float(RUNS_OUT_FROM):.6f} AND (u.windowed OR u.db * u.dg <= u.ds * u.dlast)",
        "1.0 * u.ds / u.db / u.dg",
    ),
    UNDER_MONTH: Part(
        f"u.mb > 0 AND {_RUNS} AND u.mg >= {FAR_UNDER_FROM['month']} "
        f"AND (u.ms < {FAR_UNDER} * u.mb * u.mg OR (u.windowed AND u.ms < {FAR_UNDER} * u.mb)) AND u.wanted",
        "1.0 - 1.0 * u.ms / u.mb / u.mg",
    ),
    UNDER_DAY: Part(
        f"u.mb IS NULL AND u.db > 0 AND u.ds > 0 AND {_RUNS} AND u.dg >= {FAR_UNDER_FROM['day']} "
        f"AND (u.ds < {FAR_UNDER} * u.db * u.dg OR (u.windowed AND u.ds < {FAR_UNDER} * u.db)) AND u.wanted",
        "1.0 - 1.0 * u.ds / u.db / u.dg",
    ),
    NOTHING_ALLOWED: Part("u.db = 0 OR u.mb = 0", "CASE WHEN u.mb = 0 THEN u.ms ELSE u.ds END"),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The owners of one choice, as many as were asked for, and how many there are."""

    ids: Sequence[UUID]
    found: int


def choose_brands(
    clocks: Sequence[Clock], access: BrandAccess, limits: Mapping[str, tuple[int, int]]
) -> Mapping[str, Chosen]:
    """Return brands by the choices named in `limits`, each with how many of them, and from which one on."""
    if not clocks:  # nobody's brands: there is nothing to choose from
        return _nothing(limits)
    narrowed, parameters = _visible(access, "b.id")
    wanted = (
        f"EXISTS (SELECT 1 FROM {_CAMPAIGN} c WHERE c.brand_id = b.id AND c.archived_at IS NULL "
        "AND NOT c.paused_by_person)"
    )
    use = (
        f"SELECT b.id, {_figures('b')}, b.is_held AS held, {_FALSE} AS windowed, {wanted} AS wanted "
        f"FROM {_BRAND} b {_joins(BrandTotal._meta.db_table, 'b', 'brand_id')} "
        f"WHERE b.archived_at IS NULL{narrowed}"
    )
    return _chosen(clocks, use, parameters, limits)


def choose_campaigns(
    clocks: Sequence[Clock], access: BrandAccess, limits: Mapping[str, tuple[int, int]], *, held_back: bool
) -> Mapping[str, Chosen]:
    """Return campaigns with caps of their own by the choices named in `limits`: of those that money holds back, which
    are few, or of the others.
    """
    if not clocks:  # nobody's brands: there is nothing to choose from
        return _nothing(limits)
    narrowed, parameters = _visible(access, "b.id")
    # What has windows that open and close knows when they next do.
    use = (
        f"SELECT c.id, {_figures('c')}, (b.is_held OR c.paused_by_person) AS held, "
        f"c.next_transition_at IS NOT NULL AS windowed, {_TRUE} AS wanted "
        f"FROM {_CAMPAIGN} c JOIN {_BRAND} b ON b.id = c.brand_id "
        f"{_joins(CampaignTotal._meta.db_table, 'c', 'campaign_id')} "
        "WHERE c.archived_at IS NULL AND b.archived_at IS NULL "
        f"AND {'' if held_back else 'NOT '}(c.blocked IN ({_MONEY})) "
        f"AND (c.daily_budget IS NOT NULL OR c.monthly_budget IS NOT NULL){narrowed}"
    )
    return _chosen(clocks, use, parameters, limits)


_FALSE, _TRUE = "(1 = 0)", "(1 = 1)"
_MONEY = ", ".join(map(str, stored_with(MONEY_BITS)))


def _figures(owner: str) -> str:
    return (
        f"{owner}.daily_budget AS db, {owner}.monthly_budget AS mb, COALESCE(d.amount - d.cleared, 0) AS ds, "
        "COALESCE(m.amount - m.cleared, 0) AS ms, z.day_gone AS dg, z.day_last AS dlast, z.month_gone AS mg, "
        "z.month_last AS mlast"
    )


def _joins(table: str, owner: str, key: str) -> str:
    return (
        "JOIN clock z ON z.tz = b.timezone "
        f"LEFT JOIN {table} d ON d.{key} = {_if(owner, 'daily_budget')} "
        f"AND d.period = '{Period.DAY}' AND d.start = z.today "
        f"LEFT JOIN {table} m ON m.{key} = {_if(owner, 'monthly_budget')} "
        f"AND m.period = '{Period.MONTH}' AND m.start = z.this_month"
    )


def _if(owner: str, budget: str) -> str:
    """Return the owner's id where it has the budget: without one, no total is looked up."""
    return f"CASE WHEN {owner}.{budget} IS NOT NULL THEN {owner}.id END"


def _visible(access: BrandAccess, column: str) -> tuple[str, tuple[Any, ...]]:
    """Return the condition that somebody sees a brand, as SQL with its parameters."""
    if access.reads is None:
        return "", ()
    sql, parameters = visible_rows(Brand.objects.order_by(), access).values("pk").query.sql_with_params()
    return f" AND {column} IN ({sql})", tuple(parameters)


def _chosen(
    clocks: Sequence[Clock], use: str, parameters: tuple[Any, ...], limits: Mapping[str, tuple[int, int]]
) -> Mapping[str, Chosen]:
    rows = ", ".join(f"(%s, {_day(one.today)}, {_day(one.this_month)}, {_parts(one)})" for one in clocks)
    sql = (
        "WITH clock (tz, today, this_month, day_gone, day_last, month_gone, month_last) AS "
        f"(VALUES {rows}), owner_use AS MATERIALIZED ({use}) "
        + " UNION ALL ".join(_part(name, *limits[name]) for name in limits)
    )
    chosen: dict[str, list[UUID]] = {name: [] for name in limits}
    found = dict.fromkeys(limits, 0)
    with connection.cursor() as cursor:
        cursor.execute(sql, [*(one.timezone for one in clocks), *parameters])
        for name, owner, number, _ in sorted(cursor.fetchall(), key=itemgetter(0, 3)):
            chosen[name].append(UUID(str(owner)))
            found[name] = number
    return {name: Chosen(ids, found[name]) for name, ids in chosen.items()}


def _nothing(limits: Mapping[str, tuple[int, int]]) -> Mapping[str, Chosen]:
    return {name: Chosen((), 0) for name in limits}


def _part(name: str, limit: int, offset: int) -> str:
    """Return SQL of one choice; a subquery, because in SQLite no part of a union may be sorted by itself."""
    part = PARTS[name]
    return (
        f"SELECT * FROM (SELECT '{name}' AS part, u.id, COUNT(*) OVER () AS found, "
        f"ROW_NUMBER() OVER (ORDER BY {part.size} DESC, u.id) AS place FROM owner_use u "
        f"WHERE {part.condition} ORDER BY place LIMIT {limit} OFFSET {offset}) AS one_part"
    )


def _day(day: date) -> str:
    return f"DATE '{day}'" if connection.vendor == "postgresql" else f"'{day}'"


def _parts(clock: Clock) -> str:
    parts = (clock.day_gone, clock.day_but_its_end, clock.month_gone, clock.month_but_its_end)
    return ", ".join(f"{max(float(part), 1e-9):.12f}" for part in parts)
