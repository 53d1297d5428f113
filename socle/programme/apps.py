from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "socle.programme"
    verbose_name = "programmes"
