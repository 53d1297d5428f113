from django.apps import AppConfig


class MergersConfig(AppConfig):
    name = "socle.mergers"
    verbose_name = "fusions de communes"
