"""Tokens in the admin: issued, shown once, revoked; for administrators only."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from knox.models import AuthToken
from unfold.widgets import UnfoldAdminSelect2Widget

from brands.access.tokens import IssuedToken, issue_token, revoke_tokens
from brands.models import Scope, Token, TokenScope
from budget_system.admin.changelists import ListAdmin, actor
from budget_system.admin.fields import ChoiceField, DateField
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import local
from budget_system.admin.stock_pages import unregister
from budget_system.admin.unfold_types import ModelChoiceField, ModelForm
from budget_system.core.text import counted

unregister("knox.admin", AuthToken)  # its stock page writes new tokens into a message, and thereby into a cookie

DEFAULT_DAYS = 365
_ISSUED = "issued_token"


class TokenForm(ModelForm[Token]):
    """Whose token, and until when it works."""

    user = ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        widget=UnfoldAdminSelect2Widget,
        help_text="The token can do at most what this user can do.",
    )
    only = ChoiceField(
        [("", "Whatever its user may"), (Scope.DELIVERY, "Only ask what is wanted of campaigns, and acknowledge it")],
        required=False,
        label="What it may do",
        help_text="A script that stands at a platform needs no more than the second.",
    )
    last_day = DateField(required=False, help_text="It works to the end of this day, in UTC. Empty: until revoked.")

    class Meta:
        model = Token
        fields = ("user",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last_day"].initial = (timezone.now() + timedelta(days=DEFAULT_DAYS)).date()

    def clean_last_day(self) -> date | None:
        """Refuse a day that is over."""
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day < timezone.now().date():
            raise ValidationError(f"{day} is over; a token for it would never work.")
        if day == date.max:
            raise ValidationError(
                f"{day} is out of range; leave this empty for a token that works until it is revoked."
            )
        return day

    def expires_at(self) -> datetime | None:
        """Return the instant at which the token expires."""
        day: date | None = self.cleaned_data["last_day"]
        return None if day is None else datetime.combine(day + timedelta(days=1), time(0), UTC)


@admin.register(Token)
class TokenAdmin(ListAdmin[Token]):
    """Tokens by which programs log in; of each only the hash and the first characters are stored."""

    form = TokenForm
    list_display = ("first_characters", "user", "may", "created", "until", "state")
    list_display_links = None
    list_select_related = ("user", "scope")
    search_fields = ("token_key", "user__username")
    ordering = ("-created",)
    actions = ("revoke",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow administrators to see tokens."""
        return actor(request).access.administrator

    def has_view_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """Allow administrators to see tokens."""
        return actor(request).access.administrator

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow administrators to issue tokens."""
        return actor(request).access.administrator

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """Allow administrators to revoke tokens, from the list."""
        return actor(request).access.administrator

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        """Allow nobody to change a token."""
        return False

    def get_actions(self, request: HttpRequest) -> Any:
        """Offer to revoke, in place of deletion."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer one button: whichever is pressed, the page that shows the token follows."""
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **buttons})

    def save_model(self, request: HttpRequest, obj: Token, form: BaseForm, change: bool) -> None:
        """Issue the token."""
        assert isinstance(form, TokenForm)
        only = form.cleaned_data["only"]
        issued = issue_token(
            user=form.cleaned_data["user"],
            expires_at=form.expires_at(),
            only=Scope(only) if only else None,
            now=timezone.now(),
            by=actor(request),
        )
        obj.digest, obj.token_key = issued.token.digest, issued.token.token_key
        setattr(request, _ISSUED, issued)

    def response_add(self, request: HttpRequest, obj: Token, post_url_continue: str | None = None) -> HttpResponse:
        """Show the token, on this page only: it is in no message, because messages are kept in cookies."""
        issued: IssuedToken = getattr(request, _ISSUED)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Token of {obj.user}",
            "issued": issued,
            "opts": self.opts,
            "back": self.list_url(),
        }
        return TemplateResponse(request, "admin/budget/token.html", context)  # the admin lets no browser keep a page

    @admin.action(description="Revoke", permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Token]) -> HttpResponse:
        """Revoke tokens at once, without confirmation: a new one is quickly issued."""
        count = 0
        for token in queryset:
            self.log_deletions(request, Token.objects.filter(pk=token.pk))
            count += revoke_tokens(user=token.user, beginning=token.token_key, by=actor(request))
        self.message_user(request, f"{counted(count, 'token', 'tokens')} revoked.", messages.SUCCESS)
        return HttpResponseRedirect(self.list_url())

    @admin.display(description="begins with", ordering="token_key")
    def first_characters(self, token: Token) -> str:
        """Show the first characters, which tell tokens apart."""
        return f"{token.beginning}…"

    @admin.display(description="what it may do")
    def may(self, token: Token) -> str:
        """Show what alone the token may do."""
        scope: TokenScope | None = getattr(token, "scope", None)
        return scope.get_only_display() if scope else "whatever its user may"

    @admin.display(description="works until", ordering="expiry")
    def until(self, token: Token) -> str:
        """Show when the token expires."""
        return local(token.expiry, "UTC") if token.expiry else "it is revoked"

    @admin.display(description="state")
    def state(self, token: Token) -> SafeString:
        """Return whether the token works."""
        if not token.user.is_active:
            return pill(Colour.GREY, "user may not log in")
        return pill(Colour.GREY, "expired") if token.has_expired(timezone.now()) else pill(Colour.GREEN, "works")
