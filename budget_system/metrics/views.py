"""The page that Prometheus reads: `/metrics`."""

import os
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from budget_system.api.authentication import is_administrator
from budget_system.metrics.figures import StoredFigures
from budget_system.web.error_page import ErrorPage, error_response
from budget_system.web.loopback_only import why_not_direct
from budget_system.web.request_times import REQUEST_SECONDS

ADVICE: Final = "Send the token of an administrator: Authorization: Token …"


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer an administrator's token, or a program on this machine itself, in Prometheus' text format."""
    if why_not_direct(request) and not is_administrator(request):
        sentence = "The figures are for programs on the machine itself, and for administrators."
        return error_response(request, ErrorPage("Not for everybody", sentence, ADVICE), status=403)
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # one of several workers: it tells of all, see `gunicorn_config`
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves this one out
    else:
        registry.register(REQUEST_SECONDS)
    registry.register(StoredFigures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
