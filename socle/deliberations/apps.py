from django.apps import AppConfig


class DeliberationsConfig(AppConfig):
    name = "socle.deliberations"
    verbose_name = "délibérations"
