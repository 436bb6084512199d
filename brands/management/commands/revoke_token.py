"""`revoke_token`: a user's tokens work no longer."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from brands.access.tokens import revoke_tokens
from brands.management.commands.issue_token import user_named
from brands.models import BEGINNING
from budget_system.core.actors import Actor
from budget_system.core.text import counted


class Command(BaseCommand):
    """Revoke a user's tokens, at once."""

    help = "Revokes all tokens of USER, or the one that begins with BEGINNING, as the admin's list shows it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add whose, and which."""
        parser.add_argument("user", help="name of the user")
        parser.add_argument("beginning", nargs="?", default="", help=f"its first {BEGINNING} characters")

    def handle(self, *, user: str, beginning: str, **options: object) -> None:
        """Revoke them; that there is none is a mistake worth telling."""
        if beginning and len(beginning) < BEGINNING:
            raise CommandError(f"“{beginning}” is too short to mean one token; give its first {BEGINNING} characters.")
        count = revoke_tokens(user=user_named(user), beginning=beginning[:15], by=Actor.command("revoke_token"))
        if not count:
            which = f"no token that begins with “{beginning}”" if beginning else "no tokens"
            raise CommandError(f"“{user}” has {which}.")
        self.stdout.write(f"INFO {counted(count, 'token', 'tokens')} of {user} revoked")
