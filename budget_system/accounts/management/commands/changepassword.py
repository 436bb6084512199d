"""`changepassword`: Django's own, which also revokes the user's tokens."""

from getpass import getuser

from django.contrib.auth.management.commands.changepassword import Command as DjangoCommand
from django.contrib.auth.models import User
from django.core.management.base import CommandParser
from django.utils import timezone

from brands.access.tokens import active_tokens
from budget_system.accounts.passwords import note_password_change
from budget_system.core.actors import Actor
from budget_system.core.text import counted


class Command(DjangoCommand):
    """Change a user's password, and revoke the user's tokens unless they are kept."""

    help = "Changes a user's password. The user's sessions end, and the API tokens too unless they are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option to keep the tokens."""
        super().add_arguments(parser)
        parser.add_argument("--keep-tokens", action="store_true", help="the user's API tokens go on working")

    def handle(self, *args: str, **options: str) -> str:
        """Ask for the password twice, set it, and print how many tokens were revoked.

        The tokens are revoked in a transaction of their own: none may stay open while a person types.
        """
        message = super().handle(*args, **options)
        user = User.objects.get(username=options["username"] or getuser())
        keep, now = bool(options["keep_tokens"]), timezone.now()
        ended = note_password_change(user=user, keep_tokens=keep, now=now, by=Actor.command("changepassword"))
        kept = active_tokens(user, now=now).count()
        self.stdout.write(message or "")
        if kept:
            return f"{counted(kept, 'API token goes', 'API tokens go')} on working"
        return f"{counted(ended, 'API token', 'API tokens')} revoked"
