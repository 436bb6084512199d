"""The mail server, from one address: `EMAIL_URL`."""

from typing import Any, Final
from urllib.parse import urlsplit

import dj_email_url

from budget_system.core.addresses import is_loopback

TIMEOUT: Final = 10
"""Seconds that a mail server has for each answer."""


def mail_settings(url: str) -> dict[str, Any]:
    """Return Django's settings for the mail server of an address; none where there is no address.

    Raise `ValueError`, with a sentence, where it is invalid, or would send the password unencrypted.
    """
    if not url:
        return {}
    example = "like submission://user:password@mail.example.com:587"
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "submission"):
        raise ValueError(f"EMAIL_URL must begin with submission:// or smtp://, {example}.")
    try:
        found = dj_email_url.parse(url)
    except ValueError as error:
        raise ValueError(f"EMAIL_URL has a port or timeout that is no number; write it {example}.") from error
    if not parts.hostname:
        raise ValueError(f"EMAIL_URL names no host; write it {example}.")
    encrypted = found["EMAIL_USE_TLS"] or found["EMAIL_USE_SSL"]
    if parts.password and not encrypted and not is_loopback(parts.hostname):
        raise ValueError(
            "EMAIL_URL would send its password unencrypted: begin it with submission://, or add ?ssl=true."
        )
    found["EMAIL_TIMEOUT"] = found["EMAIL_TIMEOUT"] or TIMEOUT
    del found["EMAIL_FILE_PATH"]
    return dict(found)
