from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "socle.outbox"
    verbose_name = "boîte d’envoi"
