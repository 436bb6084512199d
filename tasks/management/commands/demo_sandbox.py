"""`demo_sandbox`: what `run_all.sh --demo` asks for: the sandbox' campaigns, and an account that is connected to it."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand
from tasks.demo.sandbox import ACCOUNT_ID, connect_demo, sandbox_accounts


class Command(ServiceCommand):
    """Write the file with which the sandbox starts, or connect the demo's account to a sandbox that runs."""

    help = "Prepares the demo's account at the sandbox (python -m scripts.sandbox). ./run_all.sh --demo does it all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, and the address of a sandbox that has it."""
        parser.add_argument("file", type=Path, help="what the sandbox starts with, see its option --put")
        parser.add_argument("--connect", metavar="ADDRESS", help="connect to the sandbox at this address instead")

    def handle(self, *, file: Path, connect: str | None, **options: object) -> None:
        """Write the file, or read it and connect."""
        now = timezone.now()
        if connect is None:
            self._write(file, json.dumps(sandbox_accounts(now=now)))
            return
        token = self._token(file)
        try:
            said = connect_demo(address=connect, token=token, now=now, by=Actor.command("demo_sandbox"))
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(said)

    def _write(self, file: Path, text: str) -> None:
        try:
            file.write_text(text)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}; name a file that can be written.") from error

    def _token(self, file: Path) -> str:
        try:
            return str(json.loads(file.read_text())[ACCOUNT_ID]["token"])
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}; name a file that can be read.") from error
        except (ValueError, LookupError, TypeError) as error:
            raise CommandError(
                f"{file} is none with which a sandbox starts; without --connect it is written."
            ) from error
