"""Two people at one form of a site: the second is told, and loses nothing."""

from __future__ import annotations

from datetime import time

import pytest
from bs4 import BeautifulSoup

from socle.people.models import Role
from socle.sites.actions import Opening, correct_hours
from socle.sites.models.pages import NewsPage
from socle.sites.models.sites import MunicipalFacts
from tests import factories as f
from tests.client import as_it_is
from tests.sites.forged_forms import news_form
from tests.sites.two_communes import signed_in

pytestmark = pytest.mark.slow


def told(answer) -> str:
    return BeautifulSoup(answer.content, "html.parser").select_one(".meanwhile").get_text(" ")


def test_the_address_of_the_site_and_its_week_are_not_written_over(prisches):
    first, second = (
        signed_in(f.member(Role.SECRETARY, prisches.beneficiary, email=f"{name}@exemple.invalid"))
        for name in ("une", "deux")
    )
    page = "/mairie/site/coordonnees/"
    shown = as_it_is(second.get(page), "phone") | {"publication_director": "La maire"}
    assert first.post(page, shown | {"phone": "03 00 00 00 01"}).status_code == 302
    refused = second.post(page, shown | {"city": "Prisches-le-Haut"})
    assert "03 00 00 00 01" in told(refused)
    facts = MunicipalFacts.objects.get(website=prisches)
    assert (facts.phone, facts.city) == ("03 00 00 00 01", shown["city"])
    taken = second.post(page, as_it_is(refused, "phone") | {"prendre": "oui"})
    assert as_it_is(taken, "phone")["phone"] == "03 00 00 00 01"
    page = "/mairie/publier/horaires/"
    shown = as_it_is(second.get(page), "day1_opens0")
    by = f.member(Role.MAYOR, prisches.beneficiary)
    correct_hours(prisches, [Opening(3, time(9), time(12), "")], note="Fermée le samedi.", by=by, at=f.NOW)
    refused = second.post(page, shown | {"note": "Ouverte le samedi."})
    assert refused.status_code == 422
    assert "Fermée le samedi." in told(refused)
    assert second.post(page, as_it_is(refused, "day1_opens0")).status_code == 302


def test_two_browsers_on_one_page_lose_no_version(prisches):
    news = NewsPage.objects.get()
    first, second = (
        signed_in(f.member(Role.SECRETARY, prisches.beneficiary, email=f"{name}@exemple.invalid"))
        for name in ("une", "deux")
    )
    page = f"/mairie/site/pages/{news.pk}/edit/"
    # Both have it open: Wagtail says to each who else has.
    for window in (first, second):
        assert b"/editing-sessions/ping/" in window.get(page).content
    for window, words in ((first, "Écrit d’abord."), (second, "Écrit ensuite.")):
        assert window.post(page, news_form(title=news.title, summary=words)).status_code == 302
    said = [one.as_object().summary for one in news.revisions.order_by("pk")]
    assert said[-2:] == ["Écrit d’abord.", "Écrit ensuite."]
    assert second.get(f"/mairie/site/versions/{news.pk}/").content.decode().count("Remettre en ligne") == len(said) - 1
