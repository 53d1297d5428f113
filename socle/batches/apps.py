from django.apps import AppConfig


class BatchesConfig(AppConfig):
    name = "socle.batches"
    verbose_name = "lots"
