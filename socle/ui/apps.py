from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "socle.ui"
    verbose_name = "interface"
