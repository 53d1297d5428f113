"""News travels up one way: a verb written in the journal enqueues these tasks on commit, with the object's identifier.

The upper room's own tick re-derives what is due, so a lost message loses nothing.
"""

REACTIONS: dict[str, tuple[str, ...]] = {
    "act.document_attached": ("socle.websites.tasks.publish_acts",),
    "act.published": ("socle.websites.tasks.publish_acts",),
    "act.received": ("socle.websites.tasks.publish_acts",),
    "act.removed": ("socle.websites.tasks.publish_acts",),
    "agreement.drafted": ("socle.joining.tasks.follow_drafts",),
    "agreement.ready": ("socle.agreements.tasks.tell_next_signatory",),
    "agreement.party_signed": ("socle.agreements.tasks.tell_next_signatory",),
    "agreement.signatory_changed": ("socle.agreements.tasks.tell_next_signatory",),
    "agreement.signed": ("socle.provisioning.tasks.open_rights", "socle.agreements.tasks.tell_outcome"),
    "batch.started": ("socle.batches.tasks.carry_on",),
    "batch.resumed": ("socle.batches.tasks.carry_on",),
    "batch.retried": ("socle.batches.tasks.carry_on",),
    "handover.asked": ("socle.provisioning.tasks.make_handover",),
    "mail.domain_activated": ("socle.mail.zoning.tasks.follow_domain",),
    "mail.domain_closed": ("socle.mail.zoning.tasks.follow_domain",),
    "mail.domain_given": ("socle.mail.zoning.tasks.follow_domain",),
    "mail.domain_taken": ("socle.mail.zoning.tasks.follow_domain",),
    "calendar.public_changed": ("socle.websites.tasks.publish_events",),
    "programme.loaded": ("socle.agreements.tasks.keep_assessments",),
    "webhook.tried": ("socle.integrations.tasks.send_due",),
    "webhook.sent_again": ("socle.integrations.tasks.send_due",),
    "review.approved": ("socle.websites.tasks.tell_review",),
    "review.asked": ("socle.websites.tasks.tell_review",),
    "review.sent_back": ("socle.websites.tasks.tell_review",),
    "right.opened": ("socle.provisioning.tasks.reconcile_right",),
    "territory.imported": ("socle.agreements.tasks.keep_assessments",),
    "territory.loaded": ("socle.agreements.tasks.keep_assessments",),
    "vintage.asked": ("socle.mergers.tasks.import_asked",),
}
