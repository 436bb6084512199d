"""The page for whoever has a mail's link: it ends the mail, without a login, and nothing else."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts.channels.unsubscribing import subscription_of_token
from alerts.channels.unsubscribing import unsubscribe as end_subscription
from budget_system.api.link_pages import link_page
from budget_system.web.error_page import ErrorPage, page_response

UNKNOWN: Final = ErrorPage("This link does not work", "It is not complete.", "Open it again from the mail.")
ASKED: Final = ErrorPage("Unsubscribe from alerts?", "You will get no more of these mails.")
DONE: Final = ErrorPage(
    "You are unsubscribed",
    "You get no more of these mails.",
    "To have them again, switch the subscription on in the budget system.",
)


@csrf_exempt  # the button in a mail program has no cookie of ours: RFC 8058
@require_http_methods(["GET", "HEAD", "POST"])
@link_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that ends a mail, and end it when it is pressed: programs that look at links press none."""
    subscription = subscription_of_token(token)
    if subscription is None:
        return page_response(UNKNOWN, status=404)
    if request.method == "POST":
        end_subscription(subscription, now=timezone.now())
    offers = request.method != "POST" and subscription.is_active
    page = ASKED if offers else DONE
    return HttpResponse(render_to_string("alerts/unsubscribe.html", {"page": page, "offers": offers}))
