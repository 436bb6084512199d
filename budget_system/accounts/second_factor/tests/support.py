"""People who have a second factor, in tests: their phone, their recovery codes and how they log in."""

import re
from base64 import b32decode
from datetime import timedelta
from typing import TYPE_CHECKING

import time_machine
from django.contrib.auth.models import User
from django.test import Client, TestCase
from django_otp.oath import totp

from tests.support import NOON

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer  # its name in the stubs alone

LOGIN = "/admin/login/"
CODE = "/admin/login/code/"
PAGE = "/admin/second_factor/"
CODES = "/admin/second_factor/codes/"
OFF = "/admin/second_factor/off/"


class Phone:
    """An authenticator app that knows a secret as the page writes it."""

    def __init__(self, secret: str) -> None:
        self._key = b32decode(secret.replace(" ", ""))

    def code(self) -> str:
        """Return the code of this half minute."""
        return f"{totp(self._key):06d}"

    def wrong(self) -> str:
        """Return a code that is none of those around now."""
        near = {f"{totp(self._key, drift=drift):06d}" for drift in range(-3, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


class SecondFactorTestCase(TestCase):
    """Ana, an administrator, has none; the clock stands still until `later`."""

    def setUp(self) -> None:
        super().setUp()
        travel = time_machine.travel(NOON, tick=False)
        self.clock = travel.start()
        self.addCleanup(travel.stop)
        self.ana = User.objects.create_superuser("ana", password="right-17")
        self.ben = User.objects.create_superuser("ben", password="right-17")
        self.client.force_login(self.ana)

    def later(self, seconds: float = 30) -> None:
        """Move the clock: by default to the next code."""
        self.clock.shift(timedelta(seconds=seconds))

    def switch_on(self, client: Client | None = None) -> tuple[Phone, list[str]]:
        """Switch it on as a person does; give the phone and the recovery codes, at a time of a code not yet used."""
        browser = client or self.client
        phone = Phone(secret_of(browser.get(PAGE)))
        codes = codes_of(browser.post(PAGE, {"code": phone.code()}))
        self.later()
        return phone, codes

    def give_password(
        self, browser: Client, password: str = "right-17", name: str = "ana", address: str = LOGIN
    ) -> "Answer":
        """Send the login form."""
        return browser.post(address, {"username": name, "password": password})


def secret_of(page: "Answer") -> str:
    """Read the secret from the page that offers it."""
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', page.content.decode())
    assert found is not None, page.content.decode()[-3000:]
    return found[1]


def codes_of(page: "Answer") -> list[str]:
    """Read the recovery codes from the page that shows them; none from any other."""
    return re.findall(r"<li><code>([a-z2-7]{4}-[a-z2-7]{4})</code>", page.content.decode())
