"""The messages of a demonstration: a few, said to be fictitious, one of them answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.inbox import actions
from socle.inbox.models import ContactMessage
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import DOMAIN, why_not_make_fictions
from socle.sites.models.sites import WebSite

Subject = ContactMessage.Subject
WRITTEN = (
    (
        "Dominique Fictif",
        Subject.REPORT,
        "Message fictif de démonstration\u00a0: le lampadaire devant l’école ne s’allume plus depuis lundi.",
    ),
    (
        "Alix Fictive",
        Subject.REQUEST,
        "Message fictif de démonstration\u00a0: je souhaite louer la salle des fêtes le premier samedi de mars.",
    ),
    (
        "Sacha Fictif",
        Subject.QUESTION,
        "Message fictif de démonstration\u00a0: la mairie est-elle ouverte le samedi qui précède Noël\u202f?",
    ),
)
ANSWER = (
    "Bonjour,\n\nOui, de 9\u00a0h à 11\u00a0h\u00a045. Réponse fictive de démonstration.\n\n"
    "Bonne journée,\nLe secrétariat de mairie"
)


@transaction.atomic
def ensure_messages(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its messages, once; say whether it was done. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    if ContactMessage.objects.filter(beneficiary=website.beneficiary_id).exists():
        return False
    for rank, (name, subject, words) in enumerate(WRITTEN):
        made = actions.receive(
            website,
            name=name,
            email=f"{name.split()[0].lower()}@{DOMAIN}",
            subject=subject,
            words=words,
            form=f"fiction-{website.pk}-{rank}",
            is_fictitious=True,
            by=by,
            at=at - timedelta(hours=5 * rank + 1),
        )
    actions.answer(made, ANSWER, form="fiction", by=by, at=at)
    return True


@transaction.atomic
def ensure_past_message(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration a message whose period is over, once. Raises Refused elsewhere."""
    refuse(why_not_make_fictions())
    form = f"fiction-{website.pk}-passee"
    if ContactMessage.objects.filter(form_sha256=actions.digest(form)).exists():
        return False
    came = at - timedelta(days=500)
    made = actions.receive(
        website,
        name="Lou Fictive",
        phone="03 53 01 00 09",
        subject=Subject.QUESTION,
        words="Message fictif de démonstration\u00a0: la bibliothèque prête-t-elle aussi des jeux\u202f?",
        form=form,
        is_fictitious=True,
        by=by,
        at=came,
    )
    # Nobody is told today of what came so long ago.
    made.letters.update(left_at=came)
    actions.close(made, by=by, at=came)
    return True
