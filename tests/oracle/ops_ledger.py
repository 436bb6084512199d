"""Operations on the ledger: new spends, restatements, voids, edits, moves, deletions."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tests.oracle.driver import Driver
from tests.oracle.facts import WHOLE_ONLY, ZERO, Campaign, Entry, Outcome
from tests.oracle.operations import body_of, cents, fitting, operation, pick, seldom, whole
from tests.oracle.walltime import month_of

CENT = Decimal("0.01")
KINDS = ("DAILY", "DAILY", "DAILY", "MONTHLY")
NAMES = ("day-1", "day-2", "Day-1")


class LedgerOperations(Driver):
    """What is booked, restated, voided, edited, moved and deleted."""

    def entries(self) -> list[Entry]:
        """List the entries of living brands, those of archived campaigns too."""
        return [entry for entry in self.oracle.entries if not entry.campaign.brand.gone]

    def named_entries(self) -> list[Entry]:
        """List the entries that carry an `external_id`."""
        return [entry for entry in self.entries() if entry.external_id]

    def amount(self, rng: Random, campaign: Campaign) -> Decimal:
        """Choose an amount: often one that meets a budget to the cent, or misses it by one."""
        oracle, brand = self.oracle, campaign.brand
        today = oracle.today(brand)
        lefts = []
        for period, limit, cap in (
            ("D", brand.daily_budget, campaign.daily_budget),
            ("M", brand.monthly_budget, campaign.monthly_budget),
        ):
            lefts += [] if limit is None else [limit - oracle.brand_counter(brand, period, today)]
            lefts += [] if cap is None else [cap - oracle.counter(campaign, period, today)]
        lefts = [left for left in lefts if left > CENT]
        how = rng.randint(0, 4)
        meets = lefts and how < 2
        return fitting(rng, pick(rng, lefts) - (CENT if how else ZERO) if meets else cents(rng), brand.currency)

    def some(self, rng: Random, campaign: Campaign) -> Decimal:
        """Choose an amount, whatever is left."""
        return fitting(rng, cents(rng), campaign.brand.currency)

    def book(
        self,
        campaign: Campaign,
        amount: Decimal | None,
        day: date | None = None,
        kind: str | None = None,
        external_id: str = "",
    ) -> Outcome:
        """POST a spend."""
        sent = {"amount": amount, "spend_date": day, "spend_type": kind, "external_id": external_id or None}
        body = body_of({name: value for name, value in sent.items() if value is not None})
        outcome = self.oracle.record(campaign, amount=amount, day=day, kind=kind, external_id=external_id)
        return self.ask(outcome, "POST", "/api/spends/", {"campaign": self.ident(campaign)} | body)

    def spender(self, rng: Random) -> Campaign:
        """Choose a campaign to spend, now and then an archived one."""
        gone = self.gone()
        return pick(rng, gone if gone and seldom(rng) else self.campaigns())

    def external_id(self, rng: Random, campaign: Campaign) -> str:
        """Choose an `external_id` that is new to the campaign, or none."""
        name = pick(rng, ("", "", *NAMES))
        return "" if self.oracle.entry_named(campaign, name) else name

    # New

    @operation(Driver.campaigns, weight=3)
    def spend_today(self, rng: Random) -> Outcome:
        """Book money that was spent today; a date that is left out means today."""
        campaign = self.spender(rng)
        today = self.oracle.today(campaign.brand)
        amount = ZERO if seldom(rng, 30) else self.amount(rng, campaign)
        day = pick(rng, (None, today))
        return self.book(campaign, amount, day, pick(rng, (None, *KINDS)), self.external_id(rng, campaign))

    @operation(Driver.campaigns)
    def spend_to_the_limit(self, rng: Random) -> Outcome:
        """Book what is left of a budget, or a cent less or more."""
        campaign = pick(rng, self.campaigns())
        amount = self.amount(rng, campaign) + pick(rng, (ZERO, ZERO, CENT))
        return self.book(campaign, fitting(rng, amount, campaign.brand.currency))

    @operation(Driver.campaigns)
    def spend_earlier_this_month(self, rng: Random) -> Outcome:
        """Book a day of this month that is over."""
        campaign = self.spender(rng)
        today = self.oracle.today(campaign.brand)
        day = today.replace(day=rng.randint(1, max(1, today.day - 1)))
        return self.book(campaign, self.amount(rng, campaign), day, pick(rng, KINDS), self.external_id(rng, campaign))

    @operation(Driver.campaigns)
    def spend_earlier_months(self, rng: Random) -> Outcome:
        """Book history: it moves no counter of today. Before the year 2000 there is none."""
        campaign = self.spender(rng)
        last = month_of(self.oracle.today(campaign.brand)) - timedelta(days=1)
        far = rng.randint(0, 400)
        day = date(1999, 12, 31) if far == 400 else last - timedelta(days=far)
        return self.book(campaign, self.some(rng, campaign), day, pick(rng, KINDS))

    @operation(Driver.campaigns, weight=3)
    def spend_tomorrow(self, rng: Random) -> Outcome:
        """Book tomorrow; the day after is a typing error."""
        campaign = self.spender(rng)
        ahead = 2 if seldom(rng) else 1
        day = self.oracle.today(campaign.brand) + timedelta(days=ahead)
        return self.book(campaign, self.amount(rng, campaign), day, pick(rng, KINDS), self.external_id(rng, campaign))

    @operation(Driver.campaigns)
    def spend_by_task(self, rng: Random) -> Outcome:
        """Book by a worker, once or twice, with the message's name."""
        campaign, amount = pick(rng, self.campaigns()), cents(rng)
        if campaign.brand.currency in WHOLE_ONLY:  # a task that is refused fails
            amount = whole(rng, amount)
        day = pick(rng, (None, self.oracle.today(campaign.brand)))
        name = f"message-{rng.randint(0, 30)}"
        for _ in range(pick(rng, (1, 1, 2))):
            outcome = self.oracle.record(campaign, amount=amount, day=day, external_id=name)
            self.note(f"track_spend_task {campaign!r} {amount} {day} {name}")
            self.system.spend_task(self.ident(campaign), str(amount), day.isoformat() if day else None, name)
            self.learn(campaign, name)
        return outcome

    def learn(self, campaign: Campaign, external_id: str) -> None:
        """Find out what the system calls an entry that a task has booked."""
        entry = self.oracle.entry_named(campaign, external_id)
        if entry and repr(entry) not in self.idents:
            query = f"campaign={self.ident(campaign)}&external_id={external_id}"
            (row,) = self.system.send("GET", f"/api/spends/?{query}").rows
            self.idents[entry.key] = str(row["id"])

    # Again

    @operation(named_entries, weight=3)
    def restate(self, rng: Random) -> Outcome:
        """Send an entry again: what is sent of it is replaced, what is left out stays."""
        entry = pick(rng, self.named_entries())
        today = self.oracle.today(entry.campaign.brand)
        amount = pick(rng, (entry.amount, self.some(rng, entry.campaign), self.amount(rng, entry.campaign)))
        day = pick(rng, (None, None, entry.day, today, today - timedelta(days=1), today + timedelta(days=2)))
        return self.book(entry.campaign, amount, day, pick(rng, (None, *KINDS)), entry.external_id)

    @operation(named_entries, weight=3)
    def void(self, rng: Random) -> Outcome:
        """Void an entry with 0.00; one that is not known cannot be voided."""
        entry = pick(rng, self.named_entries())
        name = "never-sent" if seldom(rng) else entry.external_id
        return self.book(entry.campaign, ZERO, external_id=name)

    # Changes

    def edit(self, entry: Entry, values: dict[str, object], sent: dict[str, object], method: str = "PATCH") -> Outcome:
        """Change an entry."""
        outcome = self.oracle.change_entry(entry, values)
        return self.ask(outcome, method, f"/api/spends/{self.ident(entry)}/", body_of(sent))

    @operation(entries, weight=3)
    def edit_amount(self, rng: Random) -> Outcome:
        """Correct an amount; to nothing it cannot be corrected."""
        entry = pick(rng, self.entries())
        amounts = (self.some(rng, entry.campaign), self.amount(rng, entry.campaign), CENT)
        amount = ZERO if seldom(rng) else pick(rng, amounts)
        return self.edit(entry, {"amount": amount}, {"amount": amount})

    @operation(entries, weight=3)
    def edit_date(self, rng: Random) -> Outcome:
        """Correct a date, within the rule for dates."""
        entry = pick(rng, self.entries())
        day = self.oracle.today(entry.campaign.brand) + timedelta(days=pick(rng, (0, 0, -1, 1, -9, -31, 2)))
        return self.edit(entry, {"day": day}, {"spend_date": day})

    @operation(entries)
    def edit_type(self, rng: Random) -> Outcome:
        """Turn a spend into a fee, or a fee into a spend."""
        entry = pick(rng, self.entries())
        kind = pick(rng, ("DAILY", "MONTHLY"))
        return self.edit(entry, {"kind": kind}, {"spend_type": kind})

    @operation(entries)
    def put_spend(self, rng: Random) -> Outcome:
        """Send an entry whole, in part changed."""
        entry = pick(rng, self.entries())
        amount, kind = pick(rng, (entry.amount, self.some(rng, entry.campaign))), pick(rng, (entry.kind, "DAILY"))
        values = {"amount": amount, "kind": kind}
        sent = {"campaign": self.ident(entry.campaign), "amount": amount, "spend_type": kind}
        if seldom(rng, 2):
            values["day"] = sent["spend_date"] = pick(rng, (entry.day, self.oracle.today(entry.campaign.brand)))
        return self.edit(entry, values, sent, "PUT")

    def targets(self, entry: Entry, *, across: bool) -> list[Campaign]:
        """List where an entry may be moved, within its brand or across."""
        home = entry.campaign.brand
        return [c for c in self.campaigns() if (c.brand is not home) == across and c is not entry.campaign]

    def movable(self, *, across: bool) -> list[Entry]:
        """List the entries that can be moved somewhere."""
        return [entry for entry in self.entries() if self.targets(entry, across=across)]

    def move(self, rng: Random, *, across: bool) -> Outcome:
        """Move an entry to another campaign, now and then with another amount and date."""
        entry = pick(rng, self.movable(across=across))
        targets = self.targets(entry, across=across)
        alike = [to for to in targets if to.brand.currency == entry.campaign.brand.currency]
        to = pick(rng, alike if alike and not seldom(rng, 3) else targets)
        values: dict[str, object] = {"campaign": to}
        sent: dict[str, object] = {"campaign": self.ident(to)}
        if seldom(rng, 3):
            values["amount"] = sent["amount"] = self.amount(rng, to)
        if seldom(rng, 3):
            values["day"] = sent["spend_date"] = self.oracle.today(to.brand)
        return self.edit(entry, values, sent)

    @operation(lambda self: self.movable(across=False), weight=3)
    def move_within_brand(self, rng: Random) -> Outcome:
        """Move an entry to a sister campaign."""
        return self.move(rng, across=False)

    @operation(lambda self: self.movable(across=True), weight=4)
    def move_across_brands(self, rng: Random) -> Outcome:
        """Move an entry to another brand's campaign; not into another currency."""
        return self.move(rng, across=True)

    @operation(entries, weight=3)
    def delete_spend(self, rng: Random) -> Outcome:
        """Delete an entry; a second time it is not there."""
        if seldom(rng):
            return self.ask(Outcome(404), "DELETE", f"/api/spends/{self.ident('nothing')}/")
        entry = pick(rng, self.entries())
        return self.ask(self.oracle.remove_entry(entry), "DELETE", f"/api/spends/{self.ident(entry)}/")
