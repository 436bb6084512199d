"""Leading from one of the first steps to the next: a brand, a campaign of it, a spend of that, back to the start."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

FIRST_STEPS: Final = "first_steps"
"""In an address: the person is being led through the first steps."""


class LeadsOnAdmin:
    """Offers the next step once a row was added; where a person is led through the first steps, opens it.

    It comes before the classes of the libraries.
    """

    next_step: tuple[str, str, str] | None = None
    """The page of the next step, its field that the new row fills in, and what it is called; none where it ends."""

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        """Show what was added, with a link to the next step, or go there."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)  # type: ignore[misc]  # of the class that stands behind
        if "_popup" in request.POST or "_addanother" in request.POST or "_continue" in request.POST:
            return answer
        is_led = FIRST_STEPS in request.GET
        if self.next_step is None:
            return HttpResponseRedirect(reverse("admin:index")) if is_led else answer
        page, field, called = self.next_step
        if is_led:
            return HttpResponseRedirect(f"{reverse(page)}?{urlencode({field: obj.pk, FIRST_STEPS: '1'})}")
        link = format_html('<a class="bs-link" href="{}?{}">{}</a>', reverse(page), urlencode({field: obj.pk}), called)
        messages.info(request, format_html("Next for “{}”: {}", obj, link))
        return answer
