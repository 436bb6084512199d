"""Pages on which a person changes the own password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse

from accounts.forms import EndsTokens, OwnPasswordForm, told_of_tokens


class OwnPasswordView(PasswordChangeView):
    """Change one's own password, knowing the present one."""

    form_class = OwnPasswordForm
    template_name = "admin/budget/password.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say who asks, too."""
        return {**super().get_form_kwargs(), "by": self.request.user}

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Save the password, and say how many tokens have ended."""
        response = super().form_valid(form)
        assert isinstance(form, EndsTokens)
        if told := told_of_tokens(form.tokens_ended):
            messages.success(self.request, told)
        return response
