"""What was done to a row, over REST."""

from typing import ClassVar, TypeVar

from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from brands.history.listing import history_of
from brands.models import ChangeAction
from budget_system.api.filtersets import FilterSet
from budget_system.api.numbered_pages import NumberedPagination
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import RowViewSet

_M = TypeVar("_M", bound=Model)


class ChangeSerializer(StrictSerializer):
    """One thing that was done to a row, as JSON."""

    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(read_only=True, help_text="Empty where it was not kept.")
    action = serializers.ChoiceField(choices=ChangeAction.choices, read_only=True)
    before = serializers.DictField(read_only=True, help_text="What stood in the fields that changed.")
    after = serializers.DictField(read_only=True, help_text="What has stood there since.")


class HistoryFilters(FilterSet):
    """The history knows no parameters but those of its pages."""


class HistoryMixin(RowViewSet[_M]):
    """Rows whose changes by people are kept."""

    listing_actions: ClassVar = frozenset({"list", "history"})

    @extend_schema(responses=ChangeSerializer(many=True))
    @action(detail=True, filterset_class=HistoryFilters, pagination_class=NumberedPagination)
    def history(self, request: Request, pk: str) -> Response:
        """List what people did to the row, newest first: who, when, before, after. A deleted row keeps its history."""
        row = self.get_queryset().filter(pk=self.row_id).first()
        entries = history_of(self.get_queryset().model, self.row_id, row=row, access=self.by.access)
        pages = NumberedPagination()
        shown = pages.cut(entries, request)
        return pages.get_paginated_response(ChangeSerializer.represent(shown))
