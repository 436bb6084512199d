"""What OpenAPI cannot see in the code by itself: what a PUT accepts, tags, pages, refusals, and where an id leads."""

from typing import Any, Final

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer

from brands.access.memberships import is_open
from budget_system.api import json_schema
from budget_system.api.downloads import FORMATS
from budget_system.api.schema_parts import (
    ANSWERED_BEFORE,
    DETAIL,
    IDEMPOTENCY_KEY,
    PAGE_HEADERS,
    REFUSALS,
    RETRY_AFTER,
    ROW_ERRORS,
    ROW_HEADERS,
    STORED_RECORD,
    TAG,
    VALIDATION_ERRORS,
)

_WRITES: Final = frozenset({"post", "put", "patch"})
MAX_ROWS_EXTENSION: Final = "x-most-rows"
"""How many rows one body may hold; set by the operations that accept many."""


class AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]  # the library's hook has no types
    """Describes an amount as text; a request may leave decimals out, an answer has two."""

    target_class = "budget_system.api.fields.AmountField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """Return the schema of a request, and that of a response."""
        return dict(json_schema.AMOUNT if direction == "request" else json_schema.AMOUNT_SHOWN)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library's hook has no types
    """Describes tokens."""

    target_class = "budget_system.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Describe the header; OpenAPI 3.0 knows no scheme of this name, so it is described as a key."""
        text = (
            "`Token …`: the word, a space, and a token that an administrator has issued. One that is for delivery only "
            "may GET /api/delivery/ and POST /api/delivery/ack/, and nothing else."
        )
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the same
    """Describes sessions."""

    target_class = "budget_system.api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Describe the cookie."""
        text = "The session of somebody who has logged in at /admin/; writes need the CSRF token too."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": text}


class ServiceSchema(AutoSchema):
    """Describes the views of the API."""

    def get_request_serializer(self) -> Any:
        """Return the body's serializer; a PUT keeps what it leaves out, so it requires nothing."""
        serializer = super().get_request_serializer()
        if self.method == "PUT" and isinstance(serializer, Serializer):
            serializer.partial = True
        return serializer

    def _get_paginator(self) -> Any:
        """Return no paginator for the answer to many rows, which is a plain list."""
        return None if self._takes_many() else super()._get_paginator()  # type: ignore[no-untyped-call]  # the library's

    def get_filter_backends(self) -> list[Any]:
        """Return filters for lists only."""
        return [] if self._takes_many() else list(super().get_filter_backends())

    def _takes_many(self) -> bool:
        return MAX_ROWS_EXTENSION in self.get_extensions()


def describe(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add refusals, headers, preconditions and links to every operation of the API."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas.items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False  # read-only fields, which are ignored, apart: see the description
        elif "properties" in schema:
            schema["required"] = list(schema["properties"])  # an answer shows all that it has, whatever a request needs
    schemas.update(
        {"AnswerRecord": STORED_RECORD, "Detail": DETAIL, "Faults": VALIDATION_ERRORS, "RowFaults": ROW_ERRORS}
    )
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _describe(path, method, operation)
            _describe_files(operation)
    for operations in result["paths"].values():
        _link(operations, result["paths"])
    return result


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    if is_open():
        operation["security"].append({})  # or nothing at all
    one_row = "{id}" in path
    listing = any(parameter["name"] == "page" for parameter in operation.get("parameters", []))
    if one_row and method in {"put", "patch", "post", "delete"}:
        operation.setdefault("parameters", []).append(TAG)
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    headers = PAGE_HEADERS if listing else {} if method == "delete" else ROW_HEADERS
    for code, response in operation["responses"].items():
        if headers and code.startswith("2"):
            response["headers"] = headers
    if method == "post":
        operation["responses"]["208"] = ANSWERED_BEFORE
    if most := operation.get(MAX_ROWS_EXTENSION):
        operation["requestBody"]["content"]["application/json"]["schema"] |= {"minItems": 1, "maxItems": most}
    codes = {"400", "401", "403", "406", "429", "503"}
    codes |= {"404"} if one_row or listing else set()
    codes |= {"413", "415"} if method in _WRITES else set()
    codes |= {"409"} if method in _WRITES and "requestBody" in operation else set()
    codes |= {"412"} if one_row and method != "get" else set()
    codes |= {"409", "422"} if method == "post" else set()
    for code in sorted(codes):
        component, text = REFUSALS[code]
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}}
        more = {"headers": RETRY_AFTER} if code in {"429", "503"} else {}
        operation["responses"].setdefault(code, {"description": text, "content": content, **more})


def _describe_files(operation: dict[str, Any]) -> None:
    """Describe a list that comes as a file as a file, not as an array of objects."""
    for response in operation["responses"].values():
        for kind in FORMATS:
            if kind.media_type in response.get("content", {}):
                response["content"][kind.media_type] = {"schema": kind.described}


def _link(operations: dict[str, Any], paths: dict[str, Any]) -> None:
    """Describe what can be requested with the id of a new row."""
    created = operations.get("post", {}).get("responses", {}).get("201")
    if created is None:
        return
    collection = next(path for path, there in paths.items() if there is operations)
    created["links"] = {
        operation["operationId"]: {"operationId": operation["operationId"], "parameters": {"id": "$response.body#/id"}}
        for path, there in paths.items()
        if path.startswith(f"{collection}{{id}}/")
        for operation in there.values()
    }


__all__ = ["MAX_ROWS_EXTENSION", "AmountSchema", "ServiceSchema", "SessionScheme", "TokenScheme", "describe"]
