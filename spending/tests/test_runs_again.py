"""When a paused campaign runs again: at the first instant at which none of its reasons holds any more."""

from datetime import UTC, datetime

from campaigns.models import Campaign, PauseReason
from campaigns.services import pause_campaign
from spending.reports.figures import campaign_figures
from tests.support import ALICE, AgencyTestCase

DAY, MONTH, OUTSIDE = (
    PauseReason.DAILY_BUDGET_EXCEEDED,
    PauseReason.MONTHLY_BUDGET_EXCEEDED,
    PauseReason.OUTSIDE_SCHEDULE,
)
THURSDAY = 3


class RunsAgainTests(AgencyTestCase):
    """Told at noon of Wednesday, 11 March."""

    def test_with_day_and_month_used_up_it_waits_for_the_month(self) -> None:
        self.spend("2000.00")

        self.assertPaused(MONTH, DAY)
        self.assertRunsAgain(datetime(2026, 4, 1, tzinfo=UTC))

    def test_with_the_day_used_up_and_outside_its_hours_it_waits_for_the_next_window(self) -> None:
        self.window(9, 18, day=THURSDAY)
        self.spend("100.00")

        self.assertPaused(DAY, OUTSIDE)
        self.assertRunsAgain(datetime(2026, 3, 12, 9, tzinfo=UTC))

    def test_a_day_that_is_used_up_before_it_begins_is_waited_for_too(self) -> None:
        self.spend("100.00")
        self.spend("100.00", days=1)

        self.assertRunsAgain(datetime(2026, 3, 13, tzinfo=UTC))

    def test_no_clock_ends_what_a_person_must_end(self) -> None:
        self.spend("100.00")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertRunsAgain(None)

    def assertRunsAgain(self, at: datetime | None) -> None:  # noqa: N802  # unittest's way
        campaign = Campaign.objects.select_related("brand").get(pk=self.campaign.pk)
        self.assertEqual(campaign_figures([campaign], now=self.now)[campaign.pk].runs_again_at, at)
