"""Thirty drafts go to the signature in eight gestures of the officer at most; the mairies do their own part."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.batches import actions
from socle.batches.models import Batch
from socle.people import asking, invitations
from socle.people.models import Beneficiary, Invitation, InvitationStatus
from socle.territory.models import TownHall
from tests import factories as f
from tests.console.test_batches import PREPARE, choose, confirm, hidden

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MOST = 8
PASSWORD = "chaudron-mistral-avesnes"
DRAFTS = "etat=draft&q=Village"
ACT = {
    "body": "conseil d’administration", "number": "2026-50", "subject": "Conventions du programme",
    "adopted_on": "2026-11-02", "received_on": "2026-11-03", "published_on": "2026-11-04",
}  # fmt: skip


class Counted:
    """An officer whose presses of a button are counted, each followed to where it leads."""

    def __init__(self, client):
        self.client, self.presses = client, 0

    def post(self, path, data=None, **more):
        self.presses += 1
        return self.client.post(path, data, **more)


@pytest.fixture
def place(request, settings, world, enter, django_capture_on_commit_callbacks):
    """Communes drafted from their list, whose mairies publish a shared box; what follows, follows."""
    settings.SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
    settings.SECOND_FACTOR_ROLES = []
    # They all come from one address here.
    settings.RATE_LIMITS = {"uploads": "6000/600"}
    for rank in range(request.param):
        commune = f.commune(f"625{rank:02}", f"Village {rank:02}", 300 + rank)
        TownHall.objects.create(commune=commune, email=f"mairie{rank:02}@villages.invalid", phone="03 00 00 00 00")
    officer = enter("officer")
    with django_capture_on_commit_callbacks(execute=True):
        confirm(officer, choose(officer, "communes", "draft", filtres="q=Village"))
        actions.carry_on(only=Batch.objects.latest("pk").pk)
    assert len(_numbers()) == request.param
    mail.outbox.clear()
    return officer


def _numbers():
    with scopes_disabled():
        found = Agreement.objects.filter(beneficiary__commune__name__startswith="Village")
        return list(found.order_by("number").values_list("number", flat=True))


def _statuses():
    with scopes_disabled():
        return set(Agreement.objects.filter(number__in=_numbers()).values_list("status", flat=True))


def _links(kind):
    return [found[0] for one in mail.outbox if (found := re.search(rf"/{kind}/[^\s]+", one.body))]


def _mairies_do_their_part(follow):
    """Each mayor enters by the link of their own message, confirms the SIRET and records the council's act."""
    links = _links("invitation")
    assert len(links) == len(_numbers())
    entering = {"password1": PASSWORD, "password2": PASSWORD}
    for link in links:
        mayor = Client(SERVER_NAME="localhost")
        with follow(execute=True):
            assert mayor.post(link, {"name": "Noa Exemple", **entering}).status_code == 302
        page = BeautifulSoup(mayor.get("/mairie/identite/").content, "html.parser")
        siret = page.select_one("input[name=siret]")["value"]
        assert mayor.post("/mairie/identite/", {"siret": siret}).status_code == 302
        act = {**ACT, "kind": "deliberation", "number": "2026-07", "mode": "", "attach": "on"}
        assert mayor.post("/mairie/deliberations/enregistrer/", act).status_code == 302


def _carried_on(officer, response, follow):
    with follow(execute=True):
        officer.post(PREPARE, hidden(response))
        actions.carry_on(only=Batch.objects.latest("pk").pk)
    return Batch.objects.latest("pk")


def _attached(officer, follow):
    """The centre de gestion votes: its act is recorded at one draft, then attached to all of them."""
    first = _numbers()[0]
    assert officer.post(f"/console/conventions/{first}/parties/cdg/acte/", ACT).status_code == 302
    chosen = {"portee": "toutes", "filtres": DRAFTS}
    page = BeautifulSoup(officer.post("/console/conventions/rattacher/", chosen).content, "html.parser")
    act = next(one["value"] for one in page.select("#id_act option") if "2026-50" in one.text)
    key = page.select_one("input[name=cle]")["value"]
    with follow(execute=True):
        asked = {**chosen, "etape": "rattacher", "act": act, "cle": key}
        assert officer.post("/console/conventions/rattacher/", asked).status_code == 302
        actions.carry_on(only=Batch.objects.latest("pk").pk)
    with scopes_disabled():
        parties = {
            one.act.number
            for agreement in Agreement.objects.filter(number__in=_numbers())
            for one in agreement.parties.filter(kind="cdg")
        }
    assert parties == {"2026-50"}


def _sent(officer, follow):
    page = choose(officer, "conventions", "make_ready", filtres=DRAFTS)
    _carried_on(officer, page, follow)
    assert _statuses() == {Status.READY}


# The presses do not depend on how many there are, and thirty are printed once.
@pytest.mark.parametrize("place", [4], indirect=True)
def test_the_mayors_of_a_table_sign_after_six_gestures_of_the_officer(place, django_capture_on_commit_callbacks):
    officer = Counted(place)
    lines = "".join(f"Village {rank:02};Noa Exemple;Maire;noa{rank:02}@exemple.invalid\r\n" for rank in range(4))
    table = f"Commune;Nom;Qualité;Courriel\r\n{lines}".encode("cp1252")
    with django_capture_on_commit_callbacks(execute=True):
        answer = officer.post(
            "/console/conventions/signataires/importer/",
            {"file": SimpleUploadedFile("maires.csv", table), "note": "Toutes appelées le 24 novembre"},
        )
    assert answer.status_code == 302
    _mairies_do_their_part(django_capture_on_commit_callbacks)
    _attached(officer, django_capture_on_commit_callbacks)
    _sent(officer, django_capture_on_commit_callbacks)
    assert officer.presses == 6


@pytest.mark.parametrize("place", [30], indirect=True)
def test_thirty_mairies_asked_sign_after_eight_gestures_of_the_officer(place, django_capture_on_commit_callbacks):
    officer = Counted(place)
    with django_capture_on_commit_callbacks(execute=True):
        page = choose(officer, "conventions", "ask_signatory", filtres=DRAFTS)
        officer.post(PREPARE, hidden(page))
        actions.carry_on(only=Batch.objects.latest("pk").pk)
    links = _links("signataire")
    assert {one.to[0] for one in mail.outbox} == {f"mairie{rank:02}@villages.invalid" for rank in range(30)}
    for rank, link in enumerate(links):
        given = {"name": "Noa Exemple", "quality": "Maire", "email": f"noa{rank:02}@exemple.invalid"}
        assert Client(SERVER_NAME="localhost").post(link, given).status_code == 200
    assert not _links("invitation"), "nothing leaves for an address that nobody has checked"
    assert set(Invitation.objects.values_list("status", flat=True)) == {InvitationStatus.PROPOSED}
    calls = {f"appel-{one.pk}": "La secrétaire, le 24 novembre" for one in Invitation.objects.all()}
    with django_capture_on_commit_callbacks(execute=True):
        assert officer.post("/console/conventions/signataires/confirmer/", calls).status_code == 302
    invitations.send_due(at=f.NOW)
    assert asking.send_due(at=f.NOW) == 0
    _mairies_do_their_part(django_capture_on_commit_callbacks)
    _attached(officer, django_capture_on_commit_callbacks)
    _sent(officer, django_capture_on_commit_callbacks)
    assert officer.presses == MOST
    checked = Invitation.objects.filter(checked_by__isnull=False, checked_at=f.NOW)
    assert checked.count() == Beneficiary.objects.filter(commune__name__startswith="Village").count() == 30
