"""The draft deliberation given to a council cites the act that approved the model, or keeps its place."""

from __future__ import annotations

import pytest
from django_scopes import scope

from socle.deliberations.models import Approval, Article
from socle.documents import texts
from socle.mairie.journey import situation_of
from socle.mairie.model_deliberation import model_for, proposed_by
from socle.people.models import User
from tests import factories as f

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FOUNDING = "Vu la délibération n° 2021-16 du comité syndical du 23 novembre 2021"
ABOUT = ", portant « Adhésion au programme »"


@pytest.mark.parametrize(
    ("approves", "cited"),
    [
        ("founding", [f"{FOUNDING}{ABOUT}, dont l’article 5 approuve le modèle de la convention jointe ;"]),
        (
            "later",
            [
                f"{FOUNDING}{ABOUT} ;",
                f"Vu la délibération n° 2026-40 du comité syndical du 1er octobre 2026{ABOUT}, dont l’article 2 "
                "approuve le modèle de la convention jointe ;",
            ],
        ),
        (
            "nobody",
            [
                f"{FOUNDING}{ABOUT} ;",
                "Vu la délibération n° [à compléter] du comité syndical du [à compléter], dont l’article [à compléter] "
                "approuve le modèle de la convention jointe ;",
            ],
        ),
    ],
)
def test_the_council_reads_which_act_approved_the_model(approves, cited):
    texts.publish_seeds(by=User.objects.system(), at=f.NOW)
    programme = f.programme()
    if approves != "founding":
        Approval.objects.all().delete()
    if approves == "later":
        act = f.act(programme.lead(), "2026-40", body="comité syndical")
        f.approval(Article.objects.create(act=act, number=2, text="Approuve le modèle."), f.text().sha256)
    place = f.beneficiary()
    with scope(beneficiary=place):
        # The shipped text says that it is a demonstration: outside of one, nothing approves it.
        type(f.text()).objects.filter(name="convention-tripartite").update(is_demonstration=False)
        model = model_for(situation_of(place))
        shown = [model.as_text(), model.as_html(), proposed_by(model, asked_for="").grounds]
    assert [one.replace("\u00a0", " ") for one in model.visas] == cited
    for words in shown:
        assert all(sentence in words.replace("\u00a0", " ") for sentence in cited)
        assert ("qui approuve le projet" in words) is False
