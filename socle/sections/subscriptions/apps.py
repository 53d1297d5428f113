from socle.sites import registry


class SubscriptionsConfig(registry.ExtensionConfig):
    name = "socle.sections.subscriptions"
    verbose_name = "abonnements aux alertes"
