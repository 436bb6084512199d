"""What no page may do while a test looks at it: ask another host, or complain in the console."""

from typing import Final

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

OWN_KINDS: Final = ("data:", "blob:", "about:")


class Watcher:
    """Notes what goes wrong on any page of a browser's window."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self.expected: set[int] = set()
        """Statuses that a test asks for on purpose."""
        self._url = url
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("console", self._said)
        context.on("weberror", self._broke)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self._url}/", *OWN_KINDS)):
            self.faults.append(f"{_page_of(request)} asks another host: {request.url[:200]}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.faults.append(f"{response.request.method} {response.url} is answered {response.status}")

    def _said(self, message: ConsoleMessage) -> None:
        # Errors of loading are told with their status above.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"in the console of {message.page.url if message.page else '?'}: {message.text[:500]}")

    def _broke(self, error: WebError) -> None:
        self.faults.append(f"a script of {error.page.url if error.page else '?'} ends with {str(error.error)[:500]}")


def _page_of(request: Request) -> str:
    return request.headers.get("referer", request.url)[:200]
