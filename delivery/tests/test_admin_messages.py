"""Messages in the admin: the list, a message with its tries, and sending it again by hand."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from alerts.models import Subscription
from alerts.tests.subscribing import subscribe
from brands.models import Brand, Role
from delivery.models import Account, Attempt, Channel, Message, MessageState
from tests.access import Roles
from tests.browsing import AdminTestCase

HOOK = "https://hooks.example.com/services/tell-nobody"


def write(receiver: str, *, brand: Brand | None = None, channel: str = Channel.WEBHOOK, **values: Any) -> Message:
    """Store a message."""
    values = {"body": {"type": "spend.silent", "data": {"message": "Nothing was booked."}}} | values
    return Message.objects.create(channel=channel, receiver=receiver, brand=brand, **values)


class MessageAdminTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.list = self.url(Message, "changelist")
        self.hook = subscribe(Channel.WEBHOOK, brands=[self.brand], url=HOOK, name="Operations")

    def failed(self, **values: Any) -> Message:
        settled = {"state": MessageState.FAILED, "due_at": None, "settled_at": self.now, "attempts": 10}
        return write(self.hook.receiver, brand=self.brand, **settled | {"error": "The receiver answered 503."} | values)

    def test_an_empty_list_says_what_will_stand_there(self) -> None:
        self.assertContains(self.client.get(self.list), "What is told to those who subscribe stands here")

    def test_it_names_whom_each_reaches_and_what_became_of_it(self) -> None:
        account = Account.objects.create(brand=self.brand, platform="meta", external_id="77-1", connector="sandbox")
        self.failed()
        write(account.receiver, brand=self.brand, channel=Channel.PLATFORM, key=account.receiver, body={})
        write(f"user:{self.admin.pk}", channel=Channel.MAIL, state=MessageState.DELIVERED, due_at=None)
        write("subscription:019cdd2a-6a8c-7d3e-8f00-000000000001", brand=self.brand)
        write("alerts", channel=Channel.ALERTS, brand=self.brand, body={"batch": "x"})

        page = self.client.get(self.list)

        for words in (
            "Operations: hooks.example.com",
            f"{account}<",
            ">ana<",
            "a subscription that is gone",
            "given up",
        ):
            self.assertContains(page, words)
        self.assertEqual(page.context["cl"].result_count, 4)
        self.assertNotContains(page, "tell-nobody")

    def test_its_filters_keep_a_channel_a_state_and_a_subscription(self) -> None:
        failed = self.failed()
        other = subscribe(Channel.SLACK, brands=[self.brand])
        waiting = write(other.receiver, brand=self.brand, channel=Channel.SLACK)
        for query, kept in (
            ("channel=webhook", {failed}),
            ("state=waiting", {waiting}),
            (f"subscription={self.hook.pk}", {failed}),
            (f"brand__id__exact={self.brand.pk}", {failed, waiting}),
            (f"subscription={self.brand.pk}", set()),
            ("subscription=nonsense", set()),
        ):
            with self.subTest(query=query):
                page = self.client.get(f"{self.list}?{query}")
                self.assertEqual(set(page.context["cl"].result_list), kept)

    def test_a_page_shows_what_it_says_and_each_try(self) -> None:
        message = self.failed()
        Attempt.objects.create(message=message, at=self.now, delivered=False, status=503, error="It answered 503.")
        Attempt.objects.create(message=message, at=self.now, delivered=False, error="Nobody answered.")

        page = self.client.get(self.page_of(message))

        for words in ("Nothing was booked.", str(message.pk), "HTTP 503", "Nobody answered.", "12:00:00"):
            self.assertContains(page, words)
        self.assertNotContains(page, "tell-nobody")

    def test_it_is_sent_again_after_asking_with_its_id(self) -> None:
        message = self.failed()
        url = self.page_of(message, "again_one")
        self.assertContains(self.client.get(self.page_of(message)), url)
        self.assertContains(self.client.get(url), "Send “Webhook to Operations: hooks.example.com” again")
        message.refresh_from_db()
        self.assertEqual(message.state, MessageState.FAILED)

        answer = self.send(url, {"confirmed": "yes"})

        self.assertRedirects(answer, self.page_of(message))
        message.refresh_from_db()
        self.assertEqual((message.state, message.due_at, message.attempts), (MessageState.WAITING, self.now, 0))

    def test_those_that_are_ticked_are_sent_again_and_what_is_on_its_way_says_so(self) -> None:
        failed = self.failed()
        later = self.now + timedelta(minutes=1)
        at_work = self.failed(state=MessageState.WAITING, due_at=later, leased_until=later)
        form = {"action": "again", "_selected_action": [str(failed.pk), str(at_work.pk)]}
        self.assertContains(self.send(self.list, form), "Send 2 messages again?")

        answer = self.send(self.list, {**form, "confirmed": "yes"})

        self.assertIn("2 messages: 1 refused, 1 sent again.", self.messages_in(answer))
        refused = "“Webhook to Operations: hooks.example.com”: It is on its way already."
        self.assertIn(refused, self.messages_in(answer))

    def test_an_accounts_message_is_due_again_by_itself(self) -> None:
        account = Account.objects.create(brand=self.brand, platform="meta", external_id="77-1", connector="sandbox")
        standing = write(
            account.receiver, brand=self.brand, channel=Channel.PLATFORM, key=account.receiver, body={}, due_at=None
        )
        self.assertNotContains(self.client.get(self.page_of(standing)), "Send again")

        answer = self.send(self.page_of(standing, "again_one"), {"confirmed": "yes"})

        self.assertIn("due again by itself", self.messages_in(answer))
        standing.refresh_from_db()
        self.assertIsNone(standing.due_at)

    def test_a_subscriptions_page_leads_to_its_messages(self) -> None:
        page = self.client.get(self.page_of(self.hook))
        self.assertContains(page, f"{self.list}?subscription={self.hook.pk}")

    def test_the_list_asks_the_database_as_often_for_many_as_for_few(self) -> None:
        self.failed()
        few = self.queries_of_list(Message)
        for number in range(5):
            hook = subscribe(Channel.WEBHOOK, brands=[self.make_brand(f"B{number}")])
            write(hook.receiver, brand=hook.brands.get())
        self.assertLessEqual(self.queries_of_list(Message), few)

    def test_it_can_be_downloaded(self) -> None:
        self.failed()
        answer = self.client.get(f"{self.list}?export=csv")
        self.assertIn("Operations: hooks.example.com", b"".join(answer).decode())


class NamingTests(Roles, AdminTestCase):
    """Whose subscription is not seen is not named."""

    def shown_to(self, person: User, subscription: Subscription) -> str:
        message = write(subscription.receiver, brand=self.brand, channel=subscription.channel)
        self.client.force_login(person)
        pages = [self.client.get(url) for url in (self.url(Message, "changelist"), self.page_of(message))]
        return "".join(page.content.decode() for page in pages)

    def test_a_persons_mail_is_their_own(self) -> None:
        mail = subscribe(Channel.MAIL, brands=[self.brand], user=self.viewer, name="Private")
        self.assertIn("Private: vera", self.shown_to(self.viewer, mail))
        shown = self.shown_to(self.manager, mail)
        self.assertIn("somebody else", shown)
        self.assertNotIn("Private", shown)
        self.assertNotIn("vera", shown)

    def test_a_channel_of_other_brands_too_is_not_named(self) -> None:
        hook = subscribe(Channel.WEBHOOK, brands=[self.brand, self.other], name="Zanzibar")
        shown = self.shown_to(self.manager, hook)
        self.assertIn("a channel of other brands too", shown)
        self.assertNotIn("Zanzibar", shown)

    def test_what_is_of_no_brand_is_for_administrators(self) -> None:
        self.join(self.manager, None, Role.MANAGER)
        message = write(f"user:{self.viewer.pk}", channel=Channel.MAIL, due_at=None, state=MessageState.FAILED)
        url = self.page_of(message, "again_one")
        self.client.force_login(self.manager)
        self.assertEqual(self.client.get(self.url(Message, "changelist")).context["cl"].result_count, 0)
        self.send(url, {"confirmed": "yes"})
        message.refresh_from_db()
        self.assertIsNone(message.due_at)

        self.client.force_login(self.administrator)
        self.send(url, {"confirmed": "yes"})
        message.refresh_from_db()
        self.assertEqual(message.due_at, self.now)
