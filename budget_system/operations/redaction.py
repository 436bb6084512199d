"""Keeping passwords and keys out of logs and of pages that show an error."""

import html
import json
import logging
import re
from collections.abc import Collection, ItemsView, Iterable
from types import FrameType
from typing import Final, TextIO
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import pprint
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

STARS: Final = "********"

MIN_LENGTH: Final = 4
"""A shorter password is hidden only inside its URL: elsewhere the same letters may be part of a word."""

_RESET_LINK: Final = re.compile(r"(/reset/+[^/\n]+/+)(?!set-password\b)[\w-]+")
_RESET_TOKEN: Final = re.compile(r"\b[0-9a-z]{6,8}-[0-9a-f]{32}\b")
"""The end of such a link by itself: whoever mistypes the rest of one has still sent it."""
_MONTH_LINK: Final = re.compile(r"(/month/+)(?!20[0-9]{2}-[01][0-9]\b)[^/\s?#\"']+")
"""The link by which a client reads a month without a login; a month of the admin's own pages is no secret."""
_UNSUBSCRIBE_LINK: Final = re.compile(r"(/unsubscribe/+)[^/\s?#\"'<>]+")
"""The link by which the reader of a mail ends it."""
_MONTH_TOKEN: Final = re.compile(r"[\w-]{43}\.[\w-]{43}(?![\w-])", re.ASCII)


def passwords_in(urls: Iterable[str]) -> list[str]:
    """Return the passwords in addresses, both encoded and decoded."""
    found = []
    for url in urls:
        parts = urlsplit(url)
        for password in (parts.password, *parse_qs(parts.query).get("password", [])):
            if password:
                found += [password, unquote(password)]
    return found


class Redactor:
    """Puts stars in place of a secret in a text, in the spellings in which a program may show it.

    The end of a link for setting a new password, to a client's month, or that ends a mail, is a secret wherever it
    comes from.
    """

    def __init__(self, secrets: Collection[str]) -> None:
        spellings = {
            spelling
            for secret in secrets
            for one in (secret, html.escape(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1])
            for spelling in ([one] if len(secret) >= MIN_LENGTH else [f":{one}@"])
        }
        # The longest first: one secret may be the beginning of another.
        ordered = sorted(filter(None, spellings), key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def redact(self, text: str) -> str:
        """Return the text without the secrets."""
        shown = self._pattern.sub(STARS, text) if self._pattern else text
        for link in (_RESET_LINK, _MONTH_LINK, _UNSUBSCRIBE_LINK):
            shown = link.sub(rf"\1{STARS}", shown)
        for token in (_RESET_TOKEN, _MONTH_TOKEN):
            shown = token.sub(STARS, shown)
        return shown


class RedactingHandler(logging.StreamHandler):  # type: ignore[type-arg]  # at run time it takes no parameter
    """Logs to a stream, standard error where none is given, without secrets."""

    def __init__(self, secrets: Collection[str] = (), stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._redactor = Redactor(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, tracebacks included."""
        return self._redactor.redact(super().format(record))


class _Shown:
    """A variable of a traceback, as the page will show it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


class RedactingFilter(SafeExceptionReporterFilter):
    """Hides settings with a password, and the variables of a traceback, also where DEBUG is true.

    Django's own filter shows `DATABASE_URL` and the arguments of a database's driver.
    """

    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|DATABASE|REDIS|BROKER|EMAIL_URL", re.I
    )

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, _Shown]:
        """Return the variables, each without secrets before it is cut to length."""
        redactor = Redactor(settings.SECRETS)
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return {name: _Shown(redactor.redact(pprint(value))) for name, value in variables}.items()


class RedactingReporter(ExceptionReporter):
    """Writes the page, or the text, that shows an error."""

    def get_traceback_html(self) -> SafeString:
        """Return the page."""
        return SafeString(Redactor(settings.SECRETS).redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """Return the text."""
        return SafeString(Redactor(settings.SECRETS).redact(super().get_traceback_text()))
