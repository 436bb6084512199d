"""A plan as its page shows it, made by the request or the worker that has worked it out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from budget_system.core.actors import Actor
from budget_system.core.money import money
from budget_system.core.text import date_text
from campaigns.models import Platform
from spending.imports.apply.status_preview import preview_statuses
from spending.imports.messages import MAX_STATUS_CHANGES, why_nothing_to_import
from spending.imports.plan.bad_lines import BadGroup, BadLine
from spending.imports.plan.keys import described
from spending.imports.plan.plan import DayChange, Plan, lines_are
from spending.imports.requests import MatchBy

CREATE: Final = "“Create campaigns that are not known”"
CHANGED: Final = "What the import would do has changed since you saw it; look at it again."
DECIDE: Final = "Choose below what becomes of the other entries on the report's days."
LOOK: Final = "Look at what is marked below, and tick the box there if it is right."
MAX_BAD_LINES: Final = 1_000
MAX_NEW_CAMPAIGNS: Final = 10
MAX_GROUPS: Final = 50
MAX_CELLS: Final = 10

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan in texts."""

    facts: Sequence[tuple[str, str]]
    currency: str
    days: int
    changes: Sequence[Row]
    more_changes: str
    turns: Sequence[str]
    more_turns: str
    bad: Sequence[BadLine]
    bad_lines: str
    more_bad: str
    concerns: Sequence[str]
    undecided: str
    others: str
    refused: str
    resumed: bool
    groups: Sequence[BadGroup] = ()
    """The bad lines by their cause."""
    more_reasons: bool = False
    """Whether there are causes beside these."""
    creatable: int = 0
    """How many campaigns the bad lines name that the import could create, and ..."""
    creatable_lines: int = 0
    """... on how many lines."""

    def as_json(self) -> dict[str, Any]:
        """Return the summary as JSON can store it."""
        return asdict(self)

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> "PlanSummary":
        """Return the summary from what `as_json` made of it."""
        rows = {
            "bad": [BadLine(**line) for line in kept["bad"]],
            "groups": [BadGroup(**group) for group in kept.get("groups", ())],
        }
        return cls(**{**kept, **rows})


def summarize_plan(plan: Plan, *, now: datetime, by: Actor) -> PlanSummary:
    """Return what a plan would do at `now` (UTC)."""
    turns = preview_statuses(plan, now=now, by=by)
    strict = plan.request.strict and plan.bad_lines > 0
    groups = plan.staged.bad.groups(MAX_GROUPS, MAX_CELLS)
    creatable, creatable_lines = plan.staged.bad.unknown_campaigns()
    refused = f"{lines_are(plan.bad_lines)} bad, and you asked that nothing is booked then." if strict else ""
    return PlanSummary(
        facts=list(_facts(plan)),
        currency=plan.brand.currency,
        days=plan.days,
        changes=[_change(one, plan.brand.currency) for one in plan.first_changes],
        more_changes=_count(plan.changed - len(plan.first_changes)),
        turns=[str(turn) for turn in turns[:MAX_STATUS_CHANGES]],
        more_turns=_count(len(turns) - MAX_STATUS_CHANGES),
        bad=list(plan.staged.bad.first(MAX_BAD_LINES)),
        bad_lines=_count(plan.bad_lines),
        more_bad=_count(plan.bad_lines - MAX_BAD_LINES),
        concerns=[] if plan.resumed else plan.concerns,
        undecided=plan.undecided or "",
        others=str(plan.others) if plan.others.entries else "",
        refused=refused or why_nothing_to_import(plan, CREATE) or "",
        resumed=plan.resumed is not None,
        groups=groups,
        more_reasons=sum(group.lines for group in groups) < plan.bad_lines,
        creatable=creatable,
        creatable_lines=creatable_lines,
    )


def why_not_yet(plan: Plan, digest: str | None, sha256: str) -> str:
    """Return why a confirmed plan is not carried out; empty where nothing is in the way.

    Either the plan is no longer the one that was confirmed, by its digest and file, or a choice or a confirmation is
    missing.
    """
    if plan.digest != digest or plan.form.sha256 != sha256:
        return CHANGED
    if plan.concerns and not plan.request.force and plan.resumed is None:
        return LOOK
    if plan.undecided is not None:
        return DECIDE
    return plan.refusal or why_nothing_to_import(plan, CREATE) or ""


def _facts(plan: Plan) -> Sequence[tuple[str, str]]:
    columns, currency = plan.columns, plan.brand.currency
    named = [f"“{columns.named(place)}”" for place in (columns.campaign, columns.date, columns.cost)]
    lines = f"{plan.rows:,}, {plan.bad_lines:,} of them bad"
    if plan.totals:
        lines += f"; {plan.totals:,} more only add up others, or are notes"
    if plan.no_costs:
        lines += f"; {plan.no_costs:,} say by a dash, or by nothing, that nothing was spent"
    facts = [
        ("Brand", str(plan.brand)),
        ("Platform", Platform(plan.request.platform).label),
        ("Columns", f"campaign {named[0]}, date {named[1]}, cost {named[2]} in {plan.unit}"),
        ("Lines", lines),
        (
            "Campaigns' days",
            f"{plan.created:,} new, {plan.replaced:,} restated, {plan.voided:,} voided, {plan.unchanged:,} unchanged",
        ),
        (
            "Money",
            f"{_exact(plan.money_in)} in the report = {money(plan.money_booked, currency)} {currency} booked + "
            f"{_exact(plan.rounding)} rounding",
        ),
    ]
    if chosen := _chosen(plan):
        facts.append(("Read with", chosen))
    if plan.new_campaigns:
        facts.append(("Campaigns to create", _some(sorted(map(described, plan.new_campaigns)))))
    return facts


def _chosen(plan: Plan) -> str:
    """Return what a person chose, for this report or an earlier one."""
    asked = plan.request
    parts = (
        asked.match_by == MatchBy.NAME and "campaigns matched by name",
        (asked.dates or asked.dates_before) and f"dates {asked.dates or asked.dates_before}",
        (asked.decimal or asked.decimal_before) and f"a decimal {asked.decimal or asked.decimal_before}",
        plan.form.sheet and f"the sheet “{plan.form.sheet}”",
    )
    return ", ".join(str(one) for one in parts if one)


def _change(one: DayChange, currency: str) -> Row:
    name = str(one.campaign) if one.campaign else f"{one.day.name or described(one.day.campaign)} (new)"
    return (date_text(one.day.day), name, money(one.before, currency), money(one.after, currency))


def _count(number: int) -> str:
    """Return a number with thousands separators; empty where it is not above zero."""
    return f"{number:,}" if number > 0 else ""


def _exact(amount: object) -> str:
    return f"{amount:,f}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MAX_NEW_CAMPAIGNS])
    more = len(names) - MAX_NEW_CAMPAIGNS
    return f"{len(names):,}: {shown}" + (f" and {more:,} more" if more > 0 else "")
