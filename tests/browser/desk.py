"""The running system that the browser visits, and the browser: started once, for all tests of the process."""

import atexit
import json
from contextlib import ExitStack
from functools import cache
from typing import Final

from tests.browser import snapshots
from tests.browser.chromium import Chromium
from tests.system.client import Api
from tests.system.slow import wait_until
from tests.system.stack import Stack, running_stack

SETTINGS: Final = {
    "DEBUG": "false",
    "HTTPS": "false",
    "API_AUTH": "closed",
    "ALLOW_SQLITE": "true",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "SITE_URL": "http://127.0.0.1",
    "DEFAULT_FROM_EMAIL": "budget@example.com",
}
FILL: Final = "from tests.browser.agency import fill; fill({folder!r})"
PATIENCE: Final = 90
"""Seconds that it has to start."""


class Desk:
    """A system in production's mode with web, worker and beat, and Chromium."""

    def __init__(self, last: ExitStack, fill: str = FILL) -> None:
        """Start it; `fill` is the Python by which its shell fills it."""
        self.stack: Stack = last.enter_context(running_stack(**SETTINGS))
        self.stack.start("web", "worker", "beat")
        self.stack.manage("shell", "--no-imports", "-c", fill.format(folder=str(self.stack.folder)))
        self.chromium = Chromium(last)
        self.sessions: dict[str, str] = self._noted(snapshots.SESSIONS)
        self.rows: dict[str, str] = self._noted(snapshots.ROWS)
        if not wait_until(self._answers, within=PATIENCE):
            raise RuntimeError(self.stack.logs())

    @property
    def url(self) -> str:
        """The address of the system."""
        return f"http://127.0.0.1:{self.stack.port}"

    def restore(self, snapshot: str) -> None:
        """Set the data back to what they were."""
        snapshots.restore(self.stack.folder / snapshot)

    def _noted(self, name: str) -> dict[str, str]:
        noted: dict[str, str] = json.loads((self.stack.folder / name).read_text())
        return noted

    def _answers(self) -> bool:
        try:
            return Api(self.stack.port, timeout=5).ask("GET", "/health/?only=web").status == 200
        except OSError:
            return False


@cache
def desk() -> Desk:
    """Return the system; it ends with the process."""
    last = ExitStack()
    atexit.register(last.close)
    return Desk(last)
