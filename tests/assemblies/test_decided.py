"""What an item decides is written before its act is made; the rounds of a ballot and a lost quorum are told."""

from __future__ import annotations

import pytest

from socle.assemblies import actions, papers
from socle.assemblies.actions import Noted, Proposed
from socle.assemblies.models import Item, Meeting
from socle.assemblies.papers import words
from socle.assemblies.rules import LONGEST_ARTICLE, why_decides_nothing, why_not_write_decision
from socle.assemblies.tally import roll_of
from socle.documents import actions as documents
from socle.lib.refusals import Refused
from tests.assemblies.conftest import ELEVEN, SENT, SESSION, attend, named, opened
from tests.assemblies.test_papers import says, words_of

pytestmark = pytest.mark.django_db
ABSENT = ("Claire", "Denis", "Élise", "Farid", "Gaëlle", "Hugo", "Inès")


def in_session(place, by, *wanted: Proposed):
    """A session opened at half past six, with these items."""
    assembly = actions.open_assembly(place, by=by, at=SENT)
    actions.seat_all(assembly, ELEVEN, by=by, at=SENT)
    meeting = actions.prepare(assembly, starts_at=SESSION, by=by, at=SENT)
    for one in wanted:
        actions.add_item(meeting, one, by=by, at=SENT)
    meeting = actions.convene(meeting, by=by, at=SENT)
    (pen,) = named(meeting, "Brice Deux")
    return actions.open_session(meeting, secretary=pen, named_by="alone", by=by, at=SESSION)


def test_nothing_adopted_without_a_decision_becomes_an_act_until_it_is_written(beneficiary, secretary) -> None:
    meeting = in_session(beneficiary, secretary, Proposed("Chemin du Moulin"))
    item = actions.vote(meeting.items.get(), None, by=secretary, at=SESSION)
    with pytest.raises(Refused, match="Le point 1 est adopté, et rien n’y est décidé"):
        actions.close(meeting, by=secretary, at=SESSION)
    item = actions.write_decision(item, decision="De classer le chemin.\r\nDe le borner.", by=secretary, at=SESSION)
    assert item.articles == [(1, "De classer le chemin."), (2, "De le borner.")]
    actions.close(meeting, by=secretary, at=SESSION)
    item.refresh_from_db()
    says(documents.read(item.act.document), "décide : Article 1er – De classer le chemin. Article 2 – De le borner.")
    assert [one.text for one in item.act.articles.order_by("number")] == ["De classer le chemin.", "De le borner."]


@pytest.mark.parametrize(
    ("kind", "status", "outcome", "written", "said", "why"),
    [
        ("deliberation", "prepared", "pending", "", "D’agir.", "est en préparation"),
        ("deliberation", "convened", "pending", "", "D’agir.", None),
        ("deliberation", "open", "pending", "D’attendre.", "D’agir.", None),
        ("deliberation", "open", "pending", "D’attendre.", " \n", "Écrivez ce que l’assemblée décide"),
        ("deliberation", "open", "postponed", "D’attendre.", "D’agir.", None),
        ("deliberation", "open", "adopted", "D’attendre.", "D’agir.", "revenez sur ce point"),
        ("deliberation", "open", "rejected", "D’attendre.", "D’agir.", "revenez sur ce point"),
        ("deliberation", "open", "adopted", "", "D’agir.", None),
        ("deliberation", "held", "adopted", "", "D’agir.", "avant qu’elle finisse"),
        ("deliberation", "failed", "postponed", "", "D’agir.", "avant qu’elle finisse"),
        ("information", "open", "pending", "", "D’agir.", "rien n’y est décidé"),
        ("deliberation", "open", "pending", "", "x" * LONGEST_ARTICLE, None),
        ("deliberation", "open", "pending", "", "x" * (LONGEST_ARTICLE + 1), "coupez-le"),
    ],
)
def test_when_a_decision_is_written(kind, status, outcome, written, said, why) -> None:
    meeting = Meeting(status=status)
    refusal = why_not_write_decision(Item(rank=1, meeting=meeting, kind=kind, outcome=outcome, decision=written), said)
    assert refusal is None if why is None else why in str(refusal)


@pytest.mark.parametrize(
    ("outcome", "decision", "is_told"),
    [
        ("adopted", "", True),
        ("adopted", " \n ", True),
        ("adopted", "D’agir.", False),
        ("rejected", "", False),
        ("told", "", False),
        ("postponed", "", False),
    ],
)
def test_what_is_adopted_decides_something(outcome, decision, is_told) -> None:
    assert (why_decides_nothing(Item(rank=3, outcome=outcome, decision=decision)) is not None) is is_told


@pytest.mark.slow
def test_the_act_and_the_minutes_tell_each_round(beneficiary, secretary) -> None:
    meeting = in_session(beneficiary, secretary, Proposed("Élection des adjoints", kind="election"))
    item = meeting.items.get()
    rounds = [
        {"Claire Trois, Denis Quatre": 4, "Élise Cinq, Farid Six": 4, "Gaëlle Sept, Hugo Huit": 1},
        {"Claire Trois, Denis Quatre": 6, "Élise Cinq, Farid Six": 4},
    ]
    actions.appoint(item, rounds, by=secretary, at=SESSION)
    actions.close(meeting, by=secretary, at=SESSION)
    item.refresh_from_db()
    told = (
        "1er tour : 9 suffrages exprimés ; Claire Trois, Denis Quatre, 4 voix ; Élise Cinq, Farid Six, 4 voix ; "
        "Gaëlle Sept, Hugo Huit, 1 voix ; 2 pour personne (bulletins blancs ou nuls, abstentions).",
        "2e tour : 10 suffrages exprimés ; Claire Trois, Denis Quatre, 6 voix ; Élise Cinq, Farid Six, 4 voix ; "
        "1 pour personne (bulletins blancs ou nuls, abstentions).",
    )
    says(documents.read(item.act.document), *told)
    says(papers.minutes(meeting, [item], roll_of(meeting), at=SESSION), *told)


@pytest.mark.slow
def test_minutes_say_that_the_quorum_was_lost_and_the_second_convocation_too(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, _ = meeting.items.all()
    actions.vote(first, None, by=secretary, at=SESSION)
    attend(meeting, secretary, **{name: Noted("present", left_before=2) for name in ABSENT})
    again = actions.fail(meeting, by=secretary, at=SESSION)
    actions.close(meeting, by=secretary, at=SESSION)
    minutes = papers.minutes(meeting, list(meeting.items.all()), roll_of(meeting), at=SESSION)
    lost = "Quorum non atteint : 4 membres présents sur 11 en exercice"
    says(minutes, lost, "Le point est reporté à une seconde séance.")
    assert "Les pouvoirs ne comptent pas" not in words_of(minutes)
    paper = papers.convocation(again, list(again.items.all()), at=SESSION)
    says(paper, "qui n’avait plus le quorum : elle porte sur les points qui restaient, sans condition de quorum.")


def test_the_second_convocation_of_a_session_without_a_quorum_says_so(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    attend(meeting, secretary, **{name: Noted("excused") for name in ABSENT})
    again = actions.fail(meeting, by=secretary, at=SESSION)
    says(papers.convocation(again, list(again.items.all()), at=SESSION), "qui n’a pas réuni le quorum")
    # The e-mail says what the paper says.
    assert words.repeats(again).replace("\u00a0", " ").endswith("les points qui restaient, sans condition de quorum.")
    assert words.repeats(meeting) == ""
