"""Everybody's door: the programme's page, what the law asks, error pages that stand when all has fallen."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse

from socle.people.models import Role
from socle.programme.models import FundingScheme
from socle.public.views import errors
from tests import factories


@pytest.mark.django_db
def test_without_a_programme_the_page_says_what_to_do(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "Aucun programme n’est encore chargé" in page
    assert client.get(reverse("accessibility")).status_code == 200
    assert client.get(reverse("legal")).status_code == 200


@pytest.mark.django_db
def test_the_page_tells_the_programme_in_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    programme = factories.programme()
    client.get("/")
    with django_assert_max_num_queries(9):
        page = client.get("/").content.decode()
    for told in (programme.name, "Centre de gestion du Nord", "Article\u00a05", "Téléphonie", "2021-16", "1\u202f000"):
        assert told.replace("\u00a0", " ") in page.replace("\u00a0", " ")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "until", "label", "is_closed"),
    [
        (date(2022, 1, 1), date(2023, 12, 31), "Clos", True),
        (date(2022, 1, 1), date(2099, 12, 31), "Ouvert", False),
        (date(2098, 1, 1), date(2099, 12, 31), "À venir", False),
    ],
)
def test_a_scheme_is_shown_as_it_is_today(
    client: Client, since: date, until: date, label: str, is_closed: bool
) -> None:
    FundingScheme.objects.create(
        programme=factories.programme(),
        code="react-eu",
        name="React-EU",
        rate=Decimal("0.80"),
        spend_from=since,
        spend_until=until,
        source="acte",
    )
    page = client.get("/").content.decode()
    assert "80\u00a0%" in page
    assert re.search(rf"</svg>{label}</span>", page)
    assert ("Ce dispositif est clos" in page) is is_closed


@pytest.mark.django_db
def test_each_person_is_led_to_their_door(client: Client) -> None:
    factories.programme()
    for person, door in (
        (factories.member(Role.SECRETARY, factories.beneficiary()), "/mairie/"),
        (factories.member(Role.TECHNICIAN, factories.operator("npdcn", "Syndicat", 1)), "/console/"),
        (factories.user("sans-role@exemple.invalid"), "/compte/"),
    ):
        client.force_login(person)
        assert client.get(reverse("my_door"))["Location"] == door
    client.logout()
    assert client.get(reverse("my_door"))["Location"].startswith("/compte/connexion/")


@pytest.mark.django_db
def test_the_banner_of_a_demonstration_is_on_every_page_and_nowhere_else(client: Client, settings: Any) -> None:
    said = "les personnes, les conventions et les montants sont fictifs"
    for settings.DEMO in (True, False):
        for path in ("/", "/compte/connexion/", "/mentions-legales/"):
            assert (said in client.get(path).content.decode()) is settings.DEMO


@pytest.mark.django_db
def test_a_demonstration_does_not_ask_to_sign_in_whoever_is(client: Client, settings: Any) -> None:
    settings.DEMO = True
    assert "Se connecter" in client.get("/").content.decode()
    client.force_login(factories.member(Role.TECHNICIAN, factories.operator("npdcn", "Syndicat", 1)))
    page = client.get("/").content.decode()
    assert "Se connecter" not in page
    assert "Aller à mon espace" in page


# --- Errors: no `django_db` mark here, so that a page which read the database would fail ------------------------------


DOORS = [
    ("/rien", "Revenir à l’accueil"),
    ("/console/rien", "Revenir à la console"),
    ("/mairie/rien", "Revenir à l’espace de la mairie"),
]


@pytest.mark.parametrize(("path", "way_back"), DOORS)
def test_an_address_that_leads_nowhere_gives_the_way_back_of_its_door(path: str, way_back: str) -> None:
    response = errors.not_found(RequestFactory().get(path))
    assert response.status_code == 404
    assert way_back in response.content.decode()


@pytest.mark.parametrize(("path", "way_back"), DOORS)
def test_when_we_failed_the_page_stands_without_the_database(path: str, way_back: str) -> None:
    request = RequestFactory().get(path)
    request.request_id = "9f3c"  # type: ignore[attr-defined]
    response = errors.server_error(request)
    assert response.status_code == 500
    page = response.content.decode()
    assert way_back in page
    assert "9f3c" in page


@pytest.mark.parametrize(("path", "way_back"), DOORS)
def test_a_refusal_says_its_reason(path: str, way_back: str) -> None:
    response = errors.permission_denied(RequestFactory().get(path), PermissionDenied("Cette convention est signée."))
    assert response.status_code == 403
    assert "Cette convention est signée." in response.content.decode()
    assert "Aller à mon espace" in response.content.decode()
    nameless = errors.permission_denied(RequestFactory().get(path), PermissionDenied())
    assert nameless.status_code == 403


def test_a_stale_form_says_nothing_was_saved_and_how_to_begin_again() -> None:
    response = errors.csrf_failure(RequestFactory().post("/compte/connexion/"), "token missing")
    assert response.status_code == 403
    page = response.content.decode()
    assert "Rien n’a été enregistré" in page
    assert 'href="/compte/connexion/"' in page
    assert "token missing" not in page


@pytest.mark.parametrize(("answer", "status"), [(errors.bad_request, 400), (errors.too_many, 429)])
def test_other_refusals_have_their_page(answer: Any, status: int) -> None:
    response = answer(RequestFactory().get("/"))
    assert response.status_code == status
    assert "<h1>" in response.content.decode()


@pytest.mark.django_db
def test_the_handlers_are_those_django_calls(client: Client, settings: Any) -> None:
    settings.DEBUG = False
    response = client.get("/mairie/rien/du/tout/")
    assert response.status_code == 404
    assert "de la mairie pour laquelle vous agissez" in response.content.decode()
    forged = Client(enforce_csrf_checks=True).post("/compte/connexion/", {"login": "a"})
    assert forged.status_code == 403
    assert "n’est plus valable" in forged.content.decode()
