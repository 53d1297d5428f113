"""What the operator proposes to the sites: who reads it, who writes it, what the mairies answered, the files."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from openpyxl import load_workbook

from socle.people.models import Beneficiary
from socle.sites.actions import create_site
from socle.sites.models import CommuneImage
from socle.syndication import actions
from socle.syndication.actions import For
from socle.syndication.models import Audience, Kind, Share, ShareOffer
from socle.territory.models import Commune, Epci
from tests import factories as f
from tests.sites.released import PIXEL

BASE = "/console/partages/"
STAYS = {"appears_at": f.NOW, "disappears_at": f.NOW + timedelta(days=20)}
NEWS = {
    "source": "operateur",
    "from_name": "",
    "audience": "all",
    "title": "Encombrants",
    "summary": "Une collecte.",
    "disappears_at": "2026-12-20T18:00",
}
EVENT = {**NEWS, "title": "Forum", "starts_on": "2026-12-04", "start_time": "09:30", "place": "Le Quesnoy"}
ALERT = {**NEWS, "title": "Vents forts", "gravity": "3", "is_safety": "on"}


@pytest.fixture
def sites(world, settings, tmp_path):
    """The sites of Prisches and of Ablainzevelle."""
    settings.MEDIA_ROOT = tmp_path
    with scopes_disabled():
        return [
            create_site(Beneficiary.objects.get(commune__insee_code=code), by=world.people["officer"], at=f.NOW)
            for code in ("59474", "62002")
        ]


@pytest.fixture
def share(world, sites) -> Share:
    said = {"title": "Encombrants", "summary": "Une collecte.", **STAYS}
    given = {"epci": None, "from_name": "", "for_whom": For(Audience.ALL), "by": world.people["officer"], "at": f.NOW}
    return actions.offer(world.programme.lead(), Kind.NEWS, said, **given)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def count(share, **which) -> int:
    with scopes_disabled():
        return ShareOffer.objects.filter(share=share, **which).count()


@pytest.mark.parametrize(("slug", "form", "kind"), [("actualite", NEWS, "news"), ("evenement", EVENT, "event"),
                                                    ("alerte", ALERT, "alert")])  # fmt: skip
@pytest.mark.slow
def test_an_officer_proposes_and_reads_how_many_sites_it_reached(world, enter, sites, slug, form, kind):
    officer = enter("officer")
    assert officer.get(f"{BASE}nouveau/{slug}/").status_code == 200
    answer = officer.post(f"{BASE}nouveau/{slug}/", form, follow=True)
    assert "C’est proposé à 2 sites." in text(answer)
    share = Share.objects.get()
    assert (share.kind, share.from_name, share.appears_at) == (kind, world.programme.lead().name, f.NOW)
    assert share.disappears_at == datetime.fromisoformat("2026-12-20T17:00+00:00")
    assert "Prisches" in text(answer)
    assert "Ablainzevelle" in text(answer)


@pytest.mark.slow
def test_the_form_says_what_is_wrong_and_keeps_what_was_written(world, enter, sites):
    officer, address = enter("officer"), f"{BASE}nouveau/evenement/"
    Epci.objects.create(siren="200033579", name="CU d'Arras", kind="CU")
    twin = f.commune("59002", "Prisches", 10)
    cases = (
        ({"title": ""}, "Champ requis"),
        ({"audience": "department"}, "Choisissez le département."),
        ({"audience": "epci"}, "Choisissez l’intercommunalité"),
        ({"audience": "communes"}, "Écrivez au moins une commune."),
        ({"audience": "communes", "communes": "Ailleurs-sur-Mer\n59474"}, "Ailleurs-sur-Mer"),
        ({"audience": "communes", "communes": "Prisches"}, "donnez le code INSEE"),
        ({"disappears_at": "2026-11-01T10:00"}, "après avoir paru"),
        ({"end_time": "08:00"}, "finit après"),
        ({"link": "/ici/"}, "https://"),
        ({"source": "1"}, "Sélectionnez un choix valide"),
        ({"audience": "epci", "audience_epci": "1"}, "Sélectionnez un choix valide"),
        ({"picture": SimpleUploadedFile("vue.png", PIXEL, "image/png")}, "Décrivez l’image"),
        ({"picture": SimpleUploadedFile("vue.png", b"<svg>", "image/png")}, "image"),
    )
    for change, words in cases:
        answer = officer.post(address, {**EVENT, **change})
        assert answer.status_code == 422, change
        errors = " ".join(BeautifulSoup(answer.content, "html5lib").select_one("#erreurs").get_text(" ").split())
        assert words in errors.replace("\u00a0", " "), (change, errors)
        assert "Le Quesnoy" in answer.content.decode()
    assert not Share.objects.exists()
    officer.post(address, {**EVENT, "audience": "communes", "communes": f"{twin.insee_code}\n62002 Ablainzevelle\n\n"})
    assert sorted(Share.objects.get().communes.values_list("insee_code", flat=True)) == ["59002", "62002"]
    assert officer.get(f"{BASE}nouveau/autre/").status_code == 404


@pytest.mark.slow
def test_an_officer_speaks_for_an_epci_of_the_territory(world, enter, sites):
    epci = Epci.objects.create(siren="200043321", name="CC du Pays de Mormal", kind="CC")
    Commune.objects.filter(insee_code="59474").update(epci=epci)
    form = {**NEWS, "source": epci.pk, "audience": "epci", "audience_epci": epci.pk}
    answer = enter("officer").post(f"{BASE}nouveau/actualite/", form, follow=True)
    assert "C’est proposé à 1 site." in text(answer)
    assert Share.objects.get().origin == "Proposé par la communauté de communes du Pays de Mormal"


@pytest.mark.slow
def test_it_is_corrected_withdrawn_and_restored(world, enter, sites, share):
    officer, address = enter("officer"), f"{BASE}{share.pk}/"
    form = {**NEWS, "title": "Encombrants du nord", "picture_alternative": "Une affiche"}
    form |= {"picture": SimpleUploadedFile("vue.png", PIXEL, "image/png")}
    assert "Encombrants" in officer.get(f"{address}corriger/").content.decode()
    assert "C’est corrigé" in text(officer.post(f"{address}corriger/", form, follow=True))
    share.refresh_from_db()
    assert (share.title, share.corrected_at) == ("Encombrants du nord", f.NOW)
    picture = officer.get(f"{address}image/")
    assert picture["Content-Type"] == "image/webp"
    assert picture.getvalue()
    del form["picture"]
    officer.post(f"{address}corriger/", {**form, "drops_picture": "on"})
    assert officer.get(f"{address}image/").status_code == 404
    assert not CommuneImage.objects.exists()
    assert "C’est retiré" in text(officer.post(f"{address}retirer/", follow=True))
    assert "rétablissez-le d’abord" in text(officer.get(f"{address}corriger/"))
    assert "déjà retiré" in text(officer.post(f"{address}retirer/", follow=True))
    assert "C’est rétabli" in text(officer.post(f"{address}retablir/", follow=True))


@pytest.mark.slow
def test_the_page_counts_the_answers_lists_them_and_gives_them_as_files(world, enter, sites, share):
    with scopes_disabled():
        offer = ShareOffer.objects.select_related("share", "website").get(share=share, website=sites[0])
        actions.accept(offer, by=f.user(), at=f.NOW)
    officer = enter("officer")
    counted = text(officer.get(BASE))
    assert "Encombrants" in counted
    page = officer.get(f"{BASE}{share.pk}/")
    assert [p.get_text(strip=True) for p in BeautifulSoup(page.content, "html5lib").select(".stat-value")] == [
        "1", "0", "1",
    ]  # fmt: skip
    accepted = text(officer.get(f"{BASE}{share.pk}/?reponse=accepted"))
    assert "Prisches" in accepted
    assert "Ablainzevelle" not in accepted
    table = officer.get(f"{BASE}{share.pk}/reponses.csv?reponse=waiting").getvalue().decode("utf-8-sig")
    assert "62002" in table
    assert "59474" not in table
    whole = load_workbook(io.BytesIO(officer.get(f"{BASE}{share.pk}/reponses.xlsx").getvalue())).active
    assert whole.max_row == 3
    everything = officer.get("/console/partages.csv").getvalue().decode("utf-8-sig")
    assert "Encombrants" in everything
    assert "Aucun contenu partagé ne répond" in text(officer.get(f"{BASE}?nature=alert"))
    assert "Encombrants" in text(officer.get(f"{BASE}?etat=current&q=encomb&nature=news"))


@pytest.mark.slow
def test_each_operator_reads_its_own_and_only_an_officer_acts(world, enter, sites, share):
    acts = ("corriger", "retirer", "retablir")
    for who in ("technician", "finance", "president"):
        client = enter(who)
        assert client.get(f"{BASE}{share.pk}/").status_code == 200, who
        assert "chargées du programme" in text(client.get(BASE)), who
        assert client.get(f"{BASE}nouveau/actualite/").status_code == 403, who
        assert [client.post(f"{BASE}{share.pk}/{act}/").status_code for act in acts] == [403, 403, 403], who
    for who in ("cdg59", "cdg62", "somme"):
        client = enter(who)
        assert "Encombrants" not in text(client.get(BASE)), who
        for rest in ("", "image/", "reponses.csv", *(f"{act}/" for act in acts)):
            answer = client.get(f"{BASE}{share.pk}/{rest}", follow=True)
            assert answer.status_code == 404, (who, rest)
        assert [client.post(f"{BASE}{share.pk}/{act}/").status_code for act in acts] == [404, 404, 404], who
    share.refresh_from_db()
    assert share.withdrawn_at is None


@pytest.mark.slow
def test_the_screens_cost_as_many_queries_whatever_they_hold(world, enter, sites, share):
    officer = enter("officer")

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as made:
            assert officer.get(address).status_code == 200
        return len(made)

    few = [cost(BASE), cost(f"{BASE}{share.pk}/")]
    with scopes_disabled():
        others = (Beneficiary.objects.get(commune__insee_code="59001"), f.beneficiary(f.commune("59218")))
        for one in others:
            create_site(one, by=world.people["officer"], at=f.NOW)
    said = {"title": "Autre", "summary": "Autre.", **STAYS}
    given = {"epci": None, "from_name": "", "for_whom": For(Audience.ALL), "by": world.people["officer"], "at": f.NOW}
    for _ in range(5):
        actions.offer(world.programme.lead(), Kind.NEWS, said, **given)
    actions.follow_audiences(at=f.NOW)
    assert count(share) == 4
    assert [cost(BASE), cost(f"{BASE}{share.pk}/")] <= few
