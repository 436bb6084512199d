"""The page of a brand's month: figures, files, and the links by which a client reads it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.decorators import action

from brands.access.month_links import create_month_link, revoke_month_link
from brands.admin.month.files import month_file, month_of
from brands.admin.month.links import LinkForm, month_url, shared_url, shown_links
from brands.admin.month.shown import show_month
from brands.calendar import ONE_DAY, first_of_month, local_date
from brands.models import Brand
from budget_system.admin.archive import ArchivingAdmin, row_is_archived
from budget_system.admin.changelists import actor
from budget_system.admin.exporting import FORMATS
from budget_system.core.errors import ServiceError
from spending.models import FIRST_DATE
from spending.reports.client_month import ClientMonth, client_month


class MonthPages(ArchivingAdmin[Brand]):
    """A brand's months, one page each."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.month_page)
        return [path("<uuid:brand_id>/month/<str:month>/", page, name="brands_brand_month"), *super().get_urls()]

    @action(description="Month", url_path="month", permissions=["view"], icon="calendar_month")  # type: ignore[untyped-decorator]
    def this_month(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Redirect to the page of the month that it is in the brand."""
        brand = self.row_of(request, object_id)
        if brand is None:
            return HttpResponseRedirect(self.list_url())
        return HttpResponseRedirect(month_url(brand, f"{local_date(timezone.now(), brand.timezone):%Y-%m}"))

    def month_page(self, request: HttpRequest, brand_id: UUID, month: str) -> HttpResponseBase:
        """Show a month, answer with it as a file, or create or revoke a link to it."""
        now = timezone.now()
        brand = self.row_of(request, str(brand_id))
        if brand is None:
            return HttpResponseRedirect(self.list_url())
        first = month_of(month, local_date(now, brand.timezone))
        if first is None:
            raise Http404(f"“{month}” is no month that has begun.")
        if request.method == "POST":
            return self._post(request, brand, first, now)
        figures = client_month(brand, first, now=now)
        kind = request.GET.get("format")
        return self._page(request, figures) if kind is None else self._file(request, figures, kind)

    def _post(self, request: HttpRequest, brand: Brand, first: date, now: datetime) -> HttpResponse:
        if not self.has_change_permission(request, brand):
            raise PermissionDenied
        if "revoke" in request.POST:
            return self._revoke(request, brand, first, now)
        form = LinkForm(request.POST)
        if not form.is_valid():
            return self._page(request, client_month(brand, first, now=now), form)
        created = create_month_link(
            brand=brand, month=first, expires_at=form.expires_at(now), now=now, by=actor(request)
        )
        context = {
            **self._context(request, brand),
            "title": f"Link to {first:%B %Y} of {brand}",
            "link": created.link,
            "address": shared_url(request, created.token),
            "back": month_url(brand, f"{first:%Y-%m}"),
        }
        return TemplateResponse(request, "admin/budget/month_link.html", context)

    def _revoke(self, request: HttpRequest, brand: Brand, first: date, now: datetime) -> HttpResponse:
        try:
            link_id = UUID(request.POST["revoke"])
            link = revoke_month_link(link_id=link_id, brand_id=brand.pk, now=now, by=actor(request))
        except ValueError as error:
            raise Http404("This is no link's id.") from error
        except ServiceError as error:
            self.message_user(request, error.message, messages.ERROR)
        else:
            text = f"The link {link.beginning}… is revoked; whoever opens it reads nothing any more."
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(month_url(brand, f"{first:%Y-%m}"))

    def _page(self, request: HttpRequest, month: ClientMonth, form: LinkForm | None = None) -> HttpResponse:
        brand, first = month.brand, month.first
        later = month.last + ONE_DAY
        shares = self.has_change_permission(request, brand) and not row_is_archived(brand)
        context = {
            **self._context(request, brand),
            "title": f"{month.first:%B %Y}",
            "month": show_month(month),
            "previous": _link_to(brand, first_of_month(first - ONE_DAY)) if first > FIRST_DATE else None,
            "next": _link_to(brand, later) if later <= month.today else None,
            "form": (form or LinkForm()) if shares else None,
            "links": shown_links(brand, now=month.now) if shares else (),
            "files": list(FORMATS.items()),
            "shows_people": True,
        }
        return TemplateResponse(request, "admin/budget/month.html", context)

    def _file(self, request: HttpRequest, month: ClientMonth, kind: str) -> HttpResponseBase:
        if kind not in FORMATS:
            raise Http404(f"A month does not come as “{kind}”.")
        try:
            return month_file(month, kind)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return HttpResponseRedirect(month_url(month.brand, f"{month.first:%Y-%m}"))

    def _context(self, request: HttpRequest, brand: Brand) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "original": brand,
            "crumb": "Month",
        }


def _link_to(brand: Brand, first: date) -> tuple[str, str]:
    return month_url(brand, f"{first:%Y-%m}"), f"{first:%B %Y}"
