"""What the messages of inhabitants add to the sites: the form by which one writes to the mairie."""

from socle.websites.messages.fictions import ensure_messages
from socle.websites.registry import Extension

EXTENSION = Extension(
    code="inbox",
    package="socle.websites.messages",
    site_urls="socle.websites.messages.site_urls",
    demo=ensure_messages,
    not_handed_over={
        "ContactMessage": "a part of its own",
        "MessageFile": "a part of its own",
        "MessageLetter": "how far a message has been sent",
        "MessageReply": "a part of its own",
    },
)
