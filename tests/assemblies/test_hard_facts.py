"""Councils as they are: a seat is vacant, two sessions are held in one day, names are long, the mayor is alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from socle.assemblies import actions, papers
from socle.assemblies.actions import Noted, Proposed
from socle.assemblies.models import Meeting, Member
from socle.assemblies.quorum import deemed_complete
from socle.assemblies.tally import roll_of
from socle.documents import actions as documents
from socle.documents.official import pages_of
from socle.lib.refusals import Refused
from tests.assemblies.conftest import SENT, SESSION, named, prepared
from tests.sites.two_communes import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SIX = "Mme Anne Un, maire\nM. Brice Deux, premier adjoint\nClaire Trois\nDenis Quatre\nÉlise Cinq\nFarid Six"
NAMES = (
    "Marie-Charlotte d’Hauteclocque de La Tour du Pin-Verclause",
    "Jean-Baptiste-Emmanuel de Saint-Exupéry-Vandenbroucke d’Arcq",
    "Ève-Anne Le Goff L’Hévéder",
    "Aÿ N’Guyên Œuvrard",
    "Charles-Édouard van den Bossche-Ghyselinck",
    "Li Wu",
    "Wolfeschlegelsteinhausenbergerdorff-Vandenbroucke-de-Meester",
)  # fmt: skip


def plain(words: str) -> str:
    """Without what the end of a line changes: spaces, and the hyphen of a name, read there as a mark."""
    return re.sub(r"[\s\ufffe-]", "", words)


def read(pdf: bytes) -> str:
    return " ".join(pages_of(pdf)).replace("\u00a0", " ")


def convened(beneficiary, secretary, lines: str, *, at=SESSION) -> Meeting:
    assembly = actions.open_assembly(beneficiary, by=secretary, at=SENT)
    actions.seat_all(assembly, lines, by=secretary, at=SENT)
    meeting = actions.prepare(assembly, starts_at=at, by=secretary, at=SENT)
    actions.add_item(meeting, Proposed("Budget", decision="D’approuver."), by=secretary, at=SENT)
    return actions.convene(meeting, by=secretary, at=SENT)


def decided(meeting: Meeting, by, pen: str) -> Meeting:
    """The session opened at its hour, its items adopted by all, closed an hour later."""
    at = meeting.starts_at
    meeting = actions.open_session(meeting, secretary=named(meeting, pen)[0], named_by="alone", by=by, at=at)
    for item in meeting.items.all():
        actions.vote(item, None, by=by, at=at)
    return actions.close(meeting, by=by, at=at + timedelta(hours=1))


def test_a_council_of_seven_with_six_names_counts_six(beneficiary, secretary) -> None:
    meeting = convened(beneficiary, secretary, SIX)
    meeting = decided(meeting, secretary, "Brice Deux")
    said = read(documents.read(meeting.items.get().act.document))
    assert "6 membres présents sur 6 en exercice ; il en faut plus de la moitié, soit 4" in said
    assert "à l’unanimité (6 voix)" in said
    assert said.partition("Pouvoir à")[2].partition("Quorum")[0].count("présen") == 6
    law = meeting.assembly.law
    answers = [deemed_complete(count, law=law, population=80, on=meeting.held_on).is_met for count in (6, 5, 4)]
    assert answers == [True, True, False]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Indiquez le jour et l’heure."), ("2026-12-03", "Dites aussi l’heure"),
        ("3/12/2026", "Dites aussi l’heure"), ("2026-12-03T", "Dites aussi l’heure"),
        ("2026-12-03T24:00", "ne se lit pas"), ("T19:00", "ne se lit pas"),
        ("2026-12-03T19:00", None), ("03/12/2026 19h", None),
    ],
)  # fmt: skip
def test_a_meeting_without_its_hour_is_not_opened(beneficiary, secretary, time_machine, typed, says) -> None:
    time_machine.move_to(SENT, tick=False)
    actions.open_assembly(beneficiary, by=secretary, at=SENT)
    said = {"starts_at": typed, "place": "Mairie"}
    answer = signed_in(secretary).post("/mairie/seances/preparer/", said, follow=True)
    assert [one.starts_at for one in Meeting.objects.all()] == ([] if says else [SESSION])
    assert says is None or says in answer.content.decode()


def test_two_meetings_of_a_day_keep_each_its_hour_its_acts_and_its_sheets(beneficiary, secretary) -> None:
    first = convened(beneficiary, secretary, SIX)
    second = actions.prepare(first.assembly, starts_at=SESSION + timedelta(hours=2), by=secretary, at=SENT)
    actions.add_item(second, Proposed("Chemin", decision="D’agir."), by=secretary, at=SENT)
    second = actions.convene(second, by=secretary, at=SENT)
    first, second = decided(first, secretary, "Brice Deux"), decided(second, secretary, "Claire Trois")
    told = [read(documents.read(one.items.get().act.document)) for one in (first, second)]
    for words, hour, number, pen in ((told[0], "19", "2026-01", "M. Brice Deux"), (told[1], "21", "2026-02", "Claire")):
        assert f"Le jeudi 3 décembre 2026, à {hour} heures" in words
        assert f"Délibération n° {number}" in words
        assert pen in words
    made, _ = actions.make_register(first.assembly, 2026, by=secretary, at=SESSION + timedelta(days=1))
    register = read(documents.read(made.document))
    for hour in ("19", "21"):
        assert f"Le jeudi 3 décembre 2026, à {hour} heures" in register
    assert register.count("N° 1 de la séance") == register.count("Feuillet de clôture") == 2
    assert len({first.list_act_id, second.list_act_id}) == 2
    for one in (first, second):
        assert read(documents.read(one.list_act.document)).count("2026-0") == 1


@pytest.mark.parametrize(
    ("district", "told"),
    [("", ""), ("Avesnes-sur-Helpe", "Arrondissement d’Avesnes-sur-Helpe "), ("Lens", "Arrondissement de Lens ")],
)
def test_a_body_without_arrondissement_has_none_at_its_head(beneficiary, secretary, district, told) -> None:
    meeting = prepared(beneficiary, secretary)
    type(meeting.assembly).objects.update(district=district)
    meeting = actions.convene(Meeting.objects.get(pk=meeting.pk), by=secretary, at=SENT)
    head = read(documents.read(meeting.convocation)).partition("Convocation")[0]
    assert f"République française Département : Nord {told}Commune de Prisches" in head


def test_names_are_read_back_whole_from_each_paper(beneficiary, secretary) -> None:
    first, *others = NAMES
    meeting = convened(beneficiary, secretary, "\n".join([f"Mme {first}, maire", *others]))
    assert list(Member.objects.order_by("position").values_list("name", flat=True)) == list(NAMES)
    meeting = decided(meeting, secretary, NAMES[1])
    items = list(meeting.items.select_related("act"))
    made, _ = actions.make_register(meeting.assembly, 2026, by=secretary, at=SESSION + timedelta(days=1))
    whole = {
        "extract": read(documents.read(items[0].act.document)),
        "minutes": read(papers.minutes(meeting, items, roll_of(meeting), at=SESSION)),
        "register": read(documents.read(made.document)),
    }
    for paper, words in whole.items():
        assert [name for name in NAMES if plain(name) not in plain(words)] == [], (paper, words)
    assert plain(first) in plain(read(documents.read(meeting.convocation)))


def test_a_mayor_who_presides_alone_decides_nothing_at_the_first_convocation(beneficiary, secretary) -> None:
    meeting = convened(beneficiary, secretary, SIX)
    meeting = actions.open_session(meeting, by=secretary, at=SESSION)
    chair = named(meeting, "Anne Un")[0]
    rows = {one.pk: Noted("absent") for one in meeting.assembly.members.exclude(pk=chair.pk)}
    actions.note_attendance(meeting, rows, president=chair, secretary=None, by=secretary, at=SESSION)
    item = meeting.items.get()
    with pytest.raises(Refused):
        actions.vote(item, None, by=secretary, at=SESSION)
    item.refresh_from_db()
    assert (item.outcome, item.act) == ("pending", None)
    again = actions.fail(meeting, by=secretary, at=SESSION)
    meeting.refresh_from_db()
    minutes = read(papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=SESSION))
    assert "sous la présidence de Mme Anne Un, maire" in minutes
    assert minutes.count("absen") >= 5
    assert "La maire, Anne Un" in minutes
    assert "None" not in minutes
    again = actions.convene(again, by=secretary, at=SESSION)
    said = read(documents.read(again.convocation))
    assert "n’a pas réuni le quorum : elle porte sur les points qui restaient, sans condition de quorum." in said
