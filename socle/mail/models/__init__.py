"""The nouns of the mail: domains, boxes and who opens them, aliases, absences, forwarding, imports and trials."""

from socle.mail.models.aliases import Alias, Destination
from socle.mail.models.boxes import Allowance, Mailbox, Opening
from socle.mail.models.browser import BrowserReading
from socle.mail.models.chain import ChainTest
from socle.mail.models.domains import Domain
from socle.mail.models.manners import Forwarding, Vacation
from socle.mail.models.migrations import Migration, MigrationFolder
from socle.mail.models.restorations import Restoration

__all__ = [
    "Alias",
    "Allowance",
    "BrowserReading",
    "ChainTest",
    "Destination",
    "Domain",
    "Forwarding",
    "Mailbox",
    "Migration",
    "MigrationFolder",
    "Opening",
    "Restoration",
    "Vacation",
]
