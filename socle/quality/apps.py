from socle.sites import registry


class QualityConfig(registry.ExtensionConfig):
    name = "socle.quality"
    verbose_name = "qualité des sites"
