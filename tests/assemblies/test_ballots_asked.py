"""A public or a secret ballot that members ask for: granted or not, named or not, and what the act keeps of it."""

from __future__ import annotations

import pytest

from socle.assemblies import actions, papers
from socle.assemblies.actions import Asked, Noted
from socle.assemblies.tally import roll_of, tally
from socle.lib.refusals import Refused
from tests.assemblies.conftest import SESSION, attend, named, opened
from tests.assemblies.test_papers import says

AGAINST_FIVE = dict.fromkeys(("Claire Trois", "Denis Quatre", "Élise Cinq", "Farid Six", "Gaëlle Sept"), "against")


@pytest.mark.parametrize(
    ("asked", "outcome", "why"),
    [
        (Asked(public=2), None, "Scrutin ordinaire"),
        (Asked(secret=3), None, "Scrutin ordinaire"),
        (Asked(public=12), None, "12 membres le demandent, et 11 sont présents"),
        (Asked(secret=12), None, "12 membres le demandent"),
        (Asked(public=3), ("adopted", 11, 0, 0, False), "Au scrutin public"),
        (Asked(public=3, choices=AGAINST_FIVE), ("adopted", 6, 5, 0, False), "Au scrutin public"),
        (Asked(public=3, choices={"Anne Un": "abstention"}), ("adopted", 10, 0, 1, False), "Au scrutin public"),
        (Asked(public=3, choices={"Anne Un": "toujours", "Inconnue": "against"}), ("adopted", 11, 0, 0, False), ""),
        # A tie in the open is broken by whoever presides, whose sense is known.
        (Asked(public=3, choices={**AGAINST_FIVE, "Hugo Huit": "abstention"}), ("adopted", 5, 5, 1, False), ""),
        (
            Asked(public=3, choices={**AGAINST_FIVE, "Élise Cinq": "abstention", "Anne Un": "against"}),
            ("rejected", 5, 5, 1, False),
            "",
        ),
        (Asked(secret=4, against=5, abstentions=1), ("rejected", 5, 5, 1, True), "Au scrutin secret"),
        (Asked(public=11, secret=4, against=2, choices=AGAINST_FIVE), ("adopted", 9, 2, 0, True), "Au scrutin secret"),
        (Asked(secret=4, against=12), None, "12 voix contre ou abstentions, pour 11 possibles"),
    ],
)  # fmt: skip
def test_a_ballot_asked_for_is_granted_when_enough_ask_it(beneficiary, secretary, asked, outcome, why) -> None:
    item = opened(beneficiary, secretary).items.first()
    if outcome is None:
        with pytest.raises(Refused, match=why):
            actions.vote_as_asked(item, asked, by=secretary, at=SESSION)
        item.refresh_from_db()
        assert item.outcome == "pending"
        return
    item = actions.vote_as_asked(item, asked, by=secretary, at=SESSION)
    vote = item.vote
    assert (item.outcome, vote.in_favour, vote.against, vote.abstentions, item.is_secret) == outcome
    assert why in item.manner
    assert bool(item.named) is not item.is_secret


@pytest.mark.slow
def test_a_public_ballot_names_who_voted_how_proxies_included_in_the_extract_and_the_minutes(beneficiary, secretary):
    meeting = opened(beneficiary, secretary)
    proxy = Noted("excused", proxy_to=named(meeting, "Claire Trois")[0].pk)
    meeting = attend(meeting, secretary, Brice=Noted("present"), Karim=proxy, Jean=Noted("absent"))
    first, _ = meeting.items.all()
    actions.withdraw_from(first, named(meeting, "Hugo Huit"), by=secretary, at=SESSION)
    asked = Asked(public=3, choices={"Karim Onze": "against", "Inès Neuf": "abstention", "Jean Dix": "against"})
    item = actions.vote_as_asked(first, asked, by=secretary, at=SESSION)
    assert item.named.replace("\u00a0", " ").splitlines() == [
        "Pour : Anne Un, Brice Deux, Claire Trois, Denis Quatre, Élise Cinq, Farid Six, Gaëlle Sept",
        "Contre : Karim Onze",
        "Abstention : Inès Neuf",
    ]
    assert (item.vote.in_favour, item.vote.against, item.vote.abstentions) == (7, 1, 1)
    roll = roll_of(meeting)
    says(papers.extract(item, "2026-1", roll, tally(item, roll), at=SESSION), "Contre : Karim Onze")
    items = list(meeting.items.all())
    says(papers.minutes(meeting, items, roll_of(meeting), at=SESSION), "Abstention : Inès Neuf")
    again = actions.vote(item, None, by=secretary, at=SESSION)
    assert again.named == "", "voted again another way, nobody is named"


def test_who_presides_and_withdrew_breaks_no_tie(beneficiary, secretary) -> None:
    item = opened(beneficiary, secretary).items.first()
    actions.withdraw_from(item, named(item.meeting, "Anne Un"), by=secretary, at=SESSION)
    with pytest.raises(Refused, match="Dites comment a voté la personne qui préside"):
        actions.vote_as_asked(item, Asked(public=3, choices=AGAINST_FIVE), by=secretary, at=SESSION)
