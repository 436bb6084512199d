"""Subscriptions in the admin: one's own mail, and the channels of brands that one may change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from alerts.admin.subscription_form import SubscriptionForm
from alerts.admin.subscription_orders import SubscriptionOrders
from alerts.admin.subscription_text import brands_text, called, goes_to, kinds_text, messages_link, state_cell
from alerts.models import Subscription
from alerts.services import subscriptions as services
from alerts.services.subscribers import named_brands, visible_subscriptions, writable_subscriptions
from budget_system.admin.base import ServiceAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.forms import ServiceForm
from budget_system.admin.history import HistoryPage
from budget_system.admin.permissions import is_administrator
from budget_system.admin.row_urls import change_url
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.core.actors import Actor, BrandAccess
from budget_system.core.errors import NotFound
from delivery.models import Channel

_KEPT = "kept_subscription"


class Named(list[Any]):
    """The brands that a subscription names, as far as the person sees them."""


@admin.register(Subscription)
class SubscriptionAdmin(SubscriptionOrders, ServiceAdmin[Subscription]):
    """Subscriptions: persons by mail, channels by webhook, Slack or Teams."""

    form = SubscriptionForm
    list_display = ("what", "to", "of_brands", "of_kinds", "state")
    list_display_links = ("what",)
    list_filter = (("channel", ChoicesDropdownFilter), ("is_active", BooleanRadioFilter))
    search_fields = ("name", "user__username")
    ordering = ("created_at", "id")
    empty_hint = "Who subscribes is told of alerts: by mail, in Slack or Teams, or by a webhook to a program."
    readonly_fields = ("channel_name", "to", "state", "sent", "of_brands", "of_kinds")
    # The page of one that is there asks for no channel, and only for what its channel has.
    conditional_fields: ClassVar = {
        "user": "channel == 'mail'",
        "url": "typeof channel == 'undefined' || channel != 'mail'",
        "mode": "typeof channel == 'undefined' || channel == 'mail'",
        "timezone": "(typeof channel == 'undefined' || channel == 'mail') && mode == 'digest'",
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """Return one's own mail and the channels of brands that one reads; for administrators all."""
        return visible_subscriptions(actor(request)).select_related("user").order_by(*self.ordering)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow everybody to see their own."""
        return request.user.is_active

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow whoever sees it; the library asks with an id, of any row at all."""
        if not isinstance(obj, Subscription):
            return request.user.is_active
        return visible_subscriptions(actor(request)).filter(pk=obj.pk).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow everybody to subscribe."""
        return request.user.is_active

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow whoever may change it."""
        if not isinstance(obj, Subscription):
            return request.user.is_active
        return writable_subscriptions(actor(request)).filter(pk=obj.pk).exists()

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow whoever may change it."""
        return self.has_change_permission(request, obj)

    def get_form(
        self, request: HttpRequest, obj: Subscription | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Return the form's class, for the person who has it open."""
        form = super().get_form(request, obj, change=change, **kwargs)
        form.by = actor(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Subscription | None = None) -> Any:
        """Show what applies; those who may only read see it in words."""
        if obj is None:
            whose = ("user",) if is_administrator(request) else ()
            return ("channel", *whose, "name", "url", "brands", "kinds", "mode", "timezone")
        if not self.has_change_permission(request, obj):
            return ("channel_name", "to", "state", "sent", "of_brands", "of_kinds")
        own = ("mode", "timezone") if obj.channel == Channel.MAIL else ("url",)
        return ("channel_name", "to", "state", "sent", "name", *own, "brands", "kinds", "is_active")

    def get_fieldsets(self, request: HttpRequest, obj: Subscription | None = None) -> Any:
        """Show all fields together."""
        return ((None, {"fields": self.get_fields(request, obj)}),)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer one way to save a new one: the page that shows its secret may follow."""
        if context.get("original") is None:
            context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        context["show_history"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def history_page(self, row_id: UUID, row: Subscription | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Keep none: what is told to whom is no decision about a brand."""
        raise NotFound

    def create_row(self, form: ServiceForm[Subscription], *, now: datetime, by: Actor) -> Subscription:
        """Create a subscription."""
        values = cast(SubscriptionForm, form).subscription_values()
        kept = services.create_subscription(values=values, now=now, by=by)
        setattr(form.instance, _KEPT, kept)
        return kept.subscription

    def change_row(self, row_id: UUID, form: ServiceForm[Subscription], *, now: datetime, by: Actor) -> Subscription:
        """Change a subscription."""
        values = cast(SubscriptionForm, form).subscription_values()
        return services.change_subscription(subscription_id=row_id, values=values, now=now, by=by)

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Delete a subscription."""
        services.remove_subscription(subscription_id=row_id, by=by)

    def response_add(
        self, request: HttpRequest, obj: Subscription, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret of a webhook, on this page only; else the page of the subscription, with its test."""
        kept: services.KeptSubscription = getattr(obj, _KEPT)
        if kept.secret:
            return self.secret_page(request, obj, kept.secret)
        self.message_user(request, f"“{obj}” is added. Send it a test.", messages.SUCCESS)
        return HttpResponseRedirect(change_url(obj))

    def prepare(self, rows: Sequence[Subscription], *, now: datetime) -> None:
        """Read the brands that the page's subscriptions name."""
        if rows:
            access = attached_value(rows[0], BrandAccess)
            named = named_brands(list(rows), access) if access else {}
            for row in rows:
                attach_value(row, Named(named.get(row.pk, [])))

    @admin.display(description="subscription", ordering="name")
    def what(self, subscription: Subscription) -> str:
        """Return what people call it."""
        return called(subscription)

    @admin.display(description="told by")
    def channel_name(self, subscription: Subscription) -> str:
        """Return by which way it is told."""
        return str(subscription.get_channel_display())

    @admin.display(description="to")
    def to(self, subscription: Subscription) -> str:
        """Return whom or what it reaches."""
        return goes_to(subscription)

    @admin.display(description="brands")
    def of_brands(self, subscription: Subscription) -> str:
        """Return of which brands it is."""
        if attached_value(subscription, Named) is None:
            self.prepare([subscription], now=timezone.now())
        return brands_text(subscription, attached_value(subscription, Named) or [])

    @admin.display(description="told of")
    def of_kinds(self, subscription: Subscription) -> str:
        """Return of what it tells."""
        return kinds_text(subscription)

    @admin.display(description="state", ordering="is_active")
    def state(self, subscription: Subscription) -> Any:
        """Draw whether it is told."""
        return state_cell(subscription)

    @admin.display(description="messages")
    def sent(self, subscription: Subscription) -> Any:
        """Lead to its messages."""
        return messages_link(subscription)
