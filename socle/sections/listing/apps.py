from socle.sites import registry


class ListingConfig(registry.ExtensionConfig):
    name = "socle.sections.listing"
    verbose_name = "annuaires des sites"
