from socle.sites.registry import ExtensionConfig


class ListingConfig(ExtensionConfig):
    name = "socle.sections.listing"
    verbose_name = "annuaires des sites"
