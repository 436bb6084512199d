"""The web process: where it listens, which apps and middleware it has, what it serves."""

import warnings

from budget_system.admin.site import UNFOLD_SETTINGS
from budget_system.core.addresses import is_bindable
from budget_system.settings.environment import BASE_DIR, DEBUG, URL_PREFIX, env
from budget_system.web.body_limits import MAX_BODY, MAX_FORM_WITH_FILE

BIND = env.str("BIND", "127.0.0.1")
if not is_bindable(BIND):
    raise ValueError("BIND must be an IP address of this machine or localhost, like 127.0.0.1 or 0.0.0.0.")
FORCE_SCRIPT_NAME = URL_PREFIX or None
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
    "django.forms",  # the templates of its widgets, for the renderer below
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
    "delivery",
    "alerts",
    "tasks",
]

MIDDLEWARE = [
    "budget_system.web.access_log.AccessLogMiddleware",  # the first, so that it sees every answer and how long it took
    "budget_system.web.request_times.RequestTimesMiddleware",
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
            "libraries": {"list_rows": "budget_system.admin.list_rows"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # a widget's template may stand among ours

# Never in the folder for temporary files, where anybody could fill the disk: the few files that may come fit in memory.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = MAX_FORM_WITH_FILE
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY

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
