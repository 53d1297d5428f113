from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "socle.console"
    verbose_name = "porte des opérateurs"
