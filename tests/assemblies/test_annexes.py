"""What is joined to an item: until when, how heavy, and that the act says it and holds its pages."""

from __future__ import annotations

import io

import pikepdf
import pytest

from socle.assemblies import actions, rules
from socle.assemblies.actions import Noted
from socle.assemblies.models import Annex, Item, Meeting
from socle.documents import actions as documents
from socle.lib.refusals import Refused
from tests import factories as f
from tests.assemblies.conftest import SENT, SESSION, attend, opened, prepared
from tests.assemblies.test_papers import words_of


@pytest.mark.slow
def test_the_act_holds_the_pages_of_its_annexes_and_their_digests(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    first, second = meeting.items.all()
    joined = actions.annex(first, f.pdf(pages=2), title=" Plan  du lotissement ", by=secretary, at=SESSION)
    for item in (first, second):
        actions.vote(item, None, by=secretary, at=SESSION)
    attend(meeting, secretary)
    meeting = actions.close(meeting, by=secretary, at=SESSION)
    with_it, without = (documents.read(item.act.document) for item in meeting.items.select_related("act__document"))
    with pikepdf.open(io.BytesIO(with_it)) as pdf, pikepdf.open(io.BytesIO(without)) as alone:
        assert len(pdf.pages) == len(alone.pages) + 2
        assert [int(page.mediabox[2]) for page in pdf.pages[-2:]] == [1190, 1190]
        assert "pdfaid:part" not in pdf.open_metadata(), "nobody vouches for the pages of others"
        assert alone.open_metadata()["pdfaid:part"] == "3"
    said = " ".join(words_of(with_it).split())
    assert "Annexe 1 : Plan du lotissement" in said
    assert joined.document.sha256 in said.replace(" ", "")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("prepared", None),
        ("convened", None),
        ("open", None),
        ("voted", "ne changent plus"),
        ("held", "ne changent plus"),
        ("cancelled", "ne changent plus"),
    ],
)
def test_an_annex_comes_and_goes_until_the_vote(beneficiary, secretary, state, why) -> None:
    item = prepared(beneficiary, secretary).items.first()
    one = actions.annex(item, f.pdf(pages=2), title="Plan", by=secretary, at=SENT)
    if state == "voted":
        Meeting.objects.update(status="open", convened_at=SENT, opened_at=SESSION)
        Item.objects.update(outcome="adopted", votes_for=1, votes_against=0, abstentions=0)
    else:
        Meeting.objects.update(status=state, convened_at=SENT, opened_at=SESSION)
    one = Annex.objects.select_related("item__meeting", "document").get(pk=one.pk)
    if why is None:
        actions.annex(one.item, f.pdf(pages=2), title="Autre", by=secretary, at=SENT)
        actions.remove_annex(one, by=secretary, at=SENT)
        assert [left.title for left in Annex.objects.all()] == ["Autre"]
        return
    for gesture in (
        lambda: actions.annex(one.item, f.pdf(pages=2), title="Autre", by=secretary, at=SENT),
        lambda: actions.remove_annex(one, by=secretary, at=SENT),
    ):
        with pytest.raises(Refused, match=why):
            gesture()
    assert Annex.objects.count() == 1


def test_an_annex_is_judged_on_the_item_as_it_is_and_not_as_it_was_shown(beneficiary, secretary) -> None:
    shown = prepared(beneficiary, secretary).items.first()
    Meeting.objects.update(status="open", convened_at=SENT, opened_at=SESSION)
    Item.objects.update(outcome="adopted", votes_for=1, votes_against=0, abstentions=0)
    with pytest.raises(Refused, match="ne changent plus"):
        actions.annex(shown, f.pdf(), title="Plan", by=secretary, at=SESSION)


def test_annexes_are_titled_few_and_light(beneficiary, secretary, monkeypatch) -> None:
    item = prepared(beneficiary, secretary).items.first()
    with pytest.raises(Refused, match="Donnez un titre"):
        actions.annex(item, f.pdf(pages=2), title="  ", by=secretary, at=SENT)
    heavy = len(f.pdf(pages=2))
    monkeypatch.setattr(rules, "MOST_ANNEXED", 2 * heavy)
    actions.annex(item, f.pdf(pages=2), title="Un", by=secretary, at=SENT)
    actions.annex(item, f.pdf(pages=2), title="Deux", by=secretary, at=SENT)
    with pytest.raises(Refused, match="au plus ensemble"):
        actions.annex(item, f.pdf(pages=2), title="Trois", by=secretary, at=SENT)
    monkeypatch.setattr(rules, "MOST_ANNEXES", 2)
    with pytest.raises(Refused, match="2 annexes au plus"):
        actions.annex(item, f.pdf(pages=2), title="Trois", by=secretary, at=SENT)


def test_the_second_session_keeps_what_was_joined_and_a_copied_agenda_does_not(beneficiary, secretary) -> None:
    meeting = opened(beneficiary, secretary)
    actions.annex(meeting.items.first(), f.pdf(pages=2), title="Plan", by=secretary, at=SESSION)
    away = {name: Noted("absent") for name in ("Claire", "Denis", "Élise", "Farid", "Gaëlle", "Hugo")}
    again = actions.fail(attend(meeting, secretary, **away), by=secretary, at=SESSION)
    assert [[one.title for one in item.annexes.all()] for item in again.items.all()] == [["Plan"], []]
    copy = actions.prepare(meeting.assembly, starts_at=SESSION, copies=meeting, by=secretary, at=SESSION)
    assert not Annex.objects.filter(item__meeting=copy).exists()
