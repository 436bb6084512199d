"""How long requests take, by view: a histogram for Prometheus."""

import time
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Histogram

Answer = Callable[[HttpRequest], HttpResponseBase]

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
"""What is sent is the caller's choice, and each method and view of its own would be a line more for ever."""

REQUEST_SECONDS: Final = Histogram(
    "budget_request_seconds",
    "Time from a request's arrival at a worker of the web process to its answer.",
    ("view", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


class RequestTimesMiddleware:
    """Observes each request: its view's name, its method, and the class of its status (`2xx`)."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and observe."""
        begun = time.perf_counter()
        response = self._get_response(request)
        match = request.resolver_match  # none where a middleware answered, or nothing is there
        view = match.view_name if match is not None and match.view_name else OTHER
        method = request.method if request.method in METHODS else OTHER
        status = f"{response.status_code // 100}xx"
        REQUEST_SECONDS.labels(view, method, status).observe(time.perf_counter() - begun)
        return response
