"""`reset_second_factor`: let a user log in again who has lost phone and recovery codes."""

from argparse import ArgumentParser

from django.contrib.auth.models import User
from django.core.management.base import CommandError

from budget_system.accounts.second_factor.devices import reset
from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Switch a user's second factor off."""

    help = "Switches off the second factor of USER, as after a lost phone: then the password alone is enough."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the user."""
        parser.add_argument("user", help="name of the user")

    def handle(self, *, user: str, **options: object) -> None:
        """Reset the second factor; fail where there is none."""
        whose = User.objects.filter(username=user).first()
        if whose is None:
            raise CommandError(f"There is no user “{user}”; the admin lists them under Users.")
        if not reset(user=whose, by=Actor.command("reset_second_factor")):
            raise CommandError(f"“{user}” has no second factor; there is nothing to reset.")
        self.stdout.write(f"INFO Second factor of {user} reset")
