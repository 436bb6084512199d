"""Panels for reading above a row's form: how it stands, before what can be changed."""

from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from budget_system.admin.unfold_types import ModelAdmin

_M = TypeVar("_M", bound=Model)


class PanelAdmin(ModelAdmin[_M]):
    """Rows whose page begins with a panel; where a form comes back with errors, those come first."""

    change_form_outer_before_template = "admin/budget/panel_before.html"
    change_form_outer_after_template = "admin/budget/panel_after.html"

    class Media:
        css = {"all": ("budget/panels.css",)}  # noqa: RUF012  # Django's way
        js = ("budget/charts.js",)

    def panel(self, request: HttpRequest, row: _M) -> object:
        """Return what the panel shows; its `template` draws it."""
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: _M | None = None,
    ) -> HttpResponse:
        """Add the panel to the page of a row that exists."""
        if obj is not None and not context.get("is_popup"):
            context["panel"] = self.panel(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)
