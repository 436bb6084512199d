"""The field of a campaign's week: a text, and a grid beside it that is painted with the mouse.

The text is what is sent. The grid (`budget/week.js`) is drawn of what the server has read of it, so both say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from unfold.widgets import UnfoldAdminTextareaWidget

from brands.calendar import zone
from budget_system.admin.fields import InputField
from campaigns.models import Campaign
from scheduling.admin.week_effects import describe_week
from scheduling.admin.week_parser import EXAMPLE, read_week
from scheduling.weeks import ALWAYS, Week, WeekWindow, week_text
from scheduling.windows import MIDNIGHT

WEEK_URL_NAME: Final = "campaigns_campaign_week"
TEXT_LENGTH: Final = 4000
PRESETS: Final = (
    ("Business hours", "Mon–Fri 09:00–18:00"),
    ("Evenings", "Daily 18:00–24:00"),
    ("Weekend", "Sat–Sun 00:00–24:00"),
    ("Always (no windows)", ALWAYS),
)
_DAY_SECONDS: Final = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class WeekClock:
    """The brand's clock, as the grid marks it."""

    tz: str
    now: datetime

    def as_json(self) -> dict[str, object]:
        """Return the zone, and how many seconds of the week have passed there."""
        wall = self.now.astimezone(zone(self.tz))
        return {"zone": self.tz, "second": wall.weekday() * _DAY_SECONDS + _seconds(wall.time())}


def week_as_json(week: Week) -> list[dict[str, object]]:
    """Return the windows as the grid draws them: seconds since Monday 00:00, how long, and whether they are on."""
    return [_window_as_json(one) for one in sorted(week, key=lambda one: (one.window.day_of_week, one.window.start))]


def _window_as_json(one: WeekWindow) -> dict[str, object]:
    window = one.window
    over = window.ends_next_day or window.end == MIDNIGHT
    length = _seconds(window.end) + over * _DAY_SECONDS - _seconds(window.start)
    return {
        "start": window.day_of_week * _DAY_SECONDS + _seconds(window.start),
        "length": length,
        "on": one.is_active,
    }


def _seconds(of_day: time) -> int:
    return of_day.hour * 3600 + of_day.minute * 60 + of_day.second


def week_shown(campaign: Campaign, week: Week, *, now: datetime) -> SafeString:
    """Draw a week that the person may not change."""
    clock = WeekClock(campaign.brand.timezone, now)
    context = {
        "text": week_text(week),
        "words": describe_week(week, tz=clock.tz, now=now),
        "zone": clock.tz,
        "data": {"windows": week_as_json(week), "clock": clock.as_json(), "fixed": True},
    }
    return mark_safe(render_to_string("admin/budget/week.html", context))


class WeekWidget(UnfoldAdminTextareaWidget):  # type: ignore[misc]  # the library has no types
    """The text, with the grid above it."""

    class Media:
        css: ClassVar = {"all": ("budget/week.css",)}
        js: ClassVar = ("budget/week.js",)

    clock: WeekClock | None = None
    campaign_id: str = ""

    def render(self, name: str, value: object, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Draw the field, with what the grid needs."""
        text = value if isinstance(value, str) else ""
        clock = self.clock
        try:
            week = read_week(text)
        except ValidationError:
            data: dict[str, object] = {"windows": None}
            words = ""
        else:
            data = {"windows": week_as_json(week)}
            words = describe_week(week, tz=clock.tz, now=clock.now) if clock else describe_week(week)
        context = {
            "field": super().render(name, value, {**(attrs or {}), "aria-describedby": "week-words"}, renderer),
            "words": words,
            "zone": clock.tz if clock else "",
            "presets": PRESETS,
            "data": {
                **data,
                "clock": clock.as_json() if clock else None,
                "url": reverse(f"admin:{WEEK_URL_NAME}"),
                "campaign": self.campaign_id,
            },
        }
        return mark_safe(render_to_string("admin/budget/week.html", context))

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        """Return what was sent."""
        return data.get(name)


class WeekField(InputField):
    """A week, as one text."""

    widget: Any
    hidden_widget = forms.HiddenInput

    def __init__(self) -> None:
        widget = WeekWidget({"rows": 2, "id": "week-text", "maxlength": TEXT_LENGTH, "spellcheck": "false"})
        super().__init__(
            required=False,
            label="Hours",
            help_text=f"Typed like {EXAMPLE}, or painted above; {ALWAYS}, or nothing, is any hour.",
            widget=widget,
        )

    def show_on(self, clock: WeekClock | None, campaign_id: str) -> None:
        """Mark the clock of the campaign's brand in the grid, once there is a campaign."""
        self.widget.clock = clock
        self.widget.campaign_id = campaign_id

    def prepare_value(self, value: object) -> object:
        """Write a week as its text; what was entered stays as it was entered."""
        return week_text(value) if isinstance(value, frozenset) else value

    def parse(self, text: str) -> Week:
        """Read a week."""
        if len(text) > TEXT_LENGTH:
            raise ValidationError(f"A week is written in {TEXT_LENGTH:,} characters at most.")
        return read_week(text)

    def empty(self) -> Week:
        """Return the week without windows."""
        return frozenset()
