"""The base of the management commands that call services."""

from django.core.checks import Tags
from django.core.management.base import BaseCommand


class ServiceCommand(BaseCommand):
    """A command that refuses unsafe settings first, and loads nothing that only web pages need.

    Django's other checks import the addresses, and with them admin and API: more than half of a command's time.
    `python manage.py check` asks all of them.
    """

    requires_system_checks = (Tags.security,)
