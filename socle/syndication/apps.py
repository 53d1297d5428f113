from socle.sites.registry import ExtensionConfig


class SyndicationConfig(ExtensionConfig):
    name = "socle.syndication"
    verbose_name = "contenus partagés"
