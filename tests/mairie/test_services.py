"""« Vos services »: how each is used, as its room says, and nothing of a twin."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from socle.provisioning import guides
from socle.provisioning.guides import Figure, Guide, Way, guide_of
from socle.provisioning.models import Installation, Right, State
from socle.sites import guide as of_the_site
from socle.sites.actions import create_site
from socle.ui import components
from socle.ui.shapes import Fact, Link
from tests import factories as f

pytestmark = pytest.mark.django_db


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split()).replace("\u00a0", " ")


def give(beneficiary, *, by, at):
    return Guide(
        links=(Link("Ouvrir la messagerie", "/ailleurs/", "mail"),),
        ways=(
            Way(
                "Sur votre téléphone",
                ("Ouvrez les réglages.", "Ajoutez un compte."),
                "phone",
                (Fact("Serveur", f"mail-{beneficiary.pk}.exemple.invalid"),),
                (Link("Profil prêt à l’emploi", "/profil/"),),
            ),
        ),
        figures=(Figure("Espace utilisé", "1,2 Go sur 10 Go", 0.12), Figure("Boîtes", "4")),
        says="Une boîte attend d’être ouverte.",
        asks_device_password=True,
    )


def fail(beneficiary, *, by, at):
    raise ConnectionRefusedError


def installed(world, mairie, code="messagerie", *, is_simulated=False, state=State.LIVE):
    with scopes_disabled():
        agreement = world.signed(mairie)
        service = world.programme.services.get(code=code)
        right = Right.objects.filter(beneficiary=mairie.place, service=service).first() or Right.objects.create(
            beneficiary=mairie.place, service=service, agreement=agreement, opened_at=f.NOW
        )
        Installation.objects.update_or_create(
            beneficiary=mairie.place,
            service=service,
            right=right,
            defaults={"state": state, "is_simulated": is_simulated},
        )


@pytest.fixture
def guided(settings):
    settings.SOCLE_SERVICE_GUIDES = {"messagerie": f"{__name__}.give"}


@pytest.mark.slow
def test_a_live_service_says_how_it_is_used(secretary, world, guided):
    installed(world, world.here)
    response = secretary.get(reverse("mairie:services"))
    page = text(response)
    for said in (
        "Une boîte attend d’être ouverte.", "Ouvrir la messagerie", "Sur votre téléphone", "Ajoutez un compte.",
        f"mail-{world.here.place.pk}.exemple.invalid", "Profil prêt à l’emploi", "1,2 Go sur 10 Go", "Boîtes : 4",
        "faites-en un pour cet appareil",
    ):  # fmt: skip
        assert said in page
    assert 'class="drawing"' in response.content.decode()
    assert reverse("devices") in response.content.decode()


@pytest.mark.parametrize(
    ("is_simulated", "state"), [(True, State.LIVE), (False, State.PENDING), (False, State.SUSPENDED)]
)
@pytest.mark.slow
@pytest.mark.both
def test_what_cannot_be_used_gives_no_instructions(secretary, world, guided, is_simulated, state):
    installed(world, world.here, is_simulated=is_simulated, state=state)
    assert "Ouvrez les réglages." not in text(secretary.get(reverse("mairie:services")))


@pytest.mark.slow
def test_a_suspended_service_says_that_nothing_is_lost_and_leads_to_the_archive(secretary, world, guided):
    installed(world, world.here, state=State.SUSPENDED)
    page = secretary.get(reverse("mairie:services"))
    assert "tout reste gardé, et vous pouvez l’emporter" in text(page)
    assert reverse("mairie:handovers") in page.content.decode()


@pytest.mark.slow
@pytest.mark.both
def test_a_service_that_cannot_be_told_hides_no_other(secretary, world, settings):
    settings.SOCLE_SERVICE_GUIDES = {"messagerie": f"{__name__}.fail"}
    installed(world, world.here)
    assert "ne peuvent pas être lues en ce moment" in text(secretary.get(reverse("mairie:services")))


@pytest.mark.slow
def test_a_service_without_a_guide_is_drawn_without(secretary, world, settings):
    settings.SOCLE_SERVICE_GUIDES = {}
    installed(world, world.here)
    assert secretary.get(reverse("mairie:services")).status_code == 200
    assert guide_of("inconnu", world.here.place, by=world.here.secretary, at=f.NOW) == guides.Guide()


def test_the_guide_of_the_site_draws_what_exists_and_leads_to_its_pages(world):
    place, by = world.here.place, world.here.secretary
    with scope(beneficiary=place):
        assert of_the_site.give(place, by=by, at=f.NOW) == Guide()
        create_site(place, by=by, at=f.NOW)
        guide = of_the_site.give(place, by=by, at=f.NOW)
    assert [link.label for link in guide.links][:2] == ["Voir le site", "Publier une actualité"]
    assert {way.drawing for way in guide.ways} <= set(components.all_drawings())
    assert "moteurs de recherche" in guide.says


@pytest.mark.slow
def test_the_page_is_valid_html(secretary, world, guided, valid_html):
    installed(world, world.here)
    assert valid_html(secretary.get(reverse("mairie:services")).content) == []
