"""The pages of the second factor: switching it on and off, recovery codes, and the second step of a login."""

import re
from base64 import b32encode
from typing import Any, Final
from urllib.parse import quote, urlencode

import segno
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.contrib.auth.views import RedirectURLMixin
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp import login as mark_verified
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from budget_system.accounts.second_factor import devices, pending
from budget_system.accounts.second_factor.forms import CodeForm, LoginCodeForm, ReauthenticationForm
from budget_system.accounts.second_factor.sessions import must_set_up

SECRET_SESSION_KEY: Final = "second_factor_secret"
"""Where the session keeps a secret during set-up: nothing counts before a code has confirmed it."""


def overview(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    """Show the state of one's own second factor; where it is off, switch it on."""
    device = devices.totp_device(user)
    if device is None:
        return _set_up(site, request, user)
    context = {"device": device, "left": devices.recovery_codes_left(user)}
    return _page(site, request, "on.html", title="Second factor", **context)


def recovery_codes(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    """Ask for the password or a code, then show new recovery codes."""
    if devices.totp_device(user) is None:
        return _to_overview()
    form = ReauthenticationForm(user, request, _typed(request))
    if form.is_valid():
        try:
            codes = devices.renew_recovery_codes(user=user)
        except ValidationError as error:  # it was switched off elsewhere, at this moment
            messages.error(request, error.message)
            return _to_overview()
        return _show_codes(site, request, codes, "Keep these recovery codes")
    text = "The earlier ones no longer work then."
    return _page(
        site, request, "confirm.html", title="New recovery codes", form=form, text=text, button="Make new codes"
    )


def off(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    """Ask for the password or a code, then switch the second factor off."""
    if devices.totp_device(user) is None:
        return _to_overview()
    form = ReauthenticationForm(user, request, _typed(request))
    if form.is_valid():
        devices.switch_off(user=user)
        request.session.pop(DEVICE_ID_SESSION_KEY, None)
        messages.success(request, "Your second factor is off, and your recovery codes no longer work.")
        return _to_overview()
    text = (
        "Your password alone lets you in then. The recovery codes no longer work; take the entry out of your app, too."
    )
    return _page(site, request, "confirm.html", title="Switch off", form=form, text=text, button="Switch off")


def login_code(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Ask for the code after the right password, and log in."""
    user = pending.user_of(request)
    way_on = _Redirect(request)
    if user is None:
        return HttpResponseRedirect(f"{reverse('admin:login')}?{urlencode({REDIRECT_FIELD_NAME: way_on.target})}")
    form = LoginCodeForm(user, request, _typed(request))
    if form.is_valid() and form.user is not None:
        pending.finish(request, form.user)
        return HttpResponseRedirect(way_on.target)
    return _page(site, request, "login_code.html", title="Code", form=form, login_url=reverse("admin:login"))


def to_login_code(request: HttpRequest, user: User) -> HttpResponse:
    """Redirect to the second step after the right password."""
    pending.begin(request, user)
    target = _Redirect(request).target
    return HttpResponseRedirect(f"{reverse('admin:second_factor_login')}?{urlencode({REDIRECT_FIELD_NAME: target})}")


class _Redirect(RedirectURLMixin):
    """Where a login leads, as Django's own view decides it: to a page of ours, else to the start page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.next_page = "admin:index"
        self.target = self.get_success_url()


def _set_up(site: AdminSite, request: HttpRequest, user: User) -> HttpResponse:
    key = request.session.setdefault(SECRET_SESSION_KEY, default_key())
    form = CodeForm(_typed(request))
    if form.is_valid():
        try:
            device, codes = devices.switch_on(user=user, key=key, code=form.cleaned_data["code"])
        except ValidationError as error:
            form.add_error("code", error)
        else:
            request.session.pop(SECRET_SESSION_KEY)
            request.session.cycle_key()
            mark_verified(request, device)
            return _show_codes(site, request, codes, "Your second factor is on: keep these recovery codes")
    device = TOTPDevice(user=user, key=key)
    context: dict[str, Any] = {
        "form": form,
        "required": must_set_up(user),
        "secret": _in_groups(b32encode(device.bin_key).decode()),
        "image": segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
    }
    if context["required"]:
        # Each link would lead back here. A group without links, because without groups the library lists all apps.
        context["sidebar_navigation"] = [{"items": []}]
    return _page(site, request, "set_up.html", title="Second factor", **context)


def _typed(request: HttpRequest) -> QueryDict | None:
    """Return what was sent; `None` where the page is only opened."""
    return request.POST if request.method == "POST" else None


def _show_codes(site: AdminSite, request: HttpRequest, codes: list[str], heading: str) -> HttpResponse:
    """Show recovery codes on this page only: they are in no message, because messages are kept in cookies."""
    shown = [_in_groups(code, gap="-") for code in codes]
    file = "data:text/plain;charset=utf-8," + quote("".join(f"{code}\n" for code in shown))
    return _page(site, request, "codes.html", title="Recovery codes", heading=heading, codes=shown, file=file)


def _in_groups(text: str, *, gap: str = " ") -> str:
    return gap.join(re.findall(".{1,4}", text))


def _to_overview() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:second_factor"))


def _page(site: AdminSite, request: HttpRequest, template: str, *, title: str, **context: Any) -> HttpResponse:
    form = context.get("form")
    context |= {"media": form.media if isinstance(form, Form) else ""}
    return TemplateResponse(
        request, f"admin/second_factor/{template}", {**site.each_context(request), "title": title, **context}
    )
