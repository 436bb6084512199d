"""A reason for a pause stands in one place, the rule's table, and all that tells of it follows."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from django.conf import settings
from django.test import SimpleTestCase

from campaigns.admin.messages import resumes
from campaigns.models import Campaign
from campaigns.status import RULES, EndsWith, PauseReason, from_bits
from spending.enforcement.recounts import decide_windows
from spending.reports.figures import campaign_figures
from tests.support import ALICE, AgencyTestCase

APPS = ("brands", "campaigns", "scheduling", "spending", "tasks", "budget_system")
BY_NAME = {PauseReason.MANUAL: r"PauseReason\.MANUAL"}
"""A person's pause is an order too, and is named where orders are."""


class RuleTests(SimpleTestCase):
    """The table itself."""

    def test_every_reason_has_a_rule_and_a_bit_of_its_own_in_the_order_of_the_reasons(self) -> None:
        self.assertEqual(list(RULES), list(PauseReason))
        self.assertEqual(from_bits(sum({rule.bit for rule in RULES.values()})), list(PauseReason))
        self.assertTrue(all(rule.bit.bit_count() == 1 for rule in RULES.values()))

    def test_only_the_rule_names_a_reason(self) -> None:
        named = "|".join(reason.value for reason in PauseReason if reason not in BY_NAME)
        homes = {
            str(path.relative_to(settings.BASE_DIR))
            for app in APPS
            for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
            if not {"tests", "migrations", "demo"} & set(path.parts) and re.search(named, path.read_text())
        }
        self.assertEqual(homes, {"campaigns/status.py"})


class NewReasonTests(AgencyTestCase):
    """A reason that holds otherwise and ends otherwise: what decides and what tells of it ask the table."""

    def test_it_pauses_wakes_and_is_told(self) -> None:
        rule = RULES[PauseReason.NO_SCHEDULE]
        lasting = replace(rule, holds=lambda facts: facts.campaign.day_spend > 0)
        with patch.dict(RULES, {PauseReason.NO_SCHEDULE: lasting}):
            self.campaign = self.make_campaign("Late", daily="5.00")
            self.spend("1.00")
            self.assertRuns()  # no total has crossed a budget, so nothing was decided
            decide_windows(now=self.now, by=ALICE)
            self.assertPaused(PauseReason.NO_SCHEDULE)
            self.assertIsNone(self.runs_again_at())
            self.assertEqual(resumes(self.stored(), None, now=self.now), f"Needs a person: {rule.remedy}")
        with patch.dict(RULES, {PauseReason.NO_SCHEDULE: replace(lasting, ends_with=EndsWith.THE_DAY)}):
            self.assertEqual(self.runs_again_at(), datetime(2026, 3, 12, tzinfo=UTC))

    def stored(self) -> Campaign:
        """Return the campaign as it is stored."""
        return Campaign.objects.select_related("brand").get(pk=self.campaign.pk)

    def runs_again_at(self) -> datetime | None:
        """Return when the campaign runs again, as of now."""
        return campaign_figures([self.stored()], now=self.now)[self.campaign.pk].runs_again_at
