from django.apps import AppConfig


class RevenueConfig(AppConfig):
    name = "socle.revenue"
    verbose_name = "recettes"
