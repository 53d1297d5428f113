"""Accesses that a helper may open in a mairie’s name and that last, by the verb that opened them: one table.

A room that gives helpers a new way to open something that lasts adds its line here, and two functions: `find`, what the
line opened and is open still; `end`, which ends it, whoever asks.
"""

from __future__ import annotations

from socle.people.helper_access import Lasting

OPENED: dict[str, Lasting] = {
    "file.link_made": Lasting("socle.files.helper_access.links", "socle.files.actions.links.end_link"),
    "mail.forwarding_set": Lasting("socle.mail.helper_access.forwardings", "socle.mail.helper_access.end_forwarding"),
    "mail.alias_made": Lasting("socle.mail.helper_access.destinations", "socle.mail.helper_access.end_destination"),
    "mail.destination_added": Lasting(
        "socle.mail.helper_access.destinations", "socle.mail.helper_access.end_destination"
    ),
    "backup.machine_added": Lasting("socle.backups.helper_access.codes", "socle.backups.actions.cancel_code"),
    "backup.code_renewed": Lasting("socle.backups.helper_access.codes", "socle.backups.actions.cancel_code"),
    # To the mairie's own people: theirs until it says otherwise.
    "mail.box_opened": Lasting(
        "socle.mail.helper_access.openings", "socle.mail.actions.close_box", ends_with_access=False
    ),
}
