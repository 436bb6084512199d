"""Who is let into the admin: everybody with an account that is active; what they see there, their reach says."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm as StockForm
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
else:
    from unfold.forms import AuthenticationForm
    from unfold.sites import UnfoldAdminSite


class LoginForm(AuthenticationForm):
    """Logs in whoever has an active account."""

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse accounts that are not active; Django's own asks for the mark of staff too."""
        StockForm.confirm_login_allowed(self, user)


class Site(UnfoldAdminSite):
    """The admin."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in who is logged in."""
        return request.user.is_active

    def get_urls(self) -> "list[URLPattern | URLResolver]":
        """Leave out the page that leads from a row's number to the site: it tells whether a row is there."""
        return [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]

    def password_change(  # type: ignore[override]  # what the types leave out: who did it is sent on
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change one's own password; who guesses at the present one is locked out as at the login."""
        if request.method == "POST":
            present = request.POST.get("old_password", "")
            authenticate(request, username=request.user.get_username(), password=present)
            if getattr(request, "axes_locked_out", False):
                return HttpResponse(status=429)  # the page comes from the middleware that locks out
        return super().password_change(request, extra_context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Search the lists by name; a page that is no number is not there."""
        if request.GET.get("page", "1") != "1":
            raise Http404
        found: TemplateResponse = super().search(request, extra_context)  # type: ignore[misc]  # the library's own
        return found
