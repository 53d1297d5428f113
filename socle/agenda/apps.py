from django.apps import AppConfig


class AgendaConfig(AppConfig):
    name = "socle.agenda"
    verbose_name = "agendas et contacts"
