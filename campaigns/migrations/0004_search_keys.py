"""Names are searched without regard to accents; they are unique as before, by `name_key`."""

from typing import Any

from django.db import migrations

import budget_system.core.fields
from budget_system.operations.search_keys import fill_search_keys


def fill(apps: Any, schema_editor: Any) -> None:
    """Fill the keys of the campaigns that there are."""
    fill_search_keys(apps.get_model("campaigns", "Campaign"))


class Migration(migrations.Migration):
    dependencies = [
        ("brands", "0008_search_keys"),
        ("campaigns", "0003_campaign_indexes_by_what_holds_back"),
    ]

    operations = [
        migrations.AddField(
            "campaign", "search_key", budget_system.core.fields.SearchKeyField(max_length=1024, source="name")
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
