"""`revoke_token`: stop a user's tokens from working."""

from argparse import ArgumentParser

from django.core.management.base import CommandError

from brands.access.tokens import revoke_tokens
from brands.management.commands.issue_token import find_user
from brands.models import TOKEN_PREFIX_LENGTH
from budget_system.core.actors import Actor
from budget_system.core.text import counted
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Revoke a user's tokens, at once."""

    help = "Revokes all tokens of USER, or the one that begins with BEGINNING, as the admin's list shows it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the user, and which tokens."""
        parser.add_argument("user", help="name of the user")
        parser.add_argument("beginning", nargs="?", default="", help=f"its first {TOKEN_PREFIX_LENGTH} characters")

    def handle(self, *, user: str, beginning: str, **options: object) -> None:
        """Revoke the tokens; fail where there is none."""
        if beginning and len(beginning) < TOKEN_PREFIX_LENGTH:
            raise CommandError(
                f"“{beginning}” is too short to mean one token; give its first {TOKEN_PREFIX_LENGTH} characters."
            )
        count = revoke_tokens(user=find_user(user), beginning=beginning[:15], by=Actor.command("revoke_token"))
        if not count:
            which = f"no token that begins with “{beginning}”" if beginning else "no tokens"
            raise CommandError(f"“{user}” has {which}.")
        self.stdout.write(f"INFO {counted(count, 'token', 'tokens')} of {user} revoked")
