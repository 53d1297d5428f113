"""A site says who publishes it, who hosts it and how the mairie is reached before it opens; an open one stays open."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.test import override_settings

from socle.lib.findings import Severity
from socle.lib.refusals import Refused
from socle.operations.doctor.notices import notices
from socle.people.models import Operator, Role
from socle.programme.models import Partner
from socle.sites import actions, notice
from socle.sites.frame import processors_of
from socle.sites.models.sites import NAMELESS, MunicipalFacts
from tests import factories as f
from tests.sites.conftest import secretary

# Whoever the factories make a mayor.
PROPOSED = "Camille maire ou représentant légal, maire"


def lead():
    return Partner.objects.get(part=Partner.Part.LEAD).operator


@pytest.mark.parametrize(
    ("written", "is_named"),
    [
        (NAMELESS, False), ("", False), ("La maire", False), ("Le représentant légal de la commune", False),
        ("M. le Maire", False), ("Camille Exemple", True), ("Camille Exemple, maire", True), ("D’Artagnan", True),
    ],
)  # fmt: skip
def test_paper_14_a_function_alone_names_nobody(written, is_named):
    assert MunicipalFacts(publication_director=written).is_director_named is is_named


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        ("director", "le nom de la personne qui dirige la publication"),
        ("phone", "le téléphone de la mairie"),
        ("host_seat", "l’adresse de l’hébergeur"),
        ("host_phone", "le téléphone de l’hébergeur"),
        ("host", "le nom, l’adresse et le téléphone de l’hébergeur"),
    ],
)
def test_paper_14_a_site_opens_with_each_of_its_mentions_and_no_less(prisches, taken, says):
    f.named(prisches)
    host = lead()
    if taken == "director":
        actions.correct_facts(prisches, {"publication_director": "Le maire"}, by=f.user(), at=f.NOW)
    elif taken == "phone":
        actions.correct_facts(prisches, {"phone": ""}, by=f.user(), at=f.NOW)
    elif taken == "host":
        Partner.objects.filter(part=Partner.Part.LEAD).delete()
    else:
        setattr(host, taken.removeprefix("host_"), "")
        host.save()
    with pytest.raises(Refused, match=says):
        actions.open_site(prisches, by=f.user(), at=f.NOW)
    prisches.refresh_from_db()
    assert prisches.opened_at is None


def test_paper_14_the_button_says_what_lacks_and_the_mayor_is_proposed_never_written(prisches, client):
    f.programme()
    f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid")
    client.force_login(secretary(prisches.beneficiary))
    page = client.get("/mairie/site/ouverture/").content.decode()
    assert "le nom de la personne qui dirige la publication" in page
    assert "Ouvrir le site" not in page
    client.post("/mairie/site/ouverture/")
    prisches.refresh_from_db()
    assert prisches.opened_at is None
    form = BeautifulSoup(client.get("/mairie/site/coordonnees/").content, "html.parser")
    assert form.select_one("[name=publication_director]")["value"] == PROPOSED
    assert MunicipalFacts.objects.get(website=prisches).publication_director == NAMELESS
    # Published as proposed, it is kept.
    said = {one["name"]: one.get("value", "") for one in form.select("form input[name]") if one["name"] != "prendre"}
    assert client.post("/mairie/site/coordonnees/", said).status_code == 302
    assert MunicipalFacts.objects.get(website=prisches).publication_director == PROPOSED


def test_paper_14_two_mayors_or_none_propose_nobody(prisches):
    assert notice.proposed_director(prisches, on=f.TODAY) == ""
    for rank in range(2):
        f.member(Role.MAYOR, prisches.beneficiary, email=f"maire{rank}@exemple.invalid")
    assert notice.proposed_director(prisches, on=f.TODAY) == ""


@pytest.mark.slow
def test_paper_14_an_open_site_stays_open_and_is_told(prisches, client):
    f.open_site(prisches)
    host = lead()
    with override_settings(SOCLE_PUBLICATION_DIRECTOR="Camille Exemple, présidente", DEMO=False):
        assert [one.severity for one in notices()] == [Severity.OK]
    MunicipalFacts.objects.filter(website=prisches).update(publication_director=NAMELESS, phone="")
    host.phone = ""
    host.save()
    prisches.refresh_from_db()
    assert prisches.opened_at is not None
    client.force_login(secretary(prisches.beneficiary))
    assert "le nom de la personne responsable du site" in client.get("/mairie/").content.decode()
    # Its form is still there: nothing that served is closed.
    with override_settings(SOCLE_PUBLICATION_DIRECTOR="", DEMO=False):
        said = [(one.severity, one.says) for one in notices()]
    assert [severity for severity, _ in said] == [Severity.ERROR, Severity.ERROR]
    assert "le nom de la personne qui dirige la publication et le téléphone de l’hébergeur" in said[0][1]
    assert prisches.host in said[1][1]


def test_paper_14_the_notice_gives_names_and_invents_none(prisches, visit):
    f.named(prisches)
    page = visit(prisches, "/mentions-legales/").content.decode()
    for said in ("Camille Exemple, maire", "Syndicat mixte d’essai", "Arras", "03 53 01 00 00"):
        assert said in page, said
    actions.correct_facts(prisches, {"publication_director": NAMELESS}, by=f.user(), at=f.NOW)
    page = visit(prisches, "/mentions-legales/").content.decode()
    assert NAMELESS not in page
    assert "pas encore indiqué" in page


def test_paper_14_the_page_of_the_platform_names_its_director_and_its_host(client, db, settings):
    f.programme()
    host = lead()
    host.phone = "03 53 01 00 00"
    host.save()
    settings.SOCLE_PUBLICATION_DIRECTOR, settings.DEMO = "Camille Exemple, présidente", False
    page = client.get("/mentions-legales/").content.decode()
    for said in (
        "Camille Exemple, présidente",
        "Syndicat mixte d’essai, Arras",
        "03 53 01 00 00",
        "3\u00a0ans",
        "d’en limiter",
    ):
        assert said in page, said
    settings.SOCLE_PUBLICATION_DIRECTOR = ""
    assert "pas encore indiqué" in client.get("/mentions-legales/").content.decode()


# --- Personal data ---------------------------------------------------------------------------------------------------
def test_paper_15_the_page_names_who_answers_and_says_the_real_periods(prisches, visit, settings):
    f.signed_agreement(prisches.beneficiary)
    contact = "Centre de gestion du Nord, dpo@exemple.invalid"
    actions.correct_facts(prisches, {"data_protection_contact": contact}, by=f.user(), at=f.NOW)
    settings.SOCLE_RETENTION_DAYS = {"messages-habitants": "200", "abonnes-alertes-non-confirmes": "5"}
    page = visit(prisches, "/donnees-personnelles/").content.decode().replace("&nbsp;", "\u00a0")
    for said in (
        prisches.beneficiary.name, "13 rue de la Mairie", contact, "article 6, 1, e", "article 6, 1, a",
        "200\u00a0jours", "3\u00a0ans sans réponse", "au bout de 5\u00a0jours", "limiter l’usage", "après votre mort",
        "service des archives", "Commission nationale",
    ):  # fmt: skip
        assert said in page, said
    # An article that is only remembered is not shown as law.
    assert "article 85" not in page


def test_paper_15_those_who_work_for_the_mairie_are_its_agreement_s(prisches, visit):
    f.programme()
    host = lead().name
    assert processors_of(prisches) == [host]
    made = f.signed_agreement(prisches.beneficiary)
    cdg = Operator.objects.get(code="cdg59")
    made.parties.all().delete()
    made.parties.create(rank=1, kind="cdg", operator=cdg, name=cdg.name)
    made.parties.create(rank=2, kind="lead", operator=lead(), name=host)
    assert processors_of(prisches) == [cdg.name, host]
    assert f"{cdg.name}, {host}" in visit(prisches, "/donnees-personnelles/").content.decode()
