"""What an import would do: worked out before anything is written."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from brands.models import Brand
from budget_system.core.money import from_cents, in_currency
from budget_system.core.text import counted
from campaigns.models import Campaign
from spending.imports.cells.parsing import EXACT_CONTEXT
from spending.imports.columns.finding import Columns
from spending.imports.files.reading import FileForm
from spending.imports.plan.lookups import Place
from spending.imports.plan.staging import Day, Staging
from spending.imports.platforms import Unit
from spending.imports.requests import MatchBy, Request
from spending.models import Import

BATCH_SIZE = 2_000
FIRST_CHANGES = 20
FIRST_OTHERS = 3


@dataclass(frozen=True, slots=True)
class DayChange:
    """A campaign's day: the sum of its whole ledger before and after; no campaign where it would be created."""

    day: Day
    campaign: Campaign | None
    before: Decimal
    after: Decimal


@dataclass(slots=True)
class OtherEntriesTotal:
    """Entries that did not come from a report, on days that would change."""

    entries: int = 0
    days: int = 0
    cents: int = 0
    currency: str = ""
    first: list[str] = field(default_factory=list)
    """The first days that have such, in words."""

    def add(self, day: Day, place: Place, currency: str) -> None:
        """Add a day's other entries."""
        self.entries += place.others
        self.days += 1
        self.cents += place.other_cents
        self.currency = currency
        if len(self.first) < FIRST_OTHERS:
            cents = (
                place.other_cents + (place.entry.cents if place.entry else 0),
                day.cents,
                day.cents + place.other_cents,
            )
            before, replaced, added = (in_currency(from_cents(one), currency) for one in cents)
            self.first.append(
                f"“{place.campaign}” on {day.day}: {before} before, {replaced} if replaced, {added} if added"
            )

    def __str__(self) -> str:
        entries = counted(self.entries, "entry that", "entries that")
        days = counted(self.days, "day", "days")
        more = "; …" if self.days > len(self.first) else ""
        total = in_currency(from_cents(self.cents), self.currency)
        return (
            f"{entries} did not come by a report, {total} in all, on {days} that it changes "
            f"({'; '.join(self.first)}{more})"
        )


@dataclass(slots=True)
class Plan:
    """What an import would do."""

    request: Request
    brand: Brand
    form: FileForm
    unit: Unit
    staged: Staging
    rows: int = 0
    totals: int = 0
    """Lines that only add up others, left out."""
    no_costs: int = 0
    """Lines that say by a dash, or by nothing, that nothing was spent."""
    days: int = 0
    created: int = 0
    replaced: int = 0
    voided: int = 0
    unchanged: int = 0
    new_campaigns: set[str] = field(default_factory=set)
    money_in: Decimal = Decimal(0)
    booked_cents: int = 0
    concerns: list[str] = field(default_factory=list)
    """Why it stops before it writes, unless it is forced."""
    others: "OtherEntriesTotal" = field(default_factory=lambda: OtherEntriesTotal())
    first_changes: list[DayChange] = field(default_factory=list)
    """The first days that would change, for a look."""
    resumed: Import | None = None
    """An import of this very file that was ended in the middle."""
    _fingerprint: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def match_by(self) -> MatchBy:
        """How its campaigns are found."""
        return self.request.match_by or MatchBy.ID

    @property
    def columns(self) -> Columns:
        """Where the columns are."""
        return self.form.columns

    @property
    def bad_lines(self) -> int:
        """How many lines cannot be booked."""
        return self.staged.bad.count

    @property
    def changed(self) -> int:
        """How many days would change."""
        return self.created + self.replaced + self.voided

    @property
    def money_booked(self) -> Decimal:
        """The sum of the days as they are booked in the ledger."""
        return from_cents(self.booked_cents)

    @property
    def rounding(self) -> Decimal:
        """What rounding each day once leaves over: money in = money booked + rounding."""
        return EXACT_CONTEXT.subtract(self.money_in, self.money_booked)

    def see(self, days: Sequence[Day], places: Sequence[Place]) -> None:
        """Add days that can be booked to the digest, each with where it is booked and what stands there."""
        seen = (
            f"{day.campaign}\n{day.day}\n{place.column}\n{place.entry and place.entry.cents}\n{place.other_cents}\n"
            f"{place.others}\n{day.cents}\n"
            for day, place in zip(days, places, strict=True)
        )
        self._fingerprint.update("".join(seen).encode())

    @property
    def digest(self) -> str:
        """Return what distinguishes this plan from one of another file, another request, or on a ledger that has
        changed.
        """
        whole = self._fingerprint.copy()
        asked = replace(self.request, path=Path(), force=False, other_entries=None)
        whole.update(repr((asked, self.form.sha256, self.unit, self.rows, self.bad_lines, self.concerns)).encode())
        return whole.hexdigest()

    @property
    def undecided(self) -> str | None:
        """Return the message that a person must choose what becomes of other entries on the report's days, if so."""
        if self.request.other_entries is not None or not self.others.entries:
            return None
        return (
            f"{self.others}: say whether the report replaces them (they are voided, kept, and come back on undo) or "
            "is added to them"
        )

    @property
    def refusal(self) -> str | None:
        """Return why nothing may be written, if so; for the choice about other entries, see `undecided`."""
        if self.request.strict and self.bad_lines:
            return f"{lines_are(self.bad_lines)} bad, and with --strict nothing is booked then."
        if self.concerns and not self.request.force and self.resumed is None:
            return f"{' '.join(self.concerns)} Nothing was written; after a look, --force does it."
        return None


def lines_are(count: int) -> str:
    """Return the beginning of a sentence about a number of lines."""
    return counted(count, "line is", "lines are")
