"""`check`: Django's own, which also checks what kind of broker there is.

Registered as a check in Django's way, every command would ask, and wait for a broker that is down.
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
