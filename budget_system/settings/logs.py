"""What is logged, in which form, and what is kept out of it."""

from environs import validate

from budget_system.operations.log_config import FORMS, LEVELS, logging_config
from budget_system.operations.redaction import passwords_in
from budget_system.settings.celery import REDIS_URL
from budget_system.settings.database import DATABASE_URL, REPLICA_DATABASE_URL
from budget_system.settings.environment import SECRET_KEY, env
from budget_system.settings.mail import EMAIL_URL

LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LEVELS))
LOG_FORMAT = env.str("LOG_FORMAT", "plain", validate=validate.OneOf(FORMS))
SECRETS = [*passwords_in([DATABASE_URL, REPLICA_DATABASE_URL, REDIS_URL, EMAIL_URL]), SECRET_KEY]
ACCESS_LOG = env.bool("ACCESS_LOG", True)
LOGGING_CONFIG = "budget_system.operations.log_config.configure"
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT, secrets=SECRETS)
DEFAULT_EXCEPTION_REPORTER = "budget_system.operations.redaction.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "budget_system.operations.redaction.RedactingFilter"
