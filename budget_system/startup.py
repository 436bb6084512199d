"""What must be right before the system serves anybody.

Django's checks do not run under gunicorn, and Celery throws their result away: so web, worker and beat each ask here.
"""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PLACEHOLDER = "change-me"


def refuse_unsafe_settings() -> None:
    """Raise `ImproperlyConfigured` where a setting would make the system unsafe."""
    key = settings.SECRET_KEY
    if not key or (key == PLACEHOLDER and not settings.DEBUG):
        raise ImproperlyConfigured("SECRET_KEY is not set: put a long random value into .env.")
