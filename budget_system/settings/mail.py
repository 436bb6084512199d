"""Mail: where there is none, nobody can have a new password mailed. The link in it works once, and for an hour."""

from budget_system.core.addresses import site_url
from budget_system.operations.mail import mail_settings
from budget_system.settings.environment import env

EMAIL_URL = env.str("EMAIL_URL", "")
vars().update(mail_settings(EMAIL_URL))
MAIL_IS_SET_UP = bool(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "")
# Where links in mails lead: never to whatever name the request for a mail came by.
SITE_URL = site_url(env.str("SITE_URL", ""))
PASSWORD_RESET_TIMEOUT = 60 * 60
# An hour, in each web process.
PASSWORD_RESETS_BY_ADDRESS = 20
PASSWORD_RESETS_FOR_PERSON = 3
