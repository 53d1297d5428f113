"""The page of those who sign for the mairies, and one act attached to many drafts: who may, and what is refused."""

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scopes_disabled

from socle.agreements import actions
from socle.agreements.models import Agreement, Party, Status
from socle.batches import actions as batches
from socle.batches.models import Batch, LineState
from socle.people import asking, invitations
from socle.people.models import Beneficiary, Invitation, InvitationStatus, Role, SignatoryRequest
from socle.territory.models import TownHall
from tests import factories as f
from tests.console.test_batches import choose, confirm

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

PAGE = "/console/conventions/signataires/"
ATTACH = "/console/conventions/rattacher/"


@pytest.fixture
def here(world):
    """Abancourt, whose agreement is a draft and whom nobody represents."""
    return Beneficiary.objects.get(commune__insee_code="59001")


def propose(here, world, email="noa@orange.invalid"):
    given = {"name": "Noa Exemple", "role": Role.MAYOR, "beneficiary": here, "quality": "Maire"}
    return invitations.invite(email, **given, by=world.people["officer"], at=f.NOW)


def table(lines, encoding="utf-8"):
    content = f"Commune;Nom;Qualité;Courriel\n{lines}".encode(encoding)
    return {"file": SimpleUploadedFile("maires.csv", content), "note": ""}


def test_the_faults_of_a_table_are_said_by_line_and_nobody_is_invited(world, enter, here):
    officer = enter("officer")
    lines = "Abancourt;Noa;Maire;contact@abancourt.invalid\nLille;Lou;Maire;lou@a.invalid\n"
    answer = officer.post(f"{PAGE}importer/", table(lines, "cp1252"))
    words = answer.content.decode().replace("\u00a0", " ")
    assert (answer.status_code, Invitation.objects.count()) == (422, 0)
    assert "Ligne 2, colonne « Courriel » (D) : cette adresse est une boîte commune" in words
    assert "Ligne 3, colonne « Commune » (A)" in words
    answer = officer.post(f"{PAGE}importer/", {"file": SimpleUploadedFile("m.csv", b"Nom;Courriel\nNoa;n@a.invalid")})
    assert answer.status_code == 422
    assert "il y manque" in answer.content.decode()
    assert officer.post(f"{PAGE}importer/", {}).status_code == 422
    # A commune of another department is not this advisor's to give.
    answer = enter("cdg62").post(f"{PAGE}importer/", table("Abancourt;Noa;Maire;noa@a.invalid\n"))
    assert (answer.status_code, Invitation.objects.count()) == (422, 0)
    assert enter("cdg59").post(f"{PAGE}importer/", table("59001;Noa;Maire;noa@a.invalid\n")).status_code == 302
    assert Invitation.objects.get().status == InvitationStatus.PROPOSED


def test_a_call_is_noted_on_the_page_and_what_was_typed_stays_when_one_is_refused(world, enter, here):
    officer, invitation = enter("officer"), propose(here, world)
    page = officer.get(PAGE).content.decode()
    assert "noa@orange.invalid" in page
    assert "noa@orange.invalid" not in enter("cdg62").get(PAGE).content.decode()
    assert officer.post(f"{PAGE}confirmer/", {}).status_code == 422
    TownHall.objects.create(commune=here.commune, email="noa@orange.invalid")
    noted = {f"appel-{invitation.pk}": "Le secrétaire, le 24 novembre"}
    answer = officer.post(f"{PAGE}confirmer/", noted)
    assert answer.status_code == 422
    assert "Commune de Abancourt" in answer.content.decode()
    assert "Le secrétaire, le 24 novembre" in answer.content.decode()
    TownHall.objects.all().delete()
    assert enter("cdg62").post(f"{PAGE}confirmer/", noted).status_code == 422
    assert Invitation.objects.get().status == InvitationStatus.PROPOSED
    assert officer.post(f"{PAGE}confirmer/", noted).status_code == 302
    assert Invitation.objects.get().status == InvitationStatus.SENT


def test_the_act_of_the_council_is_offered_where_it_is_recorded_and_only_there(world, enter, here):
    officer, invitation = enter("officer"), propose(here, world)
    act = {f"acte-{invitation.pk}": "1"}
    assert f"acte-{invitation.pk}" not in officer.get(PAGE).content.decode()
    assert officer.post(f"{PAGE}confirmer/", act).status_code == 422
    with scopes_disabled():
        agreement = Agreement.objects.get(number=world.draft)
        recorded = f.act(here, "2026-07")
        actions.complete_party(agreement, kind="beneficiary", act=recorded, by=world.people["officer"], at=f.NOW)
    assert f"acte-{invitation.pk}" in officer.get(PAGE).content.decode()
    assert officer.post(f"{PAGE}confirmer/", act).status_code == 302
    assert Invitation.objects.get().checked == "act"


def test_mairies_are_asked_from_the_register_and_those_refused_say_why(world, enter, here):
    TownHall.objects.create(commune=here.commune, email="mairie@abancourt.invalid")
    officer = enter("officer")
    answer = choose(officer, "conventions", "ask_signatory")
    words = answer.content.decode().replace("\u00a0", " ")
    assert "La convention est déjà « à la signature »" in words
    assert "La convention est déjà « signée »" in words
    assert confirm(officer, answer).status_code == 302
    batches.carry_on(only=Batch.objects.latest("pk").pk)
    asked = SignatoryRequest.objects.get()
    assert (asked.beneficiary, asked.operator) == (here, world.programme.lead())
    assert asking.send_due(at=f.NOW) == 1
    assert "Abancourt" in officer.get(PAGE).content.decode()
    assert "laissez" in choose(officer, "conventions", "ask_signatory").content.decode()


def test_those_who_write_no_agreement_neither_read_nor_attach(world, enter):
    for who in ("technician", "finance", "somme"):
        client = enter(who)
        assert client.get(PAGE).status_code == 403
        for address in (f"{PAGE}confirmer/", f"{PAGE}importer/", ATTACH):
            assert client.post(address, {"portee": "toutes"}).status_code == 403
        assert PAGE not in client.get("/console/conventions/").content.decode()


# --- One act for many drafts ------------------------------------------------------------------------------------------
def attach(client, act, **more):
    sent = {"portee": "toutes", "etape": "rattacher", "act": act.pk, "cle": "4f0d1d4e-8f77-4a3e-9b11-1f2d3c4b5a69"}
    return client.post(ATTACH, {**sent, **more})


def cdg_act_of(number):
    with scopes_disabled():
        return Party.objects.get(agreement__number=number, kind="cdg").act.number


def test_one_act_goes_to_every_draft_of_which_its_body_is_a_party_and_to_no_other(world, enter):
    officer = enter("officer")
    act = f.act(world.programme.centre_de_gestion_of(f.department("59")), "2026-50")
    for _ in range(2):
        assert attach(officer, act).status_code == 302
    assert Batch.objects.filter(gesture="attach_act").count() == 1, "the form sent twice starts once"
    batch = Batch.objects.get(gesture="attach_act")
    batches.carry_on(only=batch.pk)
    told = {line.label.partition(",")[0]: (line.state, line.says) for line in batch.lines.all()}
    assert told[world.draft][0] == LineState.DONE
    assert "déjà" in told[world.ready][1]
    assert [cdg_act_of(one) for one in (world.draft, world.ready)] == ["2026-50", "2022-01"]
    # Again, it is there already: nothing starts, and the page says why.
    answer = attach(officer, act, cle="4f0d1d4e-8f77-4a3e-9b11-1f2d3c4b5a70")
    assert answer.status_code == 422
    assert "déjà rattaché" in answer.content.decode()


def test_an_act_of_nobody_in_these_agreements_is_not_offered(world, enter):
    officer = enter("officer")
    of_a_mairie = f.act(Beneficiary.objects.get(commune__insee_code="59001"), "2026-07")
    somme = f.act(world.programme.partners.get(part="technical_support").operator, "2026-08")
    for act in (of_a_mairie, somme):
        answer = attach(officer, act)
        assert answer.status_code == 422
        assert "pas celui d’une partie" in answer.content.decode()
    assert "2026-08" not in officer.post(ATTACH, {"portee": "toutes"}).content.decode()
    an_order = f.act(world.programme.lead(), "2026-09", kind="individual")
    assert "n’autorise pas à signer" in attach(officer, an_order).content.decode()
    answer = officer.post(ATTACH, {"portee": "page", "retour": "/console/conventions/"}, follow=True)
    assert "cochez au moins une ligne" in answer.content.decode()


def test_to_complete_is_offered_only_where_something_is_missing(world, enter):
    officer = enter("officer")

    def buttons():
        page = BeautifulSoup(officer.get(f"/console/conventions/{world.draft}/").content, "html.parser")
        links = page.select("a.btn[href*='/parties/']")
        return {one["href"].split("/")[-2]: one.get_text(" ", strip=True).split()[0] for one in links}

    assert buttons() == {"beneficiary": "Compléter", "cdg": "Changer", "lead": "Changer"}
    with scopes_disabled():
        Party.objects.filter(agreement__number=world.draft, kind="cdg").update(act=None)
        assert Agreement.objects.get(number=world.draft).status == Status.DRAFT
    assert buttons()["cdg"] == "Compléter"
