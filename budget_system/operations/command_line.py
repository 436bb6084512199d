"""Django's command line, which reports unusable settings and databases in a sentence, without a traceback."""

from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError, Error, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from environs import EnvError

from budget_system.operations.databases import is_outage
from budget_system.operations.file_permissions import os_error_text
from budget_system.operations.log_config import exit_with_errors

REPLACED_COMMANDS = {"generateschema": "spectacular"}
"""Commands of libraries that a command of another library replaces."""


def run(arguments: Sequence[str]) -> None:
    """Run a command; exit with 1 and a sentence where it cannot use something. `--traceback` shows everything."""
    if (better := REPLACED_COMMANDS.get("".join(arguments[1:2]))) is not None:
        exit_with_errors(f"Take python manage.py {better} in the place of {arguments[1]}.")
    try:
        execute_from_command_line(list(arguments))
    except (DatabaseError, InterfaceError) as error:
        sentence = None if "--traceback" in arguments else _sentence(error)
        if sentence is None:
            raise
        exit_with_errors(sentence)
    except OSError as error:
        if "--traceback" in arguments:
            raise
        exit_with_errors(os_error_text(error))
    except EOFError:
        exit_with_errors("There is a question, and nobody to answer it: run this on a terminal, or see its --help.")
    except (EnvError, ImproperlyConfigured, ValueError) as error:
        if settings.configured or "--traceback" in arguments:
            raise
        exit_with_errors(str(error))


def _sentence(error: Error) -> str | None:
    """Return what is wrong with the database; `None` where it is a query that it cannot carry out."""
    why = str(error).strip().partition("\n")[0]
    if is_outage(error):
        return f"The database is busy or out of reach; look at DATABASE_URL. It says: {why}"
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return f"The database is not up to date; run python manage.py migrate. It says: {why}"
    return None
