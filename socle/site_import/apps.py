from socle.sites import registry


class SiteImportConfig(registry.ExtensionConfig):
    name = "socle.site_import"
    verbose_name = "import d’anciens sites"
