"""The admin site: every active account may log in; what they see there depends on their access."""

from collections.abc import Callable
from functools import update_wrapper
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm as StockForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils.decorators import method_decorator
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_post_parameters

from budget_system.accounts.second_factor import pages
from budget_system.accounts.second_factor.devices import totp_device
from budget_system.accounts.second_factor.sessions import must_set_up
from budget_system.accounts.views import OwnPasswordView

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
else:
    from unfold.forms import AuthenticationForm
    from unfold.sites import UnfoldAdminSite


_View = TypeVar("_View", bound=Callable[..., HttpResponseBase])


class SecondFactorRequired(Exception):
    """The right password was given for an account that asks for a code too."""

    def __init__(self, user: User) -> None:
        super().__init__("A code is needed too.")
        self.user = user


class LoginForm(AuthenticationForm):
    """Logs in active accounts."""

    def confirm_login_allowed(self, user: User) -> None:
        """Refuse inactive accounts; Django's own form requires the staff flag too.

        Raise `SecondFactorRequired` where the password is right and a second factor is on.
        """
        StockForm.confirm_login_allowed(self, user)
        if totp_device(user) is not None:
            raise SecondFactorRequired(user)


class BudgetAdminSite(UnfoldAdminSite):
    """The admin."""

    def has_permission(self, request: HttpRequest) -> bool:
        """Allow everybody who is logged in."""
        return request.user.is_active

    def get_urls(self) -> "list[URLPattern | URLResolver]":
        """Add the pages of the second factor, before the page that takes every address.

        Leave out the page that redirects from a row's number to the site: it would show whether a row exists.
        """
        stock = [one for one in super().get_urls() if getattr(one, "name", "") != "view_on_site"]
        return [
            path("login/code/", self.second_factor_login, name="second_factor_login"),
            path("second_factor/", self.admin_view(self.second_factor), name="second_factor"),
            path("second_factor/codes/", self.admin_view(self.second_factor_codes), name="second_factor_codes"),
            path("second_factor/off/", self.admin_view(self.second_factor_off), name="second_factor_off"),
            path("tables/", self.admin_view(self.tables), name="tables"),
            path("today/", include("spending.admin.today.urls")),
            *stock,
        ]

    def admin_view(self, view: _View, cacheable: bool = False) -> _View:
        """Wrap a page: require a login, and redirect users who must set up a second factor first."""
        page = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if must_set_up(request.user) and view not in (self.second_factor, self.logout):
                return HttpResponseRedirect(reverse("admin:second_factor"))
            return page(request, *args, **kwargs)

        return cast(_View, update_wrapper(inner, page))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Log in by password; where a second factor is on, ask for its code on a page of its own.

        Where mail is set up, link to the page for a forgotten password.
        """
        try:
            return super().login(request, {"resets_by_mail": settings.MAIL_IS_SET_UP, **(extra_context or {})})
        except SecondFactorRequired as needed:
            return pages.to_login_code(request, needed.user)

    @method_decorator(sensitive_post_parameters())
    def second_factor_login(self, request: HttpRequest) -> HttpResponse:
        """Complete a login by a code."""
        return pages.login_code(self, request)

    @method_decorator(sensitive_post_parameters())
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """Show the state of one's own second factor, or switch it on."""
        return pages.overview(self, request, cast(User, request.user))

    @method_decorator(sensitive_post_parameters())
    def second_factor_codes(self, request: HttpRequest) -> HttpResponse:
        """Make new recovery codes."""
        return pages.recovery_codes(self, request, cast(User, request.user))

    @method_decorator(sensitive_post_parameters())
    def second_factor_off(self, request: HttpRequest) -> HttpResponse:
        """Switch one's own second factor off."""
        return pages.off(self, request, cast(User, request.user))

    def password_change(  # type: ignore[override]  # what the types leave out: who did it is sent on
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Change one's own password; wrong present passwords are counted as at the login."""
        if request.method == "POST":
            present = request.POST.get("old_password", "")
            authenticate(request, username=request.user.get_username(), password=present)
            if getattr(request, "axes_locked_out", False):
                return HttpResponse(status=429)  # the page comes from the middleware that locks out
        done, shown = reverse(f"{self.name}:password_change_done"), self.each_context(request)
        return OwnPasswordView.as_view(success_url=done, extra_context={**shown, **(extra_context or {})})(request)

    def tables(self, request: HttpRequest) -> HttpResponse:
        """List every table, for administrators: the first page shows what is in them."""
        if not getattr(request.user, "is_superuser", False):
            raise PermissionDenied
        context = {**self.each_context(request), "title": "All tables", "app_list": self.get_app_list(request)}
        return TemplateResponse(request, "admin/budget/tables.html", context)

    def search(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Search for pages, clients and campaigns; a page of results that is no number does not exist.

        The library's own keeps what it found for five minutes, in which nobody would find what is new.
        """
        if request.GET.get("page", "1") != "1":
            raise Http404
        term = request.GET.get("s", "").strip()
        if not term:
            return HttpResponse()
        began = monotonic()
        find: Callable[[HttpRequest, str], list[Any]] = import_string(settings.UNFOLD["COMMAND"]["search_callback"])
        results = Paginator(find(request, term), 100)
        context = {
            "page_obj": results,
            "results": results.page(1),
            "page_counter": 0,
            "execution_time": monotonic() - began,
            "command_show_history": False,
        }
        return TemplateResponse(
            request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"}
        )
