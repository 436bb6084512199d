"""Muting alerts in the admin, one or many, and taking that back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.decorators import action

from alerts.models import Alert
from alerts.services.muting import mute_alert, unmute_alert
from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed, note_form, selected_rows
from budget_system.admin.permissions import may_write
from budget_system.admin.refusals import is_carried_out
from budget_system.admin.row_urls import change_url
from budget_system.core.text import counted


@dataclass(frozen=True, slots=True)
class MuteOrder:
    """An order: what it is called, what it means, and what has been done then."""

    action: str
    verb: str
    text: str
    done: str
    give: Callable[..., Alert]


MUTE: Final = MuteOrder(
    "mute",
    "Mute",
    "Nobody is told more of it, and it stays in this list. Once it has ended, it is told anew if it comes back.",
    "muted",
    mute_alert,
)
UNMUTE: Final = MuteOrder(
    "unmute",
    "Unmute",
    "What is still to be told of it is told again; messages that were not written meanwhile are not made up for.",
    "no longer muted",
    unmute_alert,
)


class MutingAdmin(ReadOnlyAdmin[Alert]):
    """Alerts that can be muted, and unmuted, by those who may change their brand."""

    actions = ("mute", "unmute")
    actions_detail: ClassVar = ("mute_one", "unmute_one")

    def has_mute_permission(self, request: HttpRequest, obj: Alert | None = None) -> bool:
        """Allow those who may change the brand to mute."""
        return may_write(request, Alert, obj)

    @admin.action(description="Mute…", permissions=["mute"])
    def mute(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse | None:
        """Mute the alerts, after asking for a note."""
        return self._order_many(request, queryset, MUTE)

    @admin.action(description="Unmute…", permissions=["mute"])
    def unmute(self, request: HttpRequest, queryset: QuerySet[Alert]) -> HttpResponse | None:
        """Have the alerts told again, after asking for a note."""
        return self._order_many(request, queryset, UNMUTE)

    @action(description="Mute…", url_path="mute", permissions=["mute"])  # type: ignore[untyped-decorator]
    def mute_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then mute the alert."""
        return self._order_one(request, object_id, MUTE)

    @action(description="Unmute…", url_path="unmute", permissions=["mute"])  # type: ignore[untyped-decorator]
    def unmute_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation and a note, then have the alert told again."""
        return self._order_one(request, object_id, UNMUTE)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer of what is open the one or the other, to those who may."""
        alert = self.get_object(request, unquote(str(object_id)))
        if alert is None or alert.resolved_at or not self.has_mute_permission(request, alert):
            return []
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types
        is_muted = alert.muted_at is not None
        return [one for one in offered if one.action_name.endswith("unmute_one") == is_muted]

    def _order_many(self, request: HttpRequest, queryset: QuerySet[Alert], order: MuteOrder) -> HttpResponse | None:
        form = note_form(request)
        if not (is_confirmed(request) and form.is_valid()):
            many = counted(queryset.count(), "alert", "alerts")
            question = Confirmation(f"{order.verb} {many}?", order.text, f"{order.verb} {many}")
            hidden = selected_rows(request, order.action, queryset)
            return confirmation_page(self, request, question, form, back=self.list_url(), hidden=hidden)
        done = sum(self._give(request, alert, order, form.cleaned_data["note"]) for alert in queryset)
        if done:
            said = f"{counted(done, 'alert is', 'alerts are')} {order.done}."
            self.message_user(request, said, messages.SUCCESS)
        return None

    def _order_one(self, request: HttpRequest, object_id: str, order: MuteOrder) -> HttpResponse:
        alert = self.get_object(request, unquote(object_id))
        if alert is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_mute_permission(request, alert):
            raise PermissionDenied
        form, back = note_form(request), change_url(alert)
        if is_confirmed(request) and form.is_valid():
            if self._give(request, alert, order, form.cleaned_data["note"]):
                self.message_user(request, f"The alert is {order.done}.", messages.SUCCESS)
            return HttpResponseRedirect(back)
        question = Confirmation(f"{order.verb} this alert", f"{alert.message} {order.text}", order.verb)
        return confirmation_page(self, request, question, form, back=back)

    def _give(self, request: HttpRequest, alert: Alert, order: MuteOrder, note: str) -> bool:
        give = partial(order.give, alert_id=alert.pk, note=note, now=timezone.now(), by=actor(request))
        return is_carried_out(request, f"“{alert}”", give)
