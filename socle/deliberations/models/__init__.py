"""The nouns of this room: acts, and what they approve; how an act goes to the prefecture, and what comes back."""

from socle.deliberations.models.acts import (
    Act,
    ActManager,
    ActQuerySet,
    Approval,
    Article,
    Author,
    PublicationChoice,
    Vote,
)
from socle.deliberations.models.transmissions import (
    ENDED,
    ClassifiedMatter,
    Enclosure,
    FileKind,
    Incoming,
    IncomingFile,
    Reply,
    Road,
    Status,
    Transmission,
    TransmissionAccount,
)

__all__ = [
    "ENDED",
    "Act",
    "ActManager",
    "ActQuerySet",
    "Approval",
    "Article",
    "Author",
    "ClassifiedMatter",
    "Enclosure",
    "FileKind",
    "Incoming",
    "IncomingFile",
    "PublicationChoice",
    "Reply",
    "Road",
    "Status",
    "Transmission",
    "TransmissionAccount",
    "Vote",
]
