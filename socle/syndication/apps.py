from socle.sites import registry


class SyndicationConfig(registry.ExtensionConfig):
    name = "socle.syndication"
    verbose_name = "contenus partagés"
