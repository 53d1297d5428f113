from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "socle.retention"
    verbose_name = "conservation des données personnelles"
