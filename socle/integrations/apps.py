from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "socle.integrations"
    verbose_name = "programmes d’autrui"
