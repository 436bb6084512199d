"""Reading bodies: strict JSON, of bounded size, with numbers that stay exact."""

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import IO, Any, Final

from django.utils.http import parse_header_parameters
from gunicorn.http.errors import ParseException
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from budget_system.core.validation import excerpt
from budget_system.web.body_limits import MAX_BODY, MB

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 100_000
"""In one body; the largest that makes sense, 1,000 spends, has a tenth of it."""
_TEXTS: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_MARKS: Final = (b",", b"[", b"{")
"""One stands before each value, or more."""
MAX_DIGITS: Final = 1_000


class BodyTooLarge(APIException):
    """The body is larger than the address accepts (413)."""

    status_code = 413
    default_detail = "The body is too large; send less at a time."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """Reads one JSON value and refuses what different readers would understand differently.

    The size is counted while reading, because a `Content-Length` may be missing or wrong. A view accepts larger bodies
    by setting its own `max_body`.
    """

    media_type = "application/json"
    renderer_class = JSONRenderer  # what the browsable API writes into its form

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, object] | None = None
    ) -> Any:
        """Return the value in the body; `ParseError` says what is wrong with it."""
        _check_media_type(media_type or "")
        limit = getattr((parser_context or {}).get("view"), "max_body", MAX_BODY)
        return read_json(read_body(stream, limit=limit))


class StrictRequest(Request):
    """A request whose body is also read where it comes in chunks, without a `Content-Length`.

    The stock one takes a missing length for an empty body.
    """

    def _load_stream(self) -> None:
        meta = self._request.META
        if meta.get("wsgi.input_terminated") and "chunked" in meta.get("HTTP_TRANSFER_ENCODING", "").lower():
            self._stream = meta["wsgi.input"]
        else:
            super()._load_stream()  # type: ignore[misc]  # private in the stubs


def read_body(stream: IO[bytes], *, limit: int) -> bytes:
    """Read a body to its end, but never much more than the limit."""
    try:
        body = stream.read(limit + 1)
    except OSError as error:  # Django's `UnreadablePostError`, and what a server's own stream raises
        raise ParseError("The body ended before it was complete; send it again.") from error
    except ParseException as error:  # chunks are read no sooner than here
        raise ParseError("The chunks of the body are not as HTTP has them; send it again.") from error
    if len(body) > limit:
        raise BodyTooLarge(f"The body is too large; at most {limit // MB} MB are taken at a time.")
    return body


def read_json(body: bytes) -> object:
    """Read JSON according to RFC 8259 and I-JSON: UTF-8, every key once, finite numbers, no half characters."""
    _check_count(body)
    try:
        value: object = json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_number,
            parse_int=_whole_number,
        )
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: byte {error.start + 1} is broken.") from error
    except RecursionError as error:
        raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise ParseError(f"JSON parse error: {error}") from error
    # What UTF-8 cannot hold can only have come as an escape.
    _check_contents(value, escapes=b"\\u" in body)
    return value


def _check_count(body: bytes) -> None:
    """Count the values before any of them is created, without those inside texts."""
    if _marks(body) > MAX_VALUES and _marks(_TEXTS.sub(b"", body)) > MAX_VALUES:
        raise ParseError(f"The JSON holds more than {MAX_VALUES:,} values; send less at a time.")


def _marks(body: bytes) -> int:
    return sum(map(body.count, _MARKS))


def _check_media_type(media_type: str) -> None:
    name, parameters = parse_header_parameters(media_type)
    charset = parameters.get("charset", "utf-8")
    if name.lower() != "application/json" or charset.lower().replace("_", "-") not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType(media_type, detail="Send JSON in UTF-8, with Content-Type: application/json.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ParseError(
            f"The key “{excerpt(_twice(key for key, _ in pairs))}” stands twice in one object; send it once."
        )
    return result


def _twice(keys: Iterable[str]) -> str:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise AssertionError("every key stands once")


def _no_number(constant: str) -> object:
    raise ParseError(f"{constant} is no number in JSON.")


def _number(digits: str) -> Decimal:
    try:
        return Decimal(_bounded(digits))
    except InvalidOperation as error:
        raise ParseError(f"The number {digits[:60]} is out of range.") from error


def _whole_number(digits: str) -> int:
    return int(_bounded(digits))


def _bounded(digits: str) -> str:
    # Turning digits into a number takes time that grows with their square, and Python refuses more than 4,300.
    if len(digits) > MAX_DIGITS:
        raise ParseError(f"A number has more than {MAX_DIGITS} digits.")
    return digits


def _check_contents(value: object, *, escapes: bool) -> None:
    looked_at = {dict, list, str} if escapes else {dict, list}
    level, depth = [value], 0
    while level:
        below: list[object] = []
        for item in level:
            if isinstance(item, str):
                _check_characters(item)
            elif isinstance(item, dict | list):
                if escapes and isinstance(item, dict):
                    below += item
                inside = item.values() if isinstance(item, dict) else item
                if not looked_at.isdisjoint(map(type, inside)):  # in most objects there is nothing to look at
                    below += inside
        depth += any(isinstance(item, dict | list) for item in level)
        if depth > MAX_DEPTH:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        level = below


def _check_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError(
            "A text holds half of a surrogate pair (\\ud800 to \\udfff); send the whole character."
        ) from error
