"""The equipment of a commune: a page in plain words, and a file of open data that the national schema takes."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.websites.equipment import actions
from socle.websites.equipment.open_data import HEADERS, THEMES, city_of, number_of, phone_of, street_of
from socle.websites.models import Equipment
from socle.websites.models.equipment import Theme
from socle.websites.publishing.actions import publish_waiting
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.released import published, served
from tests.websites.two_communes import picture, signed_in

SITE = "/mairie/site/"
SCHEMA = Path(__file__).parents[3] / "shared/data/actes/scdl/equipements-0.1.5.schema.json"
HALL = {
    "name": "Salle des fêtes",
    "theme": "social",
    "kind": "salle polyvalente",
    "street": "rue de l’Œuvre",
    "street_number": "3 bis",
    "postal_code": "59550",
    "city": "Villeneuve-d’Ascq",
    "latitude": 50.08,
    "longitude": 3.77,
}

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def add(website, name="Salle des fêtes", **fields) -> Equipment:
    actions.open_equipment(website, by=f.user(), at=f.NOW)
    return actions.keep(website, {**HALL, "name": name, **fields}, by=f.user(), at=f.NOW)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def shown(answer) -> list[str]:
    return [h.get_text() for h in BeautifulSoup(answer.content, "html5lib").select(".entry h2")]


def test_a_room_says_how_many_how_much_and_how_to_book(prisches, ablain, visit, valid_html):
    assert visit(prisches, "/equipements-et-salles/").status_code == 404
    add(prisches, capacity=120, price="120 €", booking="À la <mairie>", accessibility="Rampe", hours="le soir")
    add(ablain, "Ailleurs")
    answer = visit(prisches, "/equipements-et-salles/")
    assert valid_html(answer.content) == []
    for words in ("120 personnes", "120 €", "À la <mairie>", "Rampe", "le soir", "3 bis rue de l’Œuvre, 59550"):
        assert words in text(answer), words
    assert "Ailleurs" not in text(answer)
    assert "openstreetmap.org/?mlat=50.08" in answer.content.decode()
    with CaptureQueriesContext(connection) as few:
        visit(prisches, "/equipements-et-salles/")
    for rank in range(5):
        add(prisches, f"Autre {rank}")
    with CaptureQueriesContext(connection) as many:
        visit(prisches, "/equipements-et-salles/")
    assert len(many) == len(few)


def test_the_order_is_the_mairies_and_what_is_taken_off_comes_back_last(prisches, visit):
    hall, field, school = (add(prisches, name) for name in ("Salle", "Stade", "École"))
    with pytest.raises(Refused, match="porte déjà ce nom"):
        add(prisches, "salle")
    actions.move(school, up=True, by=f.user(), at=f.NOW)
    actions.move(hall, up=True, by=f.user(), at=f.NOW)
    assert shown(visit(prisches, "/equipements-et-salles/")) == ["Salle", "École", "Stade"]
    actions.remove(hall, by=f.user(), at=f.NOW)
    assert shown(visit(prisches, "/equipements-et-salles/")) == ["École", "Stade"]
    assert add(prisches, "Gymnase").number == 4
    actions.put_back(hall, by=f.user(), at=f.NOW)
    assert shown(visit(prisches, "/equipements-et-salles/")) == ["École", "Stade", "Gymnase", "Salle"]
    with pytest.raises(Refused, match="déjà sur la page"):
        actions.put_back(hall, by=f.user(), at=f.NOW)
    field.refresh_from_db()
    assert field.number == 2


def test_the_file_is_published_with_the_page_once_it_has_a_line(prisches, visit):
    hall = add(prisches)
    publish_waiting()
    assert "equipements.csv" not in served(prisches)
    assert visit(prisches, "/equipements.csv").status_code == 404
    written = {name: getattr(hall, name) for name in actions.WRITTEN} | {"code": "05010101", "phone": "03 20 00 00 00"}
    actions.keep(prisches, written, equipment=hall, by=f.user(), at=f.NOW)
    add(prisches, "=Sans code")
    publish_waiting()
    content = served(prisches)["equipements.csv"]
    answer = visit(prisches, "/equipements.csv")
    assert answer.content == content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(rows) == 1
    assert rows[0]["EQUIP_UID"] == "59474-05010101-001"
    assert rows[0]["ADR_COMMUNE"] == "Villeneuve-d Ascq"
    assert rows[0]["ADR_NOMVOIE"] == "rue de l'Oeuvre"
    assert rows[0]["EQUIP_TEL"] == "+33 320000000"
    actions.remove(hall, by=f.user(), at=f.NOW)
    publish_waiting()
    assert "equipements.csv" not in served(prisches)["equipements-et-salles/index.html"].decode()


# What the schema asks of each field, version 0.1.5: a pattern or None, a list or None, a longest, a shortest.
REQUIRED = {
    "COLL_NOM", "COLL_SIRET", "EQUIP_UID", "EQUIP_THEME", "EQUIP_CODE", "EQUIP_TYPE", "EQUIP_NOM", "ADR_NUMERO",
    "ADR_NOMVOIE", "ADR_CODEPOSTAL", "ADR_COMMUNE", "EQUIP_LAT", "EQUIP_LONG",
}  # fmt: skip
PATTERNS = {
    "COLL_SIRET": r"^\d{14}$",
    "EQUIP_UID": r"^[0-9A-B]{5}-[0-9]{8}-[0-9]{3}",
    "ADR_NOMVOIE": r"^[a-zA-Z0-9\-\'\s\d\u00C0-\u00FF]+$",
    "ADR_COMMUNE": r"^[A-Za-z\s\-\u00C0-\u00FF]+$",
}
LONGEST = {"EQUIP_UID": 18, "EQUIP_CODE": 12, "ADR_CODEPOSTAL": 5, "EQUIP_TEL": 13, "COLL_NOM": 140, "EQUIP_NOM": 256}


def faults(row: dict[str, str]) -> dict[str, str]:
    """Judge one line as the schema does."""
    found = {name: "missing" for name in REQUIRED if not row[name]}
    found |= {name: row[name] for name, pattern in PATTERNS.items() if not re.search(pattern, row[name])}
    found |= {name: row[name] for name, most in LONGEST.items() if len(row[name]) > most}
    if row["EQUIP_THEME"] not in THEMES.values() or len(row["ADR_NOMVOIE"]) < 3:
        found["EQUIP_THEME"] = row["EQUIP_THEME"]
    float(row["EQUIP_LAT"]), float(row["EQUIP_LONG"])
    return found


def test_the_file_follows_the_national_schema(prisches, visit):
    assert len(HEADERS) == 21
    for rank, theme in enumerate(Theme.values):
        add(prisches, f"-Lieu {rank}", theme=theme, code="05010101", phone="06.00.00.00.00", street_number="lieu-dit")
    rows = list(csv.DictReader(io.StringIO(visit(prisches, "/equipements.csv").content.decode())))
    assert len(rows) == len(THEMES) == 10
    assert [faults(row) for row in rows] == [{}] * 10
    # Where the schema itself is beside this copy of the project, it says the same.
    if SCHEMA.is_file():
        fields = json.loads(SCHEMA.read_text(encoding="utf-8"))["fields"]
        assert tuple(field["name"] for field in fields) == HEADERS
        constraints = {field["name"]: field.get("constraints") or {} for field in fields}
        assert {name for name, given in constraints.items() if given.get("required")} == REQUIRED
        assert {name: given["pattern"] for name, given in constraints.items() if name in PATTERNS} == PATTERNS
        assert set(constraints["EQUIP_THEME"]["enum"]) == set(THEMES.values())


def test_addresses_and_numbers_are_written_with_the_signs_the_schema_knows():
    assert street_of("rue du 11-Novembre (face à l’école) n° 2") == "rue du 11-Novembre face à l'école n 2"
    assert city_of("L’Haÿ-les-Roses") == "L Haÿ-les-Roses"
    assert [number_of(given) for given in ("3 bis", "36/38", "", "A<b>")] == ["3 bis", "36/38", "99999", "99999"]
    assert [phone_of(given) for given in ("+33 3 20 00 00 00", "3615", "")] == ["+33 320000000", "", ""]


def test_a_secretary_describes_a_room_in_a_plain_form(prisches, editor, visit):
    assert "ne décrit pas encore" in text(editor.get(f"{SITE}equipements/"))
    editor.post(f"{SITE}equipements/")
    assert "Aucun équipement" in text(editor.get(f"{SITE}equipements/"))
    screen = BeautifulSoup(editor.get(f"{SITE}equipements/lieu/").content, "html5lib")
    assert screen.select_one("input[name=latitude]")["value"] == "50.08"
    for changes, reason in (
        ({"postal_code": "abc"}, "cinq chiffres"),
        ({"longitude": ""}, "ou effacez les deux"),
        ({"latitude": "95"}, "Cette position n’existe pas"),
        ({"code": "12"}, "huit chiffres"),
        ({"link": "javascript:x"}, "commence par https"),
        ({"name": ""}, "requis"),
        ({"latitude": "nan"}, "nombre"),
    ):
        assert reason in text(editor.post(f"{SITE}equipements/lieu/", {**HALL, **changes})), changes
    assert not Equipment.objects.exists()
    photograph = SimpleUploadedFile("vue.png", picture().read(), "image/png")
    assert "Décrivez" in text(editor.post(f"{SITE}equipements/lieu/", {**HALL, "picture": photograph}))
    photograph.seek(0)
    editor.post(f"{SITE}equipements/lieu/", {**HALL, "picture": photograph, "picture_alternative": "La salle"})
    hall = Equipment.objects.get()
    assert 'alt="La salle"' in visit(prisches, "/equipements-et-salles/").content.decode()
    page = f"{SITE}equipements/lieu/{hall.pk}/"
    editor.post(page, {**HALL, "capacity": "80", "drops_picture": "on"})
    assert "80 personnes" in text(visit(prisches, "/equipements-et-salles/"))
    assert "il manque son code" in text(editor.get(f"{SITE}equipements/"))
    for verb, count in (("retirer", 0), ("remettre", 1), ("deplacer", 1)):
        editor.post(f"{page}{verb}/")
        assert len(shown(visit(prisches, "/equipements-et-salles/"))) == count, verb
    assert "Salle des fêtes" in editor.get(f"{SITE}equipements.csv").content.decode()
    verbs = set(Entry.objects.filter(verb__startswith="website.equipment_").values_list("verb", flat=True))
    assert verbs == {f"website.equipment_{what}" for what in ("opened", "kept", "removed", "put_back")}
