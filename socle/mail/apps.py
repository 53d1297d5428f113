from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "socle.mail"
    verbose_name = "messagerie"
