from django.apps import AppConfig


class WebsitesConfig(AppConfig):
    name = "socle.websites"
    verbose_name = "sites des communes"
