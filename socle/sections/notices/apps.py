from socle.sites import registry


class NoticesConfig(registry.ExtensionConfig):
    name = "socle.sections.notices"
    verbose_name = "annonces des sites"
