from socle.sites.registry import ExtensionConfig


class NoticesConfig(ExtensionConfig):
    name = "socle.sections.notices"
    verbose_name = "annonces des sites"
