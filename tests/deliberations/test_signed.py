"""An act signed with a certificate of one's own and handed back: which one it is, what is refused, what is kept."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from django.utils import timezone

from socle.deliberations import signed
from socle.deliberations.models import Act, Road, Status, Transmission
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.signing import deposits
from socle.signing.verification import verify
from tests import factories as f
from tests.assemblies.conftest import held
from tests.signing.conftest import authorities, operator
from tests.signing.test_deposits import signed_elsewhere

__all__ = ["authorities", "operator"]

pytestmark = [pytest.mark.seals, pytest.mark.usefixtures("all_beneficiaries")]
ON, MAYOR = date(2026, 12, 1), "Claire Exemple"


@pytest.fixture
def place(db):
    return f.beneficiary()


@pytest.fixture
def secretary(place):
    return f.member(Role.SECRETARY, place)


@pytest.fixture
def acts(place, secretary, operator) -> list[Act]:
    """Two deliberations that came out of a session, on their way nowhere yet."""
    session = held(place, secretary)
    # They are signed by a program that knows the true hour only.
    Document.objects.update(kept_at=timezone.now())
    return [item.act for item in session.items.select_related("act__document")]


def by_certificate(act: Act, authorities, holder: str = "mayor") -> bytes:
    return signed_elsewhere(documents.read(act.document), authorities, holder, field="presidence")


@pytest.mark.slow
@pytest.mark.both
def test_an_act_signed_by_its_author_takes_the_place_of_its_text(acts, secretary, authorities):
    act, other = acts
    text = act.document
    content = by_certificate(act, authorities)
    found = signed.act_of(content, [other, act])
    assert found == act
    by = {"by": secretary, "at": timezone.now()}
    taken = signed.hand_back(act, content, names=["Anne Un", MAYOR], **by)
    whole = documents.read(taken.document)
    assert whole.startswith(content)
    assert content.startswith(documents.read(text))
    assert [one.signer for one in verify(whole).signatures] == [MAYOR]
    assert taken.signatories == MAYOR
    facts = Entry.objects.about(taken).get(verb="act.signed").facts
    assert (facts["text"], facts["sha256"]) == (text.sha256, hashlib.sha256(whole).hexdigest())
    # The text alone is not signed again: the next signature is of what is there now.
    with pytest.raises(Refused, match=r"autre acte|aucun de ces actes"):
        signed.act_of(content[:-1], [other])
    with pytest.raises(Refused, match="pas le document à signer"):
        signed.hand_back(taken, by_certificate(other, authorities), names=[MAYOR], **by)


@pytest.mark.slow
def test_a_file_that_is_another_act_or_another_person_s_is_refused_and_keeps_nothing(acts, secretary, authorities):
    act, other = acts
    by = {"by": secretary, "at": timezone.now()}
    with pytest.raises(Refused, match=rf"celui d’un autre acte .*{other.number}"):
        signed.act_of(by_certificate(other, authorities), [act])
    with pytest.raises(Refused, match="aucun de ces actes"):
        signed.act_of(f.pdf(), acts)
    with pytest.raises(Refused, match="pas encore signé"):
        signed.hand_back(act, documents.read(act.document), names=[MAYOR], **by)
    with pytest.raises(Refused, match="la signature de Anne Un ou de Brice Deux est attendue"):
        signed.hand_back(act, by_certificate(act, authorities), names=["Anne Un", "Brice Deux"], **by)
    kept = act.document
    act.refresh_from_db()
    assert (act.document, act.signatories, Entry.objects.filter(verb="act.signed").exists()) == (kept, "", False)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, None),
        ({"put_online_asked_at": f.NOW}, "est en ligne"),
        ({"received_on": ON}, "est parti en préfecture"),
        ({"document": None}, "pas encore de texte"),
    ],
)
@pytest.mark.slow
def test_an_act_is_signed_before_it_goes(place, secretary, fields, why):
    kept = documents.keep(f.pdf(), title="Acte", filename="a.pdf", beneficiary=place, by=secretary, at=f.NOW)
    act = f.act(place, **{"published_on": None, "received_on": None, "document": kept, **fields})
    said = signed.why_not_hand_back(act, by=secretary, on=ON)
    assert said is None if why is None else why in said
    assert signed.why_not_hand_back(act, by=f.user(), on=ON)


@pytest.mark.parametrize("status", Status.values)
def test_what_was_sent_is_signed_no_more_unless_it_came_back(place, secretary, status):
    kept = documents.keep(f.pdf(), title="Acte", filename="a.pdf", beneficiary=place, by=secretary, at=f.NOW)
    act = f.act(place, published_on=None, received_on=None, document=kept)
    Transmission.objects.create(act=act, road=Road.PAPER, status=status, asked_at=f.NOW, received_on=ON)
    may = signed.why_not_hand_back(act, by=secretary, on=ON) is None
    assert may == (status in (Status.REFUSED, Status.CANCELLED))


@pytest.mark.slow
def test_one_whose_text_changed_meanwhile_is_not_overwritten(acts, secretary, authorities, monkeypatch):
    act, other = acts
    take = deposits.take

    def overtaken(*args, **kwargs):
        Act.objects.filter(pk=act.pk).update(document=other.document)
        return take(*args, **kwargs)

    monkeypatch.setattr(deposits, "take", overtaken)
    with pytest.raises(Refused, match="Une autre signature est arrivée entre-temps"):
        signed.hand_back(act, by_certificate(act, authorities), names=[MAYOR], by=secretary, at=timezone.now())
    act.refresh_from_db()
    assert act.document == other.document
