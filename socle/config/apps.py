from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "socle.config"
    verbose_name = "assemblage"
