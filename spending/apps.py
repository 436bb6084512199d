from django.apps import AppConfig


class SpendingConfig(AppConfig):
    name = "spending"
    default_auto_field = "django.db.models.BigAutoField"
