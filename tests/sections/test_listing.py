"""The listing of a commune: alphabetical, by category, with consent where a person is named, from a file too."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.lib.tables import Faulty
from socle.sections.listing import actions, sheets
from socle.sections.listing.actions import erase_removed_entries
from socle.sections.listing.models import ListingEntry, ListingPage
from socle.sections.listing.rules import why_not_website
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import drawn, published, served
from tests.sites.two_communes import picture, signed_in

__all__ = ["published"]

SITE = "/mairie/site/"
HEADER = "Catégorie;Nom;Activité;Téléphone;Site internet;Nomme une personne;Accord donné le\n"


@pytest.fixture(autouse=True)
def on_that_day(time_machine, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def add(website, name, kind="association", **fields) -> ListingEntry:
    entry = ListingEntry(website=website, kind=kind, name=name, **fields)
    return actions.keep_entry(entry, by=f.user(), at=f.NOW)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def listed(answer) -> list[str]:
    return [h.get_text() for h in BeautifulSoup(answer.content, "html5lib").select(".entry h2")]


@pytest.mark.slow
def test_entries_are_listed_as_a_french_directory_by_name_and_by_category(prisches, ablain, visit, valid_html):
    assert visit(prisches, "/annuaire/").status_code == 404
    for name in (
        "Zumba",
        "écurie du Parc",
        "Ébénistes réunis",
        "Œuvres laïques",
        "Ohé du bateau",
        "Amis <b>du</b> moulin",
    ):
        add(prisches, name)
    add(prisches, "Boulangerie", "shop", phone="+33 3 20 00 00 00", email="pain@exemple.invalid", hours="le matin")
    add(ablain, "Ailleurs")
    answer = visit(prisches, "/annuaire/")
    assert valid_html(answer.content) == []
    assert listed(answer) == [
        "Amis <b>du</b> moulin", "Boulangerie", "Ébénistes réunis", "écurie du Parc", "Œuvres laïques", "Ohé du bateau",
        "Zumba",
    ]  # fmt: skip
    assert 'href="tel:+33320000000"' in answer.content.decode()
    answer = visit(prisches, "/annuaire/commerces/")
    assert valid_html(answer.content) == []
    assert listed(answer) == ["Boulangerie"]
    assert "Associations (6)" in text(answer)
    for path in ("sante/", "shop/", "nulle-part/", "commerces/page/1/", "commerces/page/2/", "page/2/"):
        assert visit(prisches, f"/annuaire/{path}").status_code == 404, path
    page = ListingPage.objects.child_of(prisches.root_page).get()
    assert page.get_cached_paths() == ["/", "/associations/", "/commerces/"]


@pytest.mark.slow
def test_the_venues_are_listed_at_their_old_address_too_and_given_as_a_file(prisches, ablain, visit):
    add(prisches, "Boulangerie", "shop")
    publish_waiting()
    assert visit(prisches, "/equipements.csv").status_code == 404
    assert "equipements.csv" not in served(prisches)
    hall = add(prisches, "=Salle des fêtes", "venue", place="3 rue de l’Œuvre", phone="+33 3 20 00 00 00")
    add(prisches, "Camille Gîte", "venue", is_person=True, agreed_on=f.TODAY)
    add(ablain, "Ailleurs", "venue")
    publish_waiting()
    assert visit(prisches, "/equipements-et-salles/")["Location"] == "/annuaire/equipements-et-salles/"
    assert listed(visit(prisches, "/annuaire/equipements-et-salles/")) == ["=Salle des fêtes", "Camille Gîte"]
    content = served(prisches)["equipements.csv"]
    answer = visit(prisches, "/equipements.csv")
    assert (answer.content, answer["Content-Type"]) == (content, "text/csv; charset=utf-8")
    (row,) = csv.DictReader(io.StringIO(content.decode()))
    assert (row["EQUIP_NOM"], row["ADR_NOMVOIE"], row["EQUIP_TEL"]) == (
        "'=Salle des fêtes", "3 rue de l’Œuvre", "+33 3 20 00 00 00",
    )  # fmt: skip
    actions.remove_entry(hall, by=f.user(), at=f.NOW)
    publish_waiting()
    assert "equipements.csv" not in served(prisches)["annuaire/equipements-et-salles/index.html"].decode()


@pytest.mark.slow
def test_a_long_directory_is_cut_into_pages_and_asks_the_database_the_same(prisches, visit):
    add(prisches, "Seule")
    with CaptureQueriesContext(connection) as few:
        visit(prisches, "/annuaire/")
    lines = [ListingEntry(kind="association", name=f"Association {rank:03d}") for rank in range(70)]
    actions.import_entries(prisches, lines, by=f.user(), at=f.NOW)
    with CaptureQueriesContext(connection) as many:
        answer = visit(prisches, "/annuaire/")
    assert len(listed(answer)) == 60
    assert len(many) == len(few)
    assert listed(visit(prisches, "/annuaire/associations/page/2/"))[-1] == "Seule"
    page = ListingPage.objects.child_of(prisches.root_page).get()
    assert page.get_cached_paths() == ["/", "/page/2/", "/associations/", "/associations/page/2/"]


def test_who_is_named_has_agreed_on_a_day(prisches):
    for fields, reason in (
        ({"is_person": True}, "donné son accord"),
        ({"is_person": True, "agreed_on": f.TODAY + timedelta(days=1)}, "jour à venir"),
    ):
        with pytest.raises(Refused, match=reason):
            add(prisches, "Camille Infirmier", "health", **fields)
    entry = add(prisches, "Camille Infirmier", "health", is_person=True, agreed_on=f.TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        ListingEntry.objects.filter(pk=entry.pk).update(agreed_on=None)


@pytest.mark.slow
def test_what_is_taken_off_is_restored_unless_another_took_its_name_and_is_erased_in_the_end(prisches, visit):
    entry = add(prisches, "Comité des fêtes")
    with pytest.raises(Refused, match="porte déjà ce nom"):
        add(prisches, "comite  DES fêtes")
    actions.remove_entry(entry, by=f.user(), at=f.NOW)
    assert listed(visit(prisches, "/annuaire/")) == []
    actions.restore_entry(entry, by=f.user(), at=f.NOW)
    assert listed(visit(prisches, "/annuaire/")) == ["Comité des fêtes"]
    actions.remove_entry(entry, by=f.user(), at=f.NOW)
    add(prisches, "Comite des fetes")
    with pytest.raises(Refused, match="porte déjà ce nom"):
        actions.restore_entry(entry, by=f.user(), at=f.NOW)
    later = f.NOW + timedelta(days=1)
    given = {"by": f.user(), "at": later}
    assert erase_removed_entries(f.NOW, is_dry=False, **given) == 0
    assert erase_removed_entries(later, is_dry=True, **given) == 1
    assert erase_removed_entries(later, is_dry=False, **given) == 1
    assert ListingEntry.objects.count() == 1


def test_an_address_of_a_site_is_one():
    assert why_not_website("http://www.exemple.invalid/page?x=1") is None
    for address in (
        "javascript:alert(1)",
        "exemple.fr",
        "//exemple.fr",
        "https://moi@exemple.fr",
        "https://[",
        "https://a b.fr",
    ):
        assert why_not_website(address), address


@pytest.mark.slow
def test_a_file_is_taken_whole_and_taken_back(prisches, editor, visit):
    add(prisches, "Comité des fêtes")
    file = (
        HEADER
        + "Association;Comité des fêtes;;;;;\nCommerce;'=Boulangerie;Pain;03 20 00 00 00;;non;24/11/2026\n;;;;;;\n"
    )
    file += "Santé;Camille Infirmier;;;https://soins.exemple.invalid/;oui;24/11/2026\n"
    for encoding in ("utf-8-sig", "cp1252"):
        ListingEntry.objects.exclude(name="Comité des fêtes").delete()
        upload = SimpleUploadedFile("annuaire.csv", file.encode(encoding))
        answer = editor.post(f"{SITE}annuaire/import/", {"file": upload}, follow=True)
        assert "Fiches ajoutées à l’annuaire : 2. Déjà dans l’annuaire, laissées comme elles sont : 1." in text(answer)
    assert listed(visit(prisches, "/annuaire/sante/")) == ["Camille Infirmier"]
    assert [one.name for one in ListingEntry.objects.exclude(agreed_on=None)] == ["Camille Infirmier"]
    # What leaves is safe in a spreadsheet, and comes back the same.
    exported = editor.get(f"{SITE}annuaire.csv").content
    rows = list(csv.reader(io.StringIO(exported.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == [
        "Catégorie", "Nom", "Activité", "Lieu", "Téléphone", "Adresse électronique", "Site internet", "Horaires",
        "Nomme une personne", "Accord donné le",
    ]  # fmt: skip
    assert ["commerces", "'=Boulangerie"] in [row[:2] for row in rows]
    assert {one.name for one in sheets.read(exported)} == {
        "Comité des fêtes",
        "=Boulangerie",
        "Camille Infirmier",
    }


HOSTILE = (
    (b"", "est vide"),
    (b"\x00\x01\x02", "pas du CSV"),
    (b"PK\x03\x04\x00\x00", "pas du XLSX"),
    (b"Nom\nx\n", "au moins les colonnes"),
    (b"x" * 1_000_001, "trop gros"),
    (HEADER.encode() + b'"' + b"x" * 200_000, "un guillemet n’est pas refermé"),
    (HEADER.encode(), "aucune fiche"),
    (HEADER.encode() + b"\n" * 2002, "plus de 2\u202f000 lignes"),
)
FAULTY = (
    ("Banque;Crédit;;;;;", "la catégorie « Banque » n’existe pas"),
    ("Association;;;;;;", "nom : Champ requis"),
    (f"Association;{'x' * 151};;;;;", "nom : Assurez-vous"),
    ("Association;A;;abc;;;", "téléphone : Un numéro s’écrit"),
    ("Association;A;;;javascript:x;;", "site internet : Une adresse de site"),
    ("Santé;Camille;;;;oui;", "elle a donné son accord le : Cette fiche nomme une personne"),
    ("Santé;Camille;;;;peut-être;", "se remplit par oui ou par non"),
    ("Association;Déjà dite;;;;;\nAssociation;deja dite;;;;;", "déjà à la ligne 2"),
)


@pytest.mark.slow
def test_a_file_that_is_not_one_is_refused_and_a_line_at_fault_is_named(prisches, editor):
    for content, reason in HOSTILE:
        with pytest.raises(Refused, match=reason):
            sheets.read(content)
    for line, reason in FAULTY:
        with pytest.raises(Faulty) as raised:
            sheets.read((HEADER + line).encode())
        assert reason in raised.value.faults[0].says.replace("\u00a0", " "), line
    content = HEADER + "Association;Bonne;;;;;\nBanque;Mauvaise;;;;;\n"
    answer = editor.post(f"{SITE}annuaire/import/", {"file": SimpleUploadedFile("a.csv", content.encode())})
    assert "Rien n’est importé. Une faute est à corriger" in text(answer)
    assert "Ligne 3" in text(answer)
    answer = editor.post(f"{SITE}annuaire/import/", {"file": SimpleUploadedFile("a.csv", b"\x00")})
    assert "pas du CSV" in text(answer)
    assert "Choisissez le fichier" in text(editor.post(f"{SITE}annuaire/import/"))
    assert not ListingEntry.objects.exists()


@pytest.mark.slow
def test_a_secretary_lists_corrects_and_takes_off_in_plain_forms(prisches, editor, visit):
    assert "Aucune fiche" in text(editor.get(f"{SITE}annuaire/"))
    form = {"name": "Boulangerie", "kind": "shop", "is_person": "on", "agreed_on": ""}
    answer = editor.post(f"{SITE}annuaire/fiche/", form)
    assert "dites quel jour elle a donné son accord" in text(answer)
    form = {"name": "Boulangerie", "kind": "shop", "hours": "le matin"}
    assert editor.post(f"{SITE}annuaire/fiche/", {**form, "another": "1"})["Location"] == f"{SITE}annuaire/fiche/"
    entry = ListingEntry.objects.get()
    photograph = SimpleUploadedFile("vue.png", picture().read(), "image/png")
    page = f"{SITE}annuaire/fiche/{entry.pk}/"
    assert "Décrivez la photographie" in text(editor.post(page, {**form, "picture": photograph}))
    photograph.seek(0)
    editor.post(page, {**form, "picture": photograph, "picture_alternative": "La devanture"})
    assert 'alt="La devanture"' in drawn(prisches, "/annuaire/").decode()
    editor.post(page, {**form, "drops_picture": "on"})
    assert "devanture" not in drawn(prisches, "/annuaire/").decode()
    editor.post(f"{SITE}annuaire/fiche/{entry.pk}/retirer/")
    assert listed(visit(prisches, "/annuaire/")) == []
    assert "Remettre" in text(editor.get(f"{SITE}annuaire/"))
    editor.post(f"{SITE}annuaire/fiche/{entry.pk}/remettre/")
    assert listed(visit(prisches, "/annuaire/")) == ["Boulangerie"]
    assert editor.get(f"{SITE}annuaire.xlsx").status_code == 200
    assert Entry.objects.filter(verb="list.exported").count() == 1
    verbs = Entry.objects.filter(verb__startswith="website.entry_").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [f"website.entry_{what}" for what in ("added", "changed", "changed", "removed", "put_back")]
