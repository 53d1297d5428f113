from django.apps import AppConfig


class AssembliesConfig(AppConfig):
    name = "socle.assemblies"
    verbose_name = "assemblées"
