"""Putting a line away, and bringing it back."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from spending.reports.today.put_away import bring_back, put_away

NOT_UNDERSTOOD = "That line is not known; the page has changed meanwhile."


class PutAwayForm(forms.Form):
    """Which line, and what it said."""

    key = forms.CharField(max_length=100)
    fingerprint = forms.CharField(max_length=255, required=False)


@require_POST
def put_line_away(request: HttpRequest) -> HttpResponse:
    """Put a line away for this person, until it says something else."""
    form = PutAwayForm(request.POST)
    if not form.is_valid():
        messages.error(request, NOT_UNDERSTOOD)
    else:
        assert request.user.is_authenticated
        put_away(request.user, **form.cleaned_data, now=timezone.now())
        messages.success(request, "Put away: it comes back when it says something else.")
    return HttpResponseRedirect(f"{reverse('admin:index')}#needs")


@require_POST
def bring_line_back(request: HttpRequest) -> HttpResponse:
    """Show a line to this person again."""
    form = PutAwayForm(request.POST)
    if not form.is_valid():
        messages.error(request, NOT_UNDERSTOOD)
    else:
        assert request.user.is_authenticated
        bring_back(request.user, key=form.cleaned_data["key"])
    return HttpResponseRedirect(f"{reverse('admin:index')}?put_away=1#needs")
