from socle.sites.registry import ExtensionConfig


class EventsConfig(ExtensionConfig):
    name = "socle.sections.events"
    verbose_name = "agendas des sites"
