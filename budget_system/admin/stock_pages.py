"""Removing the pages that libraries register for their models, where we have others or none."""

from importlib import import_module

from django.contrib import admin
from django.db.models import Model


def unregister(registering: str, *models: type[Model]) -> None:
    """Remove the pages of some models, which the module `registering` adds when it is imported.

    It is imported first, so that it does not matter whose admin Django discovers first.
    """
    import_module(registering)
    admin.site.unregister(models)
