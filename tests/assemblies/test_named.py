"""Who is named by a council, in secret or not, and what a secret, a tie, a list, or a withdrawn holder give."""

from __future__ import annotations

import re
from datetime import date

import pytest

from socle.assemblies import actions
from socle.assemblies.actions import Asked, Noted
from socle.assemblies.ballots import Votes
from socle.assemblies.forms import RoundsField
from socle.assemblies.models import Attendance, Item, Meeting
from socle.documents import actions as documents
from socle.lib.refusals import Refused
from tests.assemblies.conftest import SESSION, attend, named, opened
from tests.assemblies.test_papers import says, words_of

pytestmark = pytest.mark.django_db


def naming(place, by, kind=Item.Kind.APPOINTMENT, subject="Désignation des délégués au syndicat") -> Item:
    meeting = opened(place, by, (subject,))
    meeting.items.update(kind=kind)
    return meeting.items.get()


# --- Proxies ----------------------------------------------------------------------------------------------------------
def test_who_withdrew_votes_no_more_by_the_proxy_they_hold(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    holder, other = named(meeting, "Denis Quatre", "Farid Six")
    given = {"Élise": Noted("excused", proxy_to=holder.pk), "Gaëlle": Noted("excused", proxy_to=other.pk)}
    meeting = attend(meeting, secretary, **given)
    first, second = meeting.items.all()
    actions.withdraw_from(first, [holder], by=secretary, at=SESSION)
    assert actions.vote(first, None, by=secretary, at=SESSION).votes_for == 9
    assert actions.vote(second, None, by=secretary, at=SESSION).votes_for == 11
    # Nor does the voice of a member away who withdrew, whoever holds it.
    actions.withdraw_from(second, named(meeting, "Gaëlle Sept"), by=secretary, at=SESSION)
    again = actions.vote_as_asked(second, Asked(public=3), by=secretary, at=SESSION)
    assert (again.votes_for, "Gaëlle Sept" in again.named, "Élise Cinq" in again.named) == (10, False, True)


def test_who_leaves_before_the_end_gives_their_voice_for_what_is_left(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    holder, late = named(meeting, "Denis Quatre", "Farid Six")
    away = {
        "Élise": Noted("present", left_before=2, proxy_to=holder.pk),
        "Gaëlle": Noted("present", arrived_for=2, proxy_to=late.pk),
    }
    meeting = attend(meeting, secretary, **away)
    votes = [actions.vote_as_asked(item, Asked(public=3), by=secretary, at=SESSION) for item in meeting.items.all()]
    assert [(item.votes_for, "Élise" in item.named, "Gaëlle" in item.named) for item in votes] == [(11, True, True)] * 2
    # There for the first item by nobody's voice, or there in person.
    quorums = [re.findall(r"atteint.: (\d+).membres", item.explained) for item in votes]
    assert quorums == [["10"], ["10"]]


SAME, NEW, ILL = Attendance.Paper.SAME, Attendance.Paper.NEW, Attendance.Paper.ILLNESS


@pytest.mark.parametrize(
    ("before", "paper", "voices", "why"),
    [
        # By session, the last first: to whom it was given, and what was said of the paper.
        ([], "", 11, ""),
        ([("Denis Quatre", "")] * 2, "", 11, ""),
        ([("Denis Quatre", "")] * 2, SAME, 11, ""),
        ([("Denis Quatre", "")] * 3, "", None, "4e séance de suite.*dites, aux présences, si c’est le même pouvoir"),
        ([("Denis Quatre", "")] * 3, SAME, 10, "faites-en signer un nouveau"),
        ([("Denis Quatre", "")] * 3, NEW, 11, ""),
        ([("Denis Quatre", "")] * 6, ILL, 11, ""),
        # Another paper began two sessions ago, or it was given to another, or one session was attended.
        ([("Denis Quatre", SAME), ("Denis Quatre", NEW), ("Denis Quatre", SAME)], SAME, 11, ""),
        ([("Denis Quatre", ""), ("Farid Six", ""), ("Farid Six", "")], SAME, 11, ""),
        ([("Denis Quatre", ""), ("Denis Quatre", ""), None, ("Denis Quatre", "")], SAME, 11, ""),
        ([("Farid Six", "")] * 5, "", 11, ""),
    ],
)
def test_one_paper_serves_three_sessions_in_a_row_and_a_new_one_begins_again(
    beneficiary, secretary, before, paper, voices, why
) -> None:
    meeting = opened(beneficiary, secretary)
    giver, holder = named(meeting, "Élise Cinq", "Denis Quatre")
    for months, one in enumerate(before, 1):
        starts_at = SESSION.replace(month=12 - months)
        held = Meeting.objects.create(
            assembly=meeting.assembly, starts_at=starts_at, status="held", convened_at=starts_at, opened_at=starts_at
        )
        if one is not None:
            to = meeting.assembly.members.get(name=one[0])
            Attendance.objects.create(meeting=held, member=giver, state="excused", proxy_to=to, paper=one[1])
    attend(meeting, secretary, Élise=Noted("excused", proxy_to=holder.pk, paper=paper))
    item = meeting.items.first()
    if voices is None:
        with pytest.raises(Refused, match=why):
            actions.vote(item, None, by=secretary, at=SESSION)
        return
    item = actions.vote(item, None, by=secretary, at=SESSION)
    assert (item.votes_for, why in item.explained) == (voices, True)


# --- Secrecy ----------------------------------------------------------------------------------------------------------
@pytest.mark.slow
def test_an_appointment_noted_after_a_public_ballot_names_nobody_who_voted(beneficiary, secretary) -> None:
    meeting = attend(opened(beneficiary, secretary, ("Délégués au syndicat",)), secretary)
    item = meeting.items.get()
    actions.vote_as_asked(item, Asked(public=3, choices={"Karim Onze": "against"}), by=secretary, at=SESSION)
    Item.objects.update(kind=Item.Kind.APPOINTMENT)
    item = actions.appoint(item, [{"Denis Quatre": 8, "Élise Cinq": 3}], by=secretary, at=SESSION)
    assert (item.named, item.is_secret) == ("", True)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    extract = documents.read(meeting.items.get().act.document)
    says(extract, "Au scrutin secret, s’agissant d’une nomination (CGCT, article L. 2121-21).",
         "Élection de Denis Quatre, avec 8 voix au 1er tour")  # fmt: skip
    assert "Contre : Karim" not in words_of(extract).replace("\u00a0", " ")


@pytest.mark.slow
def test_a_secret_that_a_third_asked_is_said_with_its_reason_and_without_a_name(beneficiary, secretary) -> None:
    meeting = attend(opened(beneficiary, secretary, ("Vente du presbytère",)), secretary)
    item = actions.vote_as_asked(meeting.items.get(), Asked(secret=4, against=2), by=secretary, at=SESSION)
    assert item.named == ""
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    says(
        documents.read(meeting.items.get().act.document),
        "Au scrutin secret, à la demande de 4 des 11 membres présents ; il en faut 4 (CGCT, article L. 2121-21).",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "subject", "is_open", "says_so"),
    [
        ("appointment", "Désignation d’un délégué", False, "s’agissant d’une nomination"),
        ("appointment", "Présentation de commissaires", False, "s’agissant d’une présentation"),
        ("appointment", "Désignation d’un délégué", True, "à l’unanimité, a décidé de ne pas voter au scrutin secret"),
        ("election", "Élection du maire", False, "que la loi exige pour cette élection"),
        ("election", "Élection du maire", True, None),
        ("deliberation", "Budget", False, None),
    ],
)
def test_an_appointment_is_public_only_if_all_decided_so_and_no_text_commands_secrecy(
    beneficiary, secretary, kind, subject, is_open, says_so
) -> None:
    item = naming(beneficiary, secretary, kind, subject)
    rounds = [{"Denis Quatre": 6, "Élise Cinq": 5}]
    if says_so is None:
        with pytest.raises(Refused, match=r"au scrutin secret.*ne peut pas en décider|n’est pas une nomination"):
            actions.appoint(item, rounds, is_open=is_open, by=secretary, at=SESSION)
        return
    item = actions.appoint(item, rounds, is_open=is_open, by=secretary, at=SESSION)
    assert says_so in item.manner
    assert item.is_secret is not is_open


@pytest.mark.parametrize("asked", [None, Asked(public=11)])
def test_people_are_not_named_by_figures_for_and_against(beneficiary, secretary, asked) -> None:
    item = naming(beneficiary, secretary)
    noted = actions.vote_as_asked if asked else actions.vote
    with pytest.raises(Refused, match="notez les voix de chaque candidat"):
        noted(item, asked, by=secretary, at=SESSION)


@pytest.mark.parametrize(
    ("kind", "candidates", "elected", "why"),
    [
        (
            "appointment",
            ["Denis Quatre"],
            "Est nommé ou nommée\u00a0: Denis Quatre.",
            "Une seule candidature par poste",
        ),
        ("appointment", ["Denis Quatre", "Élise Cinq"], "Denis Quatre, Élise Cinq.", "Une seule candidature par poste"),
        ("appointment", ["Denis Quatre, Élise Cinq"], "Denis Quatre, Élise Cinq.", "Une seule liste"),
        ("appointment", [], None, "Écrivez qui est nommé"),
        ("appointment", ["Denis Quatre", "denis quatre"], None, "deux fois"),
        ("election", ["Denis Quatre"], None, "au scrutin secret"),
        ("deliberation", ["Denis Quatre"], None, "n’est pas une nomination"),
    ],
)
def test_the_only_candidates_are_named_at_once_and_who_presides_reads_it(
    beneficiary, secretary, kind, candidates, elected, why
) -> None:
    item = naming(beneficiary, secretary, kind)
    if elected is None:
        with pytest.raises(Refused, match=why):
            actions.read_out(item, candidates, by=secretary, at=SESSION)
        return
    item = actions.read_out(item, candidates, by=secretary, at=SESSION)
    assert item.decision.splitlines()[-1].endswith(elected)
    assert (item.outcome, item.vote, item.is_secret) == ("adopted", None, False)
    assert item.manner.startswith(why)
    assert "donné lecture par Mme\u00a0Anne Un (CGCT, article\u00a0L.\u00a02121-21)" in item.manner


def test_nobody_reads_a_nomination_where_nobody_presides(beneficiary, secretary) -> None:
    item = naming(beneficiary, secretary)
    Meeting.objects.update(president=None)
    with pytest.raises(Refused, match="Dites d’abord qui préside"):
        actions.read_out(item, ["Denis Quatre"], by=secretary, at=SESSION)


# --- Ties, lists ------------------------------------------------------------------------------------------------------
def test_a_tie_that_nobody_breaks_is_rejected_and_claims_no_casting_vote(beneficiary, secretary) -> None:
    first, second = opened(beneficiary, secretary).items.all()
    tie = Votes(in_favour=5, against=5, abstentions=1, head_abstained=True)
    item = actions.vote(first, tie, by=secretary, at=SESSION)
    assert (item.outcome, item.has_head_abstained) == ("rejected", True)
    assert "la personne qui préside ne s’est pas prononcée" in item.explained
    assert "l’emporte" not in item.explained
    against = dict.fromkeys(("Claire Trois", "Denis Quatre", "Élise Cinq", "Farid Six", "Gaëlle Sept"), "against")
    asked = Asked(public=3, choices={**against, "Anne Un": "abstention"})
    public = actions.vote_as_asked(second, asked, by=secretary, at=SESSION)
    assert (public.outcome, public.is_head_in_favour, public.has_head_abstained) == ("rejected", None, True)
    assert "l’emporte" not in public.explained


@pytest.mark.parametrize(("head", "outcome"), [("for", "adopted"), ("against", "rejected"), ("none", "rejected")])
def test_where_who_presides_withdrew_the_page_says_who_broke_the_tie(beneficiary, secretary, head, outcome) -> None:
    item = opened(beneficiary, secretary).items.first()
    actions.withdraw_from(item, named(item.meeting, "Anne Un"), by=secretary, at=SESSION)
    against = dict.fromkeys(("Claire Trois", "Denis Quatre", "Élise Cinq", "Farid Six", "Gaëlle Sept"), "against")
    asked = Asked(public=3, choices=against, head=head)
    assert actions.vote_as_asked(item, asked, by=secretary, at=SESSION).outcome == outcome


LISTS = "Anne Un, Brice Deux : 5\nClaire Trois, Denis Quatre : 5"


@pytest.mark.parametrize(
    ("births", "elected", "why"),
    [
        # 1950 and 1990 are older on the average than 1971 and 1972, though each of these is older than 1990.
        ((1950, 1990, 1971, 1972), "Anne Un, Brice Deux", "la moyenne d’âge de la liste étant la plus élevée"),
        ((1951, 1993, 1970, 1971), "Claire Trois, Denis Quatre", "la moyenne d’âge de la liste étant la plus élevée"),
        ((1970, 1970, 1970, 1970), None, "dites leurs dates de naissance"),
        ((1950, None, 1970, 1970), None, "dites leurs dates de naissance"),
    ],
)
def test_of_equal_lists_at_the_third_round_the_older_on_the_average_is_elected(
    beneficiary, secretary, births, elected, why
) -> None:
    item = naming(beneficiary, secretary, Item.Kind.ELECTION, "Élection des adjoints")
    members = named(item.meeting, "Anne Un", "Brice Deux", "Claire Trois", "Denis Quatre")
    for member, year in zip(members, births, strict=True):
        member.born_on = date(year, 1, 1) if year else None
        member.save(update_fields=["born_on"])
    rounds = RoundsField().clean("\n\n".join([LISTS] * 3))
    if elected is None:
        with pytest.raises(Refused, match=why):
            actions.appoint(item, rounds, by=secretary, at=SESSION)
        return
    item = actions.appoint(item, rounds, by=secretary, at=SESSION)
    assert item.decision.splitlines()[-1] == f"Sont élus, dans cet ordre\u00a0: {elected}."
    told = item.explained.replace("\u00a0", " ")
    # Nobody has read the words of that article that are in force: no paper cites it.
    assert "la moyenne d’âge de la liste étant la plus élevée" in told
    assert "2122-7-2" not in told
