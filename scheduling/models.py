"""Dayparting: the windows in which a campaign may run."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import time
from typing import ClassVar, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.timezone import now
from uuid_utils.compat import uuid7

from budget_system.core.typed_fields import TimeBase
from campaigns.models import Campaign
from scheduling.weeks import Week, WeekWindow, normal_window
from scheduling.windows import Window, normal_end

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


class WindowEndField(TimeBase[_ST, _GT]):
    """The end of a window; 23:59:59, which other tools write for the end of the day, is stored as 00:00:00."""

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Store the normal form, whichever code saves the row."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, time):
            value = normal_end(value, bool(getattr(model_instance, "ends_next_day", False)))
            setattr(model_instance, self.attname, value)
        return value


class DayOfWeek(models.IntegerChoices):
    """Days as `date.weekday()` counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    """Querysets of windows."""

    def living(self) -> "ScheduleQuerySet":
        """Keep windows whose campaign and brand are not archived."""
        # Not a join: SQLite would begin with the brands, and sort all windows of a list.
        return self.filter(Exists(Campaign.objects.order_by().filter(pk=OuterRef("campaign"))))

    def weeks(self, campaign_ids: Collection[UUID]) -> Mapping[UUID, Week]:
        """Return the weeks of campaigns, in one query; the week of one without windows is empty."""
        found: dict[UUID, set[WeekWindow]] = defaultdict(set)
        for schedule in self.filter(campaign__in=campaign_ids).order_by():
            found[schedule.campaign_id].add(schedule.week_window)
        return {pk: frozenset(found[pk]) for pk in campaign_ids}


class Schedule(models.Model):
    """One window `[start_time, end_time)` of one weekday on the brand's wall clock."""

    brand_path: ClassVar[str] = "campaign__brand"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="schedules")
    day_of_week = models.PositiveSmallIntegerField(choices=DayOfWeek)
    start_time = models.TimeField()
    end_time = WindowEndField(help_text="00:00 is the end of that day.")
    ends_next_day = models.BooleanField(default=False, help_text="The window runs over midnight.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["campaign", "day_of_week", "start_time", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "day_of_week", "start_time", "end_time", "ends_next_day"],
                name="schedule_window_unique",
            ),
            # 22:00–00:00 is the same window with and without `ends_next_day`.
            models.UniqueConstraint(
                fields=["campaign", "day_of_week", "start_time"],
                condition=Q(end_time=time(0)),
                name="schedule_window_to_midnight_unique",
            ),
            models.CheckConstraint(condition=Q(day_of_week__lte=6), name="schedule_day_of_week_known"),
            models.CheckConstraint(
                condition=Q(end_time=time(0))
                | Q(ends_next_day=False, end_time__gt=F("start_time"))
                | Q(ends_next_day=True, end_time__lte=F("start_time")),
                name="schedule_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        end = "24:00" if self.end_time == time(0) else f"{self.end_time:%H:%M}"
        return f"{DayOfWeek(self.day_of_week).label} {self.start_time:%H:%M}–{end}"

    @property
    def window(self) -> Window:
        """The window as the pure functions take it."""
        return Window(self.day_of_week, self.start_time, self.end_time, self.ends_next_day)

    @property
    def week_window(self) -> WeekWindow:
        """The window as a part of its campaign's week."""
        return WeekWindow(normal_window(self.window), self.is_active)


TIMES, FLAGS = ("day_of_week", "start_time", "end_time"), ("ends_next_day", "is_active")


class SchedulesAsText(models.Aggregate):
    """Schedules in one text, parted by commas: weekday, start, end, `ends_next_day`, `is_active`; in any order.

    What is grouped so comes as one row for each campaign, which is several times as fast as a row for each window.
    """

    output_field = models.TextField()
    template = "%(function)s(%(expressions)s, ',')"

    def __init__(self) -> None:
        columns = [
            *(Cast(name, models.CharField()) for name in TIMES),
            *(Case(When(**{name: True}, then=Value("1")), default=Value("0")) for name in FLAGS),
        ]
        parts = [part for column in columns for part in (Value(" "), column)]
        super().__init__(
            Concat(*parts[1:]), function="STRING_AGG" if connection.vendor == "postgresql" else "GROUP_CONCAT"
        )
