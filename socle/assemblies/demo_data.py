"""The meetings of a demonstration: people who do not exist, and acts that say they are fictitious."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from socle.assemblies import actions
from socle.assemblies.actions import Proposed, Seated
from socle.assemblies.ballots import Votes
from socle.assemblies.models import Assembly, Item, Meeting, Member, StatuteRule
from socle.deliberations import accounts, incoming, sending
from socle.deliberations.models import TransmissionAccount
from socle.deliberations.transmission_rules import AccountFacts
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import Beneficiary, Operator, User
from socle.people.personas import FIRST_NAMES, why_not_make_fictions

# What ends the brackets of a subject tells the twin of the prefecture how to answer: by a letter, or not at all.
DECIDED = (
    Proposed(
        "Tarifs de la salle des fêtes (fictifs, pièces demandées)",
        matter="7.10",
        grounds="La salle a été rénovée. La commission propose de revoir ses tarifs.",
        decision="De fixer le tarif d’une journée à 120 € pour les habitants, à 200 € pour les autres.\n"
        "D’appliquer ces tarifs à compter du 1er janvier.",
    ),
    Proposed(
        "Demande de subvention pour la toiture de l’école (fictive, silence de la préfecture)",
        matter="7.5",
        grounds="Les travaux sont estimés à 42 000 € hors taxes.",
        decision="D’approuver l’opération.\nDe demander une subvention de 16 800 €.\nD’autoriser la signature.",
    ),
)
TO_COME = (
    Proposed(
        "Subventions aux associations (fictives)",
        grounds="Quatre associations ont déposé un dossier.",
        decision="D’attribuer 300 € à chacune des quatre associations.",
    ),
    Proposed("Dénomination d’une rue (fictive)", decision="De nommer «\u00a0rue des Tilleuls\u00a0» la voie nouvelle."),
    Proposed("Décisions prises par délégation du conseil", kind="information"),
)
OF_THE_SYNDICATE = (
    Proposed("Débat d’orientation budgétaire (fictif)", decision="De prendre acte de la tenue du débat.", matter="7.1"),
    Proposed(
        "Convention d’appui avec un centre de gestion (fictive)", matter="5.7", decision="D’approuver la convention."
    ),
)
COLLEGES = (("Région (fictif)", 6), ("Nord (fictif)", 3), ("Pas-de-Calais (fictif)", 3))


@transaction.atomic
def ensure_meetings(body: Beneficiary, *, by: User, at: datetime) -> bool:
    """Give a mairie of a demonstration a session held three weeks ago, and one to be held today; once.

    Its members are those that its site shows. Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    assembly = Assembly.of(body)
    if assembly is None or assembly.meetings.exists() or assembly.members.count() < 5:
        return False
    evening = at.astimezone(dates.PARIS).replace(hour=19, minute=0, second=0, microsecond=0)
    before = evening - timedelta(days=21)
    meeting = _convened(assembly, before, DECIDED, by=by)
    seated = list(assembly.members.in_office(meeting.held_on))
    opened = before + timedelta(minutes=4)
    meeting = actions.open_session(meeting, secretary=seated[1], named_by="alone", by=by, at=opened)
    for item, against in zip(meeting.items.all(), (0, 1), strict=True):
        votes = Votes(in_favour=len(seated) - against, against=against)
        actions.vote(item, votes, by=by, at=before)
    actions.write_discussion(meeting, discussion="Échange fictif sur le calendrier des travaux.", by=by, at=before)
    meeting = actions.close(meeting, by=by, at=before + timedelta(hours=2))
    first, last = (meeting.held_on + timedelta(days=days) for days in (1, 15))
    actions.certify_posting(meeting, what="list", first_on=first, last_on=last, by=by, at=at)
    _convened(assembly, evening, TO_COME, by=by)
    return True


def ensure_transmissions(body: Beneficiary, *, by: User, at: datetime) -> bool:
    """Send what was decided by the twin: one act is received, with a letter to answer, the other one waits; once.

    Out of any transaction, as what leaves by a device. Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    items = Item.objects.filter(meeting__assembly__beneficiary=body, act__isnull=False).select_related("act")
    if TransmissionAccount.of(body) is not None or not items:
        return False
    facts = AccountFacts(
        siren=body.siret[:9],
        department=body.department.code.zfill(3),
        district="1",
        nature="31",
        email="actes@exemple.test",
        agreed_on=dates.day_of(at),
        transmitter="simulated",
        device="abc",
    )
    account = accounts.set_account(body, facts, by=by, at=at)
    accounts.read_classification(account, by=by, at=at)
    for item in items:
        if item.act is not None:
            sending.leave(sending.send_electronically(item.act, by=by, at=at), by=by, at=at)
    for _ in range(2):  # The twin acknowledges the second time it is asked.
        incoming.hear(account, by=by, at=at)
    return True


def _convened(assembly: Assembly, evening: datetime, items: tuple[Proposed, ...], *, by: User) -> Meeting:
    sent = evening - timedelta(days=8)
    meeting = actions.prepare(assembly, starts_at=evening, by=by, at=sent)
    for item in items:
        actions.add_item(meeting, item, by=by, at=sent)
    return actions.convene(meeting, by=by, at=sent)


@transaction.atomic
def ensure_committee(operator: Operator, *, by: User, at: datetime) -> bool:
    """Give the syndicate of a demonstration its committee, invented, and a session in preparation; once.

    One rule of its statutes is written, the others are to be confirmed. Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    if Assembly.of(operator) is not None:
        return False
    assembly = actions.open_assembly(operator, by=by, at=at)
    syndicate, place = Assembly.Kind.OPEN_SYNDICATE, "Salle du comité"
    actions.describe(assembly, kind=syndicate, name="comité syndical", population=None, place=place, by=by, at=at)
    rank = 0
    for college, seats in COLLEGES:
        for _ in range(seats):
            function = Member.Function.MAYOR if rank == 0 else Member.Function.MEMBER
            name = f"{FIRST_NAMES[(rank + 40) % len(FIRST_NAMES)]} Fictif {rank + 1}"
            actions.seat(assembly, Seated(name, function, college=college), by=by, at=at)
            rank += 1
    row = StatuteRule(topic="clear_days", numerator=5, source="Statuts (fictifs), article 8")
    actions.confirm_statute(assembly, row, by=by, at=at)
    evening = at.astimezone(dates.PARIS).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=15)
    meeting = actions.prepare(assembly, starts_at=evening, by=by, at=at)
    for item in OF_THE_SYNDICATE:
        actions.add_item(meeting, item, by=by, at=at)
    return True
