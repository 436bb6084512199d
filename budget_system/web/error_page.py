"""Pages that stand alone: refusals and errors, shown without the admin's frame, a database or external files.

Below `/api/` the same is answered in JSON.
"""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a page says, and the link that it offers: its text, and where it leads."""

    title: str
    sentence: str
    advice: str = ""
    way: str = ""
    leads_to: str = ""


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether an address belongs to the API, where refusals are JSON."""
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def page_response(page: ErrorPage, *, status: int) -> HttpResponse:
    """Answer with a page; it is not cached, because it holds for the moment only."""
    text = render_to_string("plain.html", {"page": page})
    return HttpResponse(text, status=status, headers={"Cache-Control": "no-store"})


def error_response(request: HttpRequest, page: ErrorPage, *, status: int, detail: str = "") -> HttpResponse:
    """Answer a person with a page, a program with `detail`, or without one with the page's sentence."""
    if is_for_programs(request):
        return JsonResponse({"detail": detail or page.sentence}, status=status, headers={"Cache-Control": "no-store"})
    return page_response(page, status=status)


START: Final = "To the start page"


def start_url() -> str:
    """Return the address of the start page."""
    return reverse("admin:index")
