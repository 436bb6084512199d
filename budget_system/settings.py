"""Settings of the budget system: one file, every value read from the environment and checked.

`env.example` explains each variable; NAME_FILE names a file that holds what NAME would say. A `.env` beside `manage.py`
is read first; what the environment says goes before it.
"""

import re
import warnings
import zoneinfo
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from environs import FileAwareEnv, validate

from budget_system.admin.site import UNFOLD_SETTINGS
from budget_system.core.addresses import is_bindable, path_prefix, site_url
from budget_system.operations.broker import default_url, for_celery
from budget_system.operations.databases import configured
from budget_system.operations.log_config import FORMS, LEVELS, logging_config
from budget_system.operations.mail import mail_settings
from budget_system.operations.redaction import passwords_in
from budget_system.web.body_limits import MAX_BODY, MAX_FORM_WITH_FILE

# The pinned tzdata, not the machine's: or two machines could disagree about when a brand's day ends.
zoneinfo.reset_tzpath(())

BASE_DIR = Path(__file__).resolve().parent.parent

env = FileAwareEnv(strip_whitespace=True)
env.read_env(str(BASE_DIR / ".env"), recurse=False)

SECRET_KEY = env.str("SECRET_KEY", "")
DEBUG = env.bool("DEBUG", False)
# Without a word the system is closed: who asks must log in, or send a token.
API_AUTH = env.str("API_AUTH", "closed", validate=validate.OneOf(["open", "closed"]))
# Who has no second factor is led to switch one on, and can do nothing else with a session.
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", False)
BIND = env.str("BIND", "127.0.0.1")
if not is_bindable(BIND):
    raise ValueError("BIND must be an IP address of this machine or localhost, like 127.0.0.1 or 0.0.0.0.")
# The path below which everything is served, as of one of several on a site; the server takes it off, see `web_worker`.
URL_PREFIX = path_prefix(env.str("URL_PREFIX", ""))
FORCE_SCRIPT_NAME = URL_PREFIX or None
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{URL_PREFIX}/"
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
HTTPS = env.bool("HTTPS", not DEBUG)
ALLOW_SQLITE = env.bool("ALLOW_SQLITE", False)
# Requests a minute, in each web process: by user, and by address where nobody knows who asks.
THROTTLE_USER = env.int("THROTTLE_USER", 6000, validate=validate.Range(min=1))
THROTTLE_ANONYMOUS = env.int("THROTTLE_ANONYMOUS", 60, validate=validate.Range(min=1))
# How many of the addresses in X-Forwarded-For are the word of one's own proxies.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", int(BEHIND_PROXY), validate=validate.Range(min=0))
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
LOOPBACK_NAMES: list[str] = []  # by which callers on this machine may ask for it, beside localhost and its addresses

INSTALLED_APPS = [
    "budget_system.accounts",  # before Django's own, whose commands and pages it has others for
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "budget_system.admin.config.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "budget_system.accounts.second_factor",
    "budget_system.operations",
    "brands",
    "campaigns",
    "scheduling",
    "spending",
    "tasks",
]

MIDDLEWARE = [
    "budget_system.web.access_log.AccessLogMiddleware",  # the first, so that it sees every answer and how long it took
    "budget_system.web.browser_headers.BrowserHeadersMiddleware",  # adds headers to the answers of all that follow
    "budget_system.web.loopback_only.LoopbackOnlyMiddleware",  # before all that answer: a stranger gets nothing at all
    "budget_system.web.loopback_only.SecurityMiddleware",
    "budget_system.web.body_limits.BodyLimitMiddleware",  # before all that read: the CSRF check reads a form to its end
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "budget_system.web.database_errors.OutageMiddleware",
    "budget_system.web.database_errors.SessionMiddleware",
    "budget_system.web.loopback_only.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "budget_system.accounts.second_factor.sessions.VerifiedSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # the last: it answers in place of what follows a wrong password
]

ROOT_URLCONF = "budget_system.urls"
CSRF_FAILURE_VIEW = "budget_system.web.error_views.csrf_failure"
WSGI_APPLICATION = "budget_system.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "budget_system" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Never in the folder for temporary files, where anybody could fill the disk: the few files that may come fit in memory.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_FORM_WITH_FILE
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY

SQLITE_URL = f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASE_URL = env.str("DATABASE_URL", "") or SQLITE_URL
DATABASES = {"default": configured(DATABASE_URL)}
# Where PostgreSQL's programs are, for backups; empty, they are looked for.
POSTGRES_BIN = env.str("POSTGRES_BIN", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
# Browsers are told to come by https alone, and for how long not to try anything else: a month, because a mistake must
# be mended sooner than in a year; and of this name alone, because what is below it may be somebody else's.
MONTH = 30 * 24 * 60 * 60
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", MONTH, validate=validate.Range(min=0)) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", False) if HTTPS else False
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", False) if HTTPS else False
SECURE_REDIRECT_EXEMPT = [
    rf"^{re.escape(URL_PREFIX[1:])}/?health/$"
]  # a probe asks from inside, and follows no redirect
# Django looks for its own middleware by name; `own_machine.Security` is that, but for callers on the machine itself.
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

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = f"{URL_PREFIX}/static/"
STATICFILES_DIRS = [BASE_DIR / "budget_system" / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", "") or BASE_DIR / ".run" / "static"
# What was not collected, and where DEBUG is true everything, is served from the packages themselves.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", message="No directory at: ")  # it need not be there
PLAIN_STATIC_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": PLAIN_STATIC_FILES if DEBUG else "budget_system.web.static_files.Storage"},
}

UNFOLD = UNFOLD_SETTINGS

# Mail: where there is none, nobody can have a new password mailed. The link in it works once, and for an hour.
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

REDIS_CHOSEN = env.str("REDIS_URL", "")
REDIS_URL = REDIS_CHOSEN or default_url(BASE_DIR)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LEVELS))
LOG_FORMAT = env.str("LOG_FORMAT", "plain", validate=validate.OneOf(FORMS))
SECRETS = [*passwords_in([DATABASE_URL, REDIS_URL, EMAIL_URL]), SECRET_KEY]
ACCESS_LOG = env.bool("ACCESS_LOG", True)
LOGGING_CONFIG = "budget_system.operations.log_config.configure"
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT, secrets=SECRETS)
DEFAULT_EXCEPTION_REPORTER = "budget_system.operations.redaction.RedactingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "budget_system.operations.redaction.RedactingFilter"
HEALTH_STALE_SECONDS = env.int("HEALTH_STALE_SECONDS", 90)

CELERY_BROKER_URL = for_celery(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "budget_system:",  # a Redis may serve other projects too; their workers must not get our tasks
    "socket_connect_timeout": 2,
    "socket_timeout": 10,  # without it a broker that accepts and never answers would hang its caller for ever
    "health_check_interval": 10,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.5,
    "visibility_timeout": 360,  # longer than the longest task, so that none runs twice at once
    "unacked_restore_interval": 5,
    "unacked_mutex_expire": 30,  # a worker killed while it looks for lost messages would keep the others from it
    "unacked_restore_throttle": 1,  # by default a lost message is looked for only every 100 s
}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # worker and beat wait for their broker, however long it is away
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # and while it refuses: one that is full, or cannot write to its disk
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # no results are kept, so beat needs no row that cleans them up
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "tasks.beat:Scheduler"
CELERY_BEAT_SCHEDULE: dict[str, object] = {}  # rows are written once, by a migration; what stands here would overwrite
CELERY_BEAT_SYNC_EVERY = 1  # else `last_run_at`, from which /health/ knows beat, is saved every 180 s only

# Each process for itself, so that nothing else is needed to answer; what is counted there may be forgotten.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "budget_system.api.authentication.TokenAuthentication",
        "budget_system.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["budget_system.api.permissions.IsLoggedInOrOpen"],
    "DEFAULT_THROTTLE_CLASSES": ["budget_system.api.throttling.UserThrottle"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_PARSER_CLASSES": ["budget_system.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "budget_system.api.schema.ServiceSchema",
    "EXCEPTION_HANDLER": "budget_system.api.exceptions.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Budget Management System",
    "DESCRIPTION": "Budgets, spends and dayparting of an agency's campaigns. Amounts are strings with two decimals;"
    " a request may send a JSON number too. What was read can be sent back: read-only fields are taken with it, and"
    " ignored.",
    "VERSION": "1",
    "SERVERS": [{"url": URL_PREFIX}] if URL_PREFIX else [],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["budget_system.api.permissions.IsLoggedInOrOpen"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "budget_system.api.schema_enums.one_enum_each",
        "budget_system.api.schema.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CampaignStatus": "campaigns.status.CampaignStatus",
        "PauseReason": "campaigns.status.PauseReason",
        "Platform": "campaigns.models.Platform",
        "SpendType": "spending.models.SpendType",
        "Order": "campaigns.models.Order",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
