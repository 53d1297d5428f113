from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "socle.backups"
    verbose_name = "sauvegardes"
