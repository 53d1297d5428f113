"""News travels up one way: a verb written in the journal enqueues these tasks on commit, with the object's identifier.

A key is a verb, or the beginning of several: search for `mail.box_` to know who runs when a box is handed over. The
upper room's own tick re-derives what is due, so a lost message loses nothing. What an action enqueues by name is of its
own room: letters that it owes, files that it changes. A page saved in the editor is told by Wagtail's signals, which
`sites/publishing/signals.py` takes to the same files.
"""

# The servers that follow the mail, when this installation has some of its own; they do nothing otherwise.
MAIL_SERVERS = "socle.engines.postfix_dovecot.tasks"

REACTIONS: dict[str, tuple[str, ...]] = {
    "act.answer_asked": ("socle.deliberations.tasks.send",),
    "act.described": ("socle.sites.tasks.publish_acts",),
    "act.document_attached": ("socle.sites.tasks.publish_acts",),
    "act.held_back": ("socle.sites.tasks.publish_acts",),
    "act.online_asked": ("socle.sites.tasks.publish_acts",),
    "act.published": ("socle.sites.tasks.publish_acts",),
    "act.put_online": ("socle.sites.tasks.publish_acts",),
    "act.qualified": ("socle.sites.tasks.publish_acts",),
    "act.received": ("socle.sites.tasks.publish_acts",),
    "act.reception_cancelled": ("socle.sites.tasks.publish_acts",),
    "act.removed": ("socle.sites.tasks.publish_acts",),
    "act.sending_asked": ("socle.deliberations.tasks.send",),
    "act.shown_again": ("socle.sites.tasks.publish_acts",),
    "agreement.amended": ("socle.provisioning.tasks.open_rights",),
    "agreement.amendment_signed": ("socle.agreements.tasks.tell_outcome",),
    "agreement.drafted": ("socle.joining.tasks.follow_drafts",),
    "agreement.ready": ("socle.agreements.tasks.tell_next_signatory",),
    # The party is told in whose name it was recorded, and the next one signs meanwhile.
    "agreement.paper_recorded": (
        "socle.agreements.tasks.tell_papers",
        "socle.agreements.tasks.tell_next_signatory",
    ),
    "agreement.paper_attested": ("socle.agreements.tasks.tell_papers",),
    "agreement.paper_contested": ("socle.agreements.tasks.tell_contest",),
    "agreement.party_signed": ("socle.agreements.tasks.tell_next_signatory",),
    "agreement.signatory_changed": ("socle.agreements.tasks.tell_next_signatory",),
    "agreement.signed": (
        "socle.provisioning.tasks.open_rights",
        "socle.agreements.tasks.tell_outcome",
        "socle.revenue.tasks.keep_readings",
    ),
    "agreement.suspended": (
        "socle.provisioning.tasks.follow_suspensions",
        "socle.agreements.tasks.tell_suspension",
    ),
    "agreement.suspension_lifted": (
        "socle.provisioning.tasks.follow_suspensions",
        "socle.agreements.tasks.tell_suspension",
    ),
    # Who sits in an assembly is shown on the site of its body.
    "assembly.member_changed": ("socle.sections.council.tasks.follow_members",),
    "assembly.member_left": ("socle.sections.council.tasks.follow_members",),
    "assembly.member_seated": ("socle.sections.council.tasks.follow_members",),
    "claim.archive_asked": ("socle.grants.tasks.make_archives",),
    "batch.started": ("socle.batches.tasks.carry_on",),
    "batch.resumed": ("socle.batches.tasks.carry_on",),
    "batch.retried": ("socle.batches.tasks.carry_on",),
    "handover.asked": ("socle.provisioning.tasks.make_handover",),
    "calendar.public_changed": ("socle.sites.tasks.publish_events",),
    "meeting.cancelled": ("socle.agenda.tasks.follow_meeting",),
    "meeting.closed": ("socle.agreements.tasks.follow_meeting",),
    "meeting.convened": ("socle.assemblies.tasks.send_convocations", "socle.agenda.tasks.follow_meeting"),
    # Who pays is said on the sites at once.
    "operation.granted": ("socle.grants.tasks.follow_publicity",),
    "operation.terms_changed": ("socle.grants.tasks.follow_publicity",),
    "programme.loaded": ("socle.agreements.tasks.keep_assessments", "socle.sites.tasks.publish_hosts"),
    "webhook.tried": ("socle.integrations.tasks.send_due",),
    "webhook.sent_again": ("socle.integrations.tasks.send_due",),
    "review.approved": ("socle.sites.tasks.tell_review",),
    "review.asked": ("socle.sites.tasks.tell_review",),
    "review.sent_back": ("socle.sites.tasks.tell_review",),
    "right.moved": ("socle.sites.tasks.publish_host",),
    "right.opened": ("socle.provisioning.tasks.reconcile_right", "socle.sites.tasks.publish_host"),
    "territory.imported": ("socle.agreements.tasks.keep_assessments",),
    "territory.loaded": ("socle.agreements.tasks.keep_assessments",),
    "territory.stations_loaded": ("socle.sites.tasks.publish_procedures",),
    "vintage.asked": ("socle.mergers.tasks.import_asked",),
    # Who opens which box, and what boxes there are: the mail servers know it at once.
    "device_password.ended": (f"{MAIL_SERVERS}.follow_device",),
    "device_password.made": (f"{MAIL_SERVERS}.follow_device",),
    "mail.alias_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.box_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.destination_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.domain_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.forwarding_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.outside_*": (f"{MAIL_SERVERS}.follow_mail",),
    "mail.vacation_*": (f"{MAIL_SERVERS}.follow_mail",),
    # The second factor that a role wants opens the mail programs, and its loss closes them.
    "person.factor_*": (f"{MAIL_SERVERS}.follow_person",),
    "role.ended": (f"{MAIL_SERVERS}.follow_membership",),
    # Whoever comes to a mairie has a box there at once; who signs for it, or for an operator, is on its drafts.
    "role.given": (
        "socle.mail.tasks.welcome",
        f"{MAIL_SERVERS}.follow_membership",
        "socle.agreements.tasks.propose_signatories",
    ),
    "role.kept": (f"{MAIL_SERVERS}.follow_membership",),
    "role.taken_back": (f"{MAIL_SERVERS}.follow_membership",),
}
