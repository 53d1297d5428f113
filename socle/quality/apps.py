from socle.sites.registry import ExtensionConfig


class QualityConfig(ExtensionConfig):
    name = "socle.quality"
    verbose_name = "qualité des sites"
