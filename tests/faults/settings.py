"""The system's own settings, but that a message which was not done is given out again after seconds, not minutes."""

import os

from budget_system.settings import *  # noqa: F403  # all of them
from budget_system.settings import CELERY_BROKER_TRANSPORT_OPTIONS as OPTIONS

CELERY_BROKER_TRANSPORT_OPTIONS = {
    **OPTIONS,
    "visibility_timeout": int(os.environ["VISIBILITY_SECONDS"]),
    "unacked_restore_interval": 1,
    "unacked_mutex_expire": 2,
}
