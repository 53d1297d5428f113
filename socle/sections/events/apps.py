from socle.sites import registry


class EventsConfig(registry.ExtensionConfig):
    name = "socle.sections.events"
    verbose_name = "agendas des sites"
