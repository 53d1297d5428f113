from socle.sites import registry


class CanteenConfig(registry.ExtensionConfig):
    name = "socle.sections.canteen"
    verbose_name = "menus de la cantine"
