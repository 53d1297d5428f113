from django.apps import AppConfig


class MairieConfig(AppConfig):
    name = "socle.mairie"
    verbose_name = "porte des mairies"
