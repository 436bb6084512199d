"""`notify_test`: list who is told of alerts, and send a test to one of them."""

from uuid import UUID

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from alerts.channels.trial import send_test
from alerts.models import Subscription
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Send a test to a subscription."""

    help = "Lists who is told of alerts; with a name or id, sends a test there at once and says what came of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whom to send a test."""
        parser.add_argument("subscription", nargs="?", help="Its name or id, as the list shows them.")

    def handle(self, *, subscription: str | None, **options: object) -> None:
        """Run the command."""
        if subscription is None:
            self._list()
            return
        found = _named(subscription)
        outcome = send_test(found, now=timezone.now())
        if not outcome.delivered:
            raise CommandError(f"The test did not arrive at “{found}”. {outcome.error}")
        self.stdout.write(f"The test was sent to “{found}”.")

    def _list(self) -> None:
        subscriptions = list(Subscription.objects.select_related("user"))
        for one in subscriptions:
            state = "" if one.is_active else f", switched off: {one.switched_off}".rstrip(": ")
            self.stdout.write(f"{one.pk}  {one.get_channel_display()}: {one}{state}")
        if not subscriptions:
            self.stdout.write("Nobody subscribes to alerts yet.")


def _named(text: str) -> Subscription:
    """Return the one subscription of a name or id."""
    subscriptions = Subscription.objects.select_related("user")
    try:
        found = list(subscriptions.filter(pk=UUID(text)))
    except ValueError:
        found = [one for one in subscriptions if str(one) == text]
    if not found:
        raise CommandError(f"No subscription has the name or id “{text}”; without one, this command lists them.")
    if len(found) > 1:
        raise CommandError(f"{len(found)} subscriptions have the name “{text}”: say which by its id.")
    return found[0]
