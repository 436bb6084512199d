"""What must be right before the system serves anybody.

Django's checks do not run under gunicorn, and Celery throws their result away: so web, worker and beat each ask here.
Every other command asks too, by Django's system checks.
"""

import logging
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from budget_system.core.addresses import is_loopback
from budget_system.operations.broker import is_protected
from budget_system.operations.file_permissions import (
    keep_new_files_private,
    os_error_text,
    restrict_permissions,
    sqlite_files,
)
from budget_system.operations.log_config import exit_with_errors

logger = logging.getLogger(__name__)

PLACEHOLDER = "change-me"

SHORTEST_KEY = 50
"""Characters of a SECRET_KEY; Django's own measure (`security.W009`)."""

LEAST_SUBSTANCE = 44
"""Bytes to which a SECRET_KEY may be compressed: 25 random bytes as hexadecimal digits, the plainest spelling of a key
that is long enough, never came below 48 in 5,000 tries; a word repeated comes to about 20."""

YEAR = 365 * 24 * 60 * 60
"""Seconds: https://hstspreload.org/#submission-requirements"""

NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'


@dataclass(frozen=True, slots=True)
class Switches:
    """The settings that can make the system unsafe, alone or together."""

    debug: bool
    api_auth: str
    secret_key: str
    allowed_hosts: tuple[str, ...]
    is_sqlite: bool
    allow_sqlite: bool
    redis_url: str
    bind: str
    behind_proxy: bool
    https: bool
    csrf_trusted_origins: tuple[str, ...] = ()
    hsts_seconds: int = 0
    hsts_subdomains: bool = False
    hsts_preload: bool = False
    sends_mail: bool = False
    from_email: str = ""
    site_url: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether callers are served without being asked who they are."""
        return self.api_auth == "open"


def refusals(switches: Switches) -> Iterator[str]:
    """Yield a sentence for each setting that must be changed before the system may start."""
    yield from _of_key(switches)
    yield from _of_mode(switches)
    if "*" in switches.allowed_hosts:
        yield "ALLOWED_HOSTS is *, which lets any web page talk to the system in its own name: list the names it has."
    if not switches.allowed_hosts and not switches.debug:
        yield "ALLOWED_HOSTS is empty, so nobody would be served: list the names that the system has."
    if not switches.debug:
        yield from _of_wildcards(switches)
    if switches.is_sqlite and not switches.debug and not switches.allow_sqlite:
        yield "DATABASE_URL is SQLite while DEBUG is false: name a PostgreSQL, or ALLOW_SQLITE=true if it will do."
    if not is_protected(switches.redis_url):
        yield "REDIS_URL is on another machine and has no password: put one into it, as in redis://:password@host:6379/0."
    if switches.hsts_preload and not (switches.hsts_seconds >= YEAR and switches.hsts_subdomains):
        yield (
            f"SECURE_HSTS_PRELOAD is true, but browsers' lists take a name up only with SECURE_HSTS_SECONDS={YEAR} or "
            "more and SECURE_HSTS_INCLUDE_SUBDOMAINS=true: set these, or take it out of .env."
        )
    if switches.sends_mail and "@" not in switches.from_email:
        yield "EMAIL_URL is set, so DEFAULT_FROM_EMAIL must name the sender of mails, as in budget@example.com."
    if switches.sends_mail and not switches.site_url:
        yield "EMAIL_URL is set, so SITE_URL must say where links in mails lead, as in https://budget.example.com."
    elif switches.sends_mail and switches.https and not switches.site_url.startswith("https://"):
        yield "SITE_URL begins with http:// while HTTPS is true, so links in mails could be read on their way: write https://."


def _of_key(switches: Switches) -> Iterator[str]:
    key = switches.secret_key
    if not key:
        yield f"SECRET_KEY is not set: put a long random value into .env, one is made by {NEW_KEY}."
    elif switches.debug:
        return
    elif key == PLACEHOLDER or key.startswith("django-insecure-"):
        yield f"SECRET_KEY is a sample that everybody knows: put a random value into .env, one is made by {NEW_KEY}."
    elif len(key) < SHORTEST_KEY or len(zlib.compress(key.encode(), 9)) < LEAST_SUBSTANCE:
        yield f"SECRET_KEY is too short or too easily guessed: put a random value into .env, one is made by {NEW_KEY}."


def _of_wildcards(switches: Switches) -> Iterator[str]:
    """Yield a sentence for each host name pattern so wide that anybody can have such a name."""
    for host in switches.allowed_hosts:
        if host.startswith(".") and "." not in host.strip("."):
            yield f"ALLOWED_HOSTS has {host}, which is every name that ends so: list the names that the system has."
    for origin in switches.csrf_trusted_origins:
        host = origin.rpartition("://")[2].partition(":")[0]
        if "*" in host and "." not in host.strip("*."):
            yield f"CSRF_TRUSTED_ORIGINS has {origin}, which trusts strangers' pages: list the system's own, as https://name."


def _of_mode(switches: Switches) -> Iterator[str]:
    """Yield a sentence for each setting that is safe on this machine only, and for unencrypted passwords."""
    loopback_only = is_loopback(switches.bind)
    if switches.is_open and not switches.debug:
        yield "API_AUTH is open while DEBUG is false: set API_AUTH=closed; open is for trying out on one's own machine."
    if switches.is_open and not loopback_only:
        yield f"API_AUTH is open while BIND is {switches.bind}: set BIND=127.0.0.1, or API_AUTH=closed."
    if switches.is_open and switches.behind_proxy:
        yield "API_AUTH is open while BEHIND_PROXY is true: set API_AUTH=closed, or BEHIND_PROXY=false."
    if switches.debug and not loopback_only:
        yield f"DEBUG is true while BIND is {switches.bind}: set DEBUG=false, or BIND=127.0.0.1."
    if switches.debug and switches.behind_proxy:
        yield "DEBUG is true while BEHIND_PROXY is true: set DEBUG=false, or BEHIND_PROXY=false."
    if not switches.debug and not switches.https and (switches.behind_proxy or not loopback_only):
        yield "HTTPS is false while others than this machine are served: take HTTPS out of .env, or set HTTPS=true."


def current() -> Switches:
    """Read the switches from the settings."""
    return Switches(
        debug=settings.DEBUG,
        api_auth=settings.API_AUTH,
        secret_key=_secret_key(),
        allowed_hosts=tuple(settings.ALLOWED_HOSTS),
        is_sqlite=settings.DATABASE_URL.startswith("sqlite://"),
        allow_sqlite=settings.ALLOW_SQLITE,
        redis_url=settings.REDIS_URL,
        bind=settings.BIND,
        behind_proxy=settings.BEHIND_PROXY,
        https=settings.HTTPS,
        csrf_trusted_origins=tuple(settings.CSRF_TRUSTED_ORIGINS),
        hsts_seconds=settings.SECURE_HSTS_SECONDS,
        hsts_subdomains=settings.SECURE_HSTS_INCLUDE_SUBDOMAINS,
        hsts_preload=settings.SECURE_HSTS_PRELOAD,
        sends_mail=settings.MAIL_IS_SET_UP,
        from_email=settings.DEFAULT_FROM_EMAIL,
        site_url=settings.SITE_URL,
    )


def refuse_unsafe_settings() -> None:
    """Raise `ImproperlyConfigured`, with a sentence for each setting that would make the system unsafe."""
    if found := list(refusals(current())):
        raise ImproperlyConfigured("\n".join(found))


def exit_where_unsafe(status: int) -> None:
    """End the process with the sentences on standard error where the settings are unsafe, or make no sense."""
    try:
        refuse_unsafe_settings()
    except (EnvError, ImproperlyConfigured, ValueError) as error:
        exit_with_errors(str(error), status=status)
    except OSError as error:
        exit_with_errors(os_error_text(error), status=status)


def keep_files_private() -> None:
    """See to it that `.env` and the database's file, and what will be created, are their owner's alone to read."""
    keep_new_files_private()
    files = [settings.BASE_DIR / ".env"]
    if settings.DATABASE_URL.startswith("sqlite://"):
        files += sqlite_files(str(settings.DATABASES["default"]["NAME"]))
    for sentence in restrict_permissions(files):
        logger.warning(sentence)


def check_settings(app_configs: object = None, **_: Any) -> list[CheckMessage]:
    """Return the same as Django's system checks report it."""
    return [Error(sentence, id="budget_system.E001") for sentence in refusals(current())]


def _secret_key() -> str:
    try:
        return str(settings.SECRET_KEY)
    except ImproperlyConfigured:  # how Django answers where it is empty
        return ""
