"""The database, and what each process keeps in memory."""

from budget_system.core.replica import REPLICA
from budget_system.operations.databases import configured, replica
from budget_system.settings.environment import BASE_DIR, env

ALLOW_SQLITE = env.bool("ALLOW_SQLITE", False)
SQLITE_URL = f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASE_URL = env.str("DATABASE_URL", "") or SQLITE_URL
DATABASES = {"default": configured(DATABASE_URL)}
# A standby of it, for lists and files; see core.replica.
REPLICA_DATABASE_URL = env.str("REPLICA_DATABASE_URL", "")
if REPLICA_DATABASE_URL:
    DATABASES[REPLICA] = replica(REPLICA_DATABASE_URL, of=DATABASE_URL)
    DATABASE_ROUTERS = ["budget_system.core.replica.ReplicaRouter"]
# Where PostgreSQL's programs are, for backups; empty, they are looked for.
POSTGRES_BIN = env.str("POSTGRES_BIN", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Each process for itself, so that nothing else is needed to answer; what is counted there may be forgotten.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 20_000}},
}
