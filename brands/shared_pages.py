"""Pages for whoever has a link: a client's month, read without a login, and nothing else."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from brands.access.month_links import opened_link
from brands.admin.month.files import month_file
from brands.admin.month.shown import show_month
from brands.models import MonthLink
from budget_system.api.downloads import CSVFormat
from budget_system.api.link_pages import link_page
from budget_system.web.error_page import ErrorPage, page_response
from spending.reports.client_month import client_month

GONE: Final = ErrorPage(
    "This link does not work",
    "It has expired, was revoked, or is not complete.",
    "Ask whoever sent it to you for a new one.",
)


@require_safe
@link_page
def shared_month(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the month of a link, or answer with it as CSV; every token that does not work is answered alike."""
    link = opened_link(token, now=timezone.now())
    return page_response(GONE, status=404) if link is None else _month(request, link)


def _month(request: HttpRequest, link: MonthLink) -> HttpResponseBase:
    month = client_month(link.brand, link.month, now=timezone.now())
    if request.GET.get("format") == CSVFormat.format:
        return month_file(month, CSVFormat.format)
    # Without the request, so that no context processor asks for the session.
    context = {"month": show_month(month), "expires_at": link.expires_at, "shows_people": False}
    return HttpResponse(render_to_string("month/shared.html", context))
