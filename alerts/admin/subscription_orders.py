"""What can be ordered of a subscription: a test, and a new secret of a webhook, which is shown once."""

from collections.abc import Collection
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action

from alerts.admin.subscription_text import called, goes_to
from alerts.channels.trial import send_test
from alerts.models import Subscription
from alerts.services.subscriptions import rotate_secret
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.row_urls import change_url
from delivery.models import Channel


class SubscriptionOrders(OrderingAdmin[Subscription]):
    """Subscriptions that can be sent a test, and given a new secret."""

    actions_detail: ClassVar = ("test", "rotate")

    @action(description="Send a test…", url_path="test", permissions=["change"])  # type: ignore[untyped-decorator]
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then send a message at once and say what it came to."""

        def ask(row: Subscription) -> Confirmation:
            return Confirmation("Send a test", f"A message that says it is a test goes to {goes_to(row)}.", "Send it")

        def send(row: Subscription, note: str) -> None:
            outcome, to = send_test(row, now=timezone.now()), goes_to(row)
            if outcome.delivered:
                self.message_user(request, f"The test has arrived at {to}.", messages.SUCCESS)
            else:
                self.message_user(request, f"The test has not arrived at {to}: {outcome.error}", messages.ERROR)

        return self.ask_one(request, object_id, ask, send)

    @action(description="New secret…", url_path="rotate", permissions=["change"])  # type: ignore[untyped-decorator]
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then give a webhook a new secret and show it once."""

        def rotate(row: Subscription, note: str) -> HttpResponse:
            kept = rotate_secret(subscription_id=row.pk, now=timezone.now(), by=actor(request))
            return self.secret_page(request, kept.subscription, kept.secret)

        text = "The former one stays valid beside it for 24 hours, or until the next new secret."
        question = Confirmation("Make a new secret", text, "Make it")
        return self.ask_one(request, object_id, lambda row: question, rotate)

    def pointless_orders(self, row: Subscription) -> Collection[str]:
        """Return the new secret for what has none."""
        return () if row.channel == Channel.WEBHOOK else ("rotate",)

    def secret_page(self, request: HttpRequest, subscription: Subscription, secret: str) -> HttpResponse:
        """Show a secret, this once."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"Secret of “{called(subscription)}”",
            "secret": secret,
            "subscription": subscription,
            "opts": self.opts,
            "back": change_url(subscription),
        }
        return TemplateResponse(request, "admin/budget/secret.html", context)  # the admin lets no browser keep a page
