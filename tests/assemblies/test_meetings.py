"""A meeting from its agenda to its minutes: its acts, its refusals, and nothing that is mended in silence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from socle.assemblies import actions, rules
from socle.assemblies.actions import Noted, Proposed, Seated
from socle.assemblies.actions.outcome import author_of
from socle.assemblies.ballots import Votes
from socle.assemblies.forms import RoundsField
from socle.assemblies.item_models import kind_of
from socle.assemblies.models import Assembly, Item, Meeting, StatuteRule
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act
from socle.deliberations.rules import next_number
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.territory.models import Commune, CommuneInVintage, Vintage
from tests import factories as f
from tests.assemblies.conftest import ELEVEN, SENT, SESSION, attend, held, named, opened, prepared

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_meeting_gives_its_acts(beneficiary, secretary) -> None:
    meeting = held(beneficiary, secretary)
    acts = list(Act.objects.filter(beneficiary=beneficiary, kind=Act.Kind.DELIBERATION))
    assert [act.number for act in acts] == ["2026-01", "2026-02"]
    one = acts[1]
    assert (one.subject, one.matter, one.author_name, one.author_quality) == (
        "Adhésion au syndicat mixte", "5.7", "Anne Un", "maire",
    )  # fmt: skip
    assert (one.vote.members, one.vote.in_favour, one.vote.against) == (11, 11, 0)
    assert [article.text for article in one.articles.all()] == ["D’approuver.", "D’autoriser le maire à signer."]
    assert one.document is not None
    assert meeting.list_act.kind == Act.Kind.LIST
    for act in (one, meeting.list_act):
        with pytest.raises(Refused, match="sorti d’une séance"):
            deliberations.remove(act, by=secretary, at=SESSION)


AWAY = Noted("excused")
SIX_AWAY = dict.fromkeys(("Farid", "Gaëlle", "Hugo", "Inès", "Jean", "Karim"), AWAY)


@pytest.mark.parametrize(
    ("sent_on", "urgency", "population", "why"),
    [
        (date(2026, 11, 29), "", 900, None),  # Three clear days: 30 November, 1 and 2 December.
        (date(2026, 11, 30), "", 900, "2\u00a0jours\u00a0francs"),
        (date(2026, 11, 30), "Toiture arrachée.", 900, None),
        (date(2026, 12, 2), "Toiture arrachée.", 900, "0\u00a0jour\u00a0franc"),
        (date(2026, 11, 29), "", 3500, "il en faut 5"),
        (date(2026, 11, 27), "", 3500, None),
        (date(2026, 11, 27), "", None, "population"),
    ],
)
def test_a_convocation_leaves_in_time(beneficiary, secretary, sent_on, urgency, population, why) -> None:
    meeting = prepared(beneficiary, secretary)
    Assembly.objects.update(population=population)
    Meeting.objects.update(urgency=urgency)
    meeting = Meeting.objects.select_related("assembly").get()
    said = rules.why_not_convene(meeting, at=datetime.combine(sent_on, SENT.timetz()))
    assert said is None if why is None else why in said


def test_a_meeting_wants_members_items_and_a_day_to_come(beneficiary, secretary) -> None:
    assembly = actions.open_assembly(beneficiary, by=secretary, at=SENT)
    meeting = actions.prepare(assembly, starts_at=SESSION, by=secretary, at=SENT)
    with pytest.raises(Refused, match="pas encore de membres"):
        actions.convene(meeting, by=secretary, at=SENT)
    actions.seat_all(assembly, ELEVEN, by=secretary, at=SENT)
    with pytest.raises(Refused, match="L’ordre du jour est vide"):
        actions.convene(meeting, by=secretary, at=SENT)
    actions.add_item(meeting, Proposed("Budget primitif"), by=secretary, at=SENT)
    with pytest.raises(Refused, match="déjà commencée"):
        actions.convene(meeting, by=secretary, at=SESSION)
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    with pytest.raises(Refused, match="La convocation est partie avec cet ordre du jour"):
        actions.add_item(meeting, Proposed("Un point de plus"), by=secretary, at=SENT)
    with pytest.raises(Refused, match="elle s’ouvre ce jour-là"):
        actions.open_session(meeting, by=secretary, at=SENT)


@pytest.mark.slow
def test_quorum_is_counted_item_by_item_and_the_lost_one_is_convened_again(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    # Five of eleven from the second item on: six are needed, and a proxy is nobody there.
    leaving = {name: Noted("present", left_before=2) for name in SIX_AWAY}
    meeting = attend(meeting, secretary, **leaving)
    actions.vote(first, None, by=secretary, at=SESSION)
    with pytest.raises(Refused, match=r"Quorum non atteint.*5.membres.présents sur 11.*soit 6"):
        actions.vote(second, None, by=secretary, at=SESSION)
    again = actions.fail(meeting, by=secretary, at=SESSION)
    meeting.refresh_from_db()
    assert (meeting.status, again.repeats) == (Meeting.Status.OPEN, meeting)
    assert [item.subject for item in again.items.all()] == [second.subject]
    assert again.held_on == date(2026, 12, 8)  # Convened on the 4th, it leaves three clear days.
    with pytest.raises(Refused, match="Il ne reste aucun point"):  # A second press prepares no other one.
        actions.fail(meeting, by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    assert list(Act.objects.filter(kind=Act.Kind.DELIBERATION)) == [meeting.items.first().act]
    again = actions.convene(again, by=secretary, at=datetime(2026, 12, 4, 9, tzinfo=UTC))
    again = actions.open_session(again, by=secretary, at=again.starts_at)
    attend(again, secretary, **SIX_AWAY)
    voted = actions.vote(again.items.get(), None, by=secretary, at=again.starts_at)
    assert (voted.outcome, voted.votes_for) == (Item.Outcome.ADOPTED, 5)
    assert "sans condition de quorum" in voted.explained


def test_an_item_goes_before_or_after_its_neighbour_and_past_neither_end(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary, ("Un", "Deux", "Trois"))
    _, second, third = meeting.items.all()
    for item, up, order in (
        (second, True, "Deux Un Trois"),
        (second, True, "Deux Un Trois"),
        (second, False, "Un Deux Trois"),
        (third, False, "Un Deux Trois"),
    ):
        actions.move_item(item, up=up, by=secretary, at=SENT)
        assert list(meeting.items.order_by("rank").values_list("subject", flat=True)) == order.split()


def test_an_item_is_corrected_with_its_line(beneficiary, secretary) -> None:
    item = prepared(beneficiary, secretary).items.get(rank=1)
    actions.correct_item(item, Proposed("Budget 2027", decision="D’adopter."), by=secretary, at=SENT)
    assert Item.objects.get(pk=item.pk).subject == "Budget 2027"
    assert Entry.objects.get(verb="meeting.item_changed").facts["item"] == item.pk


def test_what_is_proposed_waits_in_the_next_session_in_preparation(beneficiary, secretary) -> None:
    convened = actions.convene(prepared(beneficiary, secretary), by=secretary, at=SENT)
    asked = {"grounds": "Le maire expose.", "decision": "D’approuver."}
    zones = Proposed("Zones", **asked, asked_for="zones")
    made = actions.propose(beneficiary, zones, by=secretary, at=SENT)
    assert made.meeting != convened
    assert made.meeting.starts_at == datetime(2026, 12, 2, 18, tzinfo=UTC)
    assert actions.propose(beneficiary, zones, by=secretary, at=SENT) == made
    other = actions.propose(beneficiary, Proposed("Voirie", **asked, asked_for="voirie"), by=secretary, at=SENT)
    assert (other.meeting, other.rank) == (made.meeting, 2)


def test_who_presides_and_who_keeps_the_minutes_are_noted_with_who_is_there(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    chair, pen = named(meeting, "Brice Deux", "Claire Trois")
    actions.note_attendance(meeting, {}, president=chair, secretary=pen, by=secretary, at=SESSION)
    assert Meeting.objects.values_list("president", "secretary").get(pk=meeting.pk) == (chair.pk, pen.pk)


def test_a_session_with_its_quorum_is_not_ended_for_lack_of_it(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    with pytest.raises(Refused, match="Le quorum est atteint"):
        actions.fail(meeting, by=secretary, at=SESSION)
    attend(meeting, secretary, **SIX_AWAY)
    again = actions.fail(meeting, by=secretary, at=SESSION)
    meeting.refresh_from_db()
    assert (meeting.status, again.items.count()) == (Meeting.Status.FAILED, 2)


@pytest.mark.parametrize(
    ("state", "holder", "holder_is", "why"),
    [
        ("excused", "Denis", "present", None),
        ("excused", "Denis", "excused", "à une personne absente"),
        ("present", "Denis", "present", "Une personne présente ne donne pas pouvoir"),
        ("excused", "Élise", "present", "d’un membre à un autre"),
    ],
)
def test_a_proxy_goes_from_somebody_away_to_somebody_there(
    beneficiary, secretary, state, holder, holder_is, why
) -> None:
    meeting = opened(beneficiary, secretary)
    to = meeting.assembly.members.get(name__startswith=holder).pk
    rows = {"Élise": Noted(state, proxy_to=to)} | ({"Denis": Noted(holder_is)} if holder == "Denis" else {})
    if why is None:
        attend(meeting, secretary, **rows)
        voted = actions.vote(meeting.items.first(), None, by=secretary, at=SESSION)
        assert voted.votes_for == 11
        return
    with pytest.raises(Refused, match=why):
        attend(meeting, secretary, **rows)


@pytest.mark.parametrize(
    ("noted", "why"),
    [
        (Noted("present", arrived_for=2, left_before=2), "partirait avant d’arriver"),
        (Noted("present", arrived_for=1, left_before=2), None),
        (Noted("present", left_before=99999), "parmi les points"),
    ],
)
def test_nobody_leaves_before_arriving(beneficiary, secretary, noted, why) -> None:
    meeting = opened(beneficiary, secretary)
    if why is None:
        attend(meeting, secretary, Élise=noted)
        assert meeting.attendances.get(member__name="Élise Cinq").left_before == 2
        return
    with pytest.raises(Refused, match=why):
        attend(meeting, secretary, Élise=noted)


def test_a_second_proxy_does_not_count_and_one_ends_as_its_giver_arrives(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    holder = meeting.assembly.members.get(name="Denis Quatre").pk
    rows = {"Élise": Noted("excused", proxy_to=holder), "Farid": Noted("excused", proxy_to=holder)}
    meeting = attend(meeting, secretary, **rows)
    first, second = meeting.items.all()
    voted = actions.vote(first, None, by=secretary, at=SESSION)
    assert voted.votes_for == 10  # Nine there, and one proxy.
    assert "en porte déjà 1, et 1 au plus (CGCT, article\u00a0L.\u00a02121-20)" in voted.explained
    # Élise arrives for the second item: her voice is hers again, and Farid's proxy counts.
    attendance = meeting.attendances.get(member__name="Élise Cinq")
    attendance.state, attendance.arrived_for = "present", 2
    attendance.save(update_fields=["state", "arrived_for"])
    assert actions.vote(second, None, by=secretary, at=SESSION).votes_for == 11


def test_who_withdraws_is_not_present_and_where_the_law_says_so_not_in_office(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    gone = named(meeting, "Anne Un", "Brice Deux")
    actions.withdraw_from(first, gone, by=secretary, at=SESSION)
    actions.withdraw_from(second, gone, leaves_office=True, by=secretary, at=SESSION)
    one = actions.vote(first, None, by=secretary, at=SESSION)
    other = actions.vote(second, None, by=secretary, at=SESSION)
    assert (one.members_in_office, one.votes_for) == (11, 9)
    assert (other.members_in_office, other.votes_for) == (9, 9)
    with pytest.raises(Refused, match=r"11.voix pour 9 possibles"):
        actions.vote(first, Votes(in_favour=11, against=0), by=secretary, at=SESSION)


def test_the_mayor_leaves_for_the_vote_of_their_accounts(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    item = meeting.items.first()
    Item.objects.filter(pk=item.pk).update(kind=Item.Kind.ACCOUNTS)
    with pytest.raises(Refused, match="Anne Un a pris part au vote de ses propres comptes"):
        actions.vote(item, None, by=secretary, at=SESSION)
    actions.withdraw_from(item, named(meeting, "Anne Un"), by=secretary, at=SESSION)
    assert actions.vote(item, None, by=secretary, at=SESSION).votes_for == 10


@pytest.mark.parametrize(
    ("votes", "outcome", "why"),
    [
        (Votes(in_favour=6, against=5), "adopted", ""),
        (Votes(in_favour=4, against=5, abstentions=2), "rejected", ""),
        (Votes(in_favour=5, against=5, abstentions=1), "", "Dites comment a voté la personne qui préside"),
        (Votes(in_favour=5, against=5, abstentions=1, head_in_favour=True), "adopted", ""),
        (Votes(in_favour=5, against=5, is_secret=True), "rejected", ""),
        (Votes(in_favour=0, against=0), "", "Personne n’a voté"),
        (Votes(in_favour=12, against=0), "", "12 voix pour 11 possibles"),
        (Votes(in_favour=-1, against=5), "", "négatif"),
    ],
)
def test_a_vote_is_counted_and_contradictions_are_told(beneficiary, secretary, votes, outcome, why) -> None:
    item = opened(beneficiary, secretary).items.first()
    if why:
        with pytest.raises(Refused, match=why):
            actions.vote(item, votes, by=secretary, at=SESSION)
        item.refresh_from_db()
        assert (item.outcome, item.explained) == ("pending", "")
    else:
        assert actions.vote(item, votes, by=secretary, at=SESSION).outcome == outcome


def test_a_session_closes_once_everything_is_said(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    with pytest.raises(Refused, match="Les points 1, 2 ne sont ni votés ni reportés"):
        actions.close(meeting, by=secretary, at=SESSION)
    actions.vote(first, Votes(in_favour=0, against=11), by=secretary, at=SESSION)
    actions.set_aside(second, outcome="postponed", by=secretary, at=SESSION)
    attend(meeting, secretary, Brice=AWAY)
    # He was counted in that vote, and is not any more: it is noted again.
    with pytest.raises(Refused, match="Le point 1 n’est ni voté ni reporté"):
        actions.close(meeting, by=secretary, at=SESSION)
    actions.vote(first, Votes(in_favour=0, against=10), by=secretary, at=SESSION)
    with pytest.raises(Refused, match=r"M.\u00a0Brice Deux n’est pas parmi les présents"):
        actions.close(meeting, by=secretary, at=SESSION)
    attend(meeting, secretary, Brice=Noted("present"))
    actions.vote(first, Votes(in_favour=0, against=11), by=secretary, at=SESSION)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    # Nothing was adopted: the list alone is an act, and tells what was rejected.
    assert list(Act.objects.all()) == [meeting.list_act]
    with pytest.raises(Refused, match="on ne vote que pendant la séance"):
        actions.vote(first, None, by=secretary, at=SESSION)
    with pytest.raises(Refused, match="la feuille de présence n’est pas ouverte"):
        attend(meeting, secretary, Brice=AWAY)


def test_what_is_to_be_voted_is_not_merely_told(beneficiary, secretary) -> None:
    item = opened(beneficiary, secretary).items.first()
    for outcome, why in (("told", "Ce point se vote"), ("adopted", "se note par ses voix")):
        with pytest.raises(Refused, match=why):
            actions.set_aside(item, outcome=outcome, by=secretary, at=SESSION)
    Item.objects.filter(pk=item.pk).update(kind=Item.Kind.INFORMATION)
    item.refresh_from_db()
    with pytest.raises(Refused, match="il ne se vote pas"):
        actions.vote(item, None, by=secretary, at=SESSION)
    assert actions.set_aside(item, outcome="told", by=secretary, at=SESSION).outcome == "told"


def test_urgency_is_put_to_the_assembly_before_any_vote(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    Meeting.objects.update(urgency="Toiture arrachée.")
    item = meeting.items.first()
    with pytest.raises(Refused, match="approuve l’urgence"):
        actions.vote(item, None, by=secretary, at=SESSION)
    chair, pen = named(meeting, "Anne Un", "Brice Deux")
    approved = {"president": chair, "secretary": pen, "is_urgency_approved": True}
    actions.note_attendance(meeting, {}, **approved, by=secretary, at=SESSION)
    assert actions.vote(item, None, by=secretary, at=SESSION).is_voted


@pytest.mark.slow
def test_minutes_are_arrested_as_a_later_session_opens(beneficiary, secretary) -> None:
    meeting = held(beneficiary, secretary)
    later = actions.prepare(meeting.assembly, starts_at=SESSION + timedelta(days=30), by=secretary, at=SESSION)
    with pytest.raises(Refused, match="au commencement d’une séance suivante"):
        actions.arrest_minutes(meeting, later=later, by=secretary, at=SESSION)
    actions.add_item(later, Proposed("Autre chose"), by=secretary, at=SESSION)
    later = actions.convene(later, by=secretary, at=SESSION)
    later = actions.open_session(later, by=secretary, at=later.starts_at)
    minutes = actions.arrest_minutes(meeting, later=later, by=secretary, at=later.starts_at)
    assert (minutes.kind, minutes.number) == (Act.Kind.MINUTES, "PV-2026-12-03")
    assert Entry.objects.about(meeting).get(verb="meeting.minutes_arrested").facts == {"later": later.pk}
    with pytest.raises(Refused, match="déjà arrêté"):
        actions.arrest_minutes(meeting, later=later, by=secretary, at=later.starts_at)
    meeting.refresh_from_db()
    with pytest.raises(Refused, match="il ne change plus"):
        actions.write_discussion(meeting, discussion="X", by=secretary, at=later.starts_at)


@pytest.mark.slow
def test_two_sessions_of_one_day_have_each_their_list(beneficiary, secretary) -> None:
    first = held(beneficiary, secretary)
    second = actions.prepare(first.assembly, starts_at=SESSION + timedelta(hours=2), by=secretary, at=SENT)
    item = actions.add_item(second, Proposed("Un dernier point", decision="D’en finir."), by=secretary, at=SENT)
    second = actions.open_session(actions.convene(second, by=secretary, at=SENT), by=secretary, at=second.starts_at)
    attend(second, secretary)
    actions.vote(item, None, by=secretary, at=SESSION)
    second = actions.close(attend(second, secretary), by=secretary, at=second.starts_at)
    assert (first.list_act.number, second.list_act.number) == ("LISTE-2026-12-03", "LISTE-2026-12-03-2")


def test_the_list_and_the_minutes_take_no_number_of_a_deliberation(beneficiary, secretary) -> None:
    f.act(beneficiary, "LISTE-2026-12-31", kind="list")
    f.act(beneficiary, "2026-07")
    assert next_number(beneficiary, on=date(2026, 12, 31)) == "2026-08"


@pytest.mark.parametrize(
    ("line", "name", "civility", "function", "email"),
    [
        ("Mme Claire Exemple, maire", "Claire Exemple", "mrs", "mayor", ""),
        ("Martin Exemple", "Martin Exemple", "", "member", ""),
        ("M. Jean Exemple ; 1er adjoint", "Jean Exemple", "mr", "deputy", ""),
        ("Monsieur Paul Exemple\tconseiller délégué", "Paul Exemple", "mr", "delegated", ""),
        ("Zoé Exemple, Vice-Présidente", "Zoé Exemple", "", "deputy", ""),
        ("Mme Claire Exemple, maire, claire@exemple.fr", "Claire Exemple", "mrs", "mayor", "claire@exemple.fr"),
        ("Jean Exemple <jean@exemple.fr>", "Jean Exemple", "", "member", "jean@exemple.fr"),
        ("Zoé Exemple;zoe@exemple.fr;adjointe", "Zoé Exemple", "", "deputy", "zoe@exemple.fr"),
        ("M. Paul Exemple\tpaul@exemple.fr\t1er adjoint", "Paul Exemple", "mr", "deputy", "paul@exemple.fr"),
        ("jean@exemple.fr, Jean Exemple", "Jean Exemple", "", "member", "jean@exemple.fr"),
    ],
)
def test_members_are_read_a_line_each(beneficiary, secretary, line, name, civility, function, email) -> None:
    assembly = actions.open_assembly(beneficiary, by=secretary, at=SENT)
    (who,) = actions.seat_all(assembly, f"\n  {line}  \n", by=secretary, at=SENT)
    assert (who.name, who.civility, who.function, who.email) == (name, civility, function, email)
    assert actions.seat_all(assembly, line, by=secretary, at=SENT) == []


def test_an_address_that_was_not_known_is_taken_and_one_that_is_none_stops_all(beneficiary, secretary) -> None:
    assembly = actions.open_assembly(beneficiary, by=secretary, at=SENT)
    with pytest.raises(Refused, match="n’est pas une adresse électronique"):
        actions.seat_all(assembly, "Claire Exemple\nJean Exemple, jean@exemple", by=secretary, at=SENT)
    assert not assembly.members.exists()
    for address in ("", "jean@exemple.fr", "autre@exemple.fr"):
        actions.seat_all(assembly, f"Jean Exemple, {address}", by=secretary, at=SENT)
    assert assembly.members.get().email == "jean@exemple.fr"


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Désignation d’un délégué au syndicat", "appointment"),
        ("NOMINATION des commissaires", "appointment"),
        ("Élection des délégués", "appointment"),
        ("Élection du maire", "election"),
        ("Élection des adjoints au maire", "election"),
        ("Élection d’une adjointe", "election"),
        ("Questions diverses", "information"),
        ("Désignations", "deliberation"),
        ("Indemnités du maire", "deliberation"),
        ("Présentation du rapport de la Cour", "deliberation"),
    ],
)
def test_what_an_item_is_is_proposed_by_how_its_subject_begins(subject, kind) -> None:
    assert kind_of(subject) == kind


def test_one_presides_and_two_of_a_name_are_refused(beneficiary, secretary) -> None:
    assembly = actions.open_assembly(beneficiary, by=secretary, at=SENT)
    actions.seat_all(assembly, ELEVEN, by=secretary, at=SENT)
    with pytest.raises(Refused, match="Une seule personne préside"):
        actions.seat_all(assembly, "Zoé Exemple\nPaul Exemple, maire", by=secretary, at=SENT)
    assert assembly.members.count() == 11  # All or none.
    with pytest.raises(Refused, match="de ce nom est déjà"):
        actions.seat(assembly, Seated("ANNE UN"), by=secretary, at=SENT)
    mayor = assembly.members.get(function="mayor")
    actions.leave(mayor, left_on=date(2026, 11, 25), by=secretary, at=SENT)
    assert actions.seat(assembly, Seated("Paul Exemple", "mayor"), by=secretary, at=SENT).is_head
    assert assembly.members.in_office(date(2026, 11, 25)).count() == 11
    assert assembly.members.in_office(date(2026, 11, 24)).count() == 12


def test_the_statutes_say_the_quorum_of_who_is_no_commune(beneficiary, secretary) -> None:
    meeting = prepared(beneficiary, secretary)
    assembly = meeting.assembly
    about = {"kind": "open_syndicate", "name": "comité syndical", "population": None, "place": ""}
    actions.describe(assembly, **about, by=secretary, at=SENT)
    meeting = actions.convene(meeting, by=secretary, at=SENT)
    meeting = actions.open_session(meeting, by=secretary, at=SESSION)
    meeting = attend(meeting, secretary, **SIX_AWAY)
    first, second = meeting.items.all()
    voted = actions.vote(first, None, by=secretary, at=SESSION)
    assert "le quorum est à confirmer d’après les statuts" in voted.explained
    row = StatuteRule(topic="quorum", comparison="more_than", numerator=1, denominator=2, source="Statuts, article 9")
    actions.confirm_statute(assembly, row, by=secretary, at=SESSION)
    with pytest.raises(Refused, match=r"Quorum non atteint.*Statuts, article\u00a09"):
        actions.vote(second, None, by=secretary, at=SESSION)


def test_only_the_people_of_a_body_keep_its_assembly(beneficiary, secretary) -> None:
    operator = f.operator("npdcn", "Syndicat d’essai", 7)
    keeper, officer = f.member(Role.ASSEMBLY_SECRETARY, operator), f.member(Role.PROGRAMME_OFFICER, operator)
    councillor = f.member(Role.COUNCILLOR, beneficiary)
    said = {
        (name, place): rules.why_not_keep(who, body, on=f.TODAY) is None
        for name, who in (
            ("keeper", keeper),
            ("officer", officer),
            ("secretary", secretary),
            ("councillor", councillor),
        )
        for place, body in (("operator", operator), ("mairie", beneficiary))
    }
    assert {key for key, may in said.items() if may} == {("keeper", "operator"), ("secretary", "mairie")}


@pytest.mark.parametrize(
    ("words", "elected", "why"),
    [
        ("Denis Quatre : 6\nÉlise Cinq : 5", "Denis Quatre", "à la majorité absolue de 11 suffrages"),
        ("Denis Quatre: 5\nÉlise Cinq = 5", None, "tenez le suivant"),
        ("Denis Quatre : 5\nÉlise Cinq : 5\n\n\nDenis Quatre : 6\nÉlise Cinq : 4", "Denis Quatre", "2e tour"),
        ("A : 5\nB : 5\n\nA : 5\nB : 5\n\nA : 5\nB : 5", None, "dites leurs dates de naissance"),
        ("Denis Quatre : 12", None, "12 voix au tour 1, pour 11 possibles"),
        ("Denis Quatre six", None, "ne se lit pas"),
        ("", None, "Notez les voix"),
    ],
)
def test_an_appointment_is_counted_round_by_round(beneficiary, secretary, words, elected, why) -> None:
    item = opened(beneficiary, secretary).items.first()
    Item.objects.filter(pk=item.pk).update(kind=Item.Kind.APPOINTMENT)
    if elected is None:
        with pytest.raises((Refused, ValidationError), match=why):
            actions.appoint(item, RoundsField().clean(words), by=secretary, at=SESSION)
        return
    for _ in range(2):  # Noted again, it corrects: one article says who.
        item = actions.appoint(item, RoundsField().clean(words), by=secretary, at=SESSION)
    assert (item.outcome, item.is_secret, why in item.explained) == ("adopted", True, True)
    assert [text for _, text in item.articles][2:] == [f"Est élu ou élue\u00a0: {elected}."]
    assert item.vote.total == 11


@pytest.mark.parametrize(
    ("vintages", "population"),
    # Of a renewal whose vintage is not loaded, the population of today is proposed: never that of the one before.
    [
        ({}, 1000),
        ({2026: 480}, 480),
        ({2020: 520}, 1000),
        ({2020: 520, 2026: 480, 2027: 530}, 480),
        ({2027: 530}, 1000),
    ],
)
def test_act_rule_02_an_assembly_opens_with_the_population_of_the_last_renewal(
    beneficiary, secretary, vintages, population
) -> None:
    commune = beneficiary.commune
    Commune.objects.filter(pk=commune.pk).update(population=1000)
    commune.refresh_from_db()
    commune.vintages.all().delete()
    for year, counted in vintages.items():
        vintage, _ = Vintage.objects.get_or_create(year=year)
        CommuneInVintage.objects.update_or_create(
            vintage=vintage,
            insee_code=commune.insee_code,
            defaults={
                "commune": commune,
                "name": commune.name,
                "department": commune.department,
                "population": counted,
            },
        )
    assert actions.open_assembly(beneficiary, by=secretary, at=SENT).population == population


@pytest.mark.parametrize(
    ("name", "quality"),
    [
        ("Anne Un", "maire"),
        ("Brice Deux", "premier adjoint"),
        ("Claire Trois", "deuxième adjointe"),
        (None, ""),
    ],
)
def test_whoever_presided_signs_with_the_rank_of_their_own_function(beneficiary, secretary, name, quality) -> None:
    meeting = prepared(beneficiary, secretary, subjects=())
    meeting.president = None if name is None else meeting.assembly.members.get(name=name)
    assert (author_of(meeting).name, author_of(meeting).quality) == (name or "", quality)


def test_an_agenda_that_is_full_takes_no_more_items_and_lets_its_own_be_corrected(
    beneficiary, secretary, monkeypatch
) -> None:
    meeting = prepared(beneficiary, secretary)
    monkeypatch.setattr(rules, "MOST_ITEMS", 2)
    with pytest.raises(Refused, match="a déjà 2 points"):
        actions.add_item(meeting, Proposed("Un de trop"), by=secretary, at=SENT)
    one = actions.correct_item(meeting.items.get(rank=2), Proposed("Adhésion"), by=secretary, at=SENT)
    assert (one.subject, meeting.items.count()) == ("Adhésion", 2)
