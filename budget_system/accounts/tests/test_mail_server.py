"""Over a real web server and a real mail server: from the login page to the new password."""

import re
import socket
import time
from email import message_from_bytes
from email.message import Message
from typing import Any, Final

from aiosmtpd.controller import Controller
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client, LiveServerTestCase, override_settings, tag
from django.test.utils import override_script_prefix

from budget_system.operations.mail import mail_settings

PATIENCE: Final = 20
NEW: Final = "new-17-new"


class Postbox:
    """Keeps what a mail server is given."""

    def __init__(self) -> None:
        self.messages: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # as it is called
        self.messages.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@tag("processes")
class MailServerTests(LiveServerTestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.postbox = Postbox()
        server = Controller(self.postbox, hostname="127.0.0.1", port=free_port())
        server.start()
        self.addCleanup(server.stop)
        mails = mail_settings(f"smtp://127.0.0.1:{server.port}")
        settings = override_settings(MAIL_IS_SET_UP=True, DEFAULT_FROM_EMAIL="budget@example.com", **mails)
        settings.enable()
        self.addCleanup(settings.disable)
        User.objects.create_user("vera", email="vera@example.com", password="vera")

    def wait_for_mail(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self.postbox.messages and time.monotonic() < end:
            time.sleep(0.05)

    @override_script_prefix("/budget/")
    def test_the_link_leads_below_the_path_of_the_system(self) -> None:
        self.client.post("/admin/password_reset/", {"email": "vera@example.com"})

        self.wait_for_mail()
        self.assertIn("/budget/admin/reset/", str(self.postbox.messages[0][1].get_payload()))

    def test_a_mail_comes_and_its_link_sets_the_password(self) -> None:
        answer = self.client.post("/admin/password_reset/", {"email": "vera@example.com"})
        self.assertEqual(answer.status_code, 302)

        self.wait_for_mail()
        ((to, message),) = self.postbox.messages
        self.assertEqual((to, message["From"]), (["vera@example.com"], "budget@example.com"))
        link = re.search(r"https?://[^/]+(/admin/reset/\S+)", str(message.get_payload()))
        assert link is not None
        browser = Client()
        form = browser.get(link[1], follow=True)
        self.assertEqual(form.status_code, 200)
        answer = browser.post(form.redirect_chain[-1][0], {"new_password1": NEW, "new_password2": NEW})
        self.assertEqual(answer.status_code, 302)
        self.assertTrue(User.objects.get().check_password(NEW))
