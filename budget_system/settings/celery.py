"""The broker, and how worker and beat use it."""

from budget_system.operations.broker import default_url, for_celery
from budget_system.settings.environment import BASE_DIR, env

REDIS_CHOSEN = env.str("REDIS_URL", "")
REDIS_URL = REDIS_CHOSEN or default_url(BASE_DIR)
HEALTH_STALE_SECONDS = env.int("HEALTH_STALE_SECONDS", 90)

CELERY_BROKER_URL = for_celery(REDIS_URL)
BROKER_KEY_PREFIX = "budget_system:"  # a Redis may serve other projects too; their workers must not get our tasks
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": BROKER_KEY_PREFIX,
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
# What leaves the house has a worker of its own: a receiver that hangs delays no tick.
CELERY_TASK_ROUTES = {"tasks.delivery_tasks.*": {"queue": "delivery"}}
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "tasks.beat:Scheduler"
CELERY_BEAT_SCHEDULE: dict[str, object] = {}  # rows are written once, by a migration; what stands here would overwrite
CELERY_BEAT_SYNC_EVERY = 1  # else `last_run_at`, from which /health/ knows beat, is saved every 180 s only
