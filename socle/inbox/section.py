"""Extension of the sites by the messages of inhabitants: the form by which one writes to the mairie."""

from socle.inbox.demo_data import ensure_messages
from socle.sites.registry import Extension

EXTENSION = Extension(
    code="inbox",
    package="socle.inbox",
    site_urls="socle.inbox.site_urls",
    demo=ensure_messages,
    not_handed_over={
        "ContactMessage": "a part of its own",
        "MessageFile": "a part of its own",
        "MessageLetter": "how far a message has been sent",
        "MessageReply": "a part of its own",
    },
)
