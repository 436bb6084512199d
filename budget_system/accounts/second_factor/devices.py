"""A user's second factor: an authenticator app and recovery codes, in the tables of django-otp.

A user with a confirmed `TOTPDevice` has a second factor. Nothing here knows the web.
"""

import logging
from math import ceil
from typing import Final

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django_otp import verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from budget_system.core.actors import Actor

log = logging.getLogger("budget_system.access")

RECOVERY_CODES: Final = 10
DIGITS: Final = 6
APP: Final = "authenticator app"
RECOVERY_DEVICE_NAME: Final = "recovery codes"

WRONG_CODE: Final = (
    "This code is not right, or was used already. Enter the one that your app shows now; if none is taken, see that "
    "the clock of your phone is set automatically."
)
IS_ON: Final = "Your second factor is on already. To move it to another phone, switch it off first."
IS_OFF: Final = "Your second factor is off, so there is nothing to recover; switch it on first."


def totp_device(user: User) -> TOTPDevice | None:
    """Return the device of a user's authenticator app; `None` where the second factor is off."""
    return TOTPDevice.objects.filter(user=user.pk, confirmed=True).first()


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes a user has not used."""
    return int(StaticToken.objects.filter(device__user=user.pk).count())


def is_totp_code(code: str) -> bool:
    """Return whether a code looks like an authenticator app's; a recovery code is longer."""
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def normalize_code(code: str) -> str:
    """Return a code as it is stored: people type it with the gaps in which it is shown, and in capitals."""
    return "".join(code.split()).replace("-", "").lower()


def device_for(user: User, code: str) -> Device | None:
    """Return the device that checks a normalized code; `None` where the user has none of that kind.

    Only one kind, because a wrong code delays the next one of its device.
    """
    if is_totp_code(code):
        return totp_device(user)
    return StaticDevice.objects.filter(user=user.pk, confirmed=True).first()


def seconds_to_wait(user: User, code: str) -> int:
    """Return for how many seconds codes of this kind are refused, after wrong ones; 0 where the next one is checked."""
    device = device_for(user, code)
    if device is None:
        return 0
    allowed, why = device.verify_is_allowed()
    return 0 if allowed else ceil((why["locked_until"] - timezone.now()).total_seconds())


def verify(user: User, code: str) -> Device | None:
    """Use up a normalized code; return the device that accepted it, `None` where none did."""
    device = device_for(user, code)
    if device is None or not verify_token(user, device.persistent_id, code):
        return None
    if isinstance(device, StaticDevice):
        left = recovery_codes_left(user)
        _log(logging.WARNING, "recovery_code_used", f"Recovery code used, {left} left", user, left=left)
    return device


def switch_on(*, user: User, key: str, code: str) -> tuple[TOTPDevice, list[str]]:
    """Switch the second factor on, for the secret `key` (hex) and a normalized code that proves the app has it.

    Return the device, and the recovery codes, which are never shown again. Raise `ValidationError` where the code is
    wrong, or the second factor is on.
    """
    with transaction.atomic():
        _lock(user)
        if totp_device(user) is not None:
            raise ValidationError(IS_ON)
        device = TOTPDevice.objects.create(user_id=user.pk, name=APP, key=key, confirmed=True)
        if not is_totp_code(code) or not device.verify_token(code):
            raise ValidationError(WRONG_CODE)
        codes = _new_codes(user)
    _log(logging.INFO, "second_factor_on", "Second factor switched on", user)
    return device, codes


def renew_recovery_codes(*, user: User) -> list[str]:
    """Replace all recovery codes, and return the new ones. Raise `ValidationError` where there is no factor."""
    with transaction.atomic():
        _lock(user)
        if totp_device(user) is None:
            raise ValidationError(IS_OFF)
        codes = _new_codes(user)
    _log(logging.INFO, "recovery_codes_renewed", "New recovery codes", user)
    return codes


def switch_off(*, user: User) -> None:
    """Switch a user's own second factor off; its secret and its recovery codes are deleted."""
    if _remove(user):
        _log(logging.INFO, "second_factor_off", "Second factor switched off", user)


def reset(*, user: User, by: Actor) -> bool:
    """Switch another user's second factor off; return whether there was one.

    Raise `Forbidden` for all but administrators.
    """
    by.require_administrator()
    found = _remove(user)
    if found:
        _log(logging.INFO, "second_factor_reset", f"Second factor reset by {by}", user, by=str(by))
    return found


def _remove(user: User) -> bool:
    with transaction.atomic():
        _lock(user)
        found = totp_device(user) is not None
        TOTPDevice.objects.filter(user=user.pk).delete()
        StaticDevice.objects.filter(user=user.pk).delete()
    return found


def _new_codes(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(user_id=user.pk, defaults={"name": RECOVERY_DEVICE_NAME})
    codes: set[str] = set()
    while len(codes) < RECOVERY_CODES:
        codes.add(StaticToken.random_token())
    device.token_set.all().delete()
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return sorted(codes)


def _lock(user: User) -> None:
    """Make concurrent changes of a user's second factor wait for each other."""
    User.objects.select_for_update().get(pk=user.pk)


def _log(level: int, event: str, sentence: str, user: User, **fields: object) -> None:
    extra = {"event": event, "user": user.get_username(), **fields}
    log.log(level, "%s: user %s", sentence, user.get_username(), extra=extra)
