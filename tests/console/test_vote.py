"""A real operator, outside a demonstration: a project founded, a model put to the vote, the act noted, an agreement."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from socle.deliberations.models import Act
from socle.documents import actions as documents
from socle.documents.models import Text
from socle.people.models import Role, User
from socle.programme import actions
from socle.programme.models import Power
from tests import factories as f
from tests.agreements.test_document import words_of
from tests.console.conftest import complete

pytestmark = pytest.mark.slow
MODELS = "/console/programme/modeles/convention-tripartite/"
VERSION = f"{MODELS}2026-12-03/"
HEADING = "statut : projet, soumis à l’approbation de l’assemblée délibérante"
BODY = """---
titre : Convention du syndicat
{}
---

# Convention

## Article 1

{{{{ parties }}}}

{{{{ visas }}}}

{{{{ services }}}}

{{{{ rgpd }}}}

{{{{ signatures }}}}
"""
DAY = (f.TODAY - timedelta(days=2)).isoformat()


@pytest.fixture
def own(world, settings, tmp_path):
    """The operator's own file: its founding act approves the project, and nothing else; outside a demonstration."""
    settings.DEMO, settings.SECOND_FACTOR_ROLES = False, []
    f.shipped_texts()
    Text.objects.update(is_demonstration=True)
    text = (Path(settings.ROOT) / "programmes/pack-mairies-connectees.toml").read_text()
    text = text.replace('code = "pack-mairies-connectees"', 'code = "pack"', 1)
    text = re.sub(r"\[\[founding_act.article\]\]\nnumber = [5-7]\n.*?\n(?=\n|#)", "", text, flags=re.DOTALL)
    text = re.sub(r"\[\[approval\]\].*?\n(?=\n)", "", text, flags=re.DOTALL)
    text = re.sub(r"article = [5-6]\n", "", text)
    text = re.sub(r"\[demonstration\].*", "", text, flags=re.DOTALL)
    path = tmp_path / "le-notre.toml"
    path.write_text(text.replace("identifier = ", "published_on = 2021-11-25\nidentifier = ", 1))
    programme, _ = actions.load(path, by=User.objects.system(), at=f.NOW, demonstration=False)
    return programme, path


def words(response) -> str:
    return " ".join(BeautifulSoup(response.content, "html.parser").get_text(" ").split()).replace("\u00a0", " ")


def publish(client, heading: str, revision: int):
    given = {"body": BODY.format(heading), "revision": str(revision), "version": "2026-12-03"}
    client.post(MODELS, given)
    return words(client.post(MODELS, given | {"revision": str(revision + 1), "publish": "1"}, follow=True))


def example(client) -> str:
    return words_of(client.get(f"{MODELS}exemple.pdf?version=2026-12-03").getvalue()).replace("\u00a0", " ")


def record(client, address: str, number: str):
    act = {"body": "comité syndical", "number": number, "subject": "Modèle de convention", "adopted_on": DAY}
    client.post(address, act | {"received_on": DAY, "published_on": DAY})
    return Act._base_manager.get(number=number)


def test_a_model_is_approved_by_a_later_vote_and_the_agreement_cites_it(world, own, enter):
    programme, path = own
    officer = enter("officer")
    page = words(officer.get("/console/programme/"))
    assert "Aucun article ne délègue la signature" in page
    assert "aucun acte ne l’approuve" in page
    # What is put to the vote does not say that it was voted.
    assert "l’en-tête se dit approuvé avant le vote" in publish(officer, "statut : approuvé par le comité", 0)
    assert "rien ne se signerait sur lui" in publish(officer, "statut : modèle de démonstration, non approuvé", 1)
    assert "Aucun acte ne l’approuve encore" in publish(officer, HEADING, 2)
    text = Text.objects.get(version="2026-12-03")
    given = officer.get(f"{VERSION}texte.md")
    assert (given.content, "attachment" in given["Content-Disposition"]) == (text.body.encode(), True)
    said = example(officer)
    assert "Projet de modèle, soumis à l’approbation de l’assemblée délibérante" in said
    assert text.sha256 in said.replace(" ", "")
    assert "approuvé" not in said.lower()
    officer.post(f"{VERSION}choisir/", {"type": "tripartite"})
    # The vote: first noted on an article that approves nothing, then on the right one.
    act = record(officer, f"{VERSION}approuver/acte/", "2026-40")
    wrong = officer.post(f"{VERSION}approuver/", {"act": act.pk, "article": 2, "text": "Prend acte du rapport."})
    assert "L’article 2 de l’acte n° 2026-40 n’approuve rien" in words(wrong)
    right = {"act": act.pk, "article": 1, "text": "Approuve le modèle de convention joint."}
    assert "approuvé par l’article 1" in words(officer.post(f"{VERSION}approuver/", right, follow=True))
    assert "Modèle approuvé par l’article 1 de la délibération n° 2026-40 du comité syndical" in example(officer)
    place = f.beneficiary(f.commune("59218", "Étrœungt", 1300), seat="Mairie d’Étrœungt")
    f.member(Role.MAYOR, place, quality="Maire")
    agreement = complete(place, world.people["officer"])
    agreement_page = f"/console/conventions/{agreement.number}/"
    assert "n’est noté comme déléguant la signature" in words(officer.get(agreement_page))
    # The delegation: another act, through its own door.
    delegation = record(officer, "/console/programme/delegation/acte/", "2026-12")
    wrong = {"act": delegation.pk, "article": 1, "text": "Approuve le compte rendu."}
    assert "ne délègue rien" in words(officer.post("/console/programme/delegation/", wrong))
    noted = officer.post("/console/programme/delegation/", wrong | {"text": "Délègue la signature."}, follow=True)
    assert "Article 1 de l’acte n° 2026-12 du 23 novembre 2026" in words(noted)
    lead = {"act": delegation.pk, "membership": ""}
    assert officer.post(f"{agreement_page}parties/lead/", lead, follow=True).status_code == 200
    officer.post(f"{agreement_page}envoyer/")
    printed = world.agreement(agreement.number)
    cited = words_of(documents.read(printed.round.original)).replace("\u00a0", " ")
    assert "n° 2026-40 du comité syndical du 23 novembre 2026" in cited
    assert "dont l’article 1 approuve le modèle de la présente convention" in cited
    assert "qu’habilite l’article 1 de la délibération n° 2026-12" in cited
    assert "2021-16" not in cited.partition("Service Contenu")[0]
    assert "Modèle de démonstration" not in cited
    assert "approuvé par l’article 1 de l’acte n° 2026-40" in words(officer.get(agreement_page))
    # Loading the file again, changed, leaves what was noted on other acts.
    path.write_text(path.read_text() + "\n# Relu.\n")
    actions.load(path, by=User.objects.system(), at=f.NOW, demonstration=False)
    power = programme.powers.get(power=Power.Kind.DELEGATION)
    assert power.article.act == delegation
    back = officer.post(f"/console/programme/delegation-{power.pk}/retirer/", follow=True)
    assert "plus rien ne se signe sur elle" in words(back)
    assert officer.post(f"/console/programme/delegation-{power.pk}/retirer/").status_code == 404
    for who in ("technician", "cdg59", "finance"):
        assert enter(who).post("/console/programme/delegation/", wrong).status_code == 403
