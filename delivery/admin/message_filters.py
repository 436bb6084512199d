"""Filters of the list of messages."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from alerts.admin.subscription_text import called
from alerts.models import Subscription
from alerts.services.subscribers import visible_subscriptions
from budget_system.admin.permissions import actor
from budget_system.core.validation import parse_uuid
from delivery.models import Channel, Message, MessageState


class ChannelFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what goes by one way."""

    title = "channel"
    parameter_name = "channel"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the ways that lead outside."""
        return [(str(value), _capitalized(label)) for value, label in Channel.choices if value != Channel.ALERTS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Keep what was chosen."""
        return queryset.filter(channel=self.value()) if self.value() else queryset


class StateFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what is in one state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the states, in the words of their column."""
        return [(str(value), _capitalized(label)) for value, label in MessageState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Keep what was chosen."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class SubscriptionFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what goes to one subscription, to whose messages its page leads; else it is not offered."""

    title = "subscription"
    parameter_name = "subscription"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the one that the address names, if the person sees it."""
        asked = request.GET.get(self.parameter_name, "")
        if not asked:
            return []
        found = _seen(request, asked)
        return [(asked, "one that is not there" if found is None else called(found))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        """Keep what was chosen; nothing where the person does not see such a subscription."""
        found = _seen(request, self.value() or "")
        return queryset.none() if found is None else queryset.filter(receiver=found.receiver)


def _seen(request: HttpRequest, asked: str) -> Subscription | None:
    try:
        pk = parse_uuid(asked)
    except ValidationError:
        return None
    return visible_subscriptions(actor(request)).select_related("user").filter(pk=pk).first()


def _capitalized(label: str) -> str:
    return f"{label[:1].upper()}{label[1:]}"
