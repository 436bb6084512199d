"""What stands around the rows of a list: how to sort them, and a button for each action."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib.admin.views.main import ORDER_VAR
from django.http import HttpRequest

from budget_system.admin.exporting import ExportingAdmin


class ActionButton(NamedTuple):
    """An action of a list: its place among them all, and what it does."""

    place: int
    label: str


class ListToolsAdmin(ExportingAdmin):
    """A list with its tools; comes before the classes of the libraries."""

    sorts: Sequence[tuple[str, str]] = ()
    """What the list is offered to be sorted by, beside its headers: in words, and the column, with a minus where it is
    turned round. On a phone there are no headers.
    """
    first_actions: Sequence[str] = ()
    """The actions that have a button of their own; the others are in a menu."""
    empty_hint: str = ""
    """What a person is told to do while the list has no rows at all."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list with its tools."""
        choices = [(name, str(label)) for name, label in self.get_action_choices(request) if name]  # type: ignore[attr-defined]
        buttons = {name: ActionButton(place, label) for place, (name, label) in enumerate(choices)}
        first = [name for name in buttons if name in self.first_actions] or list(buttons)[:2]
        tools = {
            "sorts": self._sorts(request, has_boxes=bool(choices)),
            "action_buttons": [buttons[name] for name in first],
            "more_action_buttons": [button for name, button in buttons.items() if name not in first],
        }
        return super().changelist_view(request, {**tools, **(extra_context or {})})

    def _sorts(self, request: HttpRequest, *, has_boxes: bool) -> list[tuple[str, str, bool]]:
        """Return the address of each order, its words, and whether it is the present one."""
        columns = list(self.get_list_display(request))  # type: ignore[attr-defined]  # of the class that stands behind
        asked = request.GET.copy()
        now = asked.get(ORDER_VAR, "")
        asked.pop("p", None)
        found = []
        for label, column in self.sorts:
            asked[ORDER_VAR] = f"{'-' if column[0] == '-' else ''}{columns.index(column.lstrip('-')) + has_boxes}"
            found.append((f"?{asked.urlencode()}", label, asked[ORDER_VAR] == now))
        return found
