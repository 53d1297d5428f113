from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "socle.joining"
    verbose_name = "demandes d’adhésion"
