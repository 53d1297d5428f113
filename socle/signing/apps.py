from django.apps import AppConfig


class SigningConfig(AppConfig):
    name = "socle.signing"
    verbose_name = "signatures"
