from django.apps import AppConfig


class S2lowConfig(AppConfig):
    name = "socle.engines.s2low"
    label = "engines_s2low"
    verbose_name = "dispositif de transmission S²LOW"
