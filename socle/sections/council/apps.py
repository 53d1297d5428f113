from socle.sites.registry import ExtensionConfig


class CouncilConfig(ExtensionConfig):
    name = "socle.sections.council"
    verbose_name = "conseils sur les sites"
