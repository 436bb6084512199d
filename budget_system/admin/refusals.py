"""Telling a person why a service refuses what they ordered."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from budget_system.admin.forms import error_text
from budget_system.core.errors import ServiceError


def is_carried_out(request: HttpRequest, name: str, order: Callable[[], object]) -> bool:
    """Carry out an order about what has a name; return whether it was, and say why where it was refused."""
    try:
        order()
    except ServiceError as error:
        messages.error(request, f"{name}: {error.message}")
    except ValidationError as error:
        messages.error(request, f"{name}: {error_text(error)}")
    else:
        return True
    return False
