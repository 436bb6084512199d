"""The limit of a body: one rule for the server, which reads bodies, and for Django, which refuses them.

Files are sent to one form only, the admin's import; they are held in memory, and a longer one is refused before it is
read.
"""

from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from budget_system.web.error_page import ErrorPage, error_response

MB: Final = 1024 * 1024
MAX_BODY: Final = MB
MAX_BULK_BODY: Final = 20 * MB
MAX_FILE: Final = 20 * MB
MAX_FORM_WITH_FILE: Final = MAX_FILE + 64 * 1024
"""What surrounds a file in its form is small."""

IMPORT_FORM: Final = "/admin/spending/import/import/"
LARGE_BODY_PATHS: Final[Mapping[str, int]] = {"/api/spends/bulk/": MAX_BULK_BODY, IMPORT_FORM: MAX_FORM_WITH_FILE}

Answer = Callable[[HttpRequest], HttpResponseBase]


def max_body(path: str) -> int:
    """Return how many bytes a request to this path may carry."""
    return LARGE_BODY_PATHS.get(path, MAX_BODY)


def too_large_message(path: str) -> ErrorPage:
    """Return the message for a body that is too large."""
    sentence = f"The body is too large; at most {max_body(path) // MB} MB are taken at a time."
    if path == IMPORT_FORM:
        sentence = f"The file is too large; at most {MAX_FILE // MB} MB are taken here."
        return ErrorPage(
            "This file is too large",
            sentence,
            "The command import_spends takes files of any size, and so does the folder that it watches.",
            "Back to the form",
            reverse("admin:spending_import_import_report"),
        )
    return ErrorPage("This is too large", sentence, "Send less at a time.")


class BodyLimitMiddleware:
    """Answers 413 to a body that is longer than its path allows, before anything reads it: the CSRF check does."""

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass a request on, or refuse it."""
        if _announced(request) > max_body(request.path_info):
            return error_response(request, too_large_message(request.path_info), status=413)
        return self._get_response(request)


def _announced(request: HttpRequest) -> int:
    """Return the announced length; an invalid one is left to Django, which takes it for 0 and refuses it."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
