"""The menus of the canteen: written as a table, read week by week, given and taken as open data, undone."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.journal.models import Entry
from socle.lib.dates import PARIS
from socle.lib.refusals import Refused
from socle.websites.canteen import actions, open_data
from socle.websites.canteen.cells import Unread, in_order, read_dish, write_dish
from socle.websites.canteen.writings import WrittenDay, WrittenDish
from socle.websites.models import MenuDay, MenuWriting
from socle.websites.models.menus import Course, Mark
from socle.websites.opening import open_section
from socle.websites.publishing.actions import publish_waiting
from socle.websites.registry import sections
from socle.websites.tasks import follow_the_day
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.released import published, served, written_by
from tests.websites.two_communes import signed_in

SITE = "/mairie/site/menus/"
MONDAY = date(2026, 11, 23)
WEEK = f"{SITE}semaine/2026-11-23/"

__all__ = ["published"]


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def day(number: int, *lines: str, course: str = Course.MAIN) -> WrittenDay:
    """A day after that Monday, each line a dish."""
    return WrittenDay(MONDAY + timedelta(days=number), tuple(read_dish(line, course=course) for line in lines))


def write(website, *days: WrittenDay) -> actions.Done:
    open_section(website, sections()["menus"], by=f.user(), at=f.NOW)
    return actions.write(website, days, kind=MenuWriting.Kind.WEEK, by=f.user(), at=f.NOW)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


# --- One line --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "name", "marks", "labels"),
    [
        ("Gratin de poisson (poissons, lait, Label Rouge)", "Gratin de poisson", ("fish", "milk", "red_label"), ""),
        ("Pain bio (GLUTEN ; bio) [Mangez local; Moulin d’ici]", "Pain bio", ("gluten", "organic"),
         "Mangez local; Moulin d’ici"),
        ("Compote (pomme et coing)", "Compote (pomme et coing)", (), ""),
        ("Omelette (Oeufs et lait)", "Omelette", ("eggs", "milk"), ""),
        ("Vin chaud (anhydride sulfureux et sulfites)", "Vin chaud", ("sulphites",), ""),
        ("  Riz \t au  lait ", "Riz au lait", (), ""),
        ("Purée ()", "Purée", (), ""),
        ("Salade (laitue)", "Salade (laitue)", (), ""),
    ],
)  # fmt: skip
def test_a_dish_is_read_from_one_line_with_its_allergens(line, name, marks, labels):
    read = read_dish(line, course=Course.MAIN)
    assert (read.name, read.marks, read.labels) == (name, marks, labels)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Quiche (lait, glutten)", "Vouliez-vous écrire «\u00a0gluten\u00a0»"),
        ("Quiche (moutard)", "moutarde"),
        ("Quiche (lait, jambon)", "ni un allergène ni un label"),
        ("(lait)", "nom du plat avant"),
        ("x" * 161, "trop long"),
    ],
)
def test_a_misspelt_allergen_is_never_taken_for_a_name(line, reason):
    with pytest.raises(Unread, match=reason):
        read_dish(line, course=Course.MAIN)


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(categories=["L"]), min_size=1, max_size=30), st.sets(st.sampled_from(Mark.values)),
    st.sampled_from(["", "Mangez local", "Bleu-Blanc-Cœur; Ferme d’ici"]),
)  # fmt: skip
def test_what_is_written_is_read_again_the_same(name, marks, labels):
    dish = WrittenDish(Course.MAIN, " ".join(name.split()), in_order(marks), labels)
    assert read_dish(write_dish(dish), course=Course.MAIN) == dish


# --- The page --------------------------------------------------------------------------------------------------------
def test_the_page_says_this_week_first_and_a_week_that_is_over_leaves(
    prisches, ablain, visit, valid_html, time_machine
):
    write(
        prisches,
        day(0, "Hachis parmentier (lait)"),
        day(2, "Omelette <b> (œufs, végétarien) [Ferme d’ici]"),
        WrittenDay(MONDAY + timedelta(days=3), is_closed=True, reason="journée pédagogique"),
        day(7, "Endives (lait)"),
    )
    write(ablain, day(1, "Zibeline"))
    shown = text(visit(prisches, "/menus/"))
    for words in (
        "Semaine du 23 au 29 novembre 2026", "Lundi 23 novembre", "Hachis parmentier", "Allergènes : lait",
        "Omelette <b> végétarien Ferme d’ici Allergènes : œufs", "Pas de repas : journée pédagogique",
        "Semaine du 30 novembre au 6 décembre 2026", "Mercredi 25 novembre aujourd’hui",
    ):  # fmt: skip
        assert words in shown, words
    assert shown.index("Hachis") < shown.index("Endives")
    assert "Zibeline" not in shown
    assert "À la cantine" in text(visit(prisches))
    alone = text(visit(prisches, "/menus/semaine/2026-48/"))
    assert "Hachis" in alone
    assert "Endives" not in alone
    for path in ("/", "/menus/", "/menus/semaine/2026-48/", "/menus/semaine/2026-49/"):
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    for path in ("/menus/semaine/2026-47/", "/menus/semaine/2026-50/", "/menus/semaine/0-0/"):
        assert visit(prisches, path).status_code == 404, path
    # From Saturday on, the week that comes.
    time_machine.move_to(datetime(2026, 11, 28, 9, tzinfo=PARIS), tick=False)
    later = text(visit(prisches, "/menus/"))
    assert "Hachis" not in later
    assert "Endives" in later
    assert visit(prisches, "/menus/semaine/2026-48/").status_code == 404
    time_machine.move_to(datetime(2026, 12, 8, 9, tzinfo=PARIS), tick=False)
    assert "ne sont pas encore connus" in text(visit(prisches, "/menus/"))


def test_a_canteen_that_serves_on_saturday_keeps_its_week_until_then(prisches, visit, time_machine):
    write(prisches, day(0, "Soupe"), day(5, "Pot-au-feu"), day(7, "Endives"))
    time_machine.move_to(datetime(2026, 11, 28, 9, tzinfo=PARIS), tick=False)
    assert "Pot-au-feu" in text(visit(prisches, "/menus/"))
    time_machine.move_to(datetime(2026, 11, 29, 9, tzinfo=PARIS), tick=False)
    assert "Pot-au-feu" not in text(visit(prisches, "/menus/"))


def test_machines_read_the_week_and_nothing_of_a_dish_is_taken_for_mark_up(prisches, visit):
    assert "ld+json" not in visit(prisches, "/contact/").content.decode().partition("</main>")[2]
    write(prisches, day(2, "Tarte </script><b> (végétarien, lait)"))
    found = BeautifulSoup(visit(prisches, "/menus/").content, "html5lib").select('script[type="application/ld+json"]')
    data = json.loads(found[0].string)
    item = data["hasMenuSection"][0]["hasMenuItem"][0]
    assert (data["@type"], item["name"]) == ("Menu", "Tarte </script><b>")
    assert item["suitableForDiet"] == "https://schema.org/VegetarianDiet"


@pytest.mark.slow
def test_the_pages_cost_the_same_whatever_the_dishes_and_follow_the_day(prisches, visit, time_machine):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    write(prisches, day(2, "Soupe (lait)"))
    before = {path: cost(path) for path in ("/", "/menus/", "/menus/semaine/2026-48/", "/menus-collectifs.csv")}
    write(prisches, *(day(n, "Soupe (lait, céleri)", "Pain (gluten)", "Riz [Local]") for n in range(5)))
    assert {path: cost(path) for path in before} == before
    publish_waiting()
    names = set(served(prisches))
    assert {"menus/index.html", "menus/semaine/2026-48/index.html", "menus-collectifs.csv"} <= names
    written = written_by(prisches, lambda: write(prisches, day(7, "Endives")))
    assert {"menus/index.html", "menus/semaine/2026-49/index.html", "menus-collectifs.csv", "recherche.json"} <= written
    assert "contact/index.html" not in written
    time_machine.move_to(datetime(2026, 11, 30, 0, 1, tzinfo=PARIS), tick=False)
    follow_the_day.func()
    publish_waiting()
    files = served(prisches)
    assert "menus/semaine/2026-48/index.html" not in files
    assert "Soupe" not in files["menus/index.html"].decode() + files["recherche.json"].decode()
    assert "Endives" in files["menus/index.html"].decode()


def test_a_week_is_found_by_its_dishes(prisches, visit):
    write(prisches, day(2, "Waterzoï de poulet"))
    entries = json.loads(visit(prisches, "/recherche.json").content)["entries"]
    assert any("Waterzoï" in str(entry) and "/menus/#semaine-2026-48" in str(entry) for entry in entries)


# --- Writing, undoing ------------------------------------------------------------------------------------------------
def test_a_writing_replaces_only_what_it_says_and_is_undone_once(prisches, visit):
    assert write(prisches, day(0, "Soupe"), day(1, "Riz")) == actions.Done(added=2)
    assert write(prisches, day(0, "Soupe"), day(1, "Riz")) == actions.Done(same=2)
    assert write(prisches, day(1, "Pâtes"), day(2, "Frites")) == actions.Done(added=1, replaced=1)
    assert write(prisches, WrittenDay(MONDAY)) == actions.Done(replaced=1)
    assert "Soupe" not in text(visit(prisches, "/menus/"))
    actions.undo(prisches, by=f.user(), at=f.NOW)
    actions.undo(prisches, by=f.user(), at=f.NOW)
    shown = text(visit(prisches, "/menus/"))
    assert ("Soupe" in shown, "Riz" in shown, "Frites" in shown) == (True, True, False)
    actions.undo(prisches, by=f.user(), at=f.NOW)
    assert "ne sont pas encore connus" in text(visit(prisches, "/menus/"))
    with pytest.raises(Refused, match="rien à annuler"):
        actions.undo(prisches, by=f.user(), at=f.NOW)
    write(prisches, day(0, "Soupe"))
    with pytest.raises(Refused, match="rien à annuler"):
        actions.undo(prisches, by=f.user(), at=f.NOW + timedelta(days=31))
    assert Entry.objects.filter(verb="website.menus_undone").count() == 3


def test_what_does_not_hold_is_refused_with_the_remedy(prisches):
    soup = (WrittenDish(Course.MAIN, "Soupe"),)
    wrong = [
        ([WrittenDay(date(2036, 1, 1), soup)], "vérifiez l’année"),
        ([WrittenDay(MONDAY, soup), WrittenDay(MONDAY)], "deux fois"),
        ([WrittenDay(MONDAY, soup, is_closed=True)], "décochez la case"),
        ([WrittenDay(MONDAY, soup * 41)], "plus de 40 plats"),
    ]
    for days, reason in wrong:
        with pytest.raises(Refused, match=reason):
            write(prisches, *days)
    assert not MenuWriting.objects.exists()


def test_a_secretary_writes_a_week_copies_the_last_says_the_holidays_and_undoes(prisches, ablain, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    assert editor.post("/mairie/site/rubriques/menus/")["Location"] == SITE
    assert "rien d’écrit" in editor.get(SITE).content.decode()
    form = {"starter0": "Carottes (moutarde)\nRadis", "main0": "Riz (glutten)", "closed2": "on", "reason2": "mercredi"}
    wrong = unescape(editor.post(WEEK, form).content.decode())
    assert "Rien n’est enregistré" in wrong
    assert "Vouliez-vous écrire" in wrong
    assert "Carottes (moutarde)" in wrong
    form["main0"], form["other0"] = "Riz", "Pain (gluten)"
    assert editor.post(WEEK, form)["Location"] == SITE
    shown = text(visit(prisches, "/menus/"))
    assert "Entrée Carottes Allergènes : moutarde Radis Plat principal Riz Pain Pain Allergènes : gluten" in shown
    assert "Pas de repas : mercredi" in shown
    assert "La semaine était déjà écrite ainsi".lower() in unescape(
        editor.post(WEEK, form, follow=True).content.decode().lower()
    )
    copied = unescape(editor.get(f"{SITE}semaine/2026-11-30/?reprendre").content.decode())
    assert "Carottes (moutarde)" in copied
    assert 'mercredi" checked' not in copied
    assert not MenuDay.objects.filter(served_on__gte=date(2026, 11, 30)).exists()
    both = editor.post(f"{SITE}semaine/2026-11-30/", {"main0": "Riz", "closed_week": "on"}).content.decode()
    assert "a des plats" in unescape(both)
    holidays = {"closed_week": "on", "closed_reason": "vacances de Noël", "another": "1"}
    assert editor.post(f"{SITE}semaine/2026-12-21/", holidays)["Location"] == f"{SITE}semaine/2026-12-28/"
    assert MenuDay.objects.kept().filter(website=prisches, is_closed=True, reason="vacances de Noël").count() == 5
    assert editor.post(f"{SITE}annuler/")["Location"] == SITE
    assert not MenuDay.objects.filter(reason="vacances de Noël").exists()
    for address in ("semaine/2026-11-24/", "semaine/demain/", "semaine/2036-11-24/", "semaine/9999-12-31/"):
        assert editor.get(SITE + address).status_code == 404, address
    assert MenuDay.objects.filter(website=ablain).count() == 0


# --- Open data -------------------------------------------------------------------------------------------------------
def test_the_file_follows_the_schema_and_holds_no_formula(prisches, visit):
    beneficiary = prisches.beneficiary
    write(prisches, day(0, "=1+1 (lait, fruits à coques, bio, végétarien) [=A1; Local]"),
          WrittenDay(MONDAY + timedelta(days=1), is_closed=True))  # fmt: skip
    beneficiary.siret = ""
    beneficiary.save()
    assert visit(prisches, "/menus-collectifs.csv").status_code == 404
    beneficiary.siret = "21590474000018"
    beneficiary.save()
    answer = visit(prisches, "/menus-collectifs.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert b'href="/menus-collectifs.csv"' in visit(prisches, "/menus/").content
    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert tuple(row) == open_data.HEADERS
    assert row["menuPlatNom"] == "'=1+1"
    assert row["menuPlatLabel"] == "'=A1;Local"
    assert json.loads(row["menuPlatAllergene"]) == ["lait", "fruits à coques"]
    assert json.loads(row["menuPlatSiqo"]) == ["agriculture biologique"]
    assert json.loads(row["menuPlatRegime"]) == ["végétarien"]
    assert (row["menuDate"], row["menuRepasType"], row["menuPlatType"]) == ("2026-11-23", "déjeuner", "plat principal")
    assert (row["menuCollSiret"], row["menuRestaurantInsee"]) == ("21590474000018", "59474")
    assert (row["menuRestaurantIdType"], row["menuRestaurantType"]) == ("sans", "élémentaire")


def a_file(*rows: dict[str, str], encoding="utf-8", separator=",", headers=open_data.HEADERS) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, headers, delimiter=separator, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(
        {"menuDate": "2026-11-23", "menuPlatType": "entrée", "menuPlatNom": "Soupe", **row} for row in rows
    )
    return stream.getvalue().encode(encoding)


def read(content: bytes, **more) -> open_data.Reading:
    return open_data.read(content, on=f.TODAY, **more)


def test_what_the_site_gives_it_takes_back_the_same(prisches, visit):
    prisches.beneficiary.siret = "21590474000018"
    prisches.beneficiary.save()
    days = [day(n, f"Plat {n} (lait, sésame, AOP, sans viande) [Local]", "-Riz-") for n in range(3)]
    write(prisches, *days)
    assert read(visit(prisches, "/menus-collectifs.csv").content).days == days


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_is_read_whatever_saved_it(encoding, separator):
    content = a_file({"menuPlatNom": "Crème brûlée", "menuPlatAllergene": '["œufs","lait"]' if encoding != "cp1252"
                      else '["oeufs","lait"]'}, encoding=encoding, separator=separator)  # fmt: skip
    (found,) = read(content).days
    assert found.dishes == (WrittenDish(Course.STARTER, "Crème brûlée", ("eggs", "milk")),)


def test_other_restaurants_and_meals_are_left_aside_and_unknown_words_kept():
    rows = (
        {
            "menuRestaurantNom": "Bourg",
            "menuPlatAllergene": "Lait;Céréales contenant du gluten",
            "menuPlatLabel": "Ici",
        },
        {"menuRestaurantNom": "Bourg", "menuPlatNom": "Riz", "menuPlatAllergene": '["kiwi"]', "menuPlatType": "plat"},
        {"menuRestaurantNom": "Bourg", "menuPlatNom": "SOUPE"},
        {"menuRestaurantNom": "Bourg", "menuRepasType": "goûter"},
        {"menuRestaurantNom": "Bourg", "menuDate": "2024-01-08"},
        {"menuRestaurantNom": "Hameau", "menuPlatNom": "Frites"},
    )
    with pytest.raises(Refused, match=r"plusieurs restaurants.*Bourg.*Hameau"):
        read(a_file(*rows))
    with pytest.raises(Refused, match="ne nomme pas"):
        read(a_file(*rows), restaurant="Ailleurs")
    found = read(a_file(*rows), restaurant="bourg")
    assert [dish.name for dish in found.days[0].dishes] == ["Soupe", "Riz"]
    assert found.days[0].dishes[0].marks == ("gluten", "milk")
    assert found.days[0].dishes[1].labels == "kiwi"
    assert found.other_words == ["kiwi"]
    assert sum(found.aside.values()) == 4
    assert (found.lines, found.dishes, found.faults) == (6, 2, [])


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"menuDate": "2026-02-30"}, "n’existe pas"),
        ({"menuDate": "0000-00-00"}, "n’existe pas"),
        ({"menuDate": "lundi"}, "n’existe pas"),
        ({"menuDate": ""}, "n’existe pas"),
        ({"menuDate": "2126-11-23"}, "vérifiez l’année"),
        ({"menuDate": "9999-12-31"}, "vérifiez l’année"),
        ({"menuPlatType": "boisson"}, "type de plat"),
        ({"menuPlatNom": ""}, "nom du plat manque"),
        ({"menuPlatNom": "x" * 161}, "160 caractères"),
        ({"menuPlatLabel": "x" * 201}, "deux cents"),
    ],
)
def test_a_line_at_fault_is_said_with_its_number(row, reason):
    (fault,) = read(a_file({}, row)).faults
    assert fault.line == 3
    assert reason in fault.says


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vide|colonne"),
        (b"menuDate;menuPlatNom\n", "menuPlatType"),
        (a_file(), "aucun menu"),
        ("menuDate".encode("utf-16"), "pas du CSV"),
        (b"\x00\x01PK", "pas du CSV"),
        (b"menuDate,menuPlatType,menuPlatNom\n" + b'"' + b"x" * 200_000, "ne se lit pas"),
        (b"x" * (open_data.MOST_BYTES + 1), "trop gros"),
        (b"menuDate,menuPlatType,menuPlatNom\n" + b"a,b,c\n" * (open_data.MOST_LINES + 1), "vingt mille"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_remedy(content, reason):
    with pytest.raises(Refused, match=reason):
        read(content)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.lists(st.text(max_size=40), min_size=5, max_size=5))
def test_no_bytes_make_the_reader_fail(noise, cells):
    whole = a_file(dict(zip(("menuDate", "menuPlatType", "menuPlatNom", "menuPlatAllergene", "menuPlatSiqo"), cells,
                            strict=True)))  # fmt: skip
    for content in (noise, a_file({}) + noise, whole, a_file({"menuPlatAllergene": "[" * 5000})):
        try:
            found = read(content)
        except Refused:
            continue
        assert all(abs(one.on - f.TODAY) <= timedelta(days=366) for one in found.days)


@pytest.mark.slow
def test_ten_thousand_lines_are_taken_at_once(prisches):
    rows = [
        {"menuDate": (MONDAY + timedelta(days=n % 300)).isoformat(), "menuPlatNom": f"Plat {n}",
         "menuPlatAllergene": '["lait","gluten"]'}
        for n in range(10_000)
    ]  # fmt: skip
    found = read(a_file(*rows))
    assert (found.faults, found.dishes, len(found.days)) == ([], 10_000, 300)
    with CaptureQueriesContext(connection) as queries:
        done = actions.write(prisches, found.days, kind=MenuWriting.Kind.IMPORT, by=f.user(), at=f.NOW)
    assert done.added == 300
    # Rows go in by large handfuls: SQLite bounds the variables of one statement.
    assert len(queries) < 200


def test_a_secretary_takes_a_file_and_reads_what_became_of_it(prisches, visit):
    editor = signed_in(secretary(prisches.beneficiary))

    def hand(content: bytes, **more) -> str:
        file = SimpleUploadedFile("menus.csv", content, content_type="text/csv")
        return unescape(editor.post(f"{SITE}importer/", {"file": file, **more}, follow=True).content.decode())

    assert "Ligne 3\u00a0: la date" in hand(a_file({}, {"menuDate": "2026-13-01"}))
    assert not MenuDay.objects.exists()
    many = hand(a_file(*({"menuPlatType": "x"} for _ in range(25))))
    assert "Et 5 autres lignes" in many
    assert "Rien n’est enregistré" in hand(b"\x00")
    assert "plusieurs restaurants" in hand(a_file({"menuRestaurantNom": "A"}, {"menuRestaurantNom": "B"}))
    said = hand(a_file({"menuRestaurantNom": "A"}, {"menuRestaurantNom": "B"}), restaurant="a")
    assert "Jours ajoutés\u00a0: 1" in said
    assert "1 d’un autre restaurant" in said
    assert "Soupe" in text(visit(prisches, "/menus/"))
    model = editor.get(f"{SITE}modele/").content.decode("utf-8-sig")
    assert model.startswith("menuCollNom;menuCollSiret")
