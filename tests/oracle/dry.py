"""A stand-in for the system that answers what the oracle says: it tries out the machine itself, in seconds."""

from itertools import pairwise
from typing import TYPE_CHECKING

from tests.oracle.alert_rules import alert_row, reached
from tests.oracle.facts import Campaign
from tests.oracle.feed_facts import Report
from tests.oracle.rows import Row, brand_row, campaign_row, entry_row, moment, report_row, window_row
from tests.oracle.system import Answer

if TYPE_CHECKING:
    from tests.oracle.driver import Driver


class Echo:
    """Answers every request as the oracle of the machine would."""

    def __init__(self, machine: "Driver") -> None:
        """Echo one machine's oracle."""
        self.machine = machine

    def send(self, method: str, path: str, body: Row | list[Row] | None = None) -> Answer:
        """Answer a request; what is written was already done by the oracle."""
        if method != "GET":
            return Answer(self.machine.expected, self.machine.expected_body)
        oracle, ident = self.machine.oracle, self.machine.ident
        living = [brand for brand in oracle.brands if not brand.gone]
        if path.startswith("/api/brands/?"):
            return Answer(200, [brand_row(oracle, brand, ident) for brand in living])
        if path.startswith("/api/brands/"):
            return Answer(200, next(brand_row(oracle, b, ident) for b in living if ident(b) in path))
        if "/events/" in path:
            return Answer(200, self._events(path))
        if path.startswith("/api/campaigns/"):
            campaigns = [c for b in living for c in oracle.living(b)]
            if "?page_size" not in path:
                campaigns = [c for c in campaigns if ident(c.brand) in path or ident(c) in path]
            rows = [self._campaign(c) for c in campaigns]
            return Answer(200, rows if "?" in path else rows[0])
        if path.startswith("/api/schedules/"):
            return Answer(200, [window_row(window, ident) for window in oracle.windows])
        if path.startswith("/api/imports/"):
            reports = [report for report in oracle.reports if not report.brand.gone]
            return Answer(200, [self._report(r) for r in reports if "brand=" not in path or ident(r.brand) in path])
        if path.startswith("/api/alerts/"):
            return Answer(200, self._alerts(path))
        return Answer(200, self._entries(path))

    def _alerts(self, path: str) -> list[Row]:
        machine = self.machine
        if "state=open" in path:
            brands = machine.oracle.brands
            found = [(b, one) for b in brands for one in reached(machine.oracle, b, machine.oracle.today(b))]
        else:
            found = list(machine.alerts.kept().elements())
        return [alert_row(brand, one, machine.ident, muted=one in machine.alerts.muted) for brand, one in found]

    def _entries(self, path: str) -> list[Row]:
        oracle, ident = self.machine.oracle, self.machine.ident
        entries = [e for e in oracle.entries if not e.campaign.brand.gone]
        if "brand=" in path:
            entries = [e for e in entries if ident(e.campaign.brand) in path]
        if "external_id" in path:
            entries = [e for e in entries if ident(e.campaign) in path and path.endswith(f"={e.external_id}")]
        return [entry_row(e, ident) for e in entries]

    def _report(self, report: Report) -> Row:
        sums = {"money_in": f"{report.money_in}", "rounding": f"{report.money_in - report.money_booked}"}
        return report_row(report, self.machine.ident) | sums

    def _events(self, path: str) -> list[Row]:
        states = next(s for c, s in self.machine.comparison.states.items() if self.machine.ident(c) in path)
        events: list[Row] = [
            {"from_status": old[0], "to_status": new[0], "pause_reason": new[1], "order": ""}
            for old, new in pairwise(states)
        ]
        return events[::-1]

    def _campaign(self, campaign: Campaign) -> Row:
        oracle = self.machine.oracle
        exact = campaign in oracle.must or campaign.shown is None
        shown = oracle.verdict(campaign) if exact else campaign.shown
        assert shown is not None
        again = moment(oracle.runs_again_at(campaign)) if shown.status == "PAUSED" else None
        paused_at = campaign.paused_at
        if shown.status == "ACTIVE":
            paused_at = None
        elif campaign.shown is None or campaign.shown.status == "ACTIVE":
            paused_at = oracle.now
        times = {"runs_again_at": again, "paused_at": moment(paused_at)}
        return campaign_row(oracle, campaign, shown, self.machine.ident) | times

    def tick(self, task: str) -> None:
        """Do nothing."""

    def spend_task(self, campaign: str, amount: str, day: str | None, external_id: str) -> None:
        """Do nothing."""

    def command(self, *words: str) -> str:
        """Do nothing."""
        return ""

    def import_spends(self, *words: str) -> Answer:
        """Answer as the oracle did."""
        return Answer(self.machine.expected, "")
