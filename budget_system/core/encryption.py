"""Fields that are encrypted at rest: credentials of platforms and of channels.

The key is that of the environment (`CREDENTIALS_KEYS`; without one it is derived from `SECRET_KEY`). The first of
several encrypts, all of them decrypt, so that a key can be replaced. Source: https://cryptography.io/en/latest/fernet/
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Expression

from budget_system.core.typed_fields import TextBase

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


def encrypt(text: str) -> str:
    """Return a text that only the keys of this system turn back."""
    return _keys(tuple(settings.CREDENTIALS_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return what was encrypted. Raise `ImproperlyConfigured` where no key of this system fits."""
    from cryptography.fernet import InvalidToken  # noqa: PLC0415  # see `_keys`

    try:
        return _keys(tuple(settings.CREDENTIALS_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "Stored credentials were encrypted with another key: put that key into CREDENTIALS_KEYS (or, where that is "
            "empty, the former SECRET_KEY), after the present one, separated by a comma."
        ) from error


@lru_cache(maxsize=8)
def _keys(secrets: Sequence[str]) -> "MultiFernet":
    # Imported when it is first needed: a web process that reads no credentials would hold 8 MB of it.
    from cryptography.fernet import Fernet, MultiFernet  # noqa: PLC0415

    digests = (hashlib.sha256(b"budget_system.credentials:" + secret.encode()).digest() for secret in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class EncryptedJSONField(TextBase[_ST, _GT]):
    """A value as JSON, encrypted in the column. It can be read and written, and not searched for."""

    def get_prep_value(self, value: object) -> object:
        """Encrypt."""
        return value if value is None or isinstance(value, Expression) else encrypt(json.dumps(value))

    def from_db_value(self, value: str | None, expression: Expression, connection: BaseDatabaseWrapper) -> object:
        """Decrypt; what is empty is an empty object."""
        if value is None:
            return None
        return json.loads(decrypt(value)) if value else {}
