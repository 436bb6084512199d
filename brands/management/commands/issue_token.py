"""`issue_token`: a token by which a program logs in as a user."""

import os
from argparse import ArgumentParser
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from brands.access.tokens import IssuedToken, issue_token
from brands.models import Scope
from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand

DEFAULT_DAYS = 365
MAX_DAYS = 3650


class Command(ServiceCommand):
    """Issue a token: shown once, and stored only as a hash."""

    help = "Issues a token by which a program logs in as USER. It is shown once; what is stored is its hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the user, the expiry, and the file to write to."""
        parser.add_argument("user", help="name of the user")
        parser.add_argument(
            "--expires",
            metavar="DAYS|DATE|never",
            default=str(DEFAULT_DAYS),
            help=f"after so many days, or at the end of a day in UTC, as in 2027-01-31; left out: {DEFAULT_DAYS} days",
        )
        parser.add_argument(
            "--only",
            choices=Scope.values,
            help="what alone it may do; delivery: ask what is wanted of campaigns, and acknowledge it",
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="write it there, readable by its owner only")

    def handle(self, *, user: str, expires: str, only: str | None, output: Path | None, **options: object) -> None:
        """Issue the token, once it is certain where it can be written."""
        now = timezone.now()
        expires_at, whose = parse_expiry(expires, now), find_user(user)
        if not whose.is_active:
            raise CommandError(f"“{user}” may no longer log in, so a token would not work; activate the user first.")
        scope = Scope(only) if only else None
        if output is None:
            issued = issue_token(
                user=whose, expires_at=expires_at, only=scope, now=now, by=Actor.command("issue_token")
            )
            self.stdout.write(issued.text)
        else:
            issued = self._to_file(output, whose, expires_at, scope, now)
        until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
        where = f", written to {output}" if output else "; it is not shown again"
        for_what = f" for {only} only" if only else ""
        self.stderr.write(f"INFO Token {issued.token} works{for_what} {until}{where}")

    def _to_file(
        self, path: Path, user: User, expires_at: datetime | None, only: Scope | None, now: datetime
    ) -> IssuedToken:
        try:
            # Nobody else may read it, from the first instant on; and no file of somebody's is overwritten.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise CommandError(f"“{path}” is there already; remove it, or choose another name.") from error
        except OSError as error:
            raise CommandError(f"“{path}” cannot be written: {error.strerror}.") from error
        try:
            with os.fdopen(handle, "w") as file, transaction.atomic():
                issued = issue_token(
                    user=user, expires_at=expires_at, only=only, now=now, by=Actor.command("issue_token")
                )
                file.write(f"{issued.text}\n")
                file.flush()
                os.fsync(file.fileno())  # a token that nobody could read afterwards must not be stored
        except OSError as error:
            path.unlink(missing_ok=True)
            raise CommandError(f"“{path}” cannot be written: {error.strerror}. No token was issued.") from error
        return issued


def find_user(name: str) -> User:
    """Return a user by name. Raise `CommandError` where there is none."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise CommandError(f"There is no user “{name}”; users are made in the admin, or with createsuperuser.")
    return user


def parse_expiry(text: str, now: datetime) -> datetime | None:
    """Return the instant (UTC) at which a token expires, counted from `now`. Raise `CommandError`."""
    if text == "never":
        return None
    if text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_DAYS:
        return now + timedelta(days=int(text[:6]))
    try:
        ends = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(0), UTC)
    except (ValueError, OverflowError) as error:
        raise CommandError(
            f"--expires: “{text}” is neither a number of days from 1 to {MAX_DAYS}, nor a date as in 2027-01-31, "
            "nor never."
        ) from error
    if ends <= now:
        raise CommandError(f"--expires: {text} is over; a token for it would never work.")
    return ends
