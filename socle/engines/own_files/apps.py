from django.apps import AppConfig


class OwnFilesConfig(AppConfig):
    name = "socle.engines.own_files"
    label = "engines_own_files"
    verbose_name = "dossiers des mairies (moteur)"
