"""Forms that ask for a code, or for a password again."""

from typing import Any, ClassVar, Final

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from budget_system.accounts.second_factor.devices import WRONG_CODE, is_totp_code, normalize_code, seconds_to_wait

MAX_LENGTH: Final = 64
CODE_INPUT_ATTRS: Final[dict[str, str]] = {
    "autocomplete": "one-time-code",
    "autocapitalize": "off",
    "spellcheck": "false",
}


class CodeForm(forms.Form):
    """A code, not yet checked."""

    code = forms.CharField(
        label="Code",
        max_length=MAX_LENGTH,
        widget=UnfoldAdminTextInputWidget({**CODE_INPUT_ATTRS, "inputmode": "numeric", "autofocus": ""}),
        help_text="The six digits that your app shows now.",
    )

    def clean_code(self) -> str:
        """Return the code without gaps."""
        return normalize_code(self.cleaned_data["code"])


class LoginCodeForm(CodeForm):
    """The code that completes a login: the app's, or a recovery code."""

    user: User | None = None

    def __init__(self, asked: User, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked, self._request = asked, request
        self.fields["code"].help_text = "The six digits that your app shows now, or one of your recovery codes."
        self.fields["code"].widget.attrs.pop("inputmode")  # recovery codes have letters

    def clean_code(self) -> str:
        """Use the code up; its user is in `user` then."""
        code = super().clean_code()
        self.user = verify_user_code(self._request, self._asked, code)
        return code


class ReauthenticationForm(forms.Form):
    """The present password, or a code of the app: so nobody changes the second factor at a screen that was left
    open.
    """

    error_messages: ClassVar = {"password": "This is not your present password, nor a code of six digits."}

    present = forms.CharField(
        label="Present password or code",
        max_length=4096,
        strip=False,
        widget=UnfoldAdminPasswordWidget({"autocomplete": "current-password", "autofocus": ""}),
        help_text="Your present password, or the six digits that your app shows now.",
    )

    def __init__(self, asked: User, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked, self._request = asked, request

    def clean_present(self) -> None:
        """Check it; wrong ones are counted as at the login."""
        typed = self.cleaned_data["present"]
        if is_totp_code(normalize_code(typed)):
            verify_user_code(self._request, self._asked, normalize_code(typed))
        elif authenticate(self._request, username=self._asked.get_username(), password=typed) is None:
            raise ValidationError(self.error_messages["password"])


def verify_user_code(request: HttpRequest, user: User, code: str) -> User:
    """Use up a normalized code and return its user. Raise `ValidationError` where it is wrong."""
    if seconds := seconds_to_wait(user, code):
        when = "1 second" if seconds == 1 else f"{seconds} seconds"
        raise ValidationError(f"After wrong codes the next one has to wait: try again in {when}.")
    found = authenticate(request, username=user.get_username(), one_time_password=code)
    if not isinstance(found, User):
        raise ValidationError(WRONG_CODE)
    return found
