"""The official letters of the syndicate, read by the mairie that received them, and taken along when it leaves."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta

import pytest
from django_scopes import scope

from socle.agreements import notifications
from socle.agreements.handover import write
from socle.agreements.models import Agreement, Notification
from socle.lib.archives import Archive
from socle.people.models import User
from tests import factories as f

pytestmark = pytest.mark.slow

Kind = Notification.Kind


@pytest.fixture
def concluded(world):
    f.letter_texts()
    agreement = world.ready(world.here)
    Agreement._base_manager.filter(pk=agreement.pk).update(
        status="signed", signed_at=f.NOW, starts_on=f.TODAY, ends_on=f.date(2029, 11, 24)
    )
    agreement.refresh_from_db()
    return agreement


def letter(world, agreement, kind, *, to="beneficiary", state="received"):
    """A letter written by an officer of the lead; handed over, withdrawn, or still to be handed over."""
    with scope(beneficiary=world.here.place):
        party = agreement.parties.get(kind=to)
        by, at = User.objects.system(), f.NOW
        made = notifications.write(agreement, kind, party=party, reason="Les accès.", by=by, at=at)
        if state == "received":
            way = Notification.Way.REGISTERED
            made = notifications.receive(made, way=way, reference="1A 2", received_on=f.TODAY, by=by, at=at)
        if state == "withdrawn":
            made = notifications.withdraw(made, by=by, at=at)
        return made


def test_a_mairie_reads_the_letters_that_it_received_and_no_other(secretary, world, concluded):
    page = f"/mairie/convention/{concluded.number}/"
    assert "Courriers reçus" not in secretary.get(page).content.decode()
    read = letter(world, concluded, Kind.CONCLUSION)
    others = [
        letter(world, concluded, Kind.FORMAL_NOTICE, state="written"),
        letter(world, concluded, Kind.FORMAL_NOTICE, state="withdrawn"),
        letter(world, concluded, Kind.FORMAL_NOTICE, to="cdg"),
    ]
    shown = secretary.get(page).content.decode()
    assert "Courriers reçus" in shown
    assert "Mise en demeure" not in shown
    assert "lettre recommandée avec avis de réception, n°\u00a01A 2" in shown
    given = secretary.get(f"{page}courriers/{read.pk}.pdf")
    assert given.content.startswith(b"%PDF-")
    for one in others:
        assert secretary.get(f"{page}courriers/{one.pk}.pdf").status_code == 404


def test_a_call_is_read_with_its_letter_of_the_day_when_it_was_called(secretary, world, concluded, time_machine):
    with scope(beneficiary=world.here.place):
        called = f.contribution(concluded, by=world.officer)
    page = f"/mairie/convention/{concluded.number}/"
    assert "Appels de contribution" in secretary.get(page).content.decode()
    address = f"{page}appels/{called.pk}.pdf"
    first = secretary.get(address).content
    assert first.startswith(b"%PDF-")
    time_machine.move_to(f.NOW + timedelta(days=1))
    secretary.force_login(world.here.secretary)
    assert secretary.get(address).content == first
    # Called before there was such a letter: nothing is dated of a day that it precedes.
    type(called)._base_manager.update(exported_at=f.NOW - timedelta(days=30))
    assert "Appels de contribution" not in secretary.get(page).content.decode()
    assert secretary.get(address).status_code == 404


def test_a_beneficiary_takes_along_the_letters_that_it_received_and_no_other(world, concluded, tmp_path):
    letter(world, concluded, Kind.CONCLUSION)
    letter(world, concluded, Kind.FORMAL_NOTICE, state="withdrawn")
    letter(world, concluded, Kind.FORMAL_NOTICE, to="cdg")
    archive = Archive(tmp_path / "a.zip", at=f.NOW)
    with scope(beneficiary=world.here.place), archive.part("conventions", "Conventions", "x") as shelf:
        write(world.here.place, shelf)
    archive.finish(lambda done: "", {})
    with zipfile.ZipFile(tmp_path / "a.zip") as found:
        names = found.namelist()
        facts = json.loads(found.read(f"conventions/{concluded.number}/convention.json"))
    papers = [name for name in names if "courrier" in name]
    assert [name.rpartition("/")[2].startswith("courrier-2026-11-25-conclusion") for name in papers] == [True]
    assert not [name for name in names if "demeure" in name or "formal" in name]
    kept = ("name", "siret", "seat", "representative", "quality")
    assert [{name: one[name] for name in kept} for one in facts["parties"]] == list(
        concluded.parties.order_by("rank").values(*kept)
    )
    assert all(one["quality"] for one in facts["parties"])
    assert [(one["received_on"], one["reference"]) for one in facts["letters"]] == [("2026-11-25", "1A 2")]
