"""What `benchmarks.post_spend` serves: the system, and beside it the smallest view, by the same server."""

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.module_loading import import_string

from budget_system.wsgi import application as ours

SMALL_PATH = "/small/"

Application = Callable[..., Iterable[bytes]]

_small: Application = import_string("benchmarks.small_view.application")  # which needs Django set up


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer by one of the two."""
    return (_small if environ["PATH_INFO"] == SMALL_PATH else ours)(environ, start_response)
