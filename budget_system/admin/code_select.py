"""A list of many codes to choose from, as time zones, drawn in one go: Django draws each option by two templates."""

from typing import TYPE_CHECKING, Any

from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from unfold.widgets import UnfoldAdminSelect2Widget

if TYPE_CHECKING:
    from django.forms import Select as _Select
else:
    _Select = UnfoldAdminSelect2Widget


class CodeSelect(_Select):
    """The library's list that can be searched; its options have no groups."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: object = None) -> SafeString:
        """Return the list."""
        widget = self.get_context(name, value, attrs)["widget"]
        options = ((option["value"], option) for _, group, _ in widget["optgroups"] for option in group)
        drawn = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, mark_safe(" selected" if option["selected"] else ""), option["label"]) for code, option in options),
        )
        return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), drawn)
