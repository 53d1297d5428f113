from django.apps import AppConfig


class ResticConfig(AppConfig):
    name = "socle.engines.restic"
    label = "engines_restic"
    verbose_name = "sauvegardes des machines (moteur)"
