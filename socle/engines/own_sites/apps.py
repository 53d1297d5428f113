from django.apps import AppConfig


class OwnSitesConfig(AppConfig):
    name = "socle.engines.own_sites"
    label = "engines_own_sites"
    verbose_name = "sites des communes (moteur)"
