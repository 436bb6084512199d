"""What a platform's connector can do. Everything in it is bounded in time, and none of it touches the database."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol

from budget_system.core.errors import ServiceError
from delivery.models import Observed

PUSH_SECONDS: Final = 10.0
"""After so many seconds `set_running` begins no further call: what it has not asked for is to be tried again."""

CALL_SECONDS: Final = 10.0
"""What one call takes at most. With `PUSH_SECONDS`, and a look afterwards, that is below the task's limit."""


class AccessRefused(ServiceError):
    """The platform no longer accepts the account's credentials: nothing is tried again before a person has been."""


class Unavailable(ServiceError):
    """The platform did not answer, or asks to be left alone: another try may do."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """What a platform says of an account."""

    name: str
    currency: str
    timezone: str
    """An IANA name: its midnight begins the days of its costs."""


class ResultKind(StrEnum):
    """What became of a change that was asked for."""

    APPLIED = "applied"
    RETRY = "retry"
    """Not known: a time-out is no refusal. It is looked at before it is judged, and set again."""
    REFUSED = "refused"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one campaign's change."""

    kind: ResultKind
    sentence: str = ""
    """Why, where it was not applied."""
    after: timedelta | None = None
    """How long the platform asks to be left alone."""


APPLIED: Final = Result(ResultKind.APPLIED)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a campaign has cost on one day of the account's zone, in the account's currency."""

    external_id: str
    name: str
    day: date
    amount: Decimal
    """With as many decimals as the platform gives; the day's sum is rounded once, where it is booked."""


class PlatformConnector(Protocol):
    """One account at a platform.

    Each method raises `AccessRefused` where the credentials are accepted no longer, and all but `set_running` raise
    `Unavailable` where the platform did not answer.
    """

    def account(self) -> AccountInfo:
        """Return what the platform says of the account."""

    def running(self, external_ids: Collection[str]) -> Mapping[str, Observed]:
        """Return the state of campaigns by their platform's id: `NOT_FOUND` for what is removed or never was there."""

    def set_running(self, changes: Mapping[str, bool]) -> Mapping[str, Result]:
        """Activate campaigns, or pause them; return for each what became of it. Setting is idempotent."""

    def costs(self, first: date, last: date) -> Iterable[Cost]:
        """Yield what campaigns have cost on each day of a span, both ends included.

        What is left out stays as it was booked; a day that was taken back altogether comes with 0.
        """
