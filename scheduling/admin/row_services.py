"""The services by which single windows are written."""

from datetime import datetime
from typing import cast
from uuid import UUID

from budget_system.admin.forms import ServiceForm
from budget_system.admin.row_services import RowServices
from budget_system.core.actors import Actor
from scheduling import services
from scheduling.admin.forms import ScheduleForm
from scheduling.models import Schedule


class ScheduleServices(RowServices[Schedule]):
    """Create, change and remove windows."""

    def create_row(self, form: ServiceForm[Schedule], *, now: datetime, by: Actor) -> Schedule:
        """Add a window."""
        return services.create_schedule(
            values=cast(ScheduleForm, form).schedule_values(only_changed=False), now=now, by=by
        )

    def change_row(self, row_id: UUID, form: ServiceForm[Schedule], *, now: datetime, by: Actor) -> Schedule:
        """Change a window."""
        values = cast(ScheduleForm, form).schedule_values(only_changed=True)
        return services.change_schedule(schedule_id=row_id, values=values, now=now, by=by, check=form.unless_stale())

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a window."""
        services.remove_schedule(schedule_id=row_id, now=now, by=by)
