from socle.sites import registry


class WasteConfig(registry.ExtensionConfig):
    name = "socle.sections.waste"
    verbose_name = "collecte des déchets"
