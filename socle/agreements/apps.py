from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "socle.agreements"
    verbose_name = "conventions"
