from socle.sites.registry import ExtensionConfig


class InboxConfig(ExtensionConfig):
    name = "socle.inbox"
    verbose_name = "messages des habitants"
