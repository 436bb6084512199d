"""Settings of the budget system: one file, every value read from the environment and checked.

`env.example` explains each variable. A `.env` beside `manage.py` is read first, except by tests, which must give
the same answer on every machine and therefore read neither `.env` nor `DATABASE_URL`.
"""

import os
import sys
import tempfile
import zoneinfo
from pathlib import Path

from environs import Env, validate

from budget_system.admin.site import FRAME
from budget_system.broker import default_url, for_celery
from budget_system.databases import configured
from budget_system.logs import FORMS, LEVELS, logging_config

# The pinned tzdata, not the machine's: or two machines could disagree about when a brand's day ends.
zoneinfo.reset_tzpath(())

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules or sys.argv[1:2] == ["test"]

env = Env()
if not TESTING:
    env.read_env(str(BASE_DIR / ".env"), recurse=False)

SECRET_KEY = "only-for-tests" if TESTING else env.str("SECRET_KEY", "")
DEBUG = False if TESTING else env.bool("DEBUG", False)
# Without a word the system is closed: who asks must log in, or send a token.
API_AUTH = "open" if TESTING else env.str("API_AUTH", "closed", validate=validate.OneOf(["open", "closed"]))
# Requests a minute, in each web process: by user, and by address where nobody knows who asks.
THROTTLE_USER = 1_000_000 if TESTING else env.int("THROTTLE_USER", 6000, validate=validate.Range(min=1))
THROTTLE_ANONYMOUS = 1_000_000 if TESTING else env.int("THROTTLE_ANONYMOUS", 60, validate=validate.Range(min=1))
# How many of the addresses in X-Forwarded-For are the word of one's own proxies.
TRUSTED_PROXIES = 0 if TESTING else env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
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
    "brands",
    "campaigns",
    "scheduling",
    "spending",
    "tasks",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "budget_system.outages.OutageMiddleware",
    "budget_system.outages.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "budget_system.urls"
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

SQLITE_URL = f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASE_URL = env.str("TEST_DATABASE_URL" if TESTING else "DATABASE_URL", "") or SQLITE_URL
DATABASES = {"default": configured(DATABASE_URL)}
if DATABASE_URL.startswith("sqlite://"):
    # A file, because threads cannot share a database in memory; one for each process, because test runs may overlap.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/budget-test-{os.getpid()}.sqlite3"}
# Where PostgreSQL's programs are, for backups; empty, they are looked for.
POSTGRES_BIN = env.str("POSTGRES_BIN", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "budget_system" / "static"]
WHITENOISE_USE_FINDERS = True  # served from the packages themselves: no collectstatic to run, none to forget

UNFOLD = FRAME

LOG_LEVEL = "WARNING" if TESTING else env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LEVELS))
LOG_FORMAT = "plain" if TESTING else env.str("LOG_FORMAT", "plain", validate=validate.OneOf(FORMS))
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT)

# Nothing listens on port 1: a test that needs a broker starts one of its own.
REDIS_URL = "redis://127.0.0.1:1/0" if TESTING else env.str("REDIS_URL", "") or default_url(BASE_DIR)
HEALTH_STALE_SECONDS = 90 if TESTING else env.int("HEALTH_STALE_SECONDS", 90)

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
    "unacked_restore_throttle": 1,  # by default a lost message is looked for only every 100 s
}
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # worker and beat wait for their broker, however long it is away
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

if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEST_RUNNER = "tests.runner.Runner"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "budget_system.api.entrance.TokenLogin",
        "budget_system.api.entrance.SessionLogin",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["budget_system.api.entrance.Entrance"],
    "DEFAULT_THROTTLE_CLASSES": ["budget_system.api.throttles.UserThrottle"],
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_PARSER_CLASSES": ["budget_system.api.parser.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    "DEFAULT_SCHEMA_CLASS": "budget_system.api.schema.ServiceSchema",
    "EXCEPTION_HANDLER": "budget_system.api.errors.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Budget Management System",
    "DESCRIPTION": "Budgets, spends and dayparting of an agency's campaigns. Amounts are strings with two decimals.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["budget_system.api.entrance.Entrance"],
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
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
