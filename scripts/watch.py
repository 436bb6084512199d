"""Watching `/health/` until everything is healthy."""

import http.client
import json
import logging
import threading
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings

from budget_system.core.addresses import is_loopback
from budget_system.web.loopback_only import OPEN
from scripts.output import announce

TIMEOUT = 150
"""Seconds in which everything should be healthy: beat sends its first task within a minute."""

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")

ANY_HOSTS = ("0.0.0.0", "::")
"""Where a server listens to be reached at every address of the machine."""


def watch(port: int) -> None:
    """Print, from a thread, all addresses once the web process responds, and when everything is healthy."""
    threading.Thread(target=_watch, args=(port,), daemon=True).start()


def _watch(port: int) -> None:
    deadline, is_announced, unwell = time.monotonic() + TIMEOUT, False, ["web does not answer"]
    while time.monotonic() < deadline:
        if words := _health(port):
            unwell = [f"{name} is {word}" for name, word in words.items() if word != "healthy"]
            if not is_announced:
                is_announced = True
                at = base_url(
                    bind=settings.BIND,
                    port=port,
                    names=settings.ALLOWED_HOSTS,
                    trusted=settings.CSRF_TRUSTED_ORIGINS,
                    loopback_only=settings.DEBUG or settings.API_AUTH == OPEN,
                    https=settings.HTTPS,
                    prefix=settings.URL_PREFIX,
                )
                announce(
                    f"\n  Admin  {at}/admin/\n  API    {at}/api/\n  Docs   {at}/api/docs/\n\nCtrl-C stops everything."
                    + (" All is healthy after the first tick, which comes within a minute." if unwell else "")
                )
            if not unwell:
                announce("Everything is healthy: " + ", ".join(words) + ".")
                return
        time.sleep(1)
    announce(f"Not healthy after {TIMEOUT} seconds: {', '.join(unwell)}; the lines above say why.", logging.ERROR)


def base_url(
    *,
    bind: str,
    port: int,
    names: Sequence[str],
    trusted: Sequence[str],
    loopback_only: bool,
    https: bool,
    prefix: str,
) -> str:
    """Return the beginning of every link: with the system's public name, else with one of this machine."""
    here = [name for name in names if is_loopback(name)]
    others = [name.removeprefix(".") for name in names if not is_loopback(name)]
    if others and not loopback_only:
        for known in trusted:  # says also at which port the proxy in front listens
            if urlsplit(known).hostname in others:
                return f"{known}{prefix}"
        return (f"https://{others[0]}" if https else f"http://{others[0]}:{port}") + prefix
    first = "localhost" if bind in (*LOOPBACK_HOSTS, *ANY_HOSTS) else f"[{bind}]" if ":" in bind else bind
    return f"http://{next((name for name in (first, 'localhost', *here) if name in here), 'localhost')}:{port}{prefix}"


def _health(port: int) -> dict[str, str]:
    """Return each part's status, empty while the web process does not respond."""
    names = [name for name in settings.ALLOWED_HOSTS if "*" not in name and not name.startswith(".")]
    host = next((name for name in names if is_loopback(name)), names[0] if names else "localhost")
    address = "127.0.0.1" if settings.BIND in ANY_HOSTS else settings.BIND
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/health/", headers={"Host": host})
        body = json.load(connection.getresponse())
        return {name: part["status"] for name, part in body["checks"].items()}
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return {}
    finally:
        connection.close()
