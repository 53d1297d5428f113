from socle.sites import registry


class AlbumsConfig(registry.ExtensionConfig):
    name = "socle.sections.albums"
    verbose_name = "albums des sites"
