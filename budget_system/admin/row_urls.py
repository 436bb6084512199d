"""Addresses of rows in the admin."""

from django.db.models import Model
from django.urls import reverse


def change_url(row: Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
