from socle.sites.registry import ExtensionConfig


class WasteConfig(ExtensionConfig):
    name = "socle.sections.waste"
    verbose_name = "collecte des déchets"
