"""Entity tags, by which a client says which version of a row its change was made for.

A tag covers the row, not the counters shown with it: a manager who edits a name must not fail because a spend came in
between. It changes with a status, and it answers no `If-None-Match`, since what is shown may differ under one tag.

A proxy that compresses an answer changes its tag, since the bytes differ: nginx weakens it (`W/"…"`), Caddy and Apache
append the encoding (`"…-gzip"`). So it comes back in `If-Match`, and RFC 9110 (13.1.1) demands a strong comparison
there: a weak tag never matches. Ours does not stand for bytes but for the row's state, which compression does not
change, so it is accepted all the same.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Final

from django.utils.http import parse_etags
from rest_framework.request import Request

from budget_system.api.serializers import StrictSerializer
from budget_system.core.errors import Stale
from budget_system.core.tags import tag_of

Check = Callable[[object], None]
_ANY: Final = ["*"]
_CHANGED_BY_PROXY: Final = re.compile(r'(?:W/)?"([0-9a-f]{32})(?:-(?:br|deflate|gzip|zstd))?"')


def etag(instance: object, serializer_class: type[StrictSerializer]) -> str:
    """Return the strong tag of a row as it stands.

    The serializer is given no figures, so whatever is calculated from counters is `null` here and changes no tag.
    """
    return tag_of(_plain(serializer_class).to_representation(instance))


@cache
def _plain(serializer_class: type[StrictSerializer]) -> StrictSerializer:
    """Return a serializer without context; making one copies every field."""
    return serializer_class()


def precondition(request: Request, serializer_class: type[StrictSerializer]) -> Check | None:
    """Return the check that a service calls with the row as read under its lock; `None` where none was requested."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    tags = [_CHANGED_BY_PROXY.sub(r'"\1"', tag) for tag in parse_etags(header)]

    def check(instance: object) -> None:
        if tags != _ANY and etag(instance, serializer_class) not in tags:
            raise Stale

    return check
