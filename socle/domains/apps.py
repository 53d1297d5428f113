from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "socle.domains"
    verbose_name = "noms de domaine"
