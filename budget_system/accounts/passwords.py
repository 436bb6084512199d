"""What follows from a changed password, however it was changed: in the admin, by a command, by a link from a mail."""

import logging
from datetime import datetime

from django.contrib.auth.models import User

from brands.access.tokens import active_tokens, revoke_tokens
from budget_system.core.actors import Actor

log = logging.getLogger("budget_system.access")


def note_password_change(*, user: User, keep_tokens: bool, now: datetime, by: Actor) -> int:
    """Revoke the tokens of a user whose password was changed, unless they are kept; return how many had been active.

    Call it in the transaction in which the password is saved. Sessions need nothing: Django ends all but the one in
    which the password was changed. Raise `Forbidden` unless the user or an administrator changed it.
    """
    by.require_self_or_administrator(user)
    working = active_tokens(user, now=now).count()
    fields = {"event": "password_changed", "user": user.get_username(), "by": str(by), "tokens_kept": keep_tokens}
    log.info("Password of user %s changed by %s", user.get_username(), by, extra=fields)
    if keep_tokens:
        return 0
    revoke_tokens(user=user, by=by)
    return working
