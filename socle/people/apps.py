from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "socle.people"
    verbose_name = "personnes"
