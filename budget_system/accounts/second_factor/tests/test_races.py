"""What is used at the same time counts once: held by locks, which only PostgreSQL has."""

from base64 import b32encode
from functools import partial

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import TransactionTestCase
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from budget_system.accounts.second_factor.devices import normalize_code, switch_on, verify
from budget_system.accounts.second_factor.tests.support import Phone
from tests.runner import on_postgres
from tests.threads import PATIENCE, threads, what_waits


@on_postgres
class RaceTests(TransactionTestCase):
    def setUp(self) -> None:
        self.ana = User.objects.create_user("ana")
        self.key = default_key()
        self.phone = Phone(b32encode(bytes.fromhex(self.key)).decode())

    def test_a_code_that_comes_twice_at_once_is_taken_once(self) -> None:
        _, codes = switch_on(user=self.ana, key=self.key, code=self.phone.code())
        TOTPDevice.objects.update(last_t=-1)  # as if its code had not been used to switch it on

        for kind, code in ((TOTPDevice, self.phone.code()), (StaticDevice, normalize_code(codes[0]))):
            with self.subTest(kind=kind.__name__), threads() as pool:
                with transaction.atomic():
                    self.assertIsNotNone(verify(self.ana, code))
                    second = pool.start(partial(verify, self.ana, code))
                    what_waits(second)
                self.assertIsNone(second.result(PATIENCE))

    def test_of_two_that_are_switched_on_at_once_one_is(self) -> None:
        with threads() as pool:
            with transaction.atomic():
                switch_on(user=self.ana, key=self.key, code=self.phone.code())
                second = pool.start(lambda: switch_on(user=self.ana, key=self.key, code=self.phone.code()))
                what_waits(second)
            self.assertIsInstance(second.exception(PATIENCE), ValidationError)
        self.assertEqual(TOTPDevice.objects.count(), 1)
