from socle.sites import registry


class InboxConfig(registry.ExtensionConfig):
    name = "socle.inbox"
    verbose_name = "messages des habitants"
