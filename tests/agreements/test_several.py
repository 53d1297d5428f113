"""Many agreements signed after one reading: each by its own proof, none twice, none that changed since it was read."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest

from socle.agreements import actions
from socle.agreements.gestures import SignAgreement
from socle.batches.contract import Wish
from socle.lib.refusals import Refused
from socle.people.models import Role
from socle.signing import readings
from socle.signing.evidence import SignIn
from socle.signing.models import Evidence, Reading, ReadSlot
from tests import factories as f

pytestmark = pytest.mark.django_db
HOURS_LATER = f.NOW + timedelta(hours=5)


@pytest.fixture
def read(ground):
    """An agreement of which the mayor has signed, read by the president of the centre de gestion in a list."""
    agreement = actions.sign(ground.ready(), by=ground.mayor, at=f.NOW)
    slot = agreement.round.slots.select_related("round__current").get(rank=2)
    sign_in = SignIn("password", f.NOW - timedelta(minutes=9), "cd" * 32, "192.0.2.7")
    readings.keep([(agreement.number, slot)], key=uuid.uuid4(), sign_in=sign_in, by=ground.cdg_president, at=f.NOW)
    return agreement


def _sign(ground, agreement, by=None):
    return SignAgreement().do(str(agreement.pk), Wish(by or ground.cdg_president, ground.programme), at=HOURS_LATER)


@pytest.mark.slow
@pytest.mark.both
def test_each_signature_keeps_the_reading_and_who_was_identified_for_it(ground, read, settings):
    assert _sign(ground, read) == f"Convention n°\u00a0{read.number} signée."
    reading = Reading.objects.get()
    evidence = json.loads(Evidence.objects.get(slot__rank=2).body)
    assert evidence["identified"] == {
        "method": "password",
        "at": (f.NOW - timedelta(minutes=9)).isoformat(),
        "session_sha256": "cd" * 32,
        "address": "192.0.2.7",
        "list_sha256": reading.sha256,
        "decided_at": f.NOW.isoformat(),
    }
    # Killed after it was signed, and made again.
    assert _sign(ground, read) == f"Convention n°\u00a0{read.number} signée."
    assert Evidence.objects.filter(slot__rank=2).count() == 1


@pytest.mark.slow
def test_what_changed_since_it_was_read_is_not_signed(ground, read):
    ReadSlot.objects.update(document_sha256="0" * 64)
    with pytest.raises(Refused, match="a changé depuis que vous l’avez relu"):
        _sign(ground, read)


@pytest.mark.slow
def test_nobody_signs_by_the_reading_of_another(ground, read):
    other = f.member(Role.CDG_PRESIDENT, read.parties.get(rank=2).operator, email="autre@exemple.invalid")
    read.parties.filter(rank=2).update(signatory=other)
    with pytest.raises(Refused, match="pas relu"):
        _sign(ground, read, by=other)
    with pytest.raises(Refused, match="Vous n’êtes pas signataire"):
        _sign(ground, read, by=ground.officer)


@pytest.mark.slow
def test_a_list_sent_twice_is_kept_once(ground, read):
    reading = Reading.objects.get()
    again = readings.keep([], key=reading.key, sign_in=None, by=ground.cdg_president, at=HOURS_LATER)
    assert (again, Reading.objects.count()) == (reading, 1)


@pytest.mark.parametrize(
    ("holder", "reason"), [("cdg_president", None), ("president", None), ("mayor", "Seules"), ("officer", "Seules")]
)
def test_only_those_who_sign_for_an_operator_sign_a_list(ground, holder, reason):
    found = SignAgreement().why_not(Wish(getattr(ground, holder), ground.programme), on=f.TODAY)
    assert (reason in found) if reason else found is None
