from socle.sites.registry import ExtensionConfig


class SiteImportConfig(ExtensionConfig):
    name = "socle.site_import"
    verbose_name = "import d’anciens sites"
