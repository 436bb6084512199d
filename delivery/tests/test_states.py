"""The state of a delivery, in SQL and in Python: every combination of what it depends on, and of what it does not."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import ClassVar, NamedTuple

from django.test import TestCase, tag

from brands.models import Brand
from campaigns.models import Campaign, CampaignStatus, PauseReason
from campaigns.status import MANUAL_BIT
from delivery.admin.delivery_text import state_pill, state_text
from delivery.models import Account, Delivery, DeliveryState, Drift, Observed
from delivery.models.states import STATES
from tests.support import NOON

SENTENCES = {
    DeliveryState.SETTLED: {"The platform does what is wanted."},
    DeliveryState.WAITING: {"The platform is still to be told, or to confirm it."},
    DeliveryState.DRIFTED: {
        "The platform has not followed yet, for longer than it should take.",
        "Somebody changed it there; it is set again.",
        "The platform has no such campaign.",
    },
    DeliveryState.CONTESTED: {"A person has to decide: somebody keeps changing it there."},
}


class Combination(NamedTuple):
    """What is wanted of a campaign, and what is known of it at its platform."""

    wanted: CampaignStatus
    observed: str
    behind: bool
    """Whether it was seen for an older generation than the current one."""
    applied: str
    drift: str
    contested: bool
    error: str
    linked: bool
    """Whether an account has it."""


def combinations() -> Iterator[Combination]:
    """Yield every combination."""
    seen = ["", *Observed.values]
    for values in product(
        CampaignStatus, seen, [False, True], seen, ["", *Drift.values], [False, True], ["", "No."], [False, True]
    ):
        yield Combination(*values)


@tag("both_databases")
class StateTests(TestCase):
    """A campaign with its delivery for each combination."""

    expected: ClassVar[list[Delivery]]

    @classmethod
    def setUpTestData(cls) -> None:
        """Store all of them."""
        brand = Brand(name="Acme")
        brand.begin_day(NOON)
        brand.save()
        account = Account.objects.create(brand=brand, platform="google", external_id="1", connector="sandbox")
        every = [(cls._campaign(brand, place, one), one) for place, one in enumerate(combinations())]
        Campaign.objects.bulk_create(campaign for campaign, _ in every)
        Delivery.objects.bulk_create(cls._delivery(campaign, account, one) for campaign, one in every)
        cls.expected = list(Delivery.objects.select_related("campaign"))

    @staticmethod
    def _campaign(brand: Brand, place: int, one: Combination) -> Campaign:
        paused = one.wanted == CampaignStatus.PAUSED
        return Campaign(
            brand=brand,
            name=f"Campaign {place}",
            platform="google",
            external_id=str(place),
            delivery_enabled=True,
            generation=2,
            status=one.wanted,
            paused_by_person=paused,
            pause_reason=PauseReason.MANUAL if paused else None,
            blocked=MANUAL_BIT if paused else 0,
        )

    @staticmethod
    def _delivery(campaign: Campaign, account: Account, one: Combination) -> Delivery:
        return Delivery(
            campaign=campaign,
            account=account if one.linked else None,
            observed=one.observed,
            observed_generation=campaign.generation - one.behind,
            applied=one.applied,
            drift=one.drift,
            contested_at=NOON if one.contested else None,
            error=one.error,
        )

    def test_all_of_them_are_there(self) -> None:
        self.assertEqual(len(self.expected), len(list(combinations())))
        self.assertEqual({row.state for row in self.expected}, set(DeliveryState))

    def test_each_is_in_the_state_that_it_says_and_in_no_other(self) -> None:
        for state, rule in STATES.items():
            with self.subTest(state=state):
                found = set(Delivery.objects.filter(rule).values_list("pk", flat=True))
                self.assertEqual(found, {row.pk for row in self.expected if row.state == state})

    def test_they_are_counted_by_the_state_that_each_says(self) -> None:
        self.assertEqual(Delivery.objects.count_states(), Counter(row.state for row in self.expected))

    def test_those_that_say_so_are_settled_and_the_others_unsettled(self) -> None:
        settled = {row.pk for row in self.expected if row.is_settled}
        self.assertEqual(set(Delivery.objects.settled().values_list("pk", flat=True)), settled)
        unsettled = {row.pk for row in self.expected} - settled
        self.assertEqual(set(Delivery.objects.unsettled().values_list("pk", flat=True)), unsettled)

    def test_pages_say_the_same_in_a_word_and_in_a_sentence(self) -> None:
        for row in self.expected:
            self.assertIn(str(row.state.label), state_pill(row, NOON))
            self.assertIn(state_text(row, NOON), SENTENCES[row.state])
