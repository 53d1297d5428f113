"""Handover of an assembly: who sits, each meeting with its convocation, each item with its vote and its explanation."""

from __future__ import annotations

from socle.assemblies.models import Assembly, Item
from socle.documents import actions as documents
from socle.documents.actions import Altered
from socle.lib.archives import Shelf
from socle.people.models import Beneficiary

MEMBERS = ("Nom", "Civilité", "Fonction", "Délégation", "Collège", "Adresse électronique", "Depuis le", "Jusqu’au")
ITEMS = (
    "Séance", "Point", "Objet", "Matière", "Exposé", "Décision", "Issue", "Pour", "Contre", "Abstentions",
    "Explication", "Votes nominatifs", "Annexes", "Acte",
)  # fmt: skip


def write(beneficiary: Beneficiary, shelf: Shelf) -> None:
    """Write the members, the meetings and their items, and the convocations as they left."""
    assembly = Assembly.objects.filter(beneficiary=beneficiary).first()
    if assembly is None:
        shelf.note("Aucune séance n’a été tenue ici.")
        return
    members = [
        (
            one.name,
            one.get_civility_display(),
            one.get_function_display(),
            one.delegation,
            one.college,
            one.email,
            one.came_on,
            one.left_on,
        )
        for one in assembly.members.all()
    ]
    shelf.table("membres.csv", MEMBERS, members)
    items = Item.objects.filter(meeting__assembly=assembly).select_related("meeting", "act")
    items = items.prefetch_related("annexes__document").order_by("meeting__pk", "rank")
    shelf.table(
        "seances.csv",
        ITEMS,
        [
            (
                one.meeting.held_on, one.rank, one.subject, one.matter, one.grounds, one.decision,
                one.get_outcome_display(), one.votes_for, one.votes_against, one.abstentions, one.explained, one.named,
                " ; ".join(f"{each.title} ({each.document.sha256})" for each in one.annexes.all()),
                one.act.number if one.act else "",
            )
            for one in items
        ],
    )  # fmt: skip
    folder = shelf.folder("convocations")
    for meeting in assembly.meetings.exclude(convocation=None).select_related("convocation"):
        assert meeting.convocation is not None
        try:
            name = f"{meeting.held_on.isoformat()}-{meeting.pk}.pdf"
            folder.add(name, documents.read(meeting.convocation), at=meeting.convocation.kept_at)
        except Altered as altered:
            shelf.note(f"Convocation du {meeting.held_on.isoformat()}\u00a0: {altered.sentence}")
