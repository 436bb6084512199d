"""The form of a subscription, in plain words."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.models import User
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldBooleanWidget,
)

from alerts.models import AlertKind, Subscription, SubscriptionMode
from alerts.models.subscriptions import default_kinds
from alerts.services.subscribers import named_brands
from alerts.services.subscription_values import SubscriptionValues
from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.admin.fields import ChoiceField, InputField, TimeZoneField
from budget_system.admin.forms import ServiceForm
from budget_system.admin.unfold_types import ModelChoiceField
from budget_system.core import validation as inputs
from budget_system.core.actors import NO_ACCESS, Actor
from delivery.models import Channel

CHANNELS = [
    (Channel.MAIL.value, "Mail, to a person"),
    (Channel.WEBHOOK.value, "Webhook, to a program"),
    (Channel.SLACK.value, "Slack"),
    (Channel.TEAMS.value, "Teams"),
]
KINDS = [(kind.value, f"{kind.label[:1].upper()}{kind.label[1:]}") for kind in AlertKind]


class OptionalNameField(InputField):
    """A name, in its normal form; it may be left empty."""

    def parse(self, text: str) -> str:
        """Read a name."""
        return inputs.clean_name(text)

    def empty(self) -> str:
        """Return that there is none."""
        return ""


class AddressField(InputField):
    """The address of a channel; where requests may go is decided when it is stored."""

    def parse(self, text: str) -> str:
        """Read an address."""
        return inputs.clean_code(text, max_length=2000)

    def empty(self) -> str:
        """Return that none was typed."""
        return ""


class SubscriptionForm(ServiceForm[Subscription]):
    """Who is told, of which brands, and of what."""

    by: ClassVar[Actor] = Actor.api(NO_ACCESS)
    """Who has the form open; set on the class that is made for a request."""

    channel = ChoiceField(CHANNELS, label="Told by", help_text="It cannot be changed later.")
    user = ModelChoiceField(
        User.objects.filter(is_active=True).order_by("username"),
        required=False,
        label="Whose mail",
        empty_label="yours",
        widget=UnfoldAdminSelect2Widget,
        help_text="A person is only told of brands that they may read.",
    )
    name = OptionalNameField(required=False, help_text="What people call it, as “Ops channel”.")
    url = AddressField(
        required=False,
        label="Address",
        help_text="Where messages are sent: of Slack an incoming webhook, of Teams a workflow's. It begins with https://",
    )
    brands = forms.ModelMultipleChoiceField(
        Brand.objects.none(),
        required=False,
        widget=UnfoldAdminSelect2MultipleWidget,
        help_text="None chosen: every brand.",
    )
    kinds = forms.MultipleChoiceField(
        choices=KINDS, label="Told of", widget=UnfoldAdminCheckboxSelectMultipleWidget, initial=default_kinds
    )
    mode = ChoiceField(SubscriptionMode.choices, label="When", required=False, help_text="A digest has all of a day.")
    timezone = TimeZoneField(
        inputs.timezones(), label="Time zone", help_text="Where it is 07:00 when a digest is sent."
    )
    is_active = forms.BooleanField(required=False, label="Active", widget=UnfoldBooleanWidget)

    class Meta:
        model = Subscription
        fields = ("channel", "user", "name", "url", "brands", "kinds", "mode", "timezone", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self._not_asked():
            self.fields.pop(name)
        choice = cast("forms.ModelMultipleChoiceField[Brand]", self.fields.get("brands"))
        if choice is not None:
            choice.queryset = visible_rows(Brand.objects.all(), self.by.access)
            choice.help_text = self._brands_help()
        if not self.instance._state.adding:
            self.initial["brands"] = [
                brand.pk for brand in named_brands([self.instance], self.by.access)[self.instance.pk]
            ]
            self.initial["url"] = ""
            if "url" in self.fields:
                self.fields["url"].label = "New address"
                self.fields["url"].help_text = f"Empty: it stays as it is, at {self.instance.host}."

    def _not_asked(self) -> tuple[str, ...]:
        """Return what is not asked of this subscription, or not of this person."""
        if self.instance._state.adding:
            return ("is_active",) if self.by.access.administrator else ("is_active", "user")
        return ("channel", "user", *(("url",) if self.instance.channel == Channel.MAIL else ("mode", "timezone")))

    def _brands_help(self) -> str:
        if self.by.access.administrator:
            return "None chosen: every brand, also those to come; of mail, those that its person may read."
        return "None chosen: of mail, every brand that you may read, also those to come. A channel needs at least one."

    def clean(self) -> dict[str, Any]:
        """Refuse what the person may not decide at its field, in plain words."""
        super().clean()
        channel = self.cleaned_data.get("channel") or self.instance.channel
        chosen = self.cleaned_data.get("brands")
        if chosen is None or not channel or channel == Channel.MAIL:
            return self.cleaned_data
        read_only = ", ".join(f"“{brand}”" for brand in chosen if not self.by.access.may_write(brand.pk))
        stays = not self.instance._state.adding and "brands" not in self.changed_data
        if read_only:
            self.add_error("brands", f"A channel is of brands that you may change; you may only read {read_only}.")
        elif not chosen and not stays and not self.by.access.administrator:
            self.add_error("brands", "Choose the brands; only an administrator can have a channel of every brand.")
        return self.cleaned_data

    def subscription_values(self) -> SubscriptionValues:
        """Return what was chosen; of a subscription that exists, what the person changed."""
        values: dict[str, Any] = dict(self.cleaned_data)
        is_new = self.instance._state.adding
        if not is_new:
            values = {name: value for name, value in values.items() if name in self.changed_data}
        is_mail = (values.get("channel") or self.instance.channel) == Channel.MAIL
        if "brands" in values:
            values["brands"] = [brand.pk for brand in values["brands"]]
        user = values.pop("user", None)
        if is_mail and user is not None and is_new:
            values["username"] = user.get_username()
        if is_mail or not values.get("url"):
            values.pop("url", None)
        if not is_mail or not values.get("mode"):
            values.pop("mode", None)
        return cast(SubscriptionValues, values)
