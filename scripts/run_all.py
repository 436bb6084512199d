"""The steps of `run_all.sh` once its dependencies are there: prepare, start everything, and stop it at the end."""

import argparse
import errno
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error as DatabaseFault
from django.db import connections
from environs import EnvError

from budget_system.core.addresses import with_port
from budget_system.operations.broker import note_path
from budget_system.operations.file_permissions import keep_new_files_private, os_error_text
from budget_system.operations.startup_checks import PLACEHOLDER, keep_files_private, refuse_unsafe_settings
from scripts.broker import broker
from scripts.demo_sandbox import prepare_sandbox
from scripts.output import announce, log_collector
from scripts.own_broker import BrokerUnavailable
from scripts.processes import ENDING_SIGNALS, Processes
from scripts.run_folder import FolderRefused, locked_run_folder
from scripts.watch import watch

FOLDER = Path(__file__).resolve().parent.parent


class PortUnavailable(ValueError):
    """The port cannot be used; the message says what to do."""


@contextmanager
def broker_note(url: str) -> Iterator[None]:
    """Store the broker's address while it runs, for commands typed beside it."""
    note = note_path(FOLDER)
    note.write_text(url)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def main() -> int:
    """Run the system until Ctrl-C, or until one of its processes ends."""
    parser = argparse.ArgumentParser(prog="run_all.sh")
    parser.add_argument("--demo", action="store_true", help="load an agency's data to look at")
    demo = parser.parse_args().demo
    for number in ENDING_SIGNALS:
        signal.signal(number, lambda number, _: sys.exit(128 + number))  # so that the broker is stopped then too
    keep_new_files_private()
    try:
        make_env_file()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
        django.setup()
        refuse_unsafe_settings()
        keep_files_private()
    except OSError as error:
        return _failed(os_error_text(error))
    except (EnvError, ImproperlyConfigured, ValueError) as error:
        return _failed(str(error))
    try:
        with locked_run_folder(FOLDER) as left:
            if left:
                _say(f"A ./run_all.sh of this folder was killed and had left {left} processes; they are ended.")
            port = free_port(settings.BIND)
            with broker(FOLDER / ".run", chosen=settings.REDIS_CHOSEN) as found, broker_note(found.url):
                _say(f"Broker: {found.which}.")
                os.environ["REDIS_URL"] = found.url
                prepare_database(demo=demo)
                more = prepare_sandbox(FOLDER / ".run") if demo else {}
                collect_static_files()
                watch(port)
                address = with_port(settings.BIND, port)
                return Processes(address=address, folder=FOLDER, broker=found.own, more=more).run()
    except (FolderRefused, BrokerUnavailable, PortUnavailable) as error:
        return _failed(str(error))
    except DatabaseFault as error:
        return _failed(f"The database cannot be used; check DATABASE_URL in .env: {str(error).strip()}")
    except CommandError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(os_error_text(error))
    except KeyboardInterrupt:
        return 130


def make_env_file() -> None:
    """Create `.env` from `env.example` where it is missing, with a new secret in place of the placeholder."""
    path = FOLDER / ".env"
    text = (path if path.exists() else FOLDER / "env.example").read_text()
    line = f"SECRET_KEY={PLACEHOLDER}\n"
    if path.exists() and line not in text:
        return
    path.touch(mode=0o600)
    path.write_text(text.replace(line, f"SECRET_KEY={secrets.token_urlsafe(50)}\n"))
    _say("Settings: .env, with a random SECRET_KEY.")


def free_port(bind: str) -> int:
    """Return the port of the web process at this address. Raise `PortUnavailable` where it is taken, or invalid."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise PortUnavailable(
            f"PORT is “{text}”, which is no port; give a number from 1 to 65535, like PORT=8001 ./run_all.sh"
        )
    port = int(text)
    with socket.socket(socket.AF_INET6 if ":" in bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise PortUnavailable(
                    f"BIND is {bind}, which is no address of this machine; set BIND=127.0.0.1."
                ) from error
            other = port + 1 if port < 65535 else 8000
            raise PortUnavailable(
                f"Port {port} cannot be used ({error.strerror}); stop what uses it, or: PORT={other} ./run_all.sh"
            ) from error
    return port


def prepare_database(*, demo: bool) -> None:
    """Migrate the database, with an administrator, and with the demo if requested."""
    call_command("migrate", interactive=False, verbosity=0)
    users = get_user_model().objects
    missing = not users.filter(is_superuser=True).exists()
    if missing and log_collector():  # which would keep the password
        _say("There is no administrator; make one by: python manage.py createsuperuser")
    elif missing:
        password = secrets.token_urlsafe(12)
        users.create_superuser(username="admin", password=password)
        _say(f"Administrator: admin, password {password} (shown this once; change it in the admin).")
    if demo:
        _say("Loading the demo …")
        output = StringIO()
        call_command("seed_demo", stdout=output)
        for sentence in output.getvalue().splitlines():
            _say(sentence)
    connections.close_all()


def collect_static_files() -> None:
    """Collect the static files for production, under names that change with their contents."""
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)


def _say(sentence: str) -> None:
    announce(sentence)


def _failed(sentence: str) -> int:
    announce(sentence, logging.ERROR)
    return 1


if __name__ == "__main__":
    sys.exit(main())
