"""The smallest view of the framework that sends what one POST of ours sends; its statements come from a file.

As the framework's tutorial has it, with no middleware but Django's common one: it reads its body by a serializer, sends
the statements, and answers the body. Needs Django set up.
"""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from rest_framework import serializers
from rest_framework.decorators import (
    api_view,
    authentication_classes,
    parser_classes,
    permission_classes,
    renderer_classes,
    throttle_classes,
)
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from uuid_utils.compat import uuid7

from budget_system.core.prepared import prepared_cursor

STATEMENTS = "BENCHMARK_STATEMENTS"
LEDGER = 'INSERT INTO "spending_spend"'

Answer = Callable[[HttpRequest], HttpResponse]


class SmallSerializer(serializers.Serializer[Any]):
    """The body."""

    campaign = serializers.UUIDField()
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
@throttle_classes([])
@parser_classes([JSONParser])
@renderer_classes([JSONRenderer])
def small(request: Request) -> Response:
    """Send the statements: what is asked of the caller first, then the transaction."""
    serializer = SmallSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    before, within = _statements
    for statement in before:
        _send(*statement)
    with transaction.atomic():
        for statement in within:
            _send(*statement)
    return Response(serializer.data, status=201)


def _send(sql: str, parameters: list[Any]) -> None:
    if LEDGER in sql:
        parameters = [uuid7() if connection.vendor == "postgresql" else uuid7().hex, *parameters[1:]]
    with prepared_cursor() as cursor:  # as ours are sent: planned once
        cursor.execute(sql, parameters)
        if cursor.description:
            cursor.fetchall()


def urls_of_this_module(get_response: Answer) -> Answer:
    """Make the addresses of this module those of the request."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.urlconf = __name__
        return get_response(request)

    return answer


urlpatterns = [path("small/", small)]
_statements: tuple[list[Any], list[Any]] = pickle.loads(Path(os.environ[STATEMENTS]).read_bytes())
COMMON = "django.middleware.common.CommonMiddleware"  # which says how long the answer is: the connection stays
with override_settings(MIDDLEWARE=[COMMON, f"{__name__}.urls_of_this_module"]):
    application = WSGIHandler()
