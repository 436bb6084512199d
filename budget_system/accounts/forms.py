"""Forms that change a password. The user's tokens are revoked with it, unless a box says that they are kept."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.db import transaction
from django.forms import BooleanField
from django.utils import timezone
from unfold.widgets import INPUT_CLASSES, UnfoldBooleanWidget

from brands.access.memberships import actor_of
from brands.access.tokens import active_tokens
from brands.models import Token
from budget_system.accounts.passwords import note_password_change
from budget_system.core.text import counted

if TYPE_CHECKING:
    from django.contrib.auth.forms import AdminPasswordChangeForm as AnybodysForm
    from django.contrib.auth.forms import PasswordChangeForm as AdminOwnPasswordChangeForm
    from django.contrib.auth.forms import SetPasswordForm as NewForm

    SetsPassword = NewForm[User]
    SetPasswordForm = NewForm[User]
    AdminPasswordChangeForm = AnybodysForm[User]
else:
    from django.contrib.auth.forms import SetPasswordForm
    from unfold.forms import AdminOwnPasswordChangeForm, AdminPasswordChangeForm

    SetsPassword = object


class TokenRevokingForm(SetsPassword):
    """Revokes the tokens of the user whose password is set, unless the box is ticked; without tokens there is no box.

    `by` is the person who sets it.
    """

    keep_tokens_label = "Keep the API tokens"

    def __init__(self, user: User, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self._by = by
        self.tokens_ended = 0
        if working := active_tokens(user, now=timezone.now()).count():
            ends = "1 token works now and ends" if working == 1 else f"{working:,} tokens work now and end"
            self.fields["keep_tokens"] = BooleanField(
                required=False,
                label=self.keep_tokens_label,
                help_text=f"{ends} with the old password, unless this is ticked.",
                widget=UnfoldBooleanWidget,
            )

    def set_password_and_save(self, user: User, *args: Any, **kwargs: Any) -> User:
        """Save the password and revoke the tokens; the history shows each of them as revoked."""
        keep = bool(self.cleaned_data.get("keep_tokens"))
        with transaction.atomic():
            saved: User = super().set_password_and_save(user, *args, **kwargs)
            ending = [] if keep else list(Token.objects.filter(user=saved))
            LogEntry.objects.log_actions(self._by.pk, ending, DELETION)
            self.tokens_ended = note_password_change(
                user=saved, keep_tokens=keep, now=timezone.now(), by=actor_of(self._by)
            )
        return saved


class OwnPasswordForm(TokenRevokingForm, AdminOwnPasswordChangeForm):
    """Change one's own password."""

    keep_tokens_label = "Keep my API tokens"


class NewPasswordForm(TokenRevokingForm, SetPasswordForm):
    """Set one's own password with the link from a mail."""

    keep_tokens_label = "Keep my API tokens"

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, by=user, **kwargs)
        for name in ("new_password1", "new_password2"):
            self.fields[name].widget.attrs["class"] = " ".join(INPUT_CLASSES)


class PasswordForm(TokenRevokingForm, AdminPasswordChangeForm):
    """Set somebody's password, as an administrator does."""


def tokens_revoked_message(count: int) -> str:
    """Return how many tokens were revoked, in a sentence; empty where there were none."""
    return f"{counted(count, 'API token', 'API tokens')} revoked." if count else ""
