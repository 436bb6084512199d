"""The mail for setting a new password, sent in the background of the answer to the request for it."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm as StockForm
from django.db import connections
from django.urls import get_script_prefix, set_script_prefix
from unfold.widgets import UnfoldAdminEmailInputWidget

log = logging.getLogger("budget_system.access")

MAIL_EXECUTOR: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="mail")
"""Mails wait here while the mail server is slow; what a process has not sent when it is killed must be requested
again.
"""


class MailedPasswordResetForm(StockForm):
    """Asks for an address, and writes to the users with that address who may log in."""

    email = forms.EmailField(
        max_length=254,
        label="E-mail address",
        widget=UnfoldAdminEmailInputWidget(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Look up the address and write to it, after the answer: its time shows nobody whether the address is known.

        The link leads to `SITE_URL`: the name, port and scheme of a request are chosen by its sender.
        """
        site = urlsplit(settings.SITE_URL)
        leads_to = {"domain_override": site.netloc, "use_https": site.scheme == "https"}
        work = partial(super().save, *args, **{**kwargs, **leads_to})
        MAIL_EXECUTOR.submit(_apart, work, get_script_prefix())

    def send_mail(
        self, subject_template_name: str, email_template_name: str, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> None:
        """Write to one person; an error of the mail server is logged, since the person has had the answer."""
        user = context["user"].get_username()
        fields = {"event": "password_reset_requested", "user": user}
        log.info("A link to set a new password is mailed to user %s", user, extra=fields)
        super().send_mail(subject_template_name, email_template_name, context, *args, **kwargs)


def _apart(work: Callable[[], None], prefix: str) -> None:
    """Run a function in a thread and close its database connections; links begin with `prefix`."""
    try:
        set_script_prefix(prefix)  # which belongs to the thread that has the request
        work()
    except Exception:
        log.exception("A mail for a new password could not be prepared")
    finally:
        connections.close_all()
