"""What Django answers by itself, in our words: each says what happened, what to do, and where to go on."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from budget_system.core.validation import shown
from budget_system.web.error_page import START, ErrorPage, answer, start

ROLES: Final = "An administrator says who may do what: in the form of a brand, a user or a group."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400: not even the address or the headers could be read. What was wrong, the log says."""
    told = ErrorPage(
        "This request is not understood",
        "Its address, its host or what came with it is not in order.",
        "Open the system by the name that it goes by. Whoever runs it sets its names as ALLOWED_HOSTS, and finds in "
        "its log what was wrong.",
    )
    return answer(request, told, status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: whoever asks is known, and may not."""
    sentence = str(exception) or "Your role does not allow this."
    return answer(request, ErrorPage("Not allowed", sentence, ROLES, START, start()), status=403)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that was not made for whoever sends it: mostly one that was open since before a login."""
    told = ErrorPage(
        "This form is out of date",
        "Nothing was saved. You have logged in or out since the page was opened, or your browser keeps no cookies.",
        "Open the page again, and send it once more; cookies must be allowed.",
        "Open the page again",
        request.get_full_path(),
    )
    return answer(request, told, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404."""
    sentence = f"Nothing is at this address: {shown(request.path)}"
    advice = "It may have been mistyped, or what it showed is gone. Everything that is there is reached from the start."
    return answer(request, ErrorPage("Page not found", sentence, advice, START, start()), status=404)


def fault(request: HttpRequest) -> HttpResponse:
    """Answer 500: a fault of our own, whose traceback is in the log. Asks nothing of the database."""
    told = ErrorPage(
        "Something went wrong here",
        "This is a fault of the system, not of yours. What you sent may not have been saved: look before you send it "
        "again.",
        "Whoever runs the system finds the cause in its log.",
        START,
        start(),
    )
    return answer(request, told, status=500)
