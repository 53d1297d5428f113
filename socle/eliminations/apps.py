from django.apps import AppConfig


class EliminationsConfig(AppConfig):
    name = "socle.eliminations"
    verbose_name = "éliminations d’archives"
