from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "budget_system.accounts"
