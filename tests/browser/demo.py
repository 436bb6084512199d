"""The demo's agency with an administrator, for screenshots: `prepare` is called in a process of the running system."""

import json
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from brands.models import Brand
from campaigns.models import Campaign
from tasks.heartbeats import TICK_PERIODS, record_heartbeat
from tests.browser.snapshots import ROWS, SESSIONS


def prepare(folder: str) -> None:
    """Load the demo, and note the session and the rows."""
    client = Client()
    client.force_login(User.objects.create_superuser("olivia", "olivia@example.com"))
    call_command("seed_demo")
    for name in TICK_PERIODS:
        record_heartbeat(name, at=timezone.now())
    rows = {row.name: str(row.pk) for row in (*Brand.objects.all(), *Campaign.objects.all())}
    (Path(folder) / SESSIONS).write_text(json.dumps({"olivia": client.cookies["sessionid"].value}))
    (Path(folder) / ROWS).write_text(json.dumps(rows))
