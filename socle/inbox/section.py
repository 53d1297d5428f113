"""Extension of the sites by the messages of inhabitants: the form by which one writes to the mairie."""

from typing import Any

from socle.inbox.demo_data import ensure_messages
from socle.retention.table import lasts
from socle.sites.registry import Extension


def personal_data() -> dict[str, Any]:
    """For how long a message serves, and when it is unanswered."""
    return {"messages_kept": lasts("messages-habitants"), "messages_unanswered_kept": lasts("messages-sans-suite")}


EXTENSION = Extension(
    code="inbox",
    package="socle.inbox",
    site_urls="socle.inbox.site_urls",
    demo=ensure_messages,
    personal_data=personal_data,
    not_handed_over={
        "ContactMessage": "a part of its own",
        "MessageFile": "a part of its own",
        "MessageLetter": "how far a message has been sent",
        "MessageReply": "a part of its own",
    },
)
