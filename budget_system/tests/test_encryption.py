"""Credentials at rest: what stands in the column, and keys that are replaced."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import SimpleTestCase, TestCase, override_settings

from alerts.models import Subscription
from budget_system.core.encryption import decrypt, encrypt


class KeyTests(SimpleTestCase):
    def test_what_is_encrypted_comes_back_and_is_never_the_same_twice(self) -> None:
        first, second = encrypt("secret"), encrypt("secret")
        self.assertNotEqual(first, second)
        self.assertEqual([decrypt(first), decrypt(second)], ["secret", "secret"])

    def test_a_key_can_be_replaced_while_the_former_still_decrypts(self) -> None:
        with override_settings(CREDENTIALS_KEYS=["old"]):
            token = encrypt("secret")
        with override_settings(CREDENTIALS_KEYS=["new", "old"]):
            self.assertEqual(decrypt(token), "secret")
            renewed = encrypt("secret")
        with override_settings(CREDENTIALS_KEYS=["new"]):
            self.assertEqual(decrypt(renewed), "secret")

    def test_another_key_says_what_to_do(self) -> None:
        with override_settings(CREDENTIALS_KEYS=["old"]):
            token = encrypt("secret")
        with (
            override_settings(CREDENTIALS_KEYS=["new"]),
            self.assertRaisesMessage(ImproperlyConfigured, "CREDENTIALS_KEYS"),
        ):
            decrypt(token)


class ColumnTests(TestCase):
    def test_the_column_holds_nothing_that_can_be_read(self) -> None:
        row = Subscription.objects.create(channel="slack", secrets={"url": "https://hooks.example.com/T0/secret"})
        with connection.cursor() as cursor:
            cursor.execute("SELECT secrets FROM alerts_subscription")
            (stored,) = cursor.fetchone()
        self.assertNotIn("secret", stored)
        self.assertEqual(Subscription.objects.get(pk=row.pk).secrets, {"url": "https://hooks.example.com/T0/secret"})
