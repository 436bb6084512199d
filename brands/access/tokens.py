"""Tokens: issued once, stored as a hash, until they expire or are revoked."""

import logging
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from knox.crypto import hash_token
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from brands.models import Scope, Token, TokenScope
from budget_system.core.actors import Actor
from budget_system.core.prepared import PreparedQuery, from_row, related_from_row

log = logging.getLogger("budget_system.access")

_TOKEN = re.compile(r"[0-9a-f]{64}")
_DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token; `text` is what is sent with requests, and is stored nowhere."""

    token: Token
    text: str = field(repr=False)


@transaction.atomic
def issue_token(
    *, user: User, expires_at: datetime | None, only: Scope | None = None, now: datetime, by: Actor
) -> IssuedToken:
    """Issue a token for a user, until `expires_at` (UTC) or, where that is `None`, until it is revoked.

    With `only` it may do nothing else, whatever its user may. Raise `Forbidden` for all but administrators.
    """
    by.require_administrator()
    digest, text = get_digest_token()
    token = Token(digest=digest, token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH], user=user, expiry=expires_at)
    token.save(force_insert=True)
    if only is not None:
        TokenScope.objects.create(token=token, only=only)
    fields = {"event": "token_issued", "user": user.get_username(), "by": str(by), "only": only or ""}
    until = f"until {expires_at}" if expires_at else "without an end"
    log.info("Token %s issued by %s, %s%s", token, by, until, f", for {only} only" if only else "", extra=fields)
    return IssuedToken(token, text)


def revoke_tokens(*, user: User, beginning: str = "", by: Actor) -> int:
    """Revoke a user's tokens, all or those that begin with `beginning`; return how many.

    Raise `Forbidden` unless the user or an administrator asks.
    """
    by.require_self_or_administrator(user)
    tokens = list(Token.objects.filter(user=user, token_key__startswith=beginning))
    for token in tokens:
        token.delete()
        fields = {"event": "token_revoked", "user": user.get_username(), "by": str(by)}
        log.info("Token %s revoked by %s", token, by, extra=fields)
    return len(tokens)


def active_tokens(user: User, *, now: datetime) -> "QuerySet[Token]":
    """Return a user's tokens that have not expired."""
    tokens: QuerySet[Token] = Token.objects.filter(Q(expiry=None) | Q(expiry__gt=now), user=user)
    return tokens


class TokenLogin(NamedTuple):
    """Whose token was sent, and what alone it may do."""

    user: User
    only: Scope | None


def token_login(text: str, *, now: datetime) -> TokenLogin | None:
    """Return whose token this is, in one query; `None` where it is unknown or expired, or its user may not log in.

    An expired one is deleted.
    """
    if not _TOKEN.fullmatch(text):
        return None
    row = next(_token_query(connection.vendor).fetch({_DIGEST: hash_token(text)}), None)
    if row is None:
        return None
    token, user = from_row(Token, row), related_from_row(User, row)
    if token.has_expired(now):
        token.delete()
        return None
    only = row[len(Token._meta.concrete_fields)]  # between the token's columns and its user's
    return TokenLogin(user, Scope(only) if only else None) if user.is_active else None


@cache
def _token_query(vendor: str) -> PreparedQuery:
    rows = Token.objects.filter(digest=_DIGEST).annotate(only=F("scope__only"))
    return PreparedQuery(rows.select_related("user").order_by())
