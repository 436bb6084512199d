"""A pooler between the system and its database, as PgBouncer: told of, where the address should say so and does not."""

from collections.abc import Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Warning
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from budget_system.core.chunks import is_pooled
from budget_system.operations.databases import TIMEOUTS_OF_A_ROLE

UNSAID: Final = (
    "A pooler stands before the database and DATABASE_URL does not say so: add pooler=true, or statements fail that "
    "another connection has prepared."
)
ENDLESS: Final = "Behind a pooler no wait ends but by what the database's user is given: {}"

_SERVER: Final = "SELECT pg_backend_pid(), quote_ident(current_user)"
_UNSET: Final = "SELECT name FROM pg_settings WHERE name = ANY(%s) AND source = 'default'"


def check_pooler(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Return what Django's checks of databases report; `migrate` and `check --database` ask for them."""
    found = [connections[alias] for alias in databases or ()]
    return [message for database in found if database.vendor == "postgresql" for message in _messages(database)]


def _messages(database: BaseDatabaseWrapper) -> list[CheckMessage]:
    with database.cursor() as cursor:
        cursor.execute(_SERVER)
        process, user = cursor.fetchone()
        cursor.execute(_UNSET, [[*TIMEOUTS_OF_A_ROLE]])
        unset = {name for (name,) in cursor.fetchall()}
    if not is_pooled(database):
        # A pooler gives its clients a number of its own.
        is_direct = process == database.connection.info.backend_pid
        return [] if is_direct else [Warning(UNSAID, id="budget_system.W001")]
    orders = " ".join(f"ALTER ROLE {user} SET {name} = '{TIMEOUTS_OF_A_ROLE[name]}';" for name in sorted(unset))
    return [Warning(ENDLESS.format(orders), id="budget_system.W002")] if orders else []
