"""The browser: found on the machine, and started so that it needs no home, no display and no other host.

`python -m tests.browser.chromium` tells whether there is one.
"""

import os
import platform
import shutil
import sys
import tempfile
from asyncio import AbstractEventLoop, _get_running_loop, _set_running_loop
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS: Final = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MISSING: Final = "needs Chromium: sudo apt-get install chromium, or brew install --cask chromium"
NO_OTHER_HOST: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def find_chromium() -> str:
    """Return the path of a browser of Chromium's family; empty where there is none."""
    found = [path for name in PROGRAMS if (path := shutil.which(name))]
    if platform.system() == "Darwin":
        found += [path for path in ON_MACOS if Path(path).exists()]
    return found[0] if found else ""


class Chromium:
    """The browser, which may be used between `resume` and `suspend`."""

    def __init__(self, last: ExitStack) -> None:
        """Start it; `last` ends it."""
        home = tempfile.mkdtemp(prefix="budget-browser-")
        last.callback(shutil.rmtree, home, ignore_errors=True)
        playwright = last.enter_context(sync_playwright())
        self._loop: AbstractEventLoop | None = _get_running_loop()
        self.browser: Browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[NO_OTHER_HOST, *(["--no-sandbox"] if os.geteuid() == 0 else [])],  # root's has no sandbox
            env={**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home},
        )
        last.callback(self.browser.close)
        last.callback(self.resume)
        self.suspend()

    def resume(self) -> None:
        """Resume Playwright."""
        _set_running_loop(self._loop)

    def suspend(self) -> None:
        """Suspend Playwright: else Django takes this thread for an asynchronous one, and refuses other tests."""
        _set_running_loop(None)


def main() -> int:
    """Print so where there is no browser; return the exit status."""
    if find_chromium():
        return 0
    print(f"The tests in a browser are skipped: the suite {MISSING}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
