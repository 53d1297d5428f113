from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "socle.documents"
    verbose_name = "documents"
