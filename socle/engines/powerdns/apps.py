from django.apps import AppConfig


class PowerDnsConfig(AppConfig):
    name = "socle.engines.powerdns"
    label = "engines_powerdns"
    verbose_name = "serveur de noms"
