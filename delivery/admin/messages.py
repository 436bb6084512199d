"""What has left the house, or is to: each message with its tries, and sent again by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budget_system.admin.changelists import PreparedChangeList, ReadOnlyAdmin, actor
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.local_times import local_cell
from budget_system.admin.row_urls import change_url
from budget_system.admin.row_values import calculated_once
from budget_system.admin.unfold_types import ChangeList
from delivery.admin import message_text
from delivery.admin.message_filters import ChannelFilter, StateFilter, SubscriptionFilter
from delivery.admin.resending import ResendingAdmin
from delivery.models import Message
from delivery.services.resending import is_listed


class MessageList(PreparedChangeList):
    """A list that knows who asks, and so who may be named."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and to whom its messages go."""
        super().get_results(request)
        message_text.name_recipients(list(self.result_list), actor(request))


@admin.register(Message)
class MessageAdmin(ResendingAdmin, ReadOnlyAdmin[Message]):
    """Messages to subscriptions and accounts, read-only."""

    list_display = ("when", "to", "of_brand", "state_now", "tried", "last_error")
    list_display_links = ("when",)
    list_filter = (
        ChannelFilter,
        StateFilter,
        SubscriptionFilter,
        ("brand", RowFilter),
        ("created_at", DayRangeFilter),
    )
    list_select_related = ("brand",)
    ordering = ("-created_at", "-id")
    empty_hint = "What is told to those who subscribe stands here for 30 days, with each try to send it."
    fields = ("when", "to", "of_brand", "says", "state_now", "last_error", "webhook_id", "kept_tries")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Exclude what goes to nobody outside, and what is of archived brands."""
        return super().get_queryset(request).filter(is_listed())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """List rows whose recipients are named."""
        return MessageList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Message | None:
        """Return the row of a page, with its recipient."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            message_text.name_recipients([row], actor(request))
        return row

    def prepare_to_export(self, request: HttpRequest, rows: Any) -> None:
        """Attach to the rows what their columns show."""
        super().prepare_to_export(request, rows)
        message_text.name_recipients(list(rows), actor(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer no history: its tries are on the page."""
        context["show_history"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="written", ordering="created_at")
    def when(self, row: Message) -> SafeString:
        """Show when it was written, on the brand's clock."""
        return local_cell(row.created_at, message_text.zone_of(row))

    @admin.display(description="to")
    def to(self, row: Message) -> SafeString:
        """Return to whom it goes, with a link, and by which way below it."""
        to = message_text.recipient_of(row)
        link = '<a class="bs-link bs-wraps" href="{}">{}</a>'
        name = format_html(link, to.address, to.name) if to.address else to.name
        return format_html('{}<span class="bs-under">{}</span>', name, row.get_channel_display())

    @admin.display(description="brand", ordering="brand__name_key")
    def of_brand(self, row: Message) -> SafeString | str:
        """Return the brand's name, with a link."""
        if row.brand is None:
            return "–"
        return format_html('<a class="bs-link bs-wraps" href="{}">{}</a>', change_url(row.brand), row.brand)

    @admin.display(description="state", ordering="state")
    def state_now(self, row: Message) -> SafeString:
        """Draw what became of it."""
        return message_text.state_cell(row, timezone.now())

    @admin.display(description="tries", ordering="attempts")
    def tried(self, row: Message) -> int:
        """Return how often it was tried since it was written, or sent again by hand."""
        return row.attempts

    @admin.display(description="last error")
    def last_error(self, row: Message) -> SafeString | str:
        """Return what the last try ran into."""
        return format_html('<span class="bs-wraps">{}</span>', row.error) if row.error else "–"

    @admin.display(description="says")
    def says(self, row: Message) -> SafeString:
        """Return what it says."""
        return message_text.said_cell(row)

    @admin.display(description="ID")
    def webhook_id(self, row: Message) -> str:
        """Return its id, by which receivers know it."""
        return str(row.pk)

    @admin.display(description="tries")
    @calculated_once
    def kept_tries(self, row: Message) -> SafeString | str:
        """Return each try."""
        return message_text.tries_table(row)
