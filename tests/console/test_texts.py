"""The page of a model of agreement: written, deposited, read, published by one button; and who sees what of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from socle.deliberations.models import Act, Approval
from socle.documents.models import Text, TextDraft
from tests import factories as f
from tests.console.test_access import OPERATORS

PAGE = "/console/programme/modeles/convention-tripartite/"
BODY = "# Convention\n\n## Article 1\n\n{{ parties }}\n\n{{ services }}\n\n{{ rgpd }}\n\n{{ signatures }}\n"
SHIPPED = (Path(settings.ROOT) / "texts/convention-tripartite/2026-11-25/text.md").read_text()


@pytest.fixture
def officer(enter):
    return enter("officer")


def send(client, body=BODY, revision=0, follow=True, **others):
    given = {"body": body, "revision": str(revision), "version": "2026-11-26", **others}
    return client.post(PAGE, given, follow=follow)


def words(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split()).replace("\u00a0", " ")


@pytest.mark.slow
def test_a_jurist_writes_reads_and_publishes_on_one_page(world, officer, django_assert_max_num_queries):
    assert "Aucun projet n’est en cours" in words(officer.get(PAGE))
    page = words(send(officer, SHIPPED))
    assert "Le projet est enregistré" in page
    assert "[ajouté :" in page
    assert "Liste de contrôle de la plateforme" in page
    assert "obligatoire" not in page
    assert "Commune d’Exemple" in page
    with django_assert_max_num_queries(26):
        soup = BeautifulSoup(officer.get(PAGE).content, "html.parser")
    assert len(soup.select(".text-change ins")) > 20
    assert len([row for row in soup.select("tr") if "vu" in row.get_text().split()]) >= 17
    assert officer.get(f"{PAGE}exemple.pdf").getvalue().startswith(b"%PDF-")
    # Published with one button: never words that were not read.
    page = words(send(officer, BODY, 1, publish="1"))
    assert "Le texte a changé depuis sa lecture" in page
    assert Text.objects.filter(name="convention-tripartite").count() == 1
    page = words(send(officer, BODY, 2, publish="1"))
    assert "La version est publiée, et ne change plus" in page
    assert "non approuvé" in page
    assert "Texte à joindre à la délibération" in page
    assert Text.objects.get(version="2026-11-26").body == BODY
    page = words(officer.get(f"{PAGE}comparer/?de=2026-11-26&a=2026-11-25"))
    assert "[retiré : Article 1 ]" in page or "[retiré : ## Article 1 ]" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"revision": 7}, "entre-temps"),
        ({"body": "# A\n\nb\u202ec"}, "ligne 3 : un caractère invisible"),
        ({"body": "# A\x00"}, "nul"),
        ({"body": ""}, "Le texte est vide"),
        ({"body": "# A\n" * 60_000}, "trop long"),
        ({"file": SimpleUploadedFile("a.md", "# Été".encode("latin-1"))}, "UTF-8"),
        ({"file": SimpleUploadedFile("a.md", b"# A\n" + b"a" * 5_000_000)}, "trop lourd"),
        ({"file": SimpleUploadedFile("a.md", b"# A\n\x00")}, "U+0000"),
        ({"file": SimpleUploadedFile("a.docx", b"PK\x03\x04\x14\xff")}, "UTF-8"),
    ],
)
def test_what_is_refused_is_said_and_the_words_typed_are_not_lost(world, officer, given, says):
    response = send(officer, **{"body": BODY, **given})
    assert response.status_code == 422
    assert says.lower() in words(response).lower()
    area = BeautifulSoup(response.content, "html.parser").select_one("textarea")
    if given.get("body", BODY) == BODY:
        assert area.get_text().strip() == BODY.strip()
    assert not TextDraft.objects.filter(is_open=True).exists()


@pytest.mark.slow
def test_a_file_replaces_the_text_and_a_fault_greys_the_button_with_its_line(world, officer):
    file = SimpleUploadedFile("modele.md", BODY.replace("## Article 1", "## {{ inconnue }}").encode())
    page = send(officer, file=file)
    assert "Texte, ligne 3 : la variable « inconnue » n’existe pas" in words(page)
    button = BeautifulSoup(page.content, "html.parser").find("button", string=lambda text: text and "Publier" in text)
    assert button is None or button.has_attr("disabled")
    page = send(officer, TextDraft.objects.get().body, 1, publish="1")
    assert page.status_code == 422
    assert not Text.objects.filter(version="2026-11-26").exists()


@pytest.mark.slow
def test_a_draft_is_set_aside_and_taken_up_again(world, officer):
    send(officer)
    page = words(officer.post(f"{PAGE}mettre-de-cote/", {"revision": "1"}, follow=True))
    assert "rien de publié ne change" in page
    assert "Reprendre le projet mis de côté" in page
    assert "entre-temps" in words(officer.post(f"{PAGE}reprendre/", {"revision": "1"}, follow=True))
    assert "Le projet est repris" in words(officer.post(f"{PAGE}reprendre/", {"revision": "2"}, follow=True))
    assert TextDraft.objects.get().is_open


@pytest.mark.slow
def test_the_lead_alone_reads_the_draft_and_its_officers_alone_write(world, enter):
    send(enter("officer"), BODY + "\nMots secrets.\n")
    for who in OPERATORS:
        client = enter(who)
        page = client.get(PAGE)
        is_lead = who in {"officer", "technician", "finance", "president", "assembly"}
        assert ("Mots secrets" in page.content.decode()) is is_lead, who
        assert client.get(f"{PAGE}exemple.pdf").status_code == (200 if is_lead else 404), who
        if who in {"officer", "president"}:
            continue
        assert "Publier" not in BeautifulSoup(page.content, "html.parser").main.get_text(), who
        for address, given in (
            ("", {"body": "# A", "revision": "1"}), ("mettre-de-cote/", {"revision": "1"}),
            ("reprendre/", {"revision": "1"}), ("2026-11-25/choisir/", {"type": "tripartite"}),
            ("2026-11-25/approuver/", {"article": "1"}), ("2026-11-25/approuver/acte/", {}),
            ("2026-11-25/approbation-1/", {}),
        ):  # fmt: skip
            assert client.post(PAGE + address, given).status_code == 403, f"{who}: {address}"
    for address in ("autre/", "deliberation-adhesion/", "convention-tripartite/2020-01-01/"):
        assert enter("officer").get(f"/console/programme/modeles/{address}").status_code == 404
    draft = TextDraft.objects.get()
    assert (draft.revision, draft.is_open) == (1, True)


@pytest.mark.slow
def test_an_act_approves_a_version_which_is_then_used_and_the_approval_is_taken_back(world, officer):
    send(officer)
    send(officer, BODY, 1, publish="1")
    version = f"{PAGE}2026-11-26/"
    page = words(officer.post(f"{version}choisir/", {"type": "tripartite"}, follow=True))
    assert "seront rédigées sur cette version" in page
    assert world.programme.tripartite().text_version == "2026-11-26"
    assert officer.post(f"{version}choisir/", {"type": "inconnu"}).status_code == 404
    day = f.TODAY - timedelta(days=1)
    act = {"body": "comité syndical", "number": "2026-77", "subject": "Modèle", "adopted_on": day.isoformat()}
    answer = officer.post(f"{version}approuver/acte/", act | {"received_on": day, "published_on": day}, follow=True)
    assert "dites quel article" in words(answer)
    chosen = Act.of(world.programme.lead()).get(number="2026-77")
    assert officer.post(f"{version}approuver/", {"act": chosen.pk, "article": 1, "text": ""}).status_code == 422
    given = {"act": chosen.pk, "article": 1, "text": "Approuve le modèle."}
    page = words(officer.post(f"{version}approuver/", given, follow=True))
    assert "approuvé par l’article 1 de la délibération n° 2026-77" in page
    approval = Approval.objects.get(sha256=Text.objects.get(version="2026-11-26").sha256)
    assert "L’approbation est retirée" in words(officer.post(f"{version}approbation-{approval.pk}/", follow=True))
    # What the programme's file declares is the file's to withdraw.
    Approval.objects.filter(sha256="0" * 64).update(is_declared=True)
    declared = Approval.objects.get(sha256="0" * 64)
    assert officer.post(f"{PAGE}2026-11-25/approbation-{declared.pk}/").status_code == 404
