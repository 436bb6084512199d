"""Pages on which a person sets a new password: knowing the present one, or with a link that came by mail."""

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

from budget_system.accounts.forms import EndsTokens, NewPasswordForm, OwnPasswordForm, told_of_tokens
from budget_system.accounts.mails import ResetForm
from budget_system.api.throttling import Limit
from budget_system.web.client_address import address_of
from budget_system.web.error_page import ErrorPage, page

HOUR: Final = 60 * 60
BY_ADDRESS: Final = Limit("password_reset_by", "PASSWORD_RESETS_BY_ADDRESS", window=HOUR)
FOR_PERSON: Final = Limit("password_reset_for", "PASSWORD_RESETS_FOR_PERSON", window=HOUR)


class OwnPasswordView(views.PasswordChangeView):
    """Change one's own password, knowing the present one."""

    form_class = OwnPasswordForm
    template_name = "admin/budget/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Return who asks, too."""
        return {**super().get_form_kwargs(), "by": self.request.user}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the password, and say how many tokens have ended."""
        response = super().form_valid(form)
        assert isinstance(form, EndsTokens)
        if told := told_of_tokens(form.tokens_ended):
            messages.success(self.request, told)
        return response


def with_mail(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Serve a page where mail is set up; else it is answered as any page of the admin that does not exist."""
    missing = admin.site.admin_view(admin.site.catch_all_view)

    @wraps(view)
    def served(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not settings.MAIL_IS_SET_UP:
            return missing(request, request.path_info.removeprefix("/admin/"))
        return view(request, **kwargs)

    return served


class _Framed(views.PasswordContextMixin):
    """Knows the name of the site, as the login page does."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what the page shows."""
        return {**admin.site.each_context(self.request), **super().get_context_data(**kwargs)}


class PasswordResetView(_Framed, views.PasswordResetView):
    """Ask for an address. The answer is the same whether somebody has it or not."""

    form_class = ResetForm
    title = "Forgotten password"

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        """Have the link mailed; at most so many times an hour to a person, and for whoever asks."""
        request, person = Request(self.request), form.cleaned_data["email"].casefold()
        if not BY_ADDRESS.room(address_of(request)):
            return _asked_too_often()
        BY_ADDRESS.count(request)
        if not FOR_PERSON.room(person):
            return HttpResponseRedirect(self.get_success_url())
        FOR_PERSON.add(person)
        return super().form_valid(form)


class PasswordResetDoneView(_Framed, views.PasswordResetDoneView):
    """Say that a mail is on its way, if somebody has the address."""

    title = "Look into your mail"


class PasswordResetConfirmView(_Framed, views.PasswordResetConfirmView):
    """Set a new password by the link of a mail. Nobody is logged in by it: a second factor is asked for as ever."""

    form_class = NewPasswordForm
    title = "New password"

    def dispatch(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer; whatever follows is not told of the link's address."""
        response = super().dispatch(*args, **kwargs)
        if kwargs["token"] != self.reset_url_token:
            response["Referrer-Policy"] = "no-referrer"
        return response

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        """Save the password; who was locked out for wrong ones is let in by the new one at once."""
        response = super().form_valid(form)
        unlock(username=form.user.get_username())
        return response


class PasswordResetCompleteView(_Framed, views.PasswordResetCompleteView):
    """Say that the password is set, and lead to the login."""

    title = "The password is set"


def _asked_too_often() -> HttpResponse:
    told = ErrorPage(
        "Asked too often",
        "From your address too many new passwords were asked for within an hour. Try again later.",
        "An administrator can set a password at once: in the admin, under “Users”.",
        way="Back to the login",
        leads_to=reverse("admin:login"),
    )
    refused = page(told, status=429)
    refused["Retry-After"] = str(BY_ADDRESS.wait())
    return refused
