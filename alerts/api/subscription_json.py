"""A subscription as JSON: its fields, and what they take."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.models import AlertKind, Subscription, SubscriptionMode
from alerts.models.subscriptions import SUBSCRIBED_CHANNELS
from brands.models import Brand
from budget_system.api import json_schema
from budget_system.api.fields import (
    CodeField,
    InputField,
    StrictBooleanField,
    StrictChoiceField,
    StrictUUIDField,
    TimeZoneField,
)
from budget_system.api.serializers import StrictSerializer
from budget_system.core import validation as inputs

CHANNELS = [(channel.value, channel.label) for channel in SUBSCRIBED_CHANNELS]
MOST_BRANDS = 1000


def _list_of(data: object, what: str) -> list[object]:
    if not isinstance(data, list):
        raise ValidationError(f"“{inputs.excerpt(data)}” is not a list; send {what} in one.")
    return data


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "enum": AlertKind.values}, "minItems": 1, "uniqueItems": True}
)
class KindsField(InputField[list[str]]):
    """Kinds of alerts, each once, in one order."""

    def parse(self, data: object) -> list[str]:
        """Read the kinds."""
        sent = [inputs.clean_choice(kind, AlertKind.values) for kind in _list_of(data, "kinds of alerts")]
        if not sent:
            raise ValidationError("Name at least one kind; to be told of nothing, switch the subscription off.")
        if len(set(sent)) < len(sent):
            raise ValidationError("A kind stands here twice; name each once.")
        return [kind for kind in AlertKind.values if kind in sent]


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "maxItems": MOST_BRANDS,
        "uniqueItems": True,
    }
)
class BrandsField(InputField[list[UUID]]):
    """Ids of brands, each once."""

    def parse(self, data: object) -> list[UUID]:
        """Read the ids."""
        sent = _list_of(data, "ids of brands")
        if len(sent) > MOST_BRANDS:
            raise ValidationError(f"These are {len(sent)} brands; name at most {MOST_BRANDS}, or none for every brand.")
        ids = [inputs.parse_uuid(one) for one in sent]
        if len(set(ids)) < len(ids):
            raise ValidationError("A brand stands here twice; name each once.")
        return ids

    def get_attribute(self, instance: Any) -> list[UUID]:
        """Return the brands that the caller sees; without a caller, all."""
        named = self.context.get("brands")
        found: Sequence[Brand] = instance.brands.order_by("name_key", "pk") if named is None else named[instance.pk]
        return [brand.pk for brand in found]

    def show(self, value: list[UUID]) -> list[str]:
        """Return the ids."""
        return [str(pk) for pk in value]


@extend_schema_field(json_schema.OPTIONAL_NAME)
class OptionalNameField(InputField[str]):
    """A name, in its normal form; it may be left empty."""

    def parse(self, data: object) -> str:
        """Read a name."""
        return "" if data == "" else inputs.clean_name(data)


@extend_schema_field({"type": "string", "format": "uri", "maxLength": 2000})
class UrlField(InputField[str]):
    """The address of a channel; where requests may go is decided when it is stored."""

    def parse(self, data: object) -> str:
        """Read an address."""
        return inputs.clean_code(data, max_length=2000)


class SubscriptionSerializer(StrictSerializer):
    """A subscription as JSON."""

    id = StrictUUIDField(read_only=True)
    channel = StrictChoiceField(choices=CHANNELS, help_text="It cannot be changed.")
    name = OptionalNameField(required=False, initial="", help_text="What people call it.")
    user = CodeField(
        source="username", required=False, help_text="Whose mail it is, or who has set the channel up: oneself."
    )
    brands = BrandsField(
        required=False, help_text="Empty: every brand, of mail those that its person may read now and later."
    )
    every_brand = serializers.BooleanField(
        read_only=True, help_text="Whether it is of every brand; false where its last brand is gone."
    )
    kinds = KindsField(required=False, help_text="Left out: all but campaign.paused and campaign.resumed.")
    mode = StrictChoiceField(
        choices=SubscriptionMode.choices, required=False, help_text="Of mail: at once, or daily at 07:00."
    )
    timezone = TimeZoneField(required=False, initial="UTC", help_text="Where it is 07:00 when a digest is sent.")
    url = UrlField(required=False, write_only=True, help_text="Of a channel, which needs one; never shown.")
    host = serializers.CharField(read_only=True, help_text="Of the url. Empty: mail.")
    secret = serializers.SerializerMethodField(
        help_text="What a webhook's requests are signed with; shown once, when it is created and rotated, else null."
    )
    is_active = StrictBooleanField(required=False, help_text="true switches it on again.")
    switched_off = serializers.CharField(read_only=True, help_text="Why it is not active.")
    failing_since = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_secret(self, subscription: Subscription) -> str | None:
        """Return nothing: a new secret is written into the one answer that shows it, and stored nowhere with it."""
        return None


class TrialSerializer(StrictSerializer):
    """What a test came to, as JSON."""

    delivered = serializers.BooleanField(read_only=True)
    status = serializers.IntegerField(read_only=True, allow_null=True, help_text="The receiver's; null: none came.")
    error = serializers.CharField(read_only=True, help_text="Why it has not arrived.")
