from django.apps import AppConfig


class SimulatedConfig(AppConfig):
    name = "socle.engines.simulated"
    label = "engines_simulated"
    verbose_name = "jumeaux simulés"
