"""Orders of a person for one row, on pages that ask for confirmation and a note."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from budget_system.admin.archive import row_is_archived
from budget_system.admin.bulk_orders import BulkOrderingAdmin
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed, note_form
from budget_system.admin.row_urls import change_url

_M = TypeVar("_M", bound=Model)


class OrderingAdmin(BulkOrderingAdmin[_M]):
    """Rows for which a person can order something, and then the opposite."""

    def pointless_order(self, row: _M) -> str:
        """Return the name of the order that would change nothing."""
        raise NotImplementedError

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> _M | None:
        """Return the row of a page; where it is only shown, it is read once for its form and its actions."""
        if request.method != "GET":
            return super().get_object(request, object_id, from_field)
        read: dict[tuple[type[Model], str], _M | None] = request.__dict__.setdefault("_rows_of_page", {})
        key = self.model, str(object_id)
        if key not in read:
            read[key] = super().get_object(request, object_id, from_field)
        return read[key]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer what one may do with the row, and of orders the one that changes something; nothing of an archived row.

        The library asks what one may do with any row at all: it has no more than the row's id.
        """
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types
        row = self.row_of(request, str(object_id))
        if row is None or row_is_archived(row):
            return []
        pointless = self.pointless_order(row)
        return [
            one
            for one in offered
            if not one.action_name.endswith(pointless) and self._may(request, row, one.method.allowed_permissions)
        ]

    def _may(self, request: HttpRequest, row: _M, permissions: Iterable[str]) -> bool:
        return all(getattr(self, f"has_{name}_permission")(request, row) for name in permissions)

    def order_page(
        self, request: HttpRequest, object_id: str, verb: str, text: str, give: Callable[[_M, str], None]
    ) -> HttpResponse:
        """Ask for confirmation and a note, then give the order."""
        row = self.row_of(request, object_id)
        if row is None:
            return HttpResponseRedirect(self.list_url())
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        back = change_url(row)
        form = note_form(request)
        if is_confirmed(request) and form.is_valid():
            give(row, form.cleaned_data["note"])
            return HttpResponseRedirect(back)
        return confirmation_page(self, request, Confirmation(f"{verb} “{row}”", text, verb), form, back=back)
