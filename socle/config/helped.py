"""The things that a helper may leave open in a mairie’s name, by the verb that opened them: one table.

A room that gives helpers a new way to open something that lasts adds its line here, and two functions: `find`, what the
line opened and is open still; `end`, which ends it, whoever asks.
"""

from __future__ import annotations

from socle.people.helped import Lasting

OPENED: dict[str, Lasting] = {
    "file.link_made": Lasting("socle.files.helped.links", "socle.files.actions.links.end_link"),
    "mail.forwarding_set": Lasting("socle.mail.helped.forwardings", "socle.mail.helped.end_forwarding"),
    "mail.alias_made": Lasting("socle.mail.helped.destinations", "socle.mail.helped.end_destination"),
    "mail.destination_added": Lasting("socle.mail.helped.destinations", "socle.mail.helped.end_destination"),
    "backup.machine_added": Lasting("socle.backups.helped.codes", "socle.backups.actions.cancel_code"),
    "backup.code_renewed": Lasting("socle.backups.helped.codes", "socle.backups.actions.cancel_code"),
    # To the mairie's own people: theirs until it says otherwise.
    "mail.box_opened": Lasting("socle.mail.helped.openings", "socle.mail.actions.close_box", ends_with_access=False),
}
