"""The WSGI application that gunicorn serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from budget_system.databases import hurry
from budget_system.startup import refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")

application = get_wsgi_application()
refuse_unsafe_settings()
hurry(settings.DATABASES["default"])
