"""What the tasks leave behind: when each last finished."""

from django.db import models


class Heartbeat(models.Model):
    """When a task last finished; a tick at which nothing changed writes this one row and no other."""

    name = models.CharField(primary_key=True, max_length=100)
    finished_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.finished_at:%Y-%m-%d %H:%M:%S}"
