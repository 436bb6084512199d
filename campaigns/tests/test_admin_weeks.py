"""A campaign's week on its page, and copied to others."""

from django.contrib.auth.models import User
from django.db import connection
from django.test import tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from brands.models import Brand, Change, Membership, Role
from brands.services import change_brand, hold_brand
from campaigns.models import Campaign, PauseReason
from campaigns.services import remove_campaign
from scheduling.models import Schedule
from scheduling.services import create_schedule, remove_schedule
from tests.browsing import AdminTestCase
from tests.support import ALICE

BUSINESS_HOURS = "Mon–Fri 09:00–18:00"


class WeekTestCase(AdminTestCase):
    def week_of(self, campaign: Campaign | None = None) -> list[str]:
        rows = Schedule.objects.filter(campaign=campaign or self.campaign).order_by("day_of_week", "start_time")
        return [f"{row}{'' if row.is_active else ' off'}" for row in rows]

    def as_member(self, role: Role, *brands: Brand) -> User:
        user = User.objects.create_user(f"a {role.label}")
        Membership.objects.bulk_create(Membership(user=user, brand=brand, role=role) for brand in brands)
        self.client.force_login(user)
        return user


@tag("both_databases")
class SavingTests(WeekTestCase):
    def test_what_is_typed_becomes_windows(self) -> None:
        answer = self.change(self.campaign, week="Mon-Fri 9-18, Sat 22:00–02:00")

        self.assertEqual(answer.status_code, 302)
        self.assertEqual(
            self.week_of(),
            [f"{day} 09:00–18:00" for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")]
            + ["Saturday 22:00–02:00"],
        )
        self.assertTrue(Schedule.objects.get(day_of_week=5).ends_next_day)
        self.assertRuns()
        self.assertIn(
            "Hours of “Spring sale” are now: Mon–Fri 09:00–18:00, Sat 22:00–02:00. "
            "It keeps running until today 18:00 (UTC).",
            self.messages_in(answer),
        )

    def test_says_by_name_what_pauses_and_what_wakes(self) -> None:
        says = self.messages_in(self.change(self.campaign, week="Wed 13–18"))
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)
        self.assertIn("“Spring sale” are now: Wed 13:00–18:00. It pauses now: outside its hours; resumes today", says)

        says = self.messages_in(self.change(self.campaign, week="always"))
        self.assertRuns()
        self.assertIn("“Spring sale” are now: Always. It wakes now, and runs (UTC).", says)

    def test_a_page_that_is_saved_as_it_is_changes_nothing(self) -> None:
        self.window(9, 18)
        create_schedule(
            values={
                "campaign_id": self.campaign.pk,
                "day_of_week": 3,
                "start_time": self.now.replace(hour=22).time(),
                "end_time": self.now.replace(hour=0).time(),
                "ends_next_day": True,
                "is_active": False,
            },
            now=self.now,
            by=ALICE,
        )
        before, changes = list(Schedule.objects.order_by("pk").values()), Change.objects.count()

        answer = self.change(self.campaign)

        self.assertEqual(answer.status_code, 302)
        self.assertEqual((list(Schedule.objects.order_by("pk").values()), Change.objects.count()), (before, changes))

    def test_windows_that_stay_are_the_same_rows_and_the_history_names_the_others(self) -> None:
        same, moved, gone = self.window(9, 18, day=0), self.window(9, 18, day=1), self.window(9, 18, day=2)
        before = Change.objects.count()

        self.change(self.campaign, week="Mon 9–18, Tue 10–18, Thu 9–18 (off)")

        self.assertEqual(self.week_of(), ["Monday 09:00–18:00", "Tuesday 10:00–18:00", "Thursday 09:00–18:00 off"])
        self.assertEqual(
            {same.pk, moved.pk}, set(Schedule.objects.filter(day_of_week__lte=1).values_list("pk", flat=True))
        )
        self.assertFalse(Schedule.objects.filter(pk=gone.pk).exists())
        changes = {(one.action, one.object_id) for one in Change.objects.order_by("pk")[before:]}
        added = Schedule.objects.get(day_of_week=3).pk
        self.assertEqual(changes, {("CHANGED", moved.pk), ("DELETED", gone.pk), ("CREATED", added)})
        self.assertEqual(Change.objects.get(object_id=moved.pk, action="CHANGED").after, {"start_time": "10:00:00"})

    def test_all_windows_off_is_an_answer_too(self) -> None:
        self.window(9, 18)

        self.change(self.campaign, week="Wed 9–18 off")

        self.assertPaused(PauseReason.NO_SCHEDULE)

    def test_a_new_campaign_gets_its_week_in_one_go(self) -> None:
        url = self.url(Campaign, "add")
        form = self.open(url, "campaign") | {"brand": str(self.brand.pk), "name": "Winter", "week": "Wed 13-24"}

        self.assertEqual(self.send(url, form).status_code, 302)

        campaign = Campaign.objects.get(name="Winter")
        self.assertEqual(self.week_of(campaign), ["Wednesday 13:00–24:00"])
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE, campaign=campaign)

    def test_what_is_not_understood_is_said_at_the_field_and_saves_nothing(self) -> None:
        answer = self.change(self.campaign, name="Renamed", week="Mon–Fri 9–25")

        self.assertEqual(self.errors(answer), {"week": ["“25” is not a time; write it like 9:00, 18:30 or 9am."]})
        self.assertContains(answer, "Mon–Fri 9–25")
        self.assertEqual((Campaign.objects.get().name, self.week_of()), ("Spring sale", []))

    def test_more_windows_than_a_week_holds_are_refused_at_the_field(self) -> None:
        times = ", ".join(
            f"{hour}:{minute:02}-{hour}:{minute + 1:02}" for hour in range(24) for minute in range(0, 59, 10)
        )

        self.assertIn("350 windows at most", self.errors(self.change(self.campaign, week=f"daily {times}"))["week"][0])

    def test_a_week_that_somebody_else_changed_is_refused_and_both_are_shown(self) -> None:
        window = self.window(9, 18)
        url = self.page_of(self.campaign)
        form = self.open(url, "campaign")
        remove_schedule(schedule_id=window.pk, now=self.now, by=ALICE)
        self.window(10, 19)

        answer = self.send(url, {**form, "name": "Renamed", "week": "Wed 11-20"})

        says = self.errors(answer)["week"][0]
        self.assertIn("They are now: Wed 10:00–19:00. You entered: Wed 11:00–20:00.", says)
        self.assertEqual((self.week_of(), Campaign.objects.get().name), (["Wednesday 10:00–19:00"], "Spring sale"))

    def test_who_has_seen_both_may_save_again(self) -> None:
        url = self.page_of(self.campaign)
        form = self.open(url, "campaign") | {"week": "Wed 11-20"}
        self.window(10, 19)
        again = self.send(url, form).context["adminform"].form

        hidden = again["week"].as_hidden(only_initial=True)
        self.assertIn("Wed 10:00–19:00", hidden)
        self.assertEqual(self.send(url, form | {"initial-week": "Wed 10:00–19:00"}).status_code, 302)
        self.assertEqual(self.week_of(), ["Wednesday 11:00–20:00"])

    def test_a_form_without_the_field_leaves_the_week_alone(self) -> None:
        self.window(10, 19)

        answer = self.change(self.campaign, name="Renamed", week=None, **{"initial-week": None})

        self.assertEqual(answer.status_code, 302)
        self.assertEqual(self.week_of(), ["Wednesday 10:00–19:00"])

    def test_what_somebody_else_made_of_the_week_stays_where_another_field_is_changed(self) -> None:
        url = self.page_of(self.campaign)
        form = self.open(url, "campaign")
        self.window(10, 19)

        self.send(url, {**form, "name": "Renamed"})

        self.assertEqual((self.week_of(), Campaign.objects.get().name), (["Wednesday 10:00–19:00"], "Renamed"))

    def test_saving_costs_no_query_per_window(self) -> None:
        counts = []
        for text in ("Mon 9–18", "Daily 1–2, 3–4, 5–6, 7–8", "Daily 1–3, 4–5, 6–8"):
            form = self.open(self.page_of(self.campaign), "campaign") | {"week": text}
            with CaptureQueriesContext(connection) as queries:
                self.send(self.page_of(self.campaign), form)
            counts.append(len(queries))
        self.assertLessEqual(max(counts), min(counts) + 4, counts)


class PageTests(WeekTestCase):
    def test_the_page_says_the_hours_and_names_the_zone(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Asia/Tokyo"}, now=self.now, by=ALICE)
        self.window(9, 18)

        page = self.client.get(self.page_of(self.campaign))

        self.assertContains(page, "9 h a week. Closed now; opens Wed 18 Mar, 09:00.")
        self.assertContains(page, "Asia/Tokyo")
        self.assertContains(page, '"second": 248400')  # Wednesday 21:00 there
        self.assertContains(page, '"start": 205200, "length": 32400, "on": true')

    def test_a_viewer_sees_the_hours_and_cannot_change_them(self) -> None:
        self.window(9, 18)
        self.as_member(Role.VIEWER, self.brand)

        page = self.client.get(self.page_of(self.campaign))

        self.assertContains(page, "Wed 09:00–18:00")
        self.assertContains(page, '"fixed": true')
        self.assertNotContains(page, 'name="week"')
        self.assertNotContains(page, "Copy hours")
        self.assertEqual(self.send(self.page_of(self.campaign), {"week": "always"}).status_code, 403)


class ReadingTests(WeekTestCase):
    def read(self, text: str, campaign: object = "") -> dict[str, object]:
        found: dict[str, object] = self.client.get(
            reverse("admin:campaigns_campaign_week"), {"text": text, "campaign": str(campaign)}
        ).json()
        return found

    def test_says_before_it_is_saved_what_it_would_do(self) -> None:
        for text, says, warns in (
            ("Wed 13-18", "Saved now, it pauses now: outside its hours; resumes today 13:00.", True),
            ("Wed 9-18", "Saved now, it keeps running until today 18:00.", False),
            ("never", "Saved now, it pauses now: no active schedule.", True),
        ):
            with self.subTest(text=text):
                answer = self.read(text, self.campaign.pk)
                self.assertIn(says, str(answer["words"]))
                self.assertEqual(answer["warns"], warns)
        self.assertEqual(
            self.read("always", self.campaign.pk)["words"], "No windows: it may run at any hour, day and night."
        )

    def test_lifting_all_hours_is_said_as_a_warning(self) -> None:
        self.window(13, 18)

        answer = self.read("", self.campaign.pk)

        self.assertEqual(
            answer["words"], "No windows: it may run at any hour, day and night. Saved now, it wakes now, and runs."
        )
        self.assertTrue(answer["warns"])

    def test_other_reasons_are_said_too(self) -> None:
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertIn("it stays paused: its brand is held.", str(self.read("Wed 9-18", self.campaign.pk)["words"]))

    def test_says_what_it_did_not_understand(self) -> None:
        self.assertEqual(
            self.read("Mon 9", self.campaign.pk),
            {"error": "“9” is one time; hours have a start and an end, like 09:00–18:00."},
        )

    def test_a_week_without_a_campaign_is_read_too(self) -> None:
        self.assertEqual(
            self.read("Sat 22-2"),
            {
                "windows": [{"start": 511200, "length": 14400, "on": True}],
                "words": "4 h a week.",
                "warns": False,
            },
        )

    def test_another_brands_campaign_is_one_that_is_not_there(self) -> None:
        self.as_member(Role.MANAGER, self.make_brand("Globex"))

        answers = [self.read("Sat 22-2", pk) for pk in (self.campaign.pk, "01a22bb4-3656-748b-bc74-a4eec36beaf9", "x")]

        self.assertEqual(answers[0], answers[1])
        self.assertEqual(answers[0], {"error": "This campaign is not there."})
        self.assertIn("error", answers[2])


class CopyTests(WeekTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.change(self.campaign, week="Wed 13–18")
        self.copy_url = self.url(self.campaign, "copy_hours", self.campaign.pk)

    def copy(self, *targets: Campaign, **more: str) -> str:
        form = self.open(self.copy_url, "week_copy") | more
        sent = {**form, "to": [str(one.pk) for one in targets], "copy": "yes"}
        return " ".join(self.send(self.copy_url, sent).content.decode().split())

    def test_shows_what_each_would_become(self) -> None:
        other = self.make_campaign("Other")
        self.window(9, 10, campaign=self.make_campaign("Asleep"))
        self.change(self.make_campaign("Same"), week="Wed 13–18")

        page = " ".join(self.client.get(self.copy_url).content.decode().split())

        self.assertIn("With these hours it pauses now: outside its hours; resumes today 13:00 (UTC).", page)
        self.assertIn("Now: Wed 09:00–10:00", page)
        self.assertIn("With these hours it stays paused: outside its hours; resumes today 13:00 (UTC).", page)
        self.assertIn("It has these hours already.", page)
        self.assertRuns(other)

    def test_copies_to_each_and_says_what_became_of_it(self) -> None:
        others = [self.make_campaign(f"Sale {number}") for number in range(3)]
        gone = self.make_campaign("Gone")
        form = self.open(self.copy_url, "week_copy")
        remove_campaign(campaign_id=gone.pk, now=self.now, by=ALICE)
        self.window(15, 16, campaign=others[2])

        answer = self.send(
            self.copy_url, {**form, "to": [str(one.pk) for one in (*others, gone)], "copy": "yes"}
        ).content.decode()

        self.assertEqual(
            [self.week_of(one) for one in others], [["Wednesday 13:00–18:00"]] * 2 + [["Wednesday 15:00–16:00"]]
        )
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE, campaign=others[0])
        self.assertEqual(answer.count("has these hours now; it pauses now: outside its hours; resumes today 13:00"), 2)
        self.assertIn("Somebody else has changed these hours meanwhile", answer)
        self.assertIn("is not there any more", answer)

    def test_what_it_is_given_to_copy_is_what_was_shown(self) -> None:
        other = self.make_campaign("Other")

        page = self.copy(other, week="Wed 1–2")

        self.assertIn("have changed meanwhile", page)
        self.assertEqual(self.week_of(other), [])

    def test_nothing_chosen_is_said(self) -> None:
        self.make_campaign("Other")

        self.assertIn("Choose at least one campaign.", self.copy())

    def test_finds_others_and_keeps_what_is_ticked(self) -> None:
        foreign = self.make_campaign("Möbel", self.make_brand("Globex"))
        ticked = self.make_campaign("Ticked")

        form = self.open(self.copy_url, "week_copy")
        page = self.send(self.copy_url, {**form, "q": "mobel", "to": [str(ticked.pk)], "find": "yes"}).content.decode()

        self.assertIn(f'value="{ticked.pk}" checked', page)
        self.assertIn(f'value="{foreign.pk}"', page)
        self.assertEqual(self.week_of(ticked), [])

    def test_lists_only_what_the_person_may_change(self) -> None:
        theirs = self.make_campaign("Zanzibar", self.make_brand("Globex"))
        self.as_member(Role.MANAGER, self.brand)

        self.assertNotContains(self.client.get(self.copy_url), "Zanzibar")
        self.assertIn("is not there any more, or you may not change it", self.copy(theirs))
        self.assertEqual(self.week_of(theirs), [])

    def test_a_viewer_may_not(self) -> None:
        self.as_member(Role.VIEWER, self.brand)

        self.assertEqual(self.client.get(self.copy_url).status_code, 403)
        self.assertEqual(self.send(self.copy_url, {"copy": "yes"}).status_code, 403)

    def test_needs_no_query_per_campaign(self) -> None:
        counts = []
        for number in range(2):
            for one in range(20 * number + 2):
                self.window(
                    9, 10, campaign=self.make_campaign(f"Sale {number} {one}", self.make_brand(f"B {number} {one}"))
                )
            with CaptureQueriesContext(connection) as queries:
                self.client.get(self.copy_url)
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])
