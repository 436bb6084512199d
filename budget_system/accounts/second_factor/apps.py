from django.apps import AppConfig


class SecondFactorConfig(AppConfig):
    name = "budget_system.accounts.second_factor"
    label = "second_factor"
