from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "socle.operations"
    verbose_name = "exploitation"
