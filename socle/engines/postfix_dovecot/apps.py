from django.apps import AppConfig


class PostfixDovecotConfig(AppConfig):
    name = "socle.engines.postfix_dovecot"
    label = "engines_postfix_dovecot"
    verbose_name = "serveurs de messagerie (moteur)"
