"""`check`: Django's own, which also asks what kind of broker there is.

Django's way to add a check would have every command ask, and wait for a broker that is away.
"""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.commands import check

from budget_system.operations.broker import why_unsupported


class Command(check.Command):
    """Check settings, models, and the broker where it answers."""

    def handle(self, *app_labels: list[str], **options: Any) -> None:
        """Run the checks. Raise `CommandError` with what is wrong."""
        super().handle(*app_labels, **options)
        if sentence := why_unsupported(settings.REDIS_URL):
            raise CommandError(sentence)
