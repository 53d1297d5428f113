from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "socle.public"
    verbose_name = "porte de tout le monde"
