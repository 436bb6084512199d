"""Settings of the budget system, by topic; every value read from the environment is checked.

`env.example` explains each variable; NAME_FILE names a file that holds what NAME would say. A `.env` beside `manage.py`
is read first; what the environment says goes before it.
"""

from budget_system.settings.api import *
from budget_system.settings.celery import *
from budget_system.settings.database import *
from budget_system.settings.environment import *
from budget_system.settings.logs import *
from budget_system.settings.mail import *
from budget_system.settings.security import *
from budget_system.settings.web import *
