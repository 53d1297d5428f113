from socle.sites.registry import ExtensionConfig


class AlbumsConfig(ExtensionConfig):
    name = "socle.sections.albums"
    verbose_name = "albums des sites"
