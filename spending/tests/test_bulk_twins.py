"""Many rows at once come to what the same rows come to one after the other: two brands, two ways, one outcome."""

import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from django.test import tag

from brands.models import Change
from campaigns.models import Campaign
from campaigns.services import remove_campaign
from spending.enforcement.audit import check_totals
from spending.ledger.entries import BookingResult, Recorded, RecordedRow, SpendValues
from spending.models import BrandTotal, CampaignTotal, Spend
from spending.recording.bulk import record_many
from spending.recording.services import record
from tests.sampling import SOAK
from tests.support import ALICE, AgencyTestCase

Row = dict[str, object]


@tag("both_databases", "slow")
class TwinTests(AgencyTestCase):
    def test_many_rows_come_to_what_one_after_the_other_come_to(self) -> None:
        dice = random.Random(7)
        met: set[BookingResult] = set()
        for turn in range(40 if SOAK else 12):
            one, other = self.twin(f"{turn} one by one"), self.twin(f"{turn} at once")
            known = {(1, name) for name in "abc"}
            for _ in range(3):  # later calls meet what the earlier ones left
                rows = list(self.some_rows(dice, known))
                singly = [self.record(one[at], row) for at, row in rows]
                sent = [cast(SpendValues, {**row, "campaign_id": other[at]}) for at, row in rows]
                at_once = record_many(rows=sent, now=self.now, by=ALICE)

                self.assertEqual([result_of(each) for each in at_once], [result_of(each) for each in singly])
                self.assertEqual(existing(other), existing(one))
                met |= {each.result for each in at_once}

        self.assertEqual(met, set(BookingResult))
        self.assertEqual([str(drift) for drift in check_totals(now=self.now, by=ALICE)[0]], [])

    def record(self, campaign_id: UUID, row: Row) -> Recorded:
        return record(**row, campaign_id=campaign_id, now=self.now, by=ALICE)  # type: ignore[arg-type]  # as they come

    def twin(self, name: str) -> list[UUID]:
        """Make a brand of two campaigns; the second has entries, and is archived."""
        brand = self.make_brand(name, daily="20.00", monthly="60.00")
        living, archived = self.make_campaign("Living", brand, daily="10.00"), self.make_campaign("Old", brand)
        for external_id in "abc":
            self.spend("4.00", archived, external_id)
        remove_campaign(campaign_id=archived.pk, now=self.now, by=ALICE)
        return [living.pk, archived.pk]

    def some_rows(self, dice: random.Random, known: set[tuple[int, str]]) -> Iterator[tuple[int, Row]]:
        """Yield rows, each with the place of its campaign, of which none is bad."""
        for _ in range(dice.randint(1, 12)):
            at, name = key = dice.randint(0, 1), dice.choice(["a", "b", "c", ""])
            if at == 1 and key not in known:
                continue  # an archived campaign takes nothing new
            row: Row = {"amount": Decimal(dice.choice(["1.00", "4.00", "10.00"])), "external_id": name}
            if key in known and dice.random() < 0.25:
                row["amount"] = Decimal("0.00")
                known.discard(key)
            elif name:
                known.add(key)
            if dice.random() < 0.4:
                row["spend_date"] = (self.now + timedelta(days=dice.choice([0, 1, -1, -20]))).date()
            if dice.random() < 0.2:
                row["spend_type"] = dice.choice(["DAILY", "MONTHLY"])
            if dice.random() < 0.2:
                row["description"] = dice.choice(["one", "other"])
            yield at, row


def result_of(recorded: Recorded | RecordedRow) -> tuple[object, ...]:
    spend = recorded.spend
    return recorded.result, spend.amount, spend.spend_date, spend.spend_type, spend.description, spend.external_id


def existing(campaigns: list[UUID]) -> list[object]:
    """Return ledger, totals, statuses and former values of a brand, without what tells it from its twin."""
    living = Campaign.objects.get(pk=campaigns[0])
    spends = Spend.objects.filter(campaign_id__in=campaigns)
    totals = [CampaignTotal.objects.filter(campaign=pk) for pk in campaigns]
    totals_of_brand = BrandTotal.objects.filter(brand=living.brand_id)
    changes = Change.objects.filter(brand_id=living.brand_id, kind="spend").order_by("id")
    return [
        sorted(spends.values_list("amount", "spend_date", "spend_type", "description", "external_id")),
        *(set(total.exclude(amount=0).values_list("period", "start", "amount", "cleared")) for total in totals),
        set(totals_of_brand.exclude(amount=0).values_list("period", "start", "amount", "cleared")),
        (living.status, living.blocked_by),
        [(change.action, {**change.before, "id": "", "campaign": ""}, change.after) for change in changes],
    ]
