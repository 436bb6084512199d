"""Headers for browsers on every page: which scripts may run in it, and that private pages are not stored."""

from typing import Final

from csp.constants import UNSAFE_EVAL
from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

ADMIN: Final = "/admin/"
PRIVATE_PREFIXES: Final = (ADMIN, "/api/")
NO_STORE: Final = "no-store"


class BrowserHeadersMiddleware(CSPMiddleware):
    """Sends `Content-Security-Policy` with every page, and `Cache-Control: no-store` with private ones.

    No inline script runs anywhere. The admin's library makes functions of attributes in its pages (Alpine's `x-data`),
    which takes `unsafe-eval`: so it is allowed there, and nowhere else.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Add the headers, also to refusals and errors."""
        path = request.path_info
        if path.startswith(ADMIN):
            response._csp_update = {"script-src": [UNSAFE_EVAL]}  # type: ignore[attr-defined]  # as csp_update() does
        if path.startswith(PRIVATE_PREFIXES) and NO_STORE not in response.get("Cache-Control", ""):
            response["Cache-Control"] = NO_STORE
        return super().process_response(request, response)
