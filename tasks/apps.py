from django.apps import AppConfig
from django.core.checks import Tags, register

from budget_system.operations.pooler_checks import check_pooler
from budget_system.operations.startup_checks import check_settings


class TasksConfig(AppConfig):
    name = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_settings, Tags.security)
        register(check_pooler, Tags.database)
