from socle.sites.registry import ExtensionConfig


class CanteenConfig(ExtensionConfig):
    name = "socle.sections.canteen"
    verbose_name = "menus de la cantine"
