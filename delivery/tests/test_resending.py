"""Sending a message again by hand: who may, and what."""

from unittest import mock

from django.test import TestCase

from brands.access.memberships import actor_of
from brands.models import Brand
from budget_system.core.actors import Actor, ActorKind, BrandAccess
from budget_system.core.errors import Conflict, Forbidden, NotFound
from delivery.models import Channel, Message, MessageState
from delivery.services.resending import send_message_again
from tests.access import Roles
from tests.support import Agency


class ResendingTests(Roles, Agency, TestCase):
    def failed(self, brand: Brand | None, channel: str = Channel.WEBHOOK, **values: str) -> Message:
        return Message.objects.create(
            channel=channel, receiver="r", brand=brand, due_at=None, state=MessageState.FAILED, **values
        )

    def again(self, message: Message, by: Actor) -> Message:
        return send_message_again(message_id=message.pk, now=self.now, by=by)

    def test_whoever_may_change_the_brand_may_and_it_is_logged_with_their_name(self) -> None:
        with self.assertLogs("budget_system.access", "INFO") as logged, mock.patch("delivery.outbox.wake_on_commit"):
            sent = self.again(self.failed(self.brand), actor_of(self.manager))
        self.assertEqual((sent.state, sent.due_at), (MessageState.WAITING, self.now))
        self.assertIn("sent again by user mona", logged.output[0])

    def test_whoever_only_reads_it_may_not_and_to_others_it_is_not_there(self) -> None:
        message = self.failed(self.brand)
        for person, refusal in ((self.viewer, Forbidden), (self.stranger, NotFound), (self.loner, NotFound)):
            with self.subTest(person=person), self.assertRaises(refusal):
                self.again(message, actor_of(person))
        message.refresh_from_db()
        self.assertIsNone(message.due_at)

    def test_what_is_of_no_brand_is_for_administrators(self) -> None:
        message = self.failed(None)
        reads_all = Actor(ActorKind.USER, "nearly", BrandAccess(reads=None, writes=None))
        with self.assertRaises(Forbidden):
            self.again(message, reads_all)
        with self.assertRaises(NotFound):
            self.again(message, actor_of(self.every_manager))
        self.assertEqual(self.again(message, actor_of(self.administrator)).due_at, self.now)

    def test_what_leads_nowhere_outside_is_not_there_and_an_accounts_is_due_by_itself(self) -> None:
        by = actor_of(self.administrator)
        with self.assertRaises(NotFound):
            self.again(self.failed(self.brand, Channel.ALERTS), by)
        with self.assertRaises(Conflict):
            self.again(self.failed(self.brand, Channel.PLATFORM, key="account:1"), by)
