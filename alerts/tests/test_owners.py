"""What becomes of subscriptions when a user is deleted."""

from django.contrib.auth.models import User
from django.test import TestCase, tag

from alerts.channels.recipients import subscribers
from alerts.models import AlertKind, Subscription
from alerts.tests.subscribing import person, subscribe
from brands.models import Brand
from delivery.models import Channel
from tests.browsing import AdminTestCase
from tests.support import Agency


@tag("both_databases")
class OwnerTests(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.owner = person("owner", is_superuser=True)
        self.named = subscribe(Channel.SLACK, user=self.owner, brands=[self.brand])
        self.webhook = subscribe(Channel.WEBHOOK, user=self.owner, brands=[self.brand])
        self.nobodys = subscribe(Channel.TEAMS)
        for brands in ([], [self.brand]):
            subscribe(Channel.MAIL, user=self.owner, brands=brands)
        subscribe(Channel.TEAMS, user=self.owner)

    def assert_kept(self) -> None:
        self.assertEqual(set(Subscription.objects.all()), {self.named, self.webhook, self.nobodys})
        self.assertEqual(set(Subscription.objects.values_list("user", flat=True)), {None})
        told = set(subscribers(Brand.objects.get(pk=self.brand.pk), AlertKind.SILENT))
        self.assertEqual(told, {self.named, self.webhook, self.nobodys})

    def test_channels_that_name_brands_go_on_and_all_else_ends_with_its_person(self) -> None:
        self.owner.delete()
        self.assert_kept()

    def test_so_they_do_where_many_users_are_deleted(self) -> None:
        other = person("other")
        subscribe(Channel.MAIL, user=other)
        User.objects.filter(pk__in=[self.owner.pk, other.pk]).delete()
        self.assert_kept()


class AdminTests(AdminTestCase):
    def test_so_they_do_where_the_user_is_deleted_in_the_admin(self) -> None:
        owner = person("owner")
        channel = subscribe(Channel.SLACK, user=owner, brands=[self.brand], name="Room")
        subscribe(Channel.MAIL, user=owner, name="Mail")

        self.send(self.page_of(owner, "delete"), {"post": "yes"})

        self.assertFalse(User.objects.filter(pk=owner.pk).exists())
        self.assertEqual(list(Subscription.objects.values_list("pk", "user")), [(channel.pk, None)])
        self.assertContains(self.client.get(self.page_of(channel)), "Room")
