"""Pages that stand alone: refusals and faults, shown without the admin's frame, a database or a file from elsewhere.

Below `/api/` the same is said in JSON.
"""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a page says, and the way out that it offers: the words of a link, and where it leads."""

    title: str
    sentence: str
    advice: str = ""
    way: str = ""
    leads_to: str = ""


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether an address is the API's, where refusals are JSON."""
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def page(told: ErrorPage, *, status: int) -> HttpResponse:
    """Answer a person; nothing keeps such a page, for it holds for the moment only."""
    text = render_to_string("plain.html", {"told": told})
    return HttpResponse(text, status=status, headers={"Cache-Control": "no-store"})


def answer(request: HttpRequest, told: ErrorPage, *, status: int, detail: str = "") -> HttpResponse:
    """Answer a person with a page, a program with `detail`, or without one with the page's sentence."""
    if is_for_programs(request):
        return JsonResponse({"detail": detail or told.sentence}, status=status, headers={"Cache-Control": "no-store"})
    return page(told, status=status)


START: Final = "To the start page"


def start() -> str:
    """Return the address from which everything else is found."""
    return reverse("admin:index")
