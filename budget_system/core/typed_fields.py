"""Django's fields as bases of our own, with the two parameters that only the type checker knows.

At run time Django's fields take no parameters, so there a subscript returns the class itself.
"""

from typing import TYPE_CHECKING, TypeVar

from django.db import models

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)

if TYPE_CHECKING:
    IntegerBase = models.Field[_ST, _GT]
    CharBase = models.CharField[_ST, _GT]
    TextBase = models.TextField[_ST, _GT]
    TimeBase = models.TimeField[_ST, _GT]
else:

    class _Subscriptable:
        def __class_getitem__(cls, _: object) -> type:
            return cls

    class IntegerBase(_Subscriptable, models.BigIntegerField):
        """The base of `MoneyField`."""

    class CharBase(_Subscriptable, models.CharField):
        """The base of a text that follows from another."""

    class TextBase(_Subscriptable, models.TextField):
        """The base of an encrypted value."""

    class TimeBase(_Subscriptable, models.TimeField):
        """The base of a time with a normal form."""
