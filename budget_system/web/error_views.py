"""The answers of Django's own error handlers: each says what happened, what to do, and where to go on."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from budget_system.core.validation import excerpt
from budget_system.web.error_page import START, ErrorPage, error_response, start_url

ROLES: Final = "An administrator says who may do what: in the form of a brand, a user or a group."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: not even the address or the headers could be read. The log says why."""
    page = ErrorPage(
        "This request is not understood",
        "Its address, its host or what came with it is not in order.",
        "Open the system by the name that it goes by. Whoever runs it sets its names as ALLOWED_HOSTS, and finds in "
        "its log what was wrong.",
    )
    return error_response(request, page, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: the caller is known, and may not."""
    sentence = str(exception) or "Your role does not allow this."
    return error_response(request, ErrorPage("Not allowed", sentence, ROLES, START, start_url()), status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that was not made for its sender: mostly one that was opened before a login."""
    page = ErrorPage(
        "This form is out of date",
        "Nothing was saved. You have logged in or out since the page was opened, or your browser keeps no cookies.",
        "Open the page again, and send it once more; cookies must be allowed.",
        "Open the page again",
        request.get_full_path(),
    )
    return error_response(request, page, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    sentence = f"Nothing is at this address: {excerpt(request.path)}"
    advice = "It may have been mistyped, or what it showed is gone. Everything that is there is reached from the start."
    return error_response(request, ErrorPage("Page not found", sentence, advice, START, start_url()), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: a fault of our own, whose traceback is in the log. Uses no database."""
    page = ErrorPage(
        "Something went wrong here",
        "This is a fault of the system, not of yours. What you sent may not have been saved: look before you send it "
        "again.",
        "Whoever runs the system finds the cause in its log.",
        START,
        start_url(),
    )
    return error_response(request, page, status=500)
