"""Pages for setting a new password: with the present one, or with a link from a mail."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from axes.utils import reset as unlock
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm, PasswordResetForm, SetPasswordForm
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from rest_framework.request import Request

from budget_system.accounts.forms import NewPasswordForm, OwnPasswordForm, TokenRevokingForm, tokens_revoked_message
from budget_system.accounts.mails import MailedPasswordResetForm
from budget_system.api.throttling import RateLimit
from budget_system.web.client_address import address_of
from budget_system.web.error_page import ErrorPage, page_response

HOUR: Final = 60 * 60
BY_ADDRESS: Final = RateLimit("password_reset_by", "PASSWORD_RESETS_BY_ADDRESS", window=HOUR)
FOR_PERSON: Final = RateLimit("password_reset_for", "PASSWORD_RESETS_FOR_PERSON", window=HOUR)


class OwnPasswordView(views.PasswordChangeView):
    """Change one's own password with the present one."""

    form_class = OwnPasswordForm
    template_name = "admin/budget/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Add the person who asks."""
        return {**super().get_form_kwargs(), "by": self.request.user}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the password, and show how many tokens were revoked."""
        response = super().form_valid(form)
        assert isinstance(form, TokenRevokingForm)
        if message := tokens_revoked_message(form.tokens_ended):
            messages.success(self.request, message)
        return response


def require_mail(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Serve a page where mail is set up; else answer as for any page of the admin that does not exist."""
    missing = admin.site.admin_view(admin.site.catch_all_view)

    @wraps(view)
    def served(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not settings.MAIL_IS_SET_UP:
            return missing(request, request.path_info.removeprefix("/admin/"))
        return view(request, **kwargs)

    return served


class _Framed(views.PasswordContextMixin):
    """Adds the name of the site to the page, as the login page does."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return the page's context."""
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class PasswordResetView(_Framed, views.PasswordResetView):
    """Ask for an address. The answer is the same whether the address is known or not."""

    form_class = MailedPasswordResetForm
    title = "Forgotten password"

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """Send the link, at most so many times an hour to a person, and from an address."""
        request, person = Request(self.request), form.cleaned_data["email"].casefold()
        if not BY_ADDRESS.has_room(address_of(request)):
            return _asked_too_often()
        BY_ADDRESS.count(request)
        if not FOR_PERSON.has_room(person):
            return HttpResponseRedirect(self.get_success_url())
        FOR_PERSON.add(person)
        return super().form_valid(form)


class PasswordResetDoneView(_Framed, views.PasswordResetDoneView):
    """Show that a mail is on its way, if the address is known."""

    title = "Look into your mail"


class PasswordResetConfirmView(_Framed, views.PasswordResetConfirmView):
    """Set a new password by the link of a mail. Nobody is logged in by it: a second factor is asked for as always."""

    form_class = NewPasswordForm
    title = "New password"

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer so that linked pages do not learn the link's address."""
        response = super().dispatch(*args, **kwargs)
        if kwargs["token"] != self.reset_url_token:
            response["Referrer-Policy"] = "no-referrer"
        return response

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        """Save the password; a lock for wrong passwords does not keep the new one out."""
        response = super().form_valid(form)
        unlock(username=form.user.get_username())
        return response


class PasswordResetCompleteView(_Framed, views.PasswordResetCompleteView):
    """Show that the password is set, and link to the login."""

    title = "The password is set"


def _asked_too_often() -> HttpResponse:
    page = ErrorPage(
        "Asked too often",
        "From your address too many new passwords were asked for within an hour. Try again later.",
        "An administrator can set a password at once: in the admin, under “Users”.",
        way="Back to the login",
        leads_to=reverse("admin:login"),
    )
    refused = page_response(page, status=429)
    refused["Retry-After"] = str(BY_ADDRESS.wait())
    return refused
