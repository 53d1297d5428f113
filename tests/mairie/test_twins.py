"""The mairie's door outside a demonstration: nothing is called in service that no engine serves."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django_scopes import scope

from socle.config import settings as installed
from socle.provisioning import actions as provisioning
from socle.provisioning.models import Installation, State
from socle.sites.actions import create_site
from tests import factories as f

BEFORE = "Pas encore branché à la plateforme : Messagerie."
REAL = "tests.provisioning.test_twins.Real"
WAITS = "Un service reste à mettre en service"


@pytest.fixture
def for_real(world, settings):
    """As people are served, from then on: the engines that settings name, but a site that is quick to make."""

    def turn() -> None:
        settings.DEMO = False
        settings.SOCLE_ENGINES = {**installed.SOCLE_ENGINES, "site-internet": REAL}
        for person in (world.here.secretary, world.here.mayor):
            f.second_factor(person)

    return turn


def words(page) -> str:
    return " ".join(BeautifulSoup(page.content, "html.parser").get_text(" ").replace("\u00a0", " ").split())


@pytest.mark.slow
def test_what_no_engine_serves_waits_for_it_and_hides_nothing_of_the_rest(secretary, world, settings, for_real):
    agreement = world.signed(world.here)
    for_real()
    with scope(beneficiary=world.here.place):
        provisioning.open_rights(agreement, by=world.officer, at=f.NOW)
    provisioning.reconcile_due(by=world.officer, at=f.NOW)
    # Waiting for the mail keeps nobody from opening the site.
    website = create_site(world.here.place, by=world.officer, at=f.NOW)
    assert "Relisez votre site, puis ouvrez-le" in words(secretary.get("/mairie/"))
    f.open_site(website, by=world.here.mayor)
    home = words(secretary.get("/mairie/"))
    assert "1 sur 2" in home
    assert WAITS in home
    assert "Tout est en service" not in home
    assert "Lire mes courriels" not in home
    services = words(secretary.get(reverse("mairie:services")))
    assert "À mettre en service" in services
    assert "il s’ouvrira de lui-même" in services
    assert "quelques minutes" not in services
    assert "Simulé" not in services
    file = secretary.get(reverse("mairie:services_file", args=["csv"])).getvalue().decode()
    assert "À mettre en service" in file
    settings.SOCLE_ENGINES["messagerie"] = REAL
    provisioning.reconcile_due(by=world.officer, at=f.NOW)
    with scope(beneficiary=world.here.place):
        assert set(Installation.objects.values_list("state", flat=True)) == {State.LIVE}
    assert WAITS not in words(secretary.get("/mairie/"))


@pytest.mark.slow
def test_the_mairie_reads_before_it_signs_what_no_engine_serves(client, world, settings, for_real):
    agreement = world.ready(world.here)
    for_real()
    client.force_login(world.here.mayor)
    for view in ("mairie:sign", "mairie:agreement"):
        page = reverse(view, args=[agreement.number])
        assert BEFORE in words(client.get(page))
        settings.SOCLE_ENGINES["messagerie"] = REAL
        assert BEFORE not in words(client.get(page))
        del settings.SOCLE_ENGINES["messagerie"]
