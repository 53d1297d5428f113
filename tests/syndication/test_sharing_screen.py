"""What others propose to a site, on the screen of its secretary."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from socle.syndication import actions
from socle.syndication.actions import For
from socle.syndication.models import Answer, Audience, Kind, Policy, SharingChoice
from socle.syndication.sources import Source
from socle.territory.models import Epci
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import published
from tests.sites.two_communes import signed_in
from tests.syndication.test_sharing import (
    accept,
    mormal,
    offer_of,
    officer,
    on_that_day,
    propose,
    text,
)

__all__ = ["mormal", "officer", "on_that_day", "published"]

SCREEN = "/mairie/site/propositions/"


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


@pytest.mark.slow
def test_the_secretary_reads_accepts_refuses_and_comes_back(prisches, mormal, officer, editor, visit):
    assert "Rien n’attend votre réponse" in text(editor.get(SCREEN))
    share = propose(officer, Kind.EVENT, epci=mormal, text="Le programme complet.")
    pk = offer_of(share, prisches).pk
    page = text(editor.get(SCREEN))
    assert "Forum" in page
    assert "Proposé par la communauté de communes du Pays de Mormal" in page
    assert "Le programme complet." in page
    assert "accepter l’ouvre" in page
    assert "1 proposition à votre commune attend" in text(editor.get("/mairie/site/"))
    assert "à l’agenda du site" in text(editor.post(f"{SCREEN}{pk}/accepter/", follow=True))
    assert "Forum" in text(visit(prisches, "/agenda/"))
    assert "Voir sur le site" in text(editor.get(SCREEN))
    assert "C’est refusé" in text(editor.post(f"{SCREEN}{pk}/refuser/", follow=True))
    assert "Accepter finalement" in text(editor.get(SCREEN))
    actions.withdraw(share, by=officer, at=f.NOW)
    assert "Retirée par son origine" in text(editor.get(SCREEN))
    assert "l’a retiré" in text(editor.post(f"{SCREEN}{pk}/accepter/", follow=True))


@pytest.mark.slow
def test_the_secretary_chooses_by_source_and_only_among_those_of_the_commune(prisches, ablain, mormal, officer, editor):
    page = text(editor.get(SCREEN))
    assert "Ce que propose la communauté de communes du Pays de Mormal" in page
    assert "Ce que propose Syndicat mixte d’essai" in page
    code = Source(epci=mormal).code
    answer = editor.post(f"{SCREEN}origines/{code}/", {"policy": "accept", "safety": "on"}, follow=True)
    assert "C’est enregistré" in text(answer)
    with scopes_disabled():
        assert SharingChoice.objects.get().policy == Policy.ACCEPT
    elsewhere = Epci.objects.create(siren="200033579", name="CU d'Arras", kind="CU")
    for wrong in (Source(epci=elsewhere).code, "epci-0", "operateur-999", "autre"):
        assert editor.post(f"{SCREEN}origines/{wrong}/", {"policy": "accept"}).status_code == 404
    assert "parmi les trois" in text(editor.post(f"{SCREEN}origines/{code}/", {"policy": "tout"}, follow=True))


@pytest.mark.slow
def test_the_screen_costs_as_many_queries_whatever_it_holds(prisches, mormal, officer, editor):
    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            assert editor.get(SCREEN).status_code == 200
        return len(made)

    propose(officer)
    few = cost()
    for kind in Kind.values * 3:
        propose(officer, kind, epci=mormal)
    assert cost() <= few


@pytest.mark.slow
def test_what_is_proposed_to_another_site_alone_does_not_exist_here(prisches, ablain, officer, editor, visit):
    whom = For(Audience.COMMUNES, communes=(ablain.beneficiary.commune,))
    share = propose(officer, whom=whom)
    theirs = offer_of(share, ablain)
    assert "Encombrants" not in text(editor.get(SCREEN))
    assert editor.get(f"{SCREEN}{theirs.pk}/image/").status_code == 404
    for act in ("accepter", "refuser", "revenir"):
        assert editor.post(f"{SCREEN}{theirs.pk}/{act}/").status_code == 404, act
    assert offer_of(share, ablain).answer == Answer.WAITING
    accept(share, ablain)
    assert visit(ablain, f"/propose/{share.pk}/").status_code == 200
    assert visit(prisches, f"/propose/{share.pk}/").status_code == 404
