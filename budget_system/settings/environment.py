"""Reading the environment, and the settings on which those of several topics depend."""

import zoneinfo
from pathlib import Path

from environs import FileAwareEnv, validate

from budget_system.core.addresses import path_prefix

# The pinned tzdata, not the machine's: or two machines could disagree about when a brand's day ends.
zoneinfo.reset_tzpath(())

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = FileAwareEnv(strip_whitespace=True)
env.read_env(str(BASE_DIR / ".env"), recurse=False)

SECRET_KEY = env.str("SECRET_KEY", "")
DEBUG = env.bool("DEBUG", False)
HTTPS = env.bool("HTTPS", not DEBUG)
# Whether requests may go to receivers on this machine: only while trying it out, see `operations.outgoing`.
OUTGOING_LOOPBACK = DEBUG
BEHIND_PROXY = env.bool("BEHIND_PROXY", False)
# How many of the addresses in X-Forwarded-For are the word of one's own proxies.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", int(BEHIND_PROXY), validate=validate.Range(min=0))
# The path below which everything is served, as of one of several on a site; `gunicorn_worker` takes it off.
URL_PREFIX = path_prefix(env.str("URL_PREFIX", ""))

LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "budget_system.admin.formats"  # one style of dates everywhere
TIME_ZONE = "UTC"
USE_TZ = True
