import gc

from django.apps import AppConfig
from django.core.checks import Tags, register

from budget_system.startup import check_settings


class TasksConfig(AppConfig):
    name = "tasks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        register(check_settings, Tags.security)
        # This app is the last: what is loaded by now stays. Going through all of it again and again for garbage would
        # take a fifth of the time of an import or a bulk call.
        gc.freeze()
