"""The address of the broker, as each library spells it; and which brokers are unsuitable.

`REDIS_URL` may be `redis://`, `rediss://` (TLS), or a Unix socket in either spelling: redis-py says
`unix:///path?db=0`, Celery `redis+socket:///path?virtual_host=0`.
"""

from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from budget_system.core.addresses import is_loopback

_TCP = ("redis", "rediss")
_SOCKET = {"unix": "db", "redis+socket": "virtual_host"}

HOW_TO_QUOTE = "characters like @ : / ? # [ ] % in its user or password must be percent-encoded, as %40 for @."

DEFAULT_URL = "redis://127.0.0.1:6379/0"

MIN_VERSION = (6, 2)
"""The first Redis with what the worker needs for its queue: BLMOVE, and ZRANGE by score."""

UNSUPPORTED_MODES = {
    "cluster": "a Redis Cluster, which Celery cannot use as a broker",
    "sentinel": "a Redis Sentinel, which holds no messages but knows who does",
}
"""What answers like a Redis and is unsuitable, by the mode that it reports."""


def note_path(folder: Path) -> Path:
    """Return the file in which `run_all.sh` stores the address of the broker it started, while that runs."""
    return folder / ".run" / "broker.url"


def default_url(folder: Path) -> str:
    """Return the broker's address where `REDIS_URL` is empty: that of the one `run_all.sh` started, else the default
    port.

    So a command typed beside a running system finds its broker.
    """
    try:
        noted = note_path(folder).read_text()
    except FileNotFoundError:
        return DEFAULT_URL
    return noted if Path(urlsplit(noted).path).is_socket() else DEFAULT_URL


def for_celery(url: str) -> str:
    """Return the address as Celery spells it."""
    return _spelled(url, "redis+socket")


def for_client(url: str) -> str:
    """Return the address as redis-py spells it."""
    return _spelled(url, "unix")


def is_protected(url: str) -> bool:
    """Return whether others are kept out: by a password, or because it is on this machine."""
    asked = parse_url(for_client(url))  # type: ignore[no-untyped-call]  # the library leaves this one out
    return "path" in asked or bool(asked.get("password")) or is_loopback(asked.get("host", "localhost"))


def client_of(url: str, *, within: float) -> redis.Redis:
    """Return a client that gives up after so many seconds, and does not retry."""
    return redis.Redis.from_url(
        for_client(url), socket_timeout=within, socket_connect_timeout=within, retry=Retry(NoBackoff(), 0)
    )


def why_unsupported(url: str) -> str | None:
    """Return a sentence where the kind or version of the broker cannot be used; `None` where it does not answer."""
    try:
        with client_of(url, within=2.0) as client:
            server = client.info("server")
    except (redis.RedisError, OSError):  # also: a hosted one may keep its version to itself
        return None
    mode = server.get("redis_mode") or server.get("server_mode", "")  # Redis's word, and Valkey's
    if unsupported := UNSUPPORTED_MODES.get(str(mode)):
        return f"This is {unsupported}; put the address of a single Redis into REDIS_URL."
    return why_too_old(str(server["redis_version"]))


def why_too_old(version: str) -> str | None:
    """Return a sentence where a Redis of this version cannot be used."""
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_VERSION:
        return f"This Redis is {version}, and too old; install 6.2 or later, or Valkey, then start again."
    return None


def _spelled(url: str, scheme: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read, because only then what is no port is refused
    except ValueError:
        # What was thrown may quote a piece of the password.
        raise ValueError(f"REDIS_URL cannot be read: {HOW_TO_QUOTE}") from None
    if parts.scheme in _TCP:
        return url
    if parts.scheme not in _SOCKET:
        raise ValueError("REDIS_URL must begin with redis://, rediss://, unix:// or redis+socket://.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if (database := query.pop(_SOCKET[parts.scheme], None)) is not None:
        query[_SOCKET[scheme]] = database
    return f"{scheme}://{parts.netloc}{parts.path}" + (f"?{urlencode(query)}" if query else "")
