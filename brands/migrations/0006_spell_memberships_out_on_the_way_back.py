"""On the way back, whom a group or “every brand” gave a role keeps it, in each brand that there is by then."""

from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q


def spell_out(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Replace memberships of groups and in every brand by one for each user and brand, with the highest role."""
    rows: Any = apps.get_model("brands", "Membership")._base_manager
    brands = list(apps.get_model("brands", "Brand")._base_manager.values_list("pk", flat=True))
    users_of: dict[int, list[int]] = {}
    in_groups: Any = apps.get_model("auth", "User").groups.through._base_manager
    for group_id, user_id in in_groups.values_list("group_id", "user_id"):
        users_of.setdefault(group_id, []).append(user_id)
    roles: dict[tuple[int, Any], str] = {}
    # “MANAGER” comes before “VIEWER”: what stands first is the highest.
    for row in rows.order_by("role"):
        for user_id in [row.user_id] if row.user_id else users_of.get(row.group_id, []):
            for brand_id in [row.brand_id] if row.brand_id else brands:
                roles.setdefault((user_id, brand_id), row.role)
    rows.filter(Q(user=None) | Q(brand=None)).delete()
    for row in list(rows.all()):
        role = roles.pop((row.user_id, row.brand_id))
        if role != row.role:
            rows.filter(pk=row.pk).update(role=role)
    rows.bulk_create(
        (rows.model(user_id=user_id, brand_id=brand_id, role=role) for (user_id, brand_id), role in roles.items()),
        batch_size=500,
    )


class Migration(migrations.Migration):
    """Nothing on the way forward. Apart, because PostgreSQL changes no table in which rows have just been written."""

    dependencies = [("brands", "0005_memberships_of_groups_and_in_every_brand")]

    operations = [migrations.RunPython(migrations.RunPython.noop, spell_out)]
