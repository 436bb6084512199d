"""The comparison of what the API shows with what the oracle says."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol, TypeVar

from tests.oracle.facts import Brand, Campaign, Entry, Shown
from tests.oracle.feed_facts import Report
from tests.oracle.model import Oracle
from tests.oracle.rows import Ident, Row, brand_row, campaign_row, entry_row, moment, report_row, window_row
from tests.oracle.system import Answer
from tests.oracle.tally import Tally

T = TypeVar("T")

REMEMBERED = 5
EVERYTHING = "page_size=1000"
CALCULATED = {"daily_spend", "monthly_spend", "daily_left", "monthly_left", "runs_again_at", "updated_at", "paused_at"}


class Difference(AssertionError):
    """The system and the oracle do not agree."""


class Reads(Protocol):
    """What the comparison needs of the system."""

    def send(self, method: str, path: str, body: Row | None = None) -> Answer:
        """Send a request."""


class Comparison:
    """Compares brands, campaigns, windows and the ledger, and keeps what the API last showed."""

    def __init__(self, oracle: Oracle, system: Reads, ident: Ident, tally: Tally) -> None:
        """Compare these two."""
        self.oracle, self.system, self.ident, self.tally = oracle, system, ident, tally
        self.rows: dict[Brand | Campaign, Row] = {}
        self.answers: dict[Brand | Campaign, list[Row]] = {}
        self.ordered: set[Campaign] = set()
        self.states: dict[Campaign, list[tuple[str, str | None]]] = {}

    def brands(self, brands: Sequence[Brand], *, own_rows: bool = True) -> None:
        """Compare some brands and their campaigns: one by itself, several by the lists of all.

        Without `own_rows` the one brand's own row is left out: it cannot have changed.
        """
        living = [brand for brand in brands if not brand.gone]
        if len(living) == 1:
            brand = living[0]
            rows = [self.system.send("GET", f"/api/brands/{self.ident(brand)}/").row] if own_rows else []
            query = f"?brand={self.ident(brand)}&{EVERYTHING}"
        elif living:
            living = [brand for brand in self.oracle.brands if not brand.gone]
            rows = self.system.send("GET", f"/api/brands/?{EVERYTHING}").rows
            query = f"?{EVERYTHING}"
        else:
            return
        for brand, row in self._paired("brands", living if rows else [], rows):
            self.same("brand", brand_row(self.oracle, brand, self.ident), row)
            self._updated(brand, row)
        campaigns = [campaign for brand in living for campaign in self.oracle.living(brand)]
        shown = self.system.send("GET", f"/api/campaigns/{query}").rows
        for campaign, row in self._paired("campaigns", campaigns, shown):
            self._campaign(campaign, row)

    def everything(self) -> None:
        """Compare every brand, every window, and the whole ledger."""
        oracle = self.oracle
        self.brands(oracle.brands)
        windows = self.system.send("GET", f"/api/schedules/?{EVERYTHING}").rows
        for window, row in self._paired("schedules", oracle.windows, windows):
            self.same("schedule", window_row(window, self.ident), row)
        self.entries(self.system.send("GET", f"/api/spends/?{EVERYTHING}").rows, oracle.entries)
        self.reports(f"?{EVERYTHING}", oracle.reports)

    def entries(self, rows: list[Row], entries: Sequence[Entry]) -> None:
        """Compare entries, the archived brands' left out, with those that are shown."""
        living = [entry for entry in entries if not entry.campaign.brand.gone]
        for entry, row in self._paired("spends", living, rows):
            self.same("spend", entry_row(entry, self.ident), row)

    def reports(self, query: str, reports: Sequence[Report]) -> None:
        """Compare imports, the archived brands' left out, with the list that a query gives."""
        living = [report for report in reports if not report.brand.gone]
        for report, row in self._paired("imports", living, self.system.send("GET", f"/api/imports/{query}").rows):
            self.same("import", report_row(report, self.ident), row)
            sums = Decimal(str(row["money_in"])), Decimal(str(row["rounding"]))
            if sums != (report.money_in, report.money_in - report.money_booked):
                raise Difference(f"{report!r}: {report.money_in} came in, of which {report.money_booked} fit; {row}")

    def events(self, campaign: Campaign) -> None:
        """See that every change of status or reason has its one event, and that all others tell of an order."""
        path = f"/api/campaigns/{self.ident(campaign)}/events/?{EVERYTHING}"
        state, *later = self.states[campaign]
        for event in reversed(self.system.send("GET", path).rows):
            reported = (str(event["to_status"]), None if event["pause_reason"] is None else str(event["pause_reason"]))
            born = event["from_status"] == ""
            if not born and event["from_status"] != state[0]:
                raise Difference(f"{campaign!r} was {state}, and an event says otherwise: {event}")
            if later and reported == later[0]:
                state = later.pop(0)
            elif reported != state or not (born or event["order"]):
                raise Difference(f"{campaign!r} was {state} and became {later}; there is an event too many: {event}")
        if later:
            raise Difference(f"{campaign!r} became {later}, and no event says so")

    def _campaign(self, campaign: Campaign, row: Row) -> None:
        before, verdict = campaign.shown, self.oracle.verdict(campaign)
        now = _shown(row)
        exact = campaign in self.oracle.must or before is None
        if now != verdict and (exact or now != before):
            stale = "" if exact else f" (or, outdated by the clock alone, {before})"
            raise Difference(f"{campaign!r}: the rules say {verdict}{stale}, the system {now}")
        self.same("campaign", campaign_row(self.oracle, campaign, now, self.ident), row)
        self._runs_again(campaign, row, now, verdict)
        if now.status == "ACTIVE":
            campaign.paused_at = None
        elif before is None or before.status == "ACTIVE":
            campaign.paused_at = self.oracle.now
        self.same("campaign", {"paused_at": moment(campaign.paused_at)}, row)
        self._updated(campaign, row)
        self.tally.turned(before.pause_reason if before else None, now.pause_reason)
        states = self.states.setdefault(campaign, [])
        if not states or states[-1] != (now.status, now.pause_reason):
            states.append((now.status, now.pause_reason))
        campaign.shown = now
        self.oracle.must.discard(campaign)
        self.ordered.discard(campaign)

    def _runs_again(self, campaign: Campaign, row: Row, now: Shown, verdict: Shown) -> None:
        fair = {None} if now.status == "ACTIVE" else {moment(self.oracle.runs_again_at(campaign))}
        if now.status != verdict.status:
            # Only the clock stands between the two, so either answer is as true as the status beside it.
            fair = {None, moment(self.oracle.runs_again_at(campaign))}
        if row["runs_again_at"] not in fair:
            raise Difference(f"{campaign!r}: runs_again_at must be one of {fair}, and is {row['runs_again_at']}")

    def _updated(self, owner: Brand | Campaign, row: Row) -> None:
        """See that `updated_at` moves with what is stored, and with nothing else."""
        before = self.rows.get(owner)
        self.rows[owner] = row
        if before is None or any(row[name] != before[name] for name in row.keys() - {"runs_again_at"}):
            self.answers[owner] = [*self.answers.get(owner, ()), row][-REMEMBERED:]
        if before is None or "updated_at" not in row:
            return
        changed = {name for name in row.keys() - CALCULATED if row[name] != before[name]}
        moved = row["updated_at"] != before["updated_at"]
        if changed and row["updated_at"] != moment(self.oracle.now):
            raise Difference(f"{owner!r}: {changed} changed, and updated_at stayed {row['updated_at']}")
        if moved and not changed and owner not in self.ordered:
            raise Difference(f"{owner!r}: nothing changed, and updated_at moved to {row['updated_at']}")

    def _paired(self, what: str, expected: Iterable[T], rows: list[Row]) -> list[tuple[T, Row]]:
        named = {self.ident(thing): thing for thing in expected}
        found = {str(row["id"]): row for row in rows}
        if named.keys() != found.keys():
            missing = [repr(named[key]) for key in named.keys() - found.keys()]
            extra = [found[key] for key in found.keys() - named.keys()]
            raise Difference(f"{what}: not listed: {missing}; listed and unknown to the rules: {extra}")
        return [(thing, found[key]) for key, thing in named.items()]

    def same(self, what: str, expected: Row, row: Row) -> None:
        """See that a row shows what is expected of it."""
        differing = {name: (value, row.get(name)) for name, value in expected.items() if row.get(name) != value}
        if differing:
            lines = [
                f"  {name}: the rules say {expected!r}, the system {is_!r}"
                for name, (expected, is_) in differing.items()
            ]
            raise Difference("\n".join([f"{what} differs", *lines, f"  oracle: {expected}", f"  system: {row}"]))


def _shown(row: Row) -> Shown:
    blocked_by, reason = row["blocked_by"], row["pause_reason"]
    assert isinstance(blocked_by, list)
    return Shown(str(row["status"]), None if reason is None else str(reason), tuple(blocked_by))
