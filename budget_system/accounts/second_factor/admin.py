"""The second factor in the form of a user: its state, and an order to reset it, for administrators.

The library's own pages are removed: they show the secrets.
"""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.decorators import action

from budget_system.accounts.second_factor import devices
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.permissions import actor
from budget_system.admin.row_urls import change_url
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import ModelAdmin
from budget_system.core.text import counted

unregister("django_otp.plugins.otp_totp.admin", TOTPDevice)
unregister("django_otp.plugins.otp_static.admin", StaticDevice)


class SecondFactorOfUser(ModelAdmin[User]):
    """The part of the form of a user that concerns the second factor."""

    actions_detail: ClassVar = ("reset_second_factor",)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer the reset where there is something to reset, except for one's own, for which a page asks for a code."""
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types
        user = self.get_object(request, str(object_id))
        resettable = user is not None and user.pk != request.user.pk and devices.totp_device(user) is not None
        return [one for one in offered if resettable or not one.action_name.endswith("reset_second_factor")]

    @action(description="Reset second factor…", url_path="reset_second_factor", permissions=["change"])  # type: ignore[untyped-decorator]
    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation, then switch off the second factor of a user who has lost it, and record that in the
        history.
        """
        user = self.get_object(request, unquote(object_id))
        if user is None:
            return HttpResponseRedirect(reverse("admin:auth_user_changelist"))
        if user.pk == request.user.pk:
            messages.warning(request, "Your own second factor is switched off here, with your password or a code.")
            return HttpResponseRedirect(reverse("admin:second_factor"))
        back = change_url(user)
        if not is_confirmed(request):
            text = "The password alone lets in then, so be sure who asks you. The recovery codes no longer work."
            question = Confirmation(f"Reset the second factor of “{user}”", text, "Reset")
            return confirmation_page(self, request, question, back=back)
        if devices.reset(user=user, by=actor(request)):
            self.log_change(request, user, "Reset the second factor.")
            self.message_user(request, f"The second factor of “{user}” is off.", messages.SUCCESS)
        else:
            self.message_user(request, f"“{user}” has no second factor; nothing was reset.", messages.WARNING)
        return HttpResponseRedirect(back)

    @admin.display(description="Second factor")
    def second_factor(self, user: User) -> SafeString:
        """Return whether it is on, since when, and how many recovery codes are left."""
        device = devices.totp_device(user)
        if device is None:
            return pill(Colour.GREY, "off")
        left = counted(devices.recovery_codes_left(user), "recovery code", "recovery codes")
        return format_html("{} since {}, {} left", pill(Colour.GREEN, "on"), f"{device.created_at:%Y-%m-%d}", left)
