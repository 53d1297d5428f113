from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "socle.files"
    verbose_name = "dossier partagé"
