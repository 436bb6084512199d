"""The settings of each database's connections: timeouts, costs, and how a dead connection is noticed.

Every wait is bounded: for a lost server, a lock that somebody keeps, a statement that does not end. What the query of
`DATABASE_URL` says takes precedence over what is set here.
"""

import sqlite3
from collections.abc import Mapping
from typing import Final

import dj_database_url
from django.db import InterfaceError, OperationalError

from budget_system.operations.broker import HOW_TO_QUOTE

CONNECTION_SECONDS: Final = 60
"""How long a connection is kept for the next request; a dead one is noticed before it is used."""

SQLITE: Final = {
    # All three are needed: with WAL alone, 1,494 of 1,600 concurrent transactions failed; with all three, none.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: a commit is on the disk before anybody is told. Without a limit the log keeps its largest size for ever.
    # With 2 MB of pages kept, and 4 MB of log, a batch of an import would read and write the same pages many times.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; "
        "PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=4000;"
    ),
}

POSTGRES: Final = {
    # A server that cannot be reached must be a fault within seconds, not a process that hangs.
    "connect_timeout": 5,
    # One that vanished without a word (no power, a cut cable) is noticed after 25 seconds, not after two hours.
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "application_name": "budget_system",
    # Of the statements that come with every spend: the server plans them once for each connection, see `core.prepared`.
    "prepare_threshold": 2,
}

STANDBY: Final = {
    **POSTGRES,
    # There is somebody else to answer.
    "connect_timeout": 2,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "tcp_user_timeout": 5_000,
}

POSTGRES_TIMEOUTS: Final = {
    # The longest statement there is: a recount of a large ledger. A task ends after this time at the latest, too.
    "statement_timeout": "300s",
    # A brand's lock is held for milliseconds, by a batch of an import for a second or so.
    "lock_timeout": "10s",
    # A process that stands still (stopped, swapped out) must not keep its brands locked.
    "idle_in_transaction_session_timeout": "60s",
}
POSTGRES_PLANNER: Final = {
    # As disks are today. With the 4.0 of spinning ones each batch of a pass reads whole tables, and a pass of 100,000
    # campaigns takes half as long again.
    "random_page_cost": "1.1",
}
POSTGRES_SCHEMES: Final = ("postgres://", "postgresql://")
WEB_STATEMENT: Final = "30s"
TIMEOUTS_OF_A_ROLE: Final = {**POSTGRES_TIMEOUTS, **POSTGRES_PLANNER}
"""What the database's user must be given (`ALTER ROLE … SET …`) behind a pooler, which takes no such settings."""

POOLED: Final[dict[str, str | int | None]] = {
    # A transaction gets the connection that is free, on which another one's statements are prepared.
    "prepare_threshold": None,
}
"""What differs where transactions share connections, as behind PgBouncer: nothing may be kept from one to the next."""

# What a table that is missing or a statement that is wrong looks like on SQLite: no outage, and worth its traceback.
_SQLITE_ERROR = 1


def configured(url: str, waits: Mapping[str, object] = POSTGRES) -> dj_database_url.DBConfig:
    """Return Django's settings of the database at this address. Raise `ValueError` where it is neither of the two."""
    if not url.startswith(("sqlite://", *POSTGRES_SCHEMES)):
        raise ValueError("DATABASE_URL must begin with sqlite:// or postgres://.")
    try:
        config = dj_database_url.parse(url, conn_max_age=CONNECTION_SECONDS)
    except ValueError:
        # What was thrown may quote a piece of the password.
        raise ValueError(f"DATABASE_URL cannot be read: {HOW_TO_QUOTE}") from None
    own = config.get("OPTIONS", {})
    if url.startswith("sqlite://"):
        config["OPTIONS"] = {**SQLITE, **own}
    else:
        config["CONN_HEALTH_CHECKS"] = True
        pooler = own.pop("pooler", False)
        if not isinstance(pooler, bool):
            raise ValueError("In DATABASE_URL, pooler must be true or false.")
        config["DISABLE_SERVER_SIDE_CURSORS"] = pooler
        # Where a setting is given twice, PostgreSQL uses the last value; PgBouncer refuses who sends any.
        ours, asked = "" if pooler else _spelled(TIMEOUTS_OF_A_ROLE), own.pop("options", "")
        options = {"options": f"{ours} {asked}".strip()} if ours or asked else {}
        config["OPTIONS"] = {**waits, **(POOLED if pooler else {}), **own, **options}
    return config


def replica(url: str, *, of: str) -> dj_database_url.DBConfig:
    """Return Django's settings of the standby of a database. Raise `ValueError` where one of them is no PostgreSQL."""
    if not (url.startswith(POSTGRES_SCHEMES) and of.startswith(POSTGRES_SCHEMES)):
        raise ValueError("REPLICA_DATABASE_URL must begin with postgres://, and so must DATABASE_URL.")
    try:
        return configured(url, STANDBY)
    except ValueError as error:
        raise ValueError(str(error).replace("DATABASE_URL", "REPLICA_DATABASE_URL")) from None


def shorten_timeouts(config: dj_database_url.DBConfig) -> None:
    """Shorten the timeouts of the web process: its callers are gone long before a task would give up."""
    options = config.get("OPTIONS", {})
    if "options" in options:
        longest, short = (
            _spelled(POSTGRES_TIMEOUTS),
            _spelled({**POSTGRES_TIMEOUTS, "statement_timeout": WEB_STATEMENT}),
        )
        options["options"] = options["options"].replace(longest, short, 1)


def _spelled(values: dict[str, str]) -> str:
    return " ".join(f"-c {name}={value}" for name, value in values.items())


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database was out of reach or busy, rather than given a wrong query."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    cause = error.__cause__
    return not (isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) == _SQLITE_ERROR)
