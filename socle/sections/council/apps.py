from socle.sites import registry


class CouncilConfig(registry.ExtensionConfig):
    name = "socle.sections.council"
    verbose_name = "conseils sur les sites"
