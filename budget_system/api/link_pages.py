"""Pages for whoever has a link that names what it opens: read without a login, throttled by address, kept by nobody."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from budget_system.api.throttling import RateLimit
from budget_system.web.client_address import address_of
from budget_system.web.error_page import ErrorPage, page_response

TOO_OFTEN: Final = ErrorPage("Opened too often", "Too many links were opened from your address. Try again in a minute.")
_HEADERS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

LinkView = Callable[[HttpRequest, str], HttpResponseBase]
"""A view of a request and the token of a link. It asks for no session, and sets no cookie."""


def link_page(view: LinkView) -> LinkView:
    """Make a view count the links that are opened from an address, and let nobody store or index what it answers."""
    opened = RateLimit(view.__name__, "THROTTLE_ANONYMOUS")

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponseBase:
        response = _answer(request, token)
        for name, value in _HEADERS.items():
            response[name] = value
        return response

    def _answer(request: HttpRequest, token: str) -> HttpResponseBase:
        caller = Request(request)
        if not opened.has_room(address_of(caller)):
            refused = page_response(TOO_OFTEN, status=429)
            refused["Retry-After"] = str(opened.wait())
            return refused
        opened.count(caller)
        return view(request, token)

    return answer
