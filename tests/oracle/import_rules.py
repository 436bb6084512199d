"""The rules of imports: a report's days replace what an earlier one gave, and can be put back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import chain, count

from tests.oracle.facts import WHOLE_ONLY, ZERO, Brand, Campaign, Entry, Outcome
from tests.oracle.feed_facts import Line, Report, ReportDay
from tests.oracle.ledger_rules import FIRST_DATE, LedgerRules

MOST = Decimal("999999999999.99")
TOO_FAR = 3
LABELS = {"google": "Google Ads", "microsoft": "Microsoft Advertising", "other": "Other"}


@dataclass(slots=True)
class Given:
    """What a report gives for one campaign and day: the sum, rounded once."""

    external_id: str
    day: date
    name: str
    exact: Decimal
    amount: Decimal
    campaign: Campaign | None
    entry: Entry | None
    others: list[Entry]
    """Entries of the day that no report booked."""
    replaces: bool
    """Whether it takes their place."""

    @property
    def before(self) -> Decimal:
        """What stands where the sum will."""
        return (self.entry.amount if self.entry else ZERO) + sum((e.amount for e in self.others if self.replaces), ZERO)

    @property
    def changes_money(self) -> bool:
        """Whether there is money that was not there, or another sum."""
        return bool(self.amount) and self.before != self.amount

    @property
    def changes(self) -> bool:
        """Whether the ledger says something else."""
        if self.replaces and self.others:
            return True
        if self.entry is None:
            return bool(self.amount)
        return (self.entry.amount, self.entry.day) != (self.amount, self.day)


def entry_name(platform: str, day: date) -> str:
    """Name the entry of a report's day."""
    return f"report:{platform}:{day}"


def half_up(exact: Decimal, currency: str) -> Decimal:
    """Round to cents, or to units where there are none, the half up; in whole numbers, as a person would."""
    parts = 1 if currency in WHOLE_ONLY else 100
    return Decimal((Fraction(exact) * 2 * parts + 1) // 2) / parts


class ImportRules(LedgerRules):
    """Reports of platforms."""

    def import_report(
        self,
        brand: Brand,
        platform: str,
        lines: Sequence[Line],
        *,
        create: bool = False,
        strict: bool = False,
        force: bool = False,
        others: str | None = None,
    ) -> Outcome:
        """Take a report in, or refuse it whole; bad lines are left out."""
        if brand.gone:
            return Outcome(400)
        report = Report(self.new_key("r"), brand, platform, self.now, brand.currency, rows=len(lines))
        others = others or self.chosen.get((brand.key, platform))
        given = list(self._given(report, lines, create=create, replaces=others == "replace"))
        if (
            (strict and report.bad_lines)
            or (report.bad_lines and not given)
            or (not force and self._looks_wrong(brand, given))
            or (others is None and any(one.changes and one.others for one in given))
        ):
            return Outcome(400, brands=[brand])
        if others is not None:
            self.chosen[brand.key, platform] = others
        with self.asking(brand, by_report=True) as asked:
            for one in given:
                report.days += 1
                report.money_in += one.exact
                report.money_booked += one.amount
                if one.changes:
                    asked.add(self._take(report, one))
        self.reports.append(report)
        return Outcome(201, report.key, [brand])

    def undo_report(self, report: Report) -> Outcome:
        """Put back what stood before an import, all of it or nothing."""
        brand = report.brand
        if brand.gone:
            return Outcome(400)
        if report.undone_at is not None or any(self._is_past(report, day) for day in report.changed):
            return Outcome(400, brands=[brand])
        with self.asking(brand, by_report=True) as asked:
            for day in report.changed:
                self._restore(day)
                asked.add(day.campaign)
                day.undone = True
            report.undone_at = self.now
            for campaign in self.orphaned_campaigns(brand):
                if not campaign.held_once:
                    campaign.gone = True
        return Outcome(201, brands=[brand])

    def orphaned_campaigns(self, brand: Brand) -> list[Campaign]:
        """List the campaigns that only undone imports have made: without money, hours, or a word of a person.

        They go. Whether a hold of the whole brand is such a word, the rules do not say.
        """
        undone = [report for report in self.reports if report.brand is brand and report.undone_at is not None]
        made = [campaign for report in undone for campaign in report.campaigns]
        return [
            campaign
            for campaign in made
            if not (campaign.gone or campaign.spoken_of or self.windows_of(campaign) or self.had_spends(campaign))
        ]

    def reported(self, brand: Brand, platform: str, external_id: str) -> list[Campaign]:
        """Find who has an id on a platform: the living campaign alone, else archived ones, the last to go first."""
        named = [c for c in self.campaigns if (c.brand, c.platform, c.external_id) == (brand, platform, external_id)]
        archived = [campaign for campaign in reversed(named) if campaign.archived_at]
        living = [campaign for campaign in named if not campaign.gone]
        return living or sorted(archived, key=lambda c: c.archived_at or self.now, reverse=True)

    # A report's days

    def _given(self, report: Report, lines: Iterable[Line], *, create: bool, replaces: bool) -> Iterator[Given]:
        sums: dict[tuple[date, str], list[Decimal]] = {}
        names: dict[str, str] = {}
        for line in lines:
            if not self._is_good(line, report.brand) or not (
                create or self.reported(report.brand, report.platform, line.external_id)
            ):
                report.bad_lines += 1
                continue
            assert line.cost is not None
            sums.setdefault((line.day, line.external_id), []).append(line.cost)
            names.setdefault(line.external_id, line.name)
        for (day, external_id), costs in sums.items():
            exact = sum(costs, Decimal(0))
            amount = half_up(exact, report.brand.currency) if exact >= 0 else exact
            campaign, entry = self._place(report, external_id, day)
            others = self._others(report, campaign, day)
            one = Given(external_id, day, names[external_id], exact, amount, campaign, entry, others, replaces)
            archived = one.campaign is not None and one.campaign.gone
            if exact < 0 or amount > MOST or (archived and one.entry is None and amount):
                report.bad_lines += 1
            else:
                yield one

    def _is_good(self, line: Line, brand: Brand) -> bool:
        dated = FIRST_DATE <= line.day <= self.today(brand) + timedelta(days=1)
        return dated and line.cost is not None and line.currency in (None, brand.currency)

    def _place(self, report: Report, external_id: str, day: date) -> tuple[Campaign | None, Entry | None]:
        found = self.reported(report.brand, report.platform, external_id)
        for campaign in found:
            if entry := self.entry_named(campaign, entry_name(report.platform, day)):
                return campaign, entry
        return (found[0] if found else None), None

    def _others(self, report: Report, campaign: Campaign | None, day: date) -> list[Entry]:
        """List the entries of a day that did not come by a report: no monthly ones, none that bears a report's name."""
        return [
            entry
            for entry in self.entries
            if (entry.campaign, entry.day, entry.kind) == (campaign, day, "DAILY")
            and not entry.by_report
            and not entry.external_id.startswith(f"report:{report.platform}:")
        ]

    def _looks_wrong(self, brand: Brand, given: Iterable[Given]) -> bool:
        before = after = ZERO
        for one in given:
            if one.entry is not None or (one.replaces and one.others):
                before += one.before
                after += one.amount
            budgets = (brand.daily_budget, one.campaign.daily_budget if one.campaign else None)
            if one.changes_money and any(budget is not None and one.amount > TOO_FAR * budget for budget in budgets):
                return True
        return 2 * after < before

    def _take(self, report: Report, one: Given) -> Campaign:
        campaign = one.campaign or self._created(report, one)
        name, entry = entry_name(report.platform, one.day), one.entry
        former = (entry.amount, entry.day, entry.by_report) if entry else None
        others = one.others if one.replaces else []
        for other in others:
            self.entries.remove(other)
        if entry is None and one.amount:
            entry = Entry(self.new_key("s"), campaign, one.amount, one.day, "DAILY", name, by_report=True)
            self.entries.append(entry)
        elif entry is not None and one.amount:
            entry.amount, entry.day, entry.by_report = one.amount, one.day, True
        elif entry is not None:
            self.entries.remove(entry)
        self.forget_sums()
        report.changed.append(ReportDay(campaign, entry, name, one.day, one.amount, former, others))
        return campaign

    def _created(self, report: Report, one: Given) -> Campaign:
        """Create the campaign that a report names, at its first day of money."""
        found = self.reported(report.brand, report.platform, one.external_id)
        if found:
            return found[0]
        taken = {campaign.name.casefold() for campaign in self.living(report.brand)}
        usual = f"{LABELS[report.platform]} {one.external_id}"
        names = chain([one.name, f"{one.name} ({one.external_id})", usual], (f"{usual} ({n})" for n in count(2)))
        name = next(name for name in names if name.casefold() not in taken)
        key = self.new_key("c")
        campaign = Campaign(key, report.brand, name, None, None, report.platform, one.external_id)
        self.campaigns.append(campaign)
        report.campaigns.append(campaign)
        return campaign

    # Putting back

    def _is_past(self, report: Report, day: ReportDay) -> bool:
        """Return whether another import, or a person, has been at a day since."""
        later = self.reports[self.reports.index(report) + 1 :]
        if any(
            (other.campaign, other.name) == (day.campaign, day.name) and not other.undone
            for one in later
            for other in one.changed
        ):
            return True
        if any(other.external_id and self.entry_named(day.campaign, other.external_id) for other in day.others):
            return True
        entry = self.entry_named(day.campaign, day.name)
        if day.result == "voided":
            moved = day.campaign.brand is not report.brand or report.brand.currency != report.currency
            return entry is not None or moved
        if day.others and report.brand.currency != report.currency:
            return True
        return entry is None or entry is not day.entry or (entry.amount, entry.day) != (day.amount, day.day)

    def _restore(self, day: ReportDay) -> None:
        """Put one day back: its amount and date; a type that a person has set since stays."""
        self.entries += day.others
        if day.entry is not None and day.former is None:
            self.entries.remove(day.entry)
        elif day.entry is not None and day.former is not None:
            if day.result == "voided":
                self.entries.append(day.entry)
            day.entry.amount, day.entry.day, day.entry.by_report = day.former
        self.forget_sums()
