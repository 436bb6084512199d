"""Campaigns in the admin."""

from decimal import Decimal

from django.contrib.auth.models import User

from brands.models import Membership, Role
from brands.services import hold_brand
from campaigns.models import Campaign, PauseReason, StatusEvent
from campaigns.services import change_campaign, pause_campaign, remove_campaign
from tests.browsing import AdminTestCase
from tests.support import ALICE


class CampaignFormTests(AdminTestCase):
    def add(self, **typed: str) -> Campaign:
        url = self.url(Campaign, "add")
        form = {**self.open(url, "campaign"), "brand": str(self.brand.pk), "name": "Winter", **typed}
        self.assertEqual(self.send(url, form).status_code, 302)
        return Campaign.objects.get(name="Winter")

    def test_creates_a_campaign_that_runs(self) -> None:
        self.assertRuns(self.add(daily_budget="5.00", platform="google", external_id="42"))

    def test_creates_one_that_a_person_wants_paused(self) -> None:
        campaign = self.add(wanted="pause", note="not yet")

        self.assertPaused(PauseReason.MANUAL, campaign=campaign)
        self.assertEqual([event.note for event in self.events(campaign)], ["not yet"])

    def test_saving_for_another_reason_changes_nothing_else(self) -> None:
        self.spend("100.00")
        before = len(self.events())

        self.change(self.campaign, name="Renamed")

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.assertEqual(Campaign.objects.get().name, "Renamed")
        self.assertEqual(len(self.events()), before)

    def test_a_wish_to_pause_is_kept_with_its_note_and_lifted_by_a_wish_to_run(self) -> None:
        self.change(self.campaign, wanted="pause", note="crisis")
        self.assertPaused(PauseReason.MANUAL)

        self.change(self.campaign, wanted="run")
        self.assertRuns()
        self.assertEqual(
            [(event.order, event.note) for event in self.events()], [("PAUSE", "crisis"), ("ACTIVATE", "")]
        )

    def test_a_form_opened_before_somebody_paused_does_not_lift_the_pause(self) -> None:
        form = self.open(self.page_of(self.campaign), "campaign")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        answer = self.send(self.page_of(self.campaign), {**form, "daily_budget": "9.00"})

        self.assertContains(
            answer, "the API saved Pause, until a person lifts it, today 12:00 (UTC); you had not changed it."
        )
        self.send(self.page_of(self.campaign), self.read_form(answer.content.decode(), "campaign"))
        self.assertPaused(PauseReason.MANUAL)
        self.assertEqual(Campaign.objects.get().daily_budget, Decimal("9.00"))

    def test_a_note_that_would_go_with_nothing_is_not_lost_in_silence(self) -> None:
        self.assertIn("note", self.errors(self.change(self.campaign, note="hello")))

    def test_a_name_that_is_taken_is_refused_at_its_field(self) -> None:
        other = self.make_campaign("Other")

        self.assertIn("already has a campaign", self.errors(self.change(other, name="spring SALE"))["name"][0])

    def test_a_move_of_one_that_has_spends_is_refused_at_its_field(self) -> None:
        self.spend("1.00")
        brand = self.make_brand("Other")

        self.assertIn("brand", self.errors(self.change(self.campaign, brand=str(brand.pk))))

    def test_moves_one_that_has_none(self) -> None:
        brand = self.make_brand("Broke", daily="0.00")

        self.change(self.campaign, brand=str(brand.pk))

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

    def test_a_campaign_that_is_gone_leads_back_to_the_list(self) -> None:
        form, url = self.open(self.page_of(self.campaign), "campaign"), self.page_of(self.campaign)
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self.send(url, {**form, "name": "Late"}).status_code, 302)


class CampaignPageTests(AdminTestCase):
    def test_says_why_it_is_paused_and_what_wakes_it(self) -> None:
        self.window(14, 18)
        self.spend("100.00")

        page = self.client.get(self.page_of(self.campaign))

        self.assertContains(page, "daily budget used up", html=False)
        self.assertContains(page, "outside its hours")
        self.assertContains(page, "Resumes Wed 18 Mar, 14:00 (UTC), in 7 d 2 h, if nothing else changes.")

    def test_says_what_a_person_must_do(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, note="crisis", now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        page = self.client.get(self.page_of(self.campaign))

        self.assertContains(page, "It stays paused until a person acts.")
        self.assertContains(page, "Needs a person: release its brand")
        self.assertContains(page, "Needs a person: activate the campaign")
        self.assertContains(page, "<q>crisis</q>", html=True)

    def test_a_budget_of_zero_is_shown_without_a_division(self) -> None:
        change_campaign(campaign_id=self.campaign.pk, values={"daily_budget": Decimal("0.00")}, now=self.now, by=ALICE)

        page = self.client.get(self.page_of(self.campaign))

        self.assertContains(page, "Its own daily budget: nothing may be spent")
        self.assertContains(page, "Needs a higher budget")

    def test_one_who_may_only_look_sees_everything_and_changes_nothing(self) -> None:
        self.window(9, 18)
        viewer = User.objects.create_user("vi")
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        self.client.force_login(viewer)

        page = self.client.get(self.page_of(self.campaign))
        self.assertContains(page, "Nothing blocks it.")
        self.assertNotContains(page, "Pause…")
        self.assertEqual(self.send(self.page_of(self.campaign), {"name": "Mine"}).status_code, 403)
        self.assertEqual(self.client.get(self.url(self.campaign, "pause_one", self.campaign.pk)).status_code, 403)

    def test_one_that_is_archived_can_be_looked_at_and_restored(self) -> None:
        self.spend("1.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertContains(self.client.get(self.page_of(self.campaign)), "Archived: an administrator can restore it.")

        url = self.url(Campaign, "changelist") + "?archived=yes"
        self.send(url, {"action": "restore", "_selected_action": [str(self.campaign.pk)]})

        self.assertRuns()
        self.assertTrue(Campaign.objects.exists())


class CampaignOrderTests(AdminTestCase):
    def test_pauses_and_activates_with_an_outcome_for_each(self) -> None:
        other = self.make_campaign("Other", daily="0.00")

        messages = self.messages_in(self.act("pause", self.campaign, other, confirmed="yes"))
        self.assertIn("2 campaigns: 2 paused.", messages)
        self.assertIn("“Spring sale”: paused by a person", messages)
        messages = self.messages_in(self.act("activate", self.campaign, other, confirmed="yes"))

        self.assertIn("2 campaigns: 1 still paused, 1 running.", messages)
        self.assertIn("“Spring sale”: runs at once", messages)
        self.assertIn("“Other”: stays paused: daily budget used up.", messages)

    def test_pauses_with_a_note_from_its_page(self) -> None:
        self.send(self.url(self.campaign, "pause_one", self.campaign.pk), {"confirmed": "yes", "note": "crisis"})

        self.assertEqual([(event.order, event.note) for event in self.events()], [("PAUSE", "crisis")])

    def test_a_note_is_cleaned_as_everywhere(self) -> None:
        url = self.url(self.campaign, "pause_one", self.campaign.pk)

        self.assertContains(self.send(url, {"confirmed": "yes", "note": "a\u202eb"}), "invisible format character")
        self.assertRuns()

    def test_deletes_or_archives(self) -> None:
        other = self.make_campaign("Other")
        self.spend("1.00")

        answer = self.act("delete_selected", self.campaign, other, post="yes")

        self.assertEqual(self.messages_in(answer), "1 deleted.\n1 archived: what has spends is kept.")
        self.assertEqual([row.name for row in Campaign.everything.all()], ["Spring sale"])


class CampaignListTests(AdminTestCase):
    def test_needs_no_query_per_row(self) -> None:
        for number in range(4):
            self.window(13, 14, campaign=self.make_campaign(f"Sale {number}", daily="5.00"))
        few = self.queries_of_list(Campaign)
        for number in range(4, 49):
            campaign = self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}"), daily="5.00")
            self.window(13, 14, campaign=campaign)
            self.spend("1.00", campaign)

        self.assertEqual(self.queries_of_list(Campaign), few)

    def test_filters(self) -> None:
        other = self.make_campaign("Other", self.make_brand("Broke", daily="0.00"))
        for query in (
            f"brand__id__exact={other.brand_id}",
            "status__exact=PAUSED",
            "pause_reason__exact=DAILY_BUDGET_EXCEEDED",
            "q=broke",
        ):
            with self.subTest(query=query):
                page = self.client.get(f"{self.url(Campaign, 'changelist')}?{query}")
                self.assertContains(page, "Other")
                self.assertNotContains(page, "Spring sale")

    def test_a_campaign_is_chosen_with_its_brand_beside_it(self) -> None:
        url = self.url(Campaign, "choices")
        where = {"app_label": "spending", "model_name": "spend", "field_name": "campaign", "term": "spring"}

        self.assertContains(self.client.get(url, where), "Spring sale \\u00b7 Acme")

    def test_events_need_no_query_per_row_and_cannot_be_edited(self) -> None:
        self.act("pause", self.campaign, confirmed="yes")
        few = self.queries_of_list(StatusEvent)
        for number in range(48):
            self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}", daily="0.00"))

        self.assertEqual(self.queries_of_list(StatusEvent), few)
        self.assertEqual(self.client.get(self.page_of(self.events()[0])).status_code, 200)
        self.assertEqual(self.client.get(self.url(StatusEvent, "add")).status_code, 403)
        self.assertEqual(self.send(self.page_of(self.events()[0], "delete"), {"post": "yes"}).status_code, 403)
