"""Campaigns that a fixture or other code creates, without the services."""

from brands.services import hold_brand, release_brand
from campaigns.models import Campaign, CampaignStatus, PauseReason
from spending.enforcement.sweeps import tick
from tests.support import ALICE, AgencyTestCase


class CreatedPastTheGateTests(AgencyTestCase):
    def test_one_created_as_paused_is_a_persons_pause(self) -> None:
        for name, reason in (("unsaid", None), ("manual", PauseReason.MANUAL)):
            row = Campaign.objects.create(
                brand=self.brand, name=name, status=CampaignStatus.PAUSED, pause_reason=reason
            )
            tick(now=self.now, by=ALICE)
            self.assertPaused(PauseReason.MANUAL, campaign=row)

    def test_many_created_at_once_are_too(self) -> None:
        row = Campaign(brand=self.brand, name="many", status=CampaignStatus.PAUSED)
        Campaign.objects.bulk_create([row])
        tick(now=self.now, by=ALICE)

        self.assertPaused(PauseReason.MANUAL, campaign=row)

    def test_one_saved_as_paused_for_manual_is_a_persons_pause(self) -> None:
        self.campaign.status, self.campaign.pause_reason = CampaignStatus.PAUSED, PauseReason.MANUAL
        self.campaign.save()
        tick(now=self.now, by=ALICE)

        self.assertPaused(PauseReason.MANUAL)

    def test_one_saved_while_its_brand_is_held_runs_again_after_the_hold(self) -> None:
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        Campaign.objects.get(pk=self.campaign.pk).save()
        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertRuns()

    def test_one_created_as_paused_by_a_rule_wakes_when_the_rule_does_not_hold(self) -> None:
        row = Campaign.objects.create(
            brand=self.brand,
            name="rule",
            status=CampaignStatus.PAUSED,
            pause_reason=PauseReason.DAILY_BUDGET_EXCEEDED,
        )
        tick(now=self.now, by=ALICE)

        self.assertRuns(row)

    def test_one_created_with_defaults_is_decided_by_the_first_tick(self) -> None:
        self.spend("100.00")
        row = Campaign.objects.create(brand=self.brand, name="default")
        tick(now=self.now, by=ALICE)

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED, campaign=row)
