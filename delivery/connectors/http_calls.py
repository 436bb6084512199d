"""A call over HTTP that is bounded as a whole: in time, and in what is read of the answer."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import requests

from delivery.connectors.protocol import CALL_SECONDS, Unavailable

CONNECT_SECONDS: Final = 3.0
MOST_BYTES: Final = 20_000_000
_CHUNK: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Mapping[str, object]
    retry_after: timedelta | None


def call(
    session: requests.Session,
    method: str,
    url: str,
    *,
    json_body: Mapping[str, object] | None = None,
    params: Mapping[str, str] | None = None,
    seconds: float = CALL_SECONDS,
) -> Answer:
    """Send a request and return its answer, a JSON object. Raise `Unavailable` where there is none in time."""
    until = time.monotonic() + seconds
    try:
        with session.request(
            method,
            url,
            json=json_body,
            params=params,
            timeout=(min(CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = bytearray()
            for chunk in response.iter_content(_CHUNK):
                content += chunk
                if time.monotonic() > until or len(content) > MOST_BYTES:
                    raise Unavailable("The answer took too long, or was too large.")
            status, wait = response.status_code, _retry_after(response.headers.get("Retry-After", ""))
    except requests.Timeout as error:
        raise Unavailable(f"It did not answer within {seconds:g} seconds.") from error
    except requests.RequestException as error:
        raise Unavailable(f"It could not be reached ({type(error).__name__}).") from error
    try:
        body = json.loads(content) if content else {}
    except ValueError as error:
        raise Unavailable(f"Its answer ({status}) is no JSON.", wait) from error
    return Answer(status, body if isinstance(body, dict) else {}, wait)


def _retry_after(header: str) -> timedelta | None:
    """Return the seconds that an answer asks to be left alone, a day at most."""
    return timedelta(seconds=min(int(header), 86_400)) if header.isascii() and header.isdigit() else None
