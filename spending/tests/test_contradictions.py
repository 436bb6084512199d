"""The statement that looks for contradictions, held to the verdict: every combination of facts, each falsified."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import product
from typing import ClassVar, NamedTuple
from unittest.mock import patch
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.test import TestCase, tag

from brands.models import Brand
from brands.services import BrandValues, change_brand, hold_brand, release_brand
from campaigns.models import Campaign, CampaignStatus, PauseReason
from campaigns.status import DAY_BIT, MANUAL_BIT, MONTH_BIT, BudgetUse, Facts, decide
from spending.enforcement.budget_use import current_use
from spending.enforcement.contradictions import contradicted_brands
from spending.enforcement.decisions import Decision, decide_and_write
from spending.enforcement.resets import reset
from spending.enforcement.touched import Touched
from spending.enforcement.transactions import enforcing_brands
from spending.models import BrandTotal, CampaignTotal, Period
from tests.sampling import IS_POSTGRES, SOAK, sample
from tests.support import ALICE, NOON

MONEY = [(None, 5), (10, 9), (10, 10), (0, 0)]
"""Budget and what is spent of it: no limit, room, used up, nothing allowed."""


class Combination(NamedTuple):
    """What a verdict depends on; each pair is a budget and what is spent of it."""

    held: bool
    paused: bool
    stated: PauseReason | None
    brand_day: tuple[int | None, int]
    brand_month: tuple[int | None, int]
    day: tuple[int | None, int]
    month: tuple[int | None, int]
    hours: tuple[bool, bool, bool]

    def facts(self) -> Facts:
        """Return the combination as the rule takes it."""
        return Facts(
            paused_by_person=self.paused,
            brand_held=self.held,
            brand=_use(self.brand_day, self.brand_month),
            campaign=_use(self.day, self.month),
            has_schedules=self.hours[0],
            has_active_schedule=self.hours[1],
            inside_window=self.hours[2],
            stated_reason=self.stated,
        )


def _use(day: tuple[int | None, int], month: tuple[int | None, int]) -> BudgetUse:
    return BudgetUse(Decimal(day[1]), Decimal(month[1]), _money(day[0]), _money(month[0]))


def _money(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units)


def combinations() -> Iterator[Combination]:
    """Yield every combination; with active schedules inside and outside their windows, without, and with none."""
    people = [(False, None), (True, None), (True, PauseReason.NO_SCHEDULE)]
    hours = [(False, False, False), (True, False, False), (True, True, False), (True, True, True)]
    for held, person, money, month, cap, monthly_cap, of_day in product(
        [False, True], people, MONEY, MONEY, MONEY, MONEY, hours
    ):
        yield Combination(held, *person, money, month, cap, monthly_cap, of_day)


@tag("both_databases", "slow")
class ContradictionTests(TestCase):
    """A brand of one campaign for each combination, its stored status what `decide` says of it.

    The rule is the same on both databases, and so is the statement: each day PostgreSQL gets a part of them.
    """

    combinations: ClassVar = sample(
        combinations(), lambda one: one[:3] + one[7:], each=48, soak=SOAK or not IS_POSTGRES
    )
    campaigns: list[Campaign]

    @classmethod
    def setUpTestData(cls) -> None:
        """Store all of them."""
        cls.campaigns = [cls._stored(place, one) for place, one in enumerate(cls.combinations)]
        Brand.everything.bulk_create([campaign.brand for campaign in cls.campaigns])
        Campaign.everything.bulk_create(cls.campaigns)
        of_brands: list[BrandTotal] = []
        of_campaigns: list[CampaignTotal] = []
        for campaign, one in zip(cls.campaigns, cls.combinations, strict=True):
            brand = campaign.brand
            for period, start, of_brand, own in (
                (Period.DAY, brand.today, one.brand_day, one.day),
                (Period.MONTH, brand.this_month, one.brand_month, one.month),
            ):
                of_brands.append(BrandTotal(brand=brand, period=period, start=start, amount=of_brand[1]))
                of_campaigns.append(CampaignTotal(campaign=campaign, period=period, start=start, amount=own[1]))
        BrandTotal.objects.bulk_create(of_brands)
        CampaignTotal.objects.bulk_create(of_campaigns)
        with connection.cursor() as cursor:  # as either database does by itself sooner or later: plans are good then
            cursor.execute("ANALYZE")

    @classmethod
    def _stored(cls, place: int, one: Combination) -> Campaign:
        brand = Brand(
            name=f"Brand {place}",
            daily_budget=_money(one.brand_day[0]),
            monthly_budget=_money(one.brand_month[0]),
            is_held=one.held,
        )
        brand.begin_day(NOON)
        verdict = decide(one.facts())
        return Campaign(
            brand=brand,
            name=f"Campaign {place}",
            daily_budget=_money(one.day[0]),
            monthly_budget=_money(one.month[0]),
            paused_by_person=one.paused,
            stated_reason=one.stated,
            status=verdict.status,
            pause_reason=verdict.reason,
            blocked=verdict.bits,
            next_transition_at=None,
        )

    def contradicted(self, now: datetime = NOON) -> set[UUID]:
        """Return the brands that the statement finds."""
        return set(contradicted_brands(now=now))

    def everything(self) -> set[UUID]:
        """Return all the brands."""
        return {campaign.brand_id for campaign in self.campaigns}

    def test_nothing_contradicts_where_each_has_the_verdict(self) -> None:
        self.assertEqual(self.contradicted(), set())

    def test_every_day_that_has_ended_is_found(self) -> None:
        self.assertEqual(self.contradicted(NOON + timedelta(days=1)), self.everything())

    def test_a_new_day_or_month_decides_all_that_it_can_change_and_nothing_else(self) -> None:
        for days, ending in ((1, DAY_BIT), (21, DAY_BIT | MONTH_BIT)):
            for model in (None, BrandTotal, CampaignTotal):
                with self.subTest(days=days, booked_ahead=model), rolled_back():
                    now = NOON + timedelta(days=days)
                    if model is not None:
                        self.book_ahead(model, now.date())
                    decided = self.begin_days(now)
                    tried = self.without_hours()
                    self.assertEqual(self.contradicted(now) & {campaign.brand_id for campaign in tried}, set())
                    if model is None:
                        ended = {campaign.pk for campaign in tried if campaign.blocked & ending & ~_never(campaign)}
                        self.assertEqual(decided, ended)

    def test_what_happens_to_a_brand_decides_all_that_it_changes_and_nothing_where_it_changes_no_reason(self) -> None:
        changes: list[Callable[[UUID], object]] = [
            lambda pk: hold_brand(brand_id=pk, now=NOON, by=ALICE),
            lambda pk: release_brand(brand_id=pk, now=NOON, by=ALICE),
            lambda pk: change_brand(brand_id=pk, values={"name": f"Renamed {pk}"}, now=NOON, by=ALICE),
            lambda pk: reset(periods=[Period.DAY], brand_ids=[pk], now=NOON, by=ALICE),
            lambda pk: reset(periods=[Period.MONTH], brand_ids=[pk], now=NOON, by=ALICE),
        ]
        for budget in ("daily_budget", "monthly_budget"):
            for amount in (None, Decimal(11), Decimal(1)):
                values: BrandValues = {budget: amount}  # type: ignore[misc]  # one of two names
                changes.append(lambda pk, values=values: change_brand(brand_id=pk, values=values, now=NOON, by=ALICE))  # type: ignore[misc]  # its default is its type
        brands = Brand.objects.filter(
            pk__in=[campaign.brand_id for campaign in self.without_hours()[:: 13 if SOAK else 7]]
        )
        for number, change in enumerate(changes):
            with self.subTest(change=number), rolled_back():
                before = self.reasons(brands)
                unread = {pk for pk in before if not self.decided_by(partial(change, pk))}
                after = self.reasons(brands)
                self.assertEqual(self.contradicted() & set(before), set())
                same = {pk for pk, reasons in before.items() if reasons == after[pk]}
                if "reset" not in change.__code__.co_names:  # it may end what a campaign's own cap gives
                    self.assertEqual(unread & same, same)

    def reasons(self, brands: QuerySet[Brand]) -> dict[UUID, int]:
        """Return the reasons that brands give their campaigns, as bits."""
        uses = current_use(brands.all(), Campaign.everything.none())
        return {brand.pk: uses.of(brand, brand.today).bits | MANUAL_BIT * brand.is_held for brand in brands.all()}

    def decided_by(self, change: Callable[[], object]) -> set[UUID]:
        """Return the campaigns that a change has decided."""
        decisions: list[Decision] = []

        def decide(touched: Touched, brands: Mapping[UUID, Brand], now: datetime) -> list[Decision]:
            decisions.extend(decide_and_write(touched, brands, now))
            return decisions

        with patch("spending.enforcement.gate.decide_and_write", decide):
            change()
        return {decision.campaign.pk for decision in decisions}

    def without_hours(self) -> list[Campaign]:
        """Return the campaigns that differ in more than their hours, of which the statement knows nothing."""
        pairs = zip(self.campaigns, self.combinations, strict=True)
        every = [campaign for campaign, one in pairs if not any(one.hours) and one.stated is None]
        return every if SOAK else every[::5]  # four amounts at each place: a step of five meets all of them everywhere

    def begin_days(self, now: datetime) -> set[UUID]:
        """Open the gate of brands at an instant; return the campaigns that were decided."""
        decided: set[UUID] = set()
        ids = [campaign.brand_id for campaign in self.without_hours()]
        for at in range(0, len(ids), 200):
            with enforcing_brands(*ids[at : at + 200], now=now, by=ALICE) as gate:
                pass
            decided |= {decision.campaign.pk for decision in gate.decisions}
        return decided

    def book_ahead(self, model: type[BrandTotal] | type[CampaignTotal], day: date) -> None:
        """Book 10.00 on each owner's new day, and on its month where that is new too."""
        owner = "brand_id" if model is BrandTotal else "campaign_id"
        starts = [(Period.DAY, day), *([] if day.month == NOON.month else [(Period.MONTH, day.replace(day=1))])]
        pks = [campaign.brand_id if model is BrandTotal else campaign.pk for campaign in self.campaigns]
        for period, start in starts:
            rows = [model(**{owner: pk}, period=period, start=start, amount=Decimal(10)) for pk in pks]
            model._default_manager.bulk_create(rows)  # type: ignore[arg-type]  # of one kind or the other, all of them

    def test_every_wrong_bit_is_found(self) -> None:
        for bit in (MANUAL_BIT, MONTH_BIT, DAY_BIT):
            with self.subTest(bit=bit), rolled_back():
                flipped = F("blocked") + bit - 2 * F("blocked").bitand(bit)
                Campaign.everything.update(blocked=flipped)
                self.assertEqual(self.contradicted(), self.everything())

    def test_every_wrong_status_is_found(self) -> None:
        other = Case(When(status=CampaignStatus.ACTIVE, then=Value("PAUSED")), default=Value("ACTIVE"))
        Campaign.everything.update(status=other)
        self.assertEqual(self.contradicted(), self.everything())

    def test_every_wrong_reason_is_found(self) -> None:
        for reason in (None, *PauseReason):
            with self.subTest(reason=reason), rolled_back():
                right = {campaign.brand_id for campaign in self.campaigns if campaign.pause_reason == reason}
                Campaign.everything.update(pause_reason=reason)
                self.assertEqual(self.contradicted(), self.everything() - right)


def _never(campaign: Campaign) -> int:
    """Return the reasons that a brand gives always, as nothing may be spent."""
    brand = campaign.brand
    return DAY_BIT * (brand.daily_budget == 0) | MONTH_BIT * (brand.monthly_budget == 0)


@contextmanager
def rolled_back() -> Iterator[None]:
    """Take back what is written within."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
