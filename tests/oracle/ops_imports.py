"""Operations on platforms' reports: imported, restated, zeroed, sent again, and taken back."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random

from tests.oracle.compare import EVERYTHING, Difference
from tests.oracle.facts import WHOLE_ONLY, ZERO, Brand, Campaign, Entry, Outcome
from tests.oracle.feed_facts import Line, Report
from tests.oracle.operations import cents, operation, pick, seldom
from tests.oracle.ops_ledger import LedgerOperations
from tests.oracle.reports import IDS, PLATFORMS, parted, spell
from tests.oracle.rows import Row

NAMED = re.compile(r"Import (\S+) completed")
KEPT = 12
DAYS = (0, 0, 0, -1, -2, -3, 1, -30)


@dataclass(frozen=True)
class Sent:
    """A report that was imported, or refused."""

    brand: Brand
    platform: str
    lines: Sequence[Line]
    content: bytes
    create: bool = False


class ImportOperations(LedgerOperations):
    """What `import_spends` does and undoes."""

    def __init__(self) -> None:
        """Begin with no report, and a folder for them."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="budget-oracle-"))
        self.sent: list[Sent] = []

    def teardown(self) -> None:
        """Remove the reports."""
        try:
            super().teardown()
        finally:
            shutil.rmtree(self.folder)

    # Importing

    def load(self, sent: Sent, *options: str) -> Outcome:
        """Type `import_spends`, with `--force`, `--strict` or neither, and compare the ledger and the import's row."""
        brand, platform = sent.brand, sent.platform
        others = options[options.index("--other-entries") + 1] if "--other-entries" in options else None
        outcome = self.oracle.import_report(
            brand,
            platform,
            sent.lines,
            create=sent.create,
            strict="--strict" in options,
            force="--force" in options,
            others=others,
        )
        path = self.folder / "report.csv"
        path.write_bytes(sent.content)
        named = ("--brand", self.ident(brand), "--platform", platform, *PLATFORMS[platform].words)
        created = ("--create-campaigns",) if sent.create else ()
        self.note(sent.content.decode())
        printed = self.type(outcome, str(path), *named, *created, *options)
        if outcome.accepted:
            self.sent = [*self.sent, sent][-KEPT:]
            report = self.oracle.reports[-1]
            report.sha256 = sha256(sent.content).hexdigest()
            if named_import := NAMED.search(printed):
                self.idents[report.key] = named_import[1]
            self.learn_new(report)
        return outcome

    def type(self, outcome: Outcome, *words: str) -> str:
        """Type the command that the oracle has answered, and give what it printed."""
        self.expected = outcome.code
        answer = self.system.import_spends(*words)
        self.note(f"import_spends {' '.join(words)} -> {answer.code} {answer.body}")
        if answer.code != outcome.code:
            raise Difference(f"import_spends {words}: must be {outcome.code}, is {answer.code}: {answer.body}")
        return str(answer.body)

    def learn_new(self, report: Report) -> None:
        """Find out what the system calls what an import has created."""
        query = f"brand={self.ident(report.brand)}&{EVERYTHING}"
        if report.campaigns:
            campaigns = self.system.send("GET", f"/api/campaigns/?{query}").rows
            ids = {(row["platform"], row["external_id"]): str(row["id"]) for row in campaigns}
            for campaign in report.campaigns:
                self.idents[campaign.key] = ids[campaign.platform, campaign.external_id]
        if report.count("created"):
            spends = self.system.send("GET", f"/api/spends/?{query}").rows
            self.comparison.entries(spends, self.known_in(report, spends))

    def known_in(self, report: Report, spends: list[Row]) -> list[Entry]:
        """Learn the ids of new entries, and list all of the brand's."""
        ids = {(row["campaign"], row["external_id"]): str(row["id"]) for row in spends}
        for day in report.changed:
            if day.result == "created" and day.entry is not None:
                self.idents[day.entry.key] = ids[self.ident(day.campaign), day.name]
        return [entry for entry in self.oracle.entries if entry.campaign.brand is report.brand]

    # Reports

    def reported(self) -> list[Campaign]:
        """List the campaigns of living brands that reports may name, archived ones too."""
        return [c for c in self.oracle.campaigns if not c.brand.gone and c.platform in PLATFORMS and c.external_id]

    def days_of(self, campaign: Campaign) -> dict[date, Decimal]:
        """Return what reports have booked of a campaign."""
        own = [entry for entry in self.oracle.entries if entry.campaign is campaign]
        names = {entry.external_id: entry.amount for entry in own if entry.external_id.startswith("report:")}
        days = {name.rpartition(":")[2]: amount for name, amount in names.items()}
        return {date.fromisoformat(day): amount for day, amount in days.items()}

    def told_days(self) -> list[Campaign]:
        """List the campaigns of which a report has booked a day."""
        return [campaign for campaign in self.reported() if self.days_of(campaign)]

    def lines(self, rng: Random, campaign: Campaign, day: date, amount: Decimal) -> list[Line]:
        """Spell a day's sum in one line or several, in the brand's currency."""
        currency = pick(rng, (None, campaign.brand.currency))
        name = f"Report's {campaign.external_id}"
        if campaign.brand.currency in WHOLE_ONLY:
            amount = max(ZERO, amount + Decimal(pick(rng, ("0", "0", "0.49", "0.5", "-0.5", "-0.51"))))
        return [Line(campaign.external_id, day, cost, name, currency) for cost in parted(amount, rng)]

    def bad_line(self, rng: Random, campaign: Campaign) -> Line:
        """Make up a line that cannot be booked, or that spoils its day."""
        today, known = self.oracle.today(campaign.brand), campaign.external_id
        return pick(
            rng,
            (
                Line(known, today, None, "N"),
                Line(known, today + timedelta(days=2), Decimal(1), "N"),
                Line(known, date(1999, 12, 31), Decimal(1), "N"),
                Line(known, today, Decimal(1), "N", "CHF"),
                Line(known, today - timedelta(days=9), Decimal("-0.01"), "N"),
                Line(known, today - timedelta(days=8), Decimal(10) ** 13, "N"),
                Line("404", today, Decimal(1), "N"),
            ),
        )

    def new_days(self, rng: Random, campaign: Campaign) -> list[Line]:
        """Report days of a campaign, known or new."""
        today = self.oracle.today(campaign.brand)
        lines = []
        for ahead in set(rng.choices(DAYS, k=rng.randint(1, 3))):
            amount = ZERO if seldom(rng, 8) else pick(rng, (cents(rng), self.amount(rng, campaign)))
            lines += self.lines(rng, campaign, today + timedelta(days=ahead), amount)
        return lines

    def sisters(self, rng: Random, campaign: Campaign) -> list[Campaign]:
        """Choose some of the campaigns that one report may name together with this one."""
        ids = {
            c.external_id: c for c in self.reported() if (c.brand, c.platform) == (campaign.brand, campaign.platform)
        }
        return [campaign, *(c for c in ids.values() if c.external_id != campaign.external_id and seldom(rng, 2))]

    def report(self, rng: Random, campaign: Campaign, lines: list[Line], *, create: bool = False) -> Sent:
        """Mix lines and write them down, now and then with a bad one."""
        if seldom(rng, 6):
            bad = self.bad_line(rng, campaign)
            names = (line.name for line in lines if line.external_id == bad.external_id)
            lines.append(replace(bad, name=next(names, bad.name)))
        rng.shuffle(lines)
        return Sent(campaign.brand, campaign.platform, lines, spell(campaign.platform, lines, rng), create)

    def looked_at(self, rng: Random) -> tuple[str, ...]:
        """Choose whether a person has had a look, and insists."""
        flags = pick(rng, (("--force",), ("--force",), ("--force", "--strict"), (), ()))
        others = pick(rng, (None, None, None, "replace", "add"))
        return (*flags, "--other-entries", others) if others else flags

    @operation(reported, weight=3)
    def import_days(self, rng: Random) -> Outcome:
        """Import a report of some campaigns: days that are new, days that are known."""
        campaign = pick(rng, self.reported())
        lines = [line for sister in self.sisters(rng, campaign) for line in self.new_days(rng, sister)]
        return self.load(self.report(rng, campaign, lines), *self.looked_at(rng))

    @operation(told_days, weight=3)
    def import_restated_days(self, rng: Random) -> Outcome:
        """Import days that are booked: the same, changed by a little, halved, doubled, or zeroed."""
        campaign = pick(rng, self.told_days())
        lines = []
        for sister in self.sisters(rng, campaign):
            for day, amount in self.days_of(sister).items():
                if not seldom(rng, 3):
                    fresh = pick(rng, (amount, amount / 2, 2 * amount, amount + Decimal("0.01"), ZERO, ZERO))
                    lines += self.lines(rng, sister, day, fresh)
        return self.load(self.report(rng, campaign, lines or self.new_days(rng, campaign)), *self.looked_at(rng))

    @operation(lambda self: any(not sent.brand.gone for sent in self.sent), weight=3)
    def import_same_file(self, rng: Random) -> Outcome:
        """Import a file once more, whatever has become of its days."""
        return self.load(pick(rng, [sent for sent in self.sent if not sent.brand.gone]), *self.looked_at(rng))

    @operation(LedgerOperations.brands, weight=3)
    def import_creating_campaigns(self, rng: Random) -> Outcome:
        """Import with `--create-campaigns`: what is unknown comes to be, what is archived does not come back."""
        brand, platform, lines = pick(rng, self.brands()), pick(rng, tuple(PLATFORMS)), []
        names = [campaign.name for campaign in self.oracle.living(brand)]
        for number in rng.sample(IDS, rng.randint(1, 2)):
            known = self.oracle.reported(brand, platform, number)
            stranger = Campaign("", brand, "", None, None, platform, number)
            name = pick(rng, names).upper() if names and seldom(rng, 6) else f"Report {self.steps}-{number}"
            names = [one for one in names if one.upper() != name]
            for line in self.new_days(rng, known[0] if known else stranger):
                lines.append(Line(line.external_id, line.day, line.cost, name, line.currency))
        campaign = Campaign("", brand, "", None, None, platform, IDS[0])
        return self.load(self.report(rng, campaign, lines, create=True), *self.looked_at(rng))

    # Taking back

    def undoable(self) -> list[Report]:
        """List the imports of living brands."""
        return [report for report in self.oracle.reports if not report.brand.gone]

    @operation(undoable, weight=4)
    def undo_import(self, rng: Random) -> Outcome:
        """Put back what stood before an import, mostly the last of its brand; not twice, nor past a later one."""
        reports = [report for report in self.undoable() if report.undone_at is None]
        brand = pick(rng, reports or self.undoable()).brand
        last = [report for report in reports if report.brand is brand][-1:]
        report = pick(rng, self.undoable() if seldom(rng, 4) or not last else last)
        outcome = self.oracle.undo_report(report)
        self.type(outcome, "--undo", self.ident(report))
        if doubtful := self.oracle.orphaned_campaigns(report.brand):
            rows = self.system.send("GET", f"/api/campaigns/?brand={self.ident(report.brand)}&{EVERYTHING}").rows
            for campaign in doubtful:
                campaign.gone = self.ident(campaign) not in {row["id"] for row in rows}
        return outcome
