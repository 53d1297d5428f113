from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "socle.grants"
    verbose_name = "subventions"
