"""Who gets in, and what browsers may do: logins, sessions, second factors, headers."""

import re
from datetime import timedelta

from csp.constants import NONE, SELF, UNSAFE_INLINE
from environs import validate

from budget_system.settings.environment import BEHIND_PROXY, HTTPS, SECRET_KEY, URL_PREFIX, env

# Without a word the system is closed: who asks must log in, or send a token.
API_AUTH = env.str("API_AUTH", "closed", validate=validate.OneOf(["open", "closed"]))
# Who has no second factor is led to switch one on, and can do nothing else with a session.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", False)

# Credentials of platforms and channels are encrypted with the first; the others still decrypt what they encrypted.
CREDENTIALS_KEYS: list[str] = env.list("CREDENTIALS_KEYS", []) or [SECRET_KEY]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{URL_PREFIX}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# Browsers are told to come by https alone, and for how long not to try anything else: a month, because a mistake must
# be undone sooner than in a year; and of this name alone, because what is below it may be somebody else's.
MONTH = 30 * 24 * 60 * 60
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", MONTH, validate=validate.Range(min=0)) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False) if HTTPS else False
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False) if HTTPS else False
SECURE_REDIRECT_EXEMPT = [
    rf"^{re.escape(URL_PREFIX[1:])}/?health/$"
]  # a probe asks from inside, and follows no redirect
# Django looks for its own middleware by name; ours (`loopback_only`) is that, but for callers on the machine itself.
# And it would have HSTS bind every name below this one, and be in browsers' lists: choices, see docs/operations.md.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W004", "security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF, UNSAFE_INLINE],  # the width of a bar, the colours of the admin's theme; no script
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SESSION_COOKIE_AGE = 12 * 60 * 60
LOGIN_REDIRECT_URL = "admin:index"  # where a login leads that names no page of ours to come back to

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "budget_system.accounts.second_factor.backend.OneTimePasswordBackend",
]
OTP_TOTP_ISSUER = "Budget system"  # under which an authenticator app lists the codes
AXES_HANDLER = "budget_system.accounts.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # who is locked out and tries on is not counted, nor kept
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "budget_system.accounts.lockout.address"
AXES_LOCKOUT_CALLABLE = "budget_system.accounts.lockout.lockout_response"
AXES_SENSITIVE_PARAMETERS = [
    *("username", "ip_address", "csrfmiddlewaretoken"),
    *("old_password", "new_password1", "new_password2"),
    *("code", "present"),
]
AXES_ENABLE_ADMIN = False  # ours looks as the rest
AXES_VERBOSE = False
