"""What OpenAPI cannot see in the code by itself: what a PUT takes, tags, pages and the shape of refusals."""

from typing import Any, Final

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer

from brands.access import is_open

_TAG: Final = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the version the change was made for; where it is stale the answer is 412.",
    "schema": {"type": "string"},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same body, the first answer comes again and nothing is done twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7e]+$"},
}
_DETAIL: Final = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
_FAULTS: Final = {
    "type": "object",
    "description": "Messages by field; `non_field_errors`: the whole is to blame; `detail`: it cannot be read.",
    "additionalProperties": {"oneOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
}
_REFUSALS: Final = {
    "400": ("Faults", "A field, a parameter or the body is not understood; it is named."),
    "401": ("Detail", "Nobody known asks: no token and no login, or a token that works no longer."),
    "403": ("Detail", "The role of who asks does not allow it; or a session came without its CSRF token."),
    "404": ("Detail", "There is no such row, or page; what is another brand's is not there."),
    "409": ("Detail", "Two requests at once met a rule of uniqueness."),
    "412": ("Detail", "`If-Match` is stale."),
    "413": ("Detail", "The body is too large."),
    "422": ("Detail", "The Idempotency-Key came with another body before."),
    "415": ("Detail", "The body is not JSON."),
    "429": ("Detail", "Too many requests in this minute."),
}
_PAGE_HEADERS: Final = {
    "Link": {"description": "`first`, `prev`, `next` and `last` page (RFC 8288).", "schema": {"type": "string"}},
    "X-Total-Count": {
        "description": "All rows; absent above 10,000 unless `count=exact`.",
        "schema": {"type": "integer"},
    },
}
_ROW_HEADERS: Final = {
    "ETag": {"description": "Covers all but counters and what follows from them.", "schema": {"type": "string"}}
}
_WAIT: Final = {
    "Retry-After": {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}},
}
_WRITES: Final = frozenset({"post", "put", "patch"})


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library's hook has no types
    """Describes tokens."""

    target_class = "budget_system.api.entrance.TokenLogin"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Describe the header; OpenAPI 3.0 knows no scheme of this name, so it is described as a key."""
        text = "`Token …`: the word, a space, and a token that an administrator has issued."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # as above
    """Describes sessions."""

    target_class = "budget_system.api.entrance.SessionLogin"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Describe the cookie."""
        text = "The session of somebody who has logged in at /admin/; writes need the CSRF token too."
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME, "description": text}


class ServiceSchema(AutoSchema):
    """Describes the views of the API."""

    def get_request_serializer(self) -> Any:
        """Describe the body; a PUT leaves what it leaves out, so it requires nothing."""
        serializer = super().get_request_serializer()
        if self.method == "PUT" and isinstance(serializer, Serializer):
            serializer.partial = True
        return serializer


def describe(result: dict[str, Any], generator: object, request: object, public: bool) -> dict[str, Any]:
    """Add refusals, headers and preconditions to every operation of the API."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update({"Detail": _DETAIL, "Faults": _FAULTS})
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _describe(path, method, operation)
    return result


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    if is_open():
        operation["security"].append({})  # or nothing at all
    one_row = "{id}" in path
    listing = any(parameter["name"] == "page" for parameter in operation.get("parameters", []))
    if one_row and method in {"put", "patch", "post", "delete"}:
        operation.setdefault("parameters", []).append(_TAG)
    if method == "post":
        operation.setdefault("parameters", []).append(_KEY)
    headers = _PAGE_HEADERS if listing else {} if method == "delete" else _ROW_HEADERS
    for response in operation["responses"].values():
        if headers:
            response["headers"] = headers
    codes = {"400", "401", "403", "429"}
    codes |= {"404"} if one_row or listing else set()
    codes |= {"413", "415"} if method in _WRITES else set()
    codes |= {"409"} if method in _WRITES and "requestBody" in operation else set()
    codes |= {"412"} if one_row and method != "get" else set()
    codes |= {"409", "422"} if method == "post" else set()
    for code in sorted(codes):
        component, text = _REFUSALS[code]
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}}
        more = {"headers": _WAIT} if code == "429" else {}
        operation["responses"].setdefault(code, {"description": text, "content": content, **more})
