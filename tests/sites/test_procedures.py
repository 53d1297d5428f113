"""Procedures of a site: the catalogue is read or refused whole; each mairie completes or hides one; pages follow."""

from __future__ import annotations

from datetime import date, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary
from socle.sites.actions import create_site
from socle.sites.models import LocalProcedure, ProceduresPage
from socle.sites.models.publication import Change
from socle.sites.procedures import actions, catalogue
from socle.sites.procedures.shown import procedures_of
from socle.territory.models import IdentityStation
from tests import factories as f
from tests.sites.conftest import secretary, town_hall
from tests.sites.two_communes import signed_in

GOOD = (
    """title = "Pacs"\ngroup = "famille"\nsummary = "Se pacser."\nsteps = ["Venez."]\nat = "office"\nwords = "pacs"\n"""
)


def texts(root: Path, **versions: str) -> Path:
    """A folder of texts with one procedure, in these versions: `v2026_01_02="…"`."""
    folder = root / "demarches" / "pacs"
    for name, content in versions.items():
        path = folder / name[1:].replace("_", "-") / "text.toml"
        path.parent.mkdir(parents=True)
        path.write_text(content)
    (root / "demarches" / "order.txt").write_text("pacs\n")
    return root


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("title = ", "text.toml"),
        (GOOD.replace("famille", "mairie"), "mairie"),
        (GOOD.replace('at = "office"', 'at = "moon"'), "moon"),
        (GOOD + 'price = "12"\n', "unknown keys"),
        (GOOD.replace('summary = "Se pacser."\n', ""), "summary"),
        (GOOD + '[[links]]\nlabel = "x"\nurl = "javascript:alert(1)"\n', "not https"),
        (GOOD + '[[numbers]]\nnumber = "15<b>"\nwho = "x"\n', "not short numbers"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_by_its_name(tmp_path, settings, content, said):
    settings.TEXTS_ROOT = texts(tmp_path, v2026_01_02=content)
    with pytest.raises(ImproperlyConfigured, match="pacs") as refused:
        catalogue.catalogue(on=f.TODAY)
    assert said in str(refused.value)


def test_a_folder_that_the_order_forgets_is_refused(tmp_path, settings):
    settings.TEXTS_ROOT = texts(tmp_path, v2026_01_02=GOOD)
    (tmp_path / "demarches" / "mariage").mkdir()
    with pytest.raises(ImproperlyConfigured, match="mariage"):
        catalogue.codes()


@pytest.mark.parametrize(
    ("on", "title"),
    [
        (date(2025, 12, 31), "Pacs"),
        (date(2026, 1, 2), "Pacs"),
        (date(2026, 6, 30), "Pacs"),
        (date(2026, 7, 1), "Le Pacs"),
    ],
)
def test_the_text_of_the_day_is_the_last_that_is_not_to_come(tmp_path, settings, on, title):
    later = GOOD.replace('"Pacs"', '"Le Pacs"')
    settings.TEXTS_ROOT = texts(tmp_path, v2026_01_02=GOOD, v2026_07_01=later)
    assert [one.title for one in catalogue.catalogue(on=on)] == [title]


def test_every_text_of_the_platform_is_read_and_says_what_to_do():
    for one in catalogue.catalogue(on=f.TODAY):
        assert one.summary.endswith("."), one.code
        assert one.steps, one.code
        assert one.source is None or one.source.read_on is not None, one.code
        for field in (one.summary, *one.steps, one.when, one.delay, one.cost):
            assert "<" not in field, one.code


def shown(website, code: str):
    with scope(beneficiary=website.beneficiary_id):
        return next((one for one in procedures_of(website, on=f.TODAY) if one.code == code), None)


def test_what_the_mairie_writes_replaces_what_the_catalogue_says_and_a_blank_leaves_it(prisches):
    by = secretary(prisches.beneficiary)
    general = shown(prisches, "salle").procedure
    words = {"here": "Deux salles.", "cost": "150 € le week-end.", "bring": "- la caution\n• les clés\n\n", "when": ""}
    actions.write(prisches, "salle", words, by=by, at=f.NOW)
    own = shown(prisches, "salle")
    assert (own.here, own.procedure.cost, own.procedure.bring) == (
        "Deux salles.", "150 € le week-end.", ("la caution", "les clés")
    )  # fmt: skip
    assert (own.procedure.when, own.procedure.steps, own.is_at_office) == (general.when, general.steps, True)
    actions.write(prisches, "salle", {"where": "À la salle, rue du Stade."}, by=by, at=f.NOW)
    own = shown(prisches, "salle")
    assert (own.where, own.is_at_office, own.procedure.cost) == ("À la salle, rue du Stade.", False, general.cost)
    assert Entry.objects.filter(verb="website.procedure_written").count() == 2
    assert Change.objects.filter(website=prisches, key="procedures").exists()


@pytest.mark.parametrize(
    ("code", "words", "said"),
    [
        ("inconnue", {}, "n’est plus dans la liste"),
        ("pacs", {"link": "http://exemple.invalid/"}, "https://"),
        ("pacs", {"link": "https://exemple .invalid/"}, "URL"),
        ("pacs", {"here": "x" * 1501}, "1500"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_written(prisches, code, words, said):
    with pytest.raises(Refused, match=said):
        actions.write(prisches, code, words, by=secretary(prisches.beneficiary), at=f.NOW)
    assert not LocalProcedure.objects.exists()


def test_a_procedure_that_is_hidden_has_no_page_and_keeps_its_words(prisches, visit):
    by = secretary(prisches.beneficiary)
    actions.write(prisches, "salle", {"here": "Deux salles."}, by=by, at=f.NOW)
    actions.show(prisches, "salle", is_shown=False, by=by, at=f.NOW)
    assert visit(prisches, "/demarches/salle/").status_code == 404
    assert "/demarches/salle/" not in visit(prisches, "/demarches/").content.decode()
    actions.show(prisches, "salle", is_shown=True, by=by, at=f.NOW)
    assert "Deux salles." in visit(prisches, "/demarches/salle/").content.decode()
    assert visit(prisches, "/demarches/inconnue/").status_code == 404


def test_a_page_is_valid_and_what_is_written_stays_text(prisches, visit, valid_html):
    by = secretary(prisches.beneficiary)
    hostile = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    words = dict.fromkeys(("here", "when", "bring", "delay", "cost"), hostile)
    actions.write(prisches, "pacs", {**words, "link": "https://exemple.invalid/?a=1&b=%222"}, by=by, at=f.NOW)
    for path in ("/demarches/", "/demarches/pacs/", "/demarches/carte-identite/", "/demarches/urgences/"):
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    page = BeautifulSoup(visit(prisches, "/demarches/pacs/").content, "html5lib")
    main = page.select_one("main")
    assert main.select("script, img") == []
    assert hostile in main.get_text()
    assert page.select_one("h1").get_text() == "Pacs"


def test_a_body_that_is_no_commune_has_what_is_for_all(db):
    department = f.commune("59218", "Étrœungt").department
    body = Beneficiary.objects.create(kind=Beneficiary.Kind.OTHER, name="Syndicat des eaux", department=department)
    website = create_site(body, by=f.user(), at=f.NOW)
    assert {one.code for one in procedures_of(website, on=f.TODAY)} == {"signaler", "urgences"}


def test_the_mairie_completes_one_in_its_form_and_hides_another(prisches, ablain):
    editor = signed_in(secretary(prisches.beneficiary))
    page = editor.get(reverse("website_procedures")).content.decode()
    assert "Pacs" in page
    address = reverse("website_procedure", args=["pacs"])
    assert "Vide, le site dit" in editor.get(address).content.decode()
    assert editor.post(address, {"here": "Le samedi matin.", "link": "ftp://x"}).status_code == 200
    assert editor.post(address, {"here": "Le samedi matin."}).status_code == 302
    assert editor.post(reverse("website_show_procedure", args=["salle"]), {"montrer": "non"}).status_code == 302
    page = editor.get(reverse("website_procedures")).content.decode()
    assert "Complétée par la mairie" in page
    assert "Pas sur le site" in page
    assert editor.get("/mairie/site/demarches/inconnue/").status_code == 404
    # Nothing of it is another's.
    with scope(beneficiary=ablain.beneficiary_id):
        assert {one.website_id for one in LocalProcedure.objects.all()} == {prisches.pk}
    assert shown(ablain, "pacs").here == ""


def test_the_words_that_a_mairie_had_written_are_kept_and_those_it_was_born_with_are_not(prisches, visit):
    migration = import_module("socle.sites.migrations.0005_local_procedures")
    (code, born) = migration.BORN["Passeport"]
    assert code == "passeport"
    page = ProceduresPage.objects.descendant_of(prisches.root_page).get()
    blocks = [("Passeport", born), ("Famille et école", "Voyez Andréa Exemple."), ("Prêt de la tente", "À l’atelier.")]
    page.procedures = [("procedure", {"title": title, "summary": said, "link": ""}) for title, said in blocks]
    with scope(beneficiary=prisches.beneficiary_id):
        page.save_revision().publish()
    with scopes_disabled():
        migration.keep_words(apps, None)
    assert {(one.code, one.here) for one in LocalProcedure.objects.all()} == {("ecole", "Voyez Andréa Exemple.")}
    page_of_all = visit(prisches, "/demarches/").content.decode()
    # What the catalogue has not stays a card of the page; the others are said once.
    assert "Prêt de la tente" in page_of_all
    assert "Voyez Andréa Exemple." not in page_of_all
    assert "Voyez Andréa Exemple." in visit(prisches, "/demarches/ecole/").content.decode()


def test_a_text_to_come_is_shown_on_its_day(prisches, tmp_path, settings):
    later = GOOD.replace('"Pacs"', '"Le Pacs"')
    settings.TEXTS_ROOT = texts(
        tmp_path, v2026_01_02=GOOD, **{f"v{f.TODAY + timedelta(days=1)}".replace("-", "_"): later}
    )
    assert shown(prisches, "pacs").title == "Pacs"
    with scope(beneficiary=prisches.beneficiary_id):
        assert procedures_of(prisches, on=f.TODAY + timedelta(days=1))[0].title == "Le Pacs"


def test_the_nearest_equipped_mairies_are_named_or_the_page_says_that_it_does_not_know(prisches, visit, valid_html):
    assert "Nous ne savons pas" in visit(prisches, "/demarches/passeport/").content.decode()
    near = f.commune("59036", "Avesnes-sur-Helpe")
    town_hall(near, latitude=50.12, longitude=3.81)
    IdentityStation.objects.create(commune=near, name="Mairie d’Avesnes", source="liste d’essai", as_of=f.TODAY)
    answer = visit(prisches, "/demarches/passeport/")
    page = " ".join(BeautifulSoup(answer.content, "html5lib").select_one("dl.facts").get_text(" ").split())
    assert "La mairie de Prisches ne délivre pas ce titre." in page
    assert "Mairie d’Avesnes (5 km)" in page
    assert "liste d’essai" in page
    assert valid_html(answer.content) == []
    IdentityStation.objects.create(commune=prisches.beneficiary.commune, source="liste d’essai", as_of=f.TODAY)
    assert "À la mairie de Prisches, sur rendez-vous." in visit(prisches, "/demarches/passeport/").content.decode()
