from django.apps import AppConfig


class RoundcubeConfig(AppConfig):
    name = "socle.engines.roundcube"
    label = "engines_roundcube"
    verbose_name = "messagerie dans le navigateur (moteur)"
