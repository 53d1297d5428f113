from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    name = "socle.territory"
    verbose_name = "territoire"
