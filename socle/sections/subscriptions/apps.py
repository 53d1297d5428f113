from socle.sites.registry import ExtensionConfig


class SubscriptionsConfig(ExtensionConfig):
    name = "socle.sections.subscriptions"
    verbose_name = "abonnements aux alertes"
