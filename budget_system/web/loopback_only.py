"""What is for trying out on one's own machine is served to that machine alone.

In open mode nobody is asked who he is, and with DEBUG an error shows the inside: so there only a caller on this machine
is served, who knows it by a name of its own, through no proxy, and whom no web page has sent. A page of another site
could otherwise have a browser on this machine do its work, also under a name of its own that it makes point here
(DNS rebinding): hence the names. Closed and without DEBUG, login, tokens, CSRF and ALLOWED_HOSTS do all of this.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.middleware import common, security

from budget_system.core.addresses import is_loopback
from budget_system.web.error_page import ErrorPage, error_response

Answer = Callable[[HttpRequest], HttpResponseBase]

OPEN: Final = "open"
PROBES: Final = frozenset({"/health/", "/metrics"})
"""What programs on the machine itself request, every few seconds for as long as the system runs."""


PROXY_HEADERS: Final = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
PROXY_HEADER_PREFIX: Final = "HTTP_X_FORWARDED"

HARMLESS_SITES: Final = frozenset({"", "none", "same-origin", "same-site"})
"""What a browser says of where a request came from: typed by the person, or from a page of this machine."""

ADVICE: Final = (
    "On the machine itself, open it by the name localhost, with no proxy between. To serve others, set API_AUTH=closed "
    "and DEBUG=false; env.example explains both."
)


def why_not_direct(request: HttpRequest) -> str:
    """Return what shows that a request did not come straight from this machine; nothing where it did."""
    meta = request.META
    if not is_loopback(meta.get("REMOTE_ADDR", "")):
        return "you are on another machine"
    if not _is_own_name(meta.get("HTTP_HOST") or meta.get("SERVER_NAME", "")):
        return "the address names no localhost, 127.0.0.1 or [::1]"
    for header in meta:
        if header in PROXY_HEADERS or header.startswith(PROXY_HEADER_PREFIX):
            return "a proxy has passed your request on"
    return ""


def why_cross_site(request: HttpRequest) -> str:
    """Return what shows that a page of another site sent the request; nothing where none did."""
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None and origin != f"{request.scheme}://{request.META.get('HTTP_HOST', '')}":
        return "a page of another origin has sent your request"
    if request.META.get("HTTP_SEC_FETCH_SITE", "") not in HARMLESS_SITES:
        return "a page of another site has sent your request; type the address yourself"
    return ""


class LoopbackOnlyMiddleware:
    """Answers 403 to whoever is not on this machine, in open mode and with DEBUG."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass a request on, or refuse it."""
        if settings.API_AUTH != OPEN and not settings.DEBUG:
            return self._get_response(request)
        what = why_not_direct(request) or why_cross_site(request)
        return _refused(request, what) if what else self._get_response(request)


class SecurityMiddleware(security.SecurityMiddleware):
    """Django's own, but for plain http on the machine itself: that crosses no network, and no proxy is there to ask."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Send a caller on to https, unless it came straight from this machine."""
        return super().process_request(request) if why_not_direct(request) else None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add the headers; where HSTS lasts no time, make browsers forget an earlier one."""
        answered = super().process_response(request, response)
        if self.redirect and not self.sts_seconds and request.is_secure():
            answered.headers.setdefault("Strict-Transport-Security", "max-age=0")
        return answered


class CommonMiddleware(common.CommonMiddleware):
    """Django's own, but a probe on the machine itself need not know the name that the system has for others.

    Only these addresses, and only by a name of the machine's own: a page that makes its name point here (DNS rebinding)
    still meets ALLOWED_HOSTS, as every other address does.
    """

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        """Ask for a name in ALLOWED_HOSTS, unless a probe asks from the machine itself."""
        if request.path_info in PROBES and not why_not_direct(request):
            return None
        return super().process_request(request)


def _is_own_name(host: str) -> bool:
    name, _ = split_domain_port(host)
    return is_loopback(name) or name in settings.LOOPBACK_NAMES


def _refused(request: HttpRequest, what: str) -> HttpResponse:
    mode = "API_AUTH=open" if settings.API_AUTH == OPEN else "DEBUG=true"
    sentence = f"With {mode} only callers on this machine itself are served, and {what}."
    return error_response(request, ErrorPage("Served to this machine only", sentence, ADVICE), status=403)
