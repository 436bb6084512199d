"""Schedules in the admin."""

from campaigns.models import PauseReason
from campaigns.services import remove_campaign
from scheduling.models import Schedule
from tests.browsing import AdminTestCase
from tests.support import ALICE


class ScheduleFormTests(AdminTestCase):
    def test_adds_a_window_and_decides_its_campaign(self) -> None:
        url = self.url(Schedule, "add")
        typed = {"campaign": str(self.campaign.pk), "day_of_week": "6", "start_time": "22:00", "end_time": "02:00"}

        answer = self.send(url, {**self.open(url, "schedule"), **typed, "ends_next_day": "on"})

        self.assertEqual(answer.status_code, 302)
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)

    def test_refuses_what_is_no_window_at_its_field(self) -> None:
        window = self.window(9, 18)
        for typed, field in (
            ({"end_time": "08:00"}, "end_time"),
            ({"start_time": "930"}, "start_time"),
            ({"start_time": "09:00+02:00"}, "start_time"),
            ({"day_of_week": "7"}, "day_of_week"),
        ):
            with self.subTest(typed=typed):
                self.assertIn(field, self.errors(self.change(window, **typed)))

    def test_a_change_is_decided_at_once(self) -> None:
        window = self.window(9, 18)

        self.change(window, end_time="11:00")

        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)

    def test_a_deletion_is_decided_at_once(self) -> None:
        window, other = self.window(13, 14), self.window(14, 15)

        self.send(self.page_of(window, "delete"), {"post": "yes"})
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)

        self.assertIn("1 deleted.", self.messages_in(self.act("delete_selected", other, post="yes")))
        self.assertRuns()

    def test_a_form_that_was_open_while_the_row_changed_puts_nothing_back(self) -> None:
        window = self.window(9, 18)
        form = self.open(self.page_of(window), "schedule")
        self.change(window, start_time="10:00")

        refused = self.send(self.page_of(window), {**form, "end_time": "7pm"})
        self.send(self.page_of(window), self.read_form(refused.content.decode(), "schedule"))

        self.assertContains(refused, "you saved 10:00, today 12:00 (UTC); you had not changed it.")
        window.refresh_from_db()
        self.assertEqual(str(window), "Wednesday 10:00–19:00")


class ScheduleListTests(AdminTestCase):
    def test_says_what_is_open_and_when_that_changes(self) -> None:
        self.window(9, 18)
        self.window(13, 14)
        Schedule.objects.filter(pk=self.window(15, 16).pk).update(is_active=False)

        page = self.client.get(self.url(Schedule, "changelist"))

        self.assertContains(page, "open now")
        self.assertContains(page, "closes Wed 11 Mar 2026, 18:00 (UTC)")
        self.assertContains(page, "closed now")
        self.assertContains(page, "opens Wed 11 Mar 2026, 13:00 (UTC)")
        self.assertContains(page, ">off<")

    def test_needs_no_query_per_row(self) -> None:
        for hour in range(5):
            self.window(hour, hour + 1)
        few = self.queries_of_list(Schedule)
        for number in range(45):
            campaign = self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}"))
            self.window(9, 18, campaign=campaign)

        self.assertEqual(self.queries_of_list(Schedule), few)

    def test_filters(self) -> None:
        self.window(9, 18, day=0)
        other = self.window(9, 18, day=3, campaign=self.make_campaign("Other", self.make_brand("Broke")))
        queries = (
            "day_of_week__exact=3",
            f"campaign__id__exact={other.campaign_id}",
            f"campaign__brand__id__exact={other.campaign.brand_id}",
        )
        for query in queries:
            with self.subTest(query=query):
                page = self.client.get(f"{self.url(Schedule, 'changelist')}?{query}")
                self.assertEqual([row.pk for row in page.context["cl"].result_list], [other.pk])

    def test_leaves_out_what_belongs_to_an_archived_campaign(self) -> None:
        window = self.window(9, 18)
        self.spend("1.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self.client.get(self.url(Schedule, "changelist")).context["cl"].result_list, [])
        self.assertEqual(self.client.get(self.page_of(window)).status_code, 302)
