"""The folder at the mairie's door: every gesture of a page, without a script, and what each refuses."""

import io
import zipfile

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scope
from PIL import Image

from socle.files import queries
from socle.files.actions import spaces
from socle.files.models import Entry, FolderRight, Link, Version
from tests import factories as f
from tests.files.conftest import a_disk_of_its_own, at  # noqa: F401


@pytest.fixture
def space(world):
    made = spaces.open_space(world.here.place, by=world.here.secretary, at=f.NOW)
    with scope(beneficiary=world.here.place):
        yield made


@pytest.fixture
def root(space):
    return queries.root_of(space)


def page(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status
    return BeautifulSoup(answer.content, "html.parser")


def words(client, url, data):
    """What the page says after a gesture."""
    answer = client.post(url, data, follow=True)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True).replace("\u00a0", " ")


def drop(client, folder, *files):
    return words(client, f"/mairie/dossier/{folder.pk}/deposer/", {"files": list(files)})


def file(name="lettre.txt", content=b"bonjour"):
    return SimpleUploadedFile(name, content)


def url(entry, what=""):
    return f"/mairie/dossier/{entry.pk}/{what}"


def test_before_it_is_open_the_page_says_when_it_will_be(secretary):
    assert "Pas encore de dossier" in page(secretary, "/mairie/dossier/").get_text()


def test_several_files_are_dropped_at_once(secretary, space, root):
    said = drop(secretary, root, file("a.txt"), file("b.txt", b"autre"))
    assert "2 fichiers déposés." in said
    assert {"a.txt", "b.txt"} <= set(Entry.objects.values_list("name", flat=True))
    assert "Choisissez au moins un fichier" in words(secretary, url(root, "deposer/"), {})


def test_what_is_refused_is_said_file_by_file_and_the_others_are_kept(secretary, space, root):
    said = drop(secretary, root, file("CON.txt"), file("a.txt"))
    assert "Fichier déposé." in said
    assert "« CON.txt »" in said
    assert "Windows se réserve" in said


@pytest.mark.slow
def test_no_file_dropped_takes_the_place_of_another_nor_changes_name(secretary, space, root):
    drop(secretary, root, file("straße.txt", b"un"))
    drop(secretary, root, file("STRASSE.txt", b"deux"))
    assert at(space, "straße.txt").entry.size == 2
    said = drop(secretary, root, file("fin "))
    assert "ne finit" in said
    assert not Entry.objects.filter(name__startswith="fin").exists()


def test_too_much_for_the_space_is_refused_before_it_is_read(secretary, space, root, world, a_disk_of_its_own):  # noqa: F811
    spaces.set_quota(space, 10, by=world.here.secretary, at=f.NOW)
    huge = secretary.post(
        url(root, "deposer/"), b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(5 * 2**30)
    )
    assert huge.status_code == 302
    assert "ne tient pas dans le dossier" in page(secretary, "/mairie/dossier/").get_text()
    # Below what a form may add, it is weighed while it comes.
    assert "ne tient pas dans le dossier" in drop(secretary, root, file("a.txt", b"x" * 5000))
    assert not Entry.objects.filter(is_folder=False).exists()
    assert [one for one in a_disk_of_its_own.rglob("*") if one.is_file()] == []
    answer = secretary.post(
        url(root, "deposer/"), {"files": file("b.txt", b"x" * 5000)}, HTTP_ACCEPT="application/json"
    )
    assert answer.status_code == 422
    assert "ne tient pas" in answer.json()["refused"][0]


def test_a_length_that_is_no_number_is_none(secretary, space, root):
    """Behind another server than ours, a header comes as it was written: « ² » is a digit for Python, and no number."""
    for said in ("²", "9" * 5000):
        answer = secretary.post(
            url(root, "deposer/"), b"", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=said
        )
        assert answer.status_code == 302


def test_the_script_of_the_page_is_told_what_was_kept(secretary, space, root):
    answer = secretary.post(url(root, "deposer/"), {"files": file()}, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()) == (200, {"refused": []})
    assert at(space, "lettre.txt")


@pytest.mark.slow
def test_a_folder_is_made_renamed_and_moved(secretary, space, root):
    assert "Dossier « Budget » créé." in words(secretary, url(root, "creer/"), {"name": " Budget "})
    assert "existe déjà" in words(secretary, url(root, "creer/"), {"name": "BUDGET"})
    budget = at(space, "Budget").entry
    assert "Renommé en « Comptes »." in words(secretary, url(budget, "renommer/"), {"name": "Comptes"})
    choices = page(secretary, url(budget, "deplacer/")).select("select[name=to] option")
    assert "Secrétariat" in [one.text for one in choices]
    assert "Comptes" not in [one.text for one in choices]
    target = next(one["value"] for one in choices if one.text == "Secrétariat")
    words(secretary, url(budget, "deplacer/"), {"to": target})
    assert at(space, "Secrétariat/Comptes").entry.pk == budget.pk


def test_a_file_keeps_the_end_of_its_name(secretary, space, root):
    drop(secretary, root, file("a.odt"))
    words(secretary, url(at(space, "a.odt").entry, "renommer/"), {"name": "Ordre du jour"})
    assert at(space, "Ordre du jour.odt")


def ticked(space, *roads):
    return {"coche": [at(space, road).entry.pk for road in roads]}


def undone(secretary, answer, action):
    """Press the one button of the last page that leads there; return its answer."""
    [form] = BeautifulSoup(answer.content, "html.parser").select(f"form[action$='{action}']")
    fields = {}
    for one in form.select("input"):
        fields.setdefault(one["name"], []).append(one["value"])
    return secretary.post(form["action"], fields, follow=True)


@pytest.mark.slow
@pytest.mark.both
def test_what_is_thrown_away_is_taken_back_at_once(secretary, space, root):
    drop(secretary, root, file("a.txt"), file("b.txt"))
    chosen = {"gesture": "trash", **ticked(space, "a.txt", "b.txt")}
    answer = secretary.post(url(root, "coches/"), chosen, follow=True)
    soup = BeautifulSoup(answer.content, "html.parser")
    undo = [form["action"] for form in soup.select("form[action$='/retablir/'].row-line")]
    assert len(undo) == 2
    secretary.post(undo[0])
    assert Entry.objects.filter(trashed_at__isnull=False).count() == 1
    # The rest by the one button of the message: what is back already is told, and costs nothing to the other.
    undone(secretary, answer, "dossier/retablir/")
    assert not Entry.objects.filter(trashed_at__isnull=False).exists()
    assert "Cochez d’abord" in words(secretary, url(root, "coches/"), {"gesture": "trash"})
    assert "n’existe pas" in words(secretary, url(root, "coches/"), {"gesture": "x", **ticked(space, "a.txt")})


@pytest.mark.slow
def test_several_files_move_at_once_and_come_back_at_once(secretary, space, root):
    drop(secretary, root, file("a.txt"), file("b.txt", b"autre"), file("c.txt", b"encore"))
    drop(secretary, at(space, "Secrétariat").entry, file("b.txt", b"le mien"))
    chosen = ticked(space, "a.txt", "b.txt", "À partager")
    answer = secretary.post(url(root, "coches/"), {"gesture": "move", **chosen}, follow=True)
    soup = BeautifulSoup(answer.content, "html.parser")
    offered = {one.text: one["value"] for one in soup.select("select[name=to] option")}
    assert {"Secrétariat", "Conseil municipal"} == set(offered)
    fields = {**chosen, "to": offered["Secrétariat"]}
    answer = secretary.post(url(root, "coches/deplacer/"), fields, follow=True)
    said = answer.content.decode()
    assert "2 éléments sont maintenant dans" in said
    assert "b.txt\u00a0» existe déjà à cet endroit" in said
    assert at(space, "Secrétariat/a.txt")
    assert at(space, "Secrétariat/À partager")
    assert at(space, "b.txt").entry.size == 5
    undone(secretary, answer, "coches/deplacer/")
    assert at(space, "a.txt")
    assert at(space, "À partager")
    # Something of it was moved by a colleague since: nothing is done, and it is said.
    stale = {"gesture": "trash", "coche": [at(space, "c.txt").entry.pk, at(space, "Secrétariat/b.txt").entry.pk]}
    assert "n’est plus dans ce dossier" in words(secretary, url(root, "coches/"), stale)
    assert at(space, "c.txt")


def bundle(answer):
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    return zipfile.ZipFile(io.BytesIO(content))


@pytest.mark.slow
def test_a_folder_or_what_is_ticked_leaves_as_one_zip(secretary, space, root):
    drop(secretary, root, file("Vœux été.txt", b"bonne\n" * 1000))
    drop(secretary, at(space, "Secrétariat").entry, file("budget.ods", b"x" * 300_000))
    words(secretary, url(at(space, "Secrétariat").entry, "creer/"), {"name": "Vide"})
    thrown = drop(secretary, root, file("jeté.txt")) and at(space, "jeté.txt").entry
    secretary.post(url(thrown, "supprimer/"))
    # As a browser asks: compressed on its way, the length would be lost.
    whole = secretary.get(url(root, "dossier.zip"), HTTP_ACCEPT_ENCODING="gzip")
    found = bundle(whole)
    assert found.testzip() is None
    assert found.namelist() == [
        "À partager/", "Conseil municipal/", "Secrétariat/", "Vœux été.txt", "Secrétariat/Vide/",
        "Secrétariat/budget.ods",
    ]  # fmt: skip
    assert found.read("Vœux été.txt") == b"bonne\n" * 1000
    assert found.getinfo("Vœux été.txt").flag_bits & 0x800, "the name is said to be in UTF-8"
    assert 'filename="Dossier de la mairie.zip"' in whole["Content-Disposition"]
    chosen = {"gesture": "zip", **ticked(space, "Vœux été.txt", "Secrétariat")}
    answer = secretary.post(url(root, "coches/"), chosen)
    found = bundle(secretary.get(answer["Location"]))
    assert set(found.namelist()) == {
        "Vœux été.txt", "Secrétariat/", "Secrétariat/Vide/", "Secrétariat/budget.ods"
    }  # fmt: skip


def test_a_zip_that_would_be_too_big_says_what_to_do(secretary, space, root, monkeypatch):
    drop(secretary, root, file("a.txt", b"x" * 1000))
    monkeypatch.setattr("socle.files.rules.MOST_BUNDLED_BYTES", 999)
    answer = secretary.get(url(root, "dossier.zip"))
    assert answer.status_code == 409
    assert "lecteur réseau" in answer.content.decode()
    said = words(secretary, url(root, "coches/"), {"gesture": "zip", **ticked(space, "a.txt")})
    assert "999 octets au plus" in said
    assert "lecteur réseau" in said


@pytest.mark.slow
def test_one_file_of_another_mairie_among_those_ticked_and_nothing_is_found(secretary, space, root, world):
    drop(secretary, root, file("a.txt"))
    mine, secret = at(space, "a.txt").entry.pk, at(space, "Conseil municipal").entry
    spaces.give_rights(space, {(secret.pk, "secretary"): "none"}, by=world.here.mayor, at=f.NOW)
    with scope(beneficiary=world.there.place):
        theirs = queries.root_of(spaces.open_space(world.there.place, by=world.there.secretary, at=f.NOW))
        foreign = queries.find(theirs.space, ["Secrétariat"]).entry
    before = list(Entry.objects.order_by("pk").values())
    for other in (foreign.pk, theirs.pk, secret.pk, root.pk, "x", "9" * 30):
        both = {"coche": [mine, other]}
        for gesture in ("zip", "move", "trash"):
            assert secretary.post(url(root, "coches/"), {"gesture": gesture, **both}).status_code == 404, other
        assert secretary.get(url(root, "dossier.zip"), both).status_code == 404
        assert secretary.get(url(root, "coches/deplacer/"), both).status_code == 404
        moved = secretary.post(url(root, "coches/deplacer/"), {"to": at(space, "Secrétariat").entry.pk, **both})
        assert moved.status_code == 404
        assert secretary.post("/mairie/dossier/retablir/", both).status_code == 404
    assert list(Entry.objects.order_by("pk").values()) == before
    assert "Conseil municipal/" not in bundle(secretary.get(url(root, "dossier.zip"))).namelist()


@pytest.mark.slow
def test_the_bin_restores_erases_and_empties(secretary, space, root):
    drop(secretary, root, file("a.txt"), file("b.txt", b"autre"), file("c.txt", b"encore"))
    kept = {name: at(space, f"{name}.txt").entry for name in "abc"}
    for one in kept.values():
        secretary.post(url(one, "supprimer/"))
    assert "a.txt" in page(secretary, "/mairie/dossier/corbeille/").get_text()
    assert "Rétabli : a.txt." in words(secretary, url(kept["a"], "retablir/"), {})
    assert "Effacé pour de bon : 5 octets" in words(secretary, url(kept["b"], "effacer/"), {})
    assert "Corbeille vidée : 1 élément." in words(secretary, "/mairie/dossier/corbeille/vider/", {})
    assert "La corbeille est vide" in page(secretary, "/mairie/dossier/corbeille/").get_text()
    space.refresh_from_db()
    assert space.used_bytes == queries.counted(space) == 7


@pytest.mark.slow
def test_an_old_version_is_opened_and_brought_back(secretary, space, root):
    drop(secretary, root, file(content=b"un"))
    drop(secretary, root, file(content=b"deux"))
    entry, version = at(space, "lettre.txt").entry, Version.objects.get()
    answer = secretary.get(url(entry, f"version-{version.pk}/"))
    assert b"".join(answer.streaming_content) == b"un"
    assert "attachment" in answer["Content-Disposition"]
    assert "est de nouveau le fichier" in words(secretary, url(entry, f"version-{version.pk}/reprendre/"), {})
    assert b"".join(secretary.get(url(entry, "contenu/")).streaming_content) == b"un"


@pytest.mark.slow
@pytest.mark.both
def test_a_file_of_another_version_s_file_is_not_reached(secretary, space, root):
    drop(secretary, root, file("a.txt", b"un"), file("b.txt", b"x"))
    drop(secretary, root, file("a.txt", b"deux"))
    other, version = at(space, "b.txt").entry, Version.objects.get()
    assert secretary.get(url(other, f"version-{version.pk}/")).status_code == 404
    assert secretary.post(url(other, f"version-{version.pk}/reprendre/")).status_code == 404


def test_it_is_found_by_its_name(secretary, space, root):
    drop(secretary, at(space, "Secrétariat").entry, file("Délibération école.pdf"))
    assert "Secrétariat" in page(secretary, "/mairie/dossier/?q=deliberation").select_one("tbody").get_text()
    assert "Aucun fichier de ce nom" in page(secretary, "/mairie/dossier/?q=rien").get_text()


@pytest.mark.slow
def test_a_picture_is_shown_small_and_a_page_is_only_kept(secretary, space, root):
    out = io.BytesIO()
    Image.new("RGB", (900, 900), "red").save(out, "PNG")
    page_of_theirs = file("a.html", b"<html><script>x</script>")
    drop(secretary, root, file("photo.png", out.getvalue()), page_of_theirs, file("a.pdf", b"%PDF-1.7"))
    photo, html, pdf = (at(space, name).entry for name in ("photo.png", "a.html", "a.pdf"))
    assert page(secretary, url(photo)).select_one("img.preview")
    assert secretary.get(url(photo, "apercu/"))["Content-Type"] == "image/webp"
    seen = secretary.get(url(photo, "contenu/?voir=1"))
    assert seen["Content-Type"] == "image/png"
    assert b"".join(seen.streaming_content) == out.getvalue()
    seen = secretary.get(url(html, "contenu/?voir=1"))
    assert b"".join(seen.streaming_content).startswith(b"<html>")
    assert seen["Content-Type"] == "application/octet-stream"
    assert seen["Content-Disposition"].startswith("attachment")
    assert "sandbox" in seen["Content-Security-Policy"]
    assert "<script>x" in page(secretary, url(html)).select_one("pre").get_text()
    seen = secretary.get(url(pdf, "contenu/?voir=1"))
    assert seen["Content-Type"] == "application/pdf"
    assert b"".join(seen.streaming_content) == b"%PDF-1.7"
    assert secretary.get(url(html, "apercu/")).status_code == 409


@pytest.mark.slow
@pytest.mark.both
def test_a_link_is_made_seen_once_and_stopped(secretary, space, root):
    drop(secretary, root, file())
    entry = at(space, "lettre.txt").entry
    answer = secretary.post(url(entry, "partager/"), {"days": "7", "password": ""})
    shown = BeautifulSoup(answer.content, "html.parser").select_one("#made-link")["value"]
    assert "/partage/" in shown
    link = Link.objects.get()
    assert shown.rpartition("/partage/")[2].strip("/") not in str(vars(link))
    assert "#made-link" not in str(page(secretary, url(entry, "partager/")))
    assert "lettre.txt" in page(secretary, "/mairie/dossier/liens/").get_text()
    assert "Lien arrêté" in words(secretary, f"/mairie/dossier/liens/arreter-{link.pk}/", {})
    assert secretary.post(f"/mairie/dossier/liens/arreter-{link.pk}/").status_code == 404


@pytest.mark.parametrize(
    ("days", "password", "says"),
    [("0", "", "de 1 à"), ("9999", "", "de 1 à"), ("x", "", "de 1 à"), ("7", "court", "trop court")],
)
def test_a_link_without_an_end_or_with_a_weak_password_is_refused(secretary, space, root, days, password, says):
    drop(secretary, root, file())
    answer = secretary.post(url(at(space, "lettre.txt").entry, "partager/"), {"days": days, "password": password})
    assert answer.status_code == 422
    assert says in answer.content.decode().replace("\u00a0", " ")
    assert not Link.objects.exists()


@pytest.mark.slow
def test_rights_are_read_by_all_and_given_by_the_mayor(client, world, space):
    top = at(space, "Conseil municipal").entry
    client.force_login(world.here.secretary)
    assert not page(client, "/mairie/dossier/droits/").select("main select")
    assert "représente la mairie" in words(client, "/mairie/dossier/droits/", {f"right-{top.pk}-secretary": "none"})
    client.force_login(world.here.mayor)
    assert page(client, "/mairie/dossier/droits/").select("main select")
    words(client, "/mairie/dossier/droits/", {f"right-{top.pk}-secretary": "read"})
    assert FolderRight.objects.get().level == "read"
    shown = page(client, "/mairie/dossier/droits/").select_one(f"select[name=right-{top.pk}-secretary]")
    assert [one["value"] for one in shown.select("option[selected]")] == ["read"]
    client.force_login(world.here.secretary)
    assert "pas d’y écrire" in page(client, url(top)).get_text()
    assert client.get(url(top)).status_code == 200
    FolderRight.objects.update(level="none")
    assert client.get(url(top)).status_code == 404
    assert "Conseil municipal" not in page(client, "/mairie/dossier/").select_one("main").get_text()


def test_the_gestures_of_a_drive_are_said_with_the_address(secretary, world, space):
    said = page(secretary, "/mairie/dossier/lecteur-reseau/").get_text()
    assert f"/dav/dossier/{world.here.place.pk}/" in said
    for machine in ("Windows", "macOS", "Linux", "téléphone"):
        assert machine in said


@pytest.mark.slow
def test_a_suspended_folder_says_so_and_shows_nothing(secretary, world, space, root):
    drop(secretary, root, file())
    entry = at(space, "lettre.txt").entry
    spaces.suspend_space(space, by=world.here.secretary, at=f.NOW)
    assert "suspendu" in page(secretary, "/mairie/dossier/").get_text()
    assert secretary.get(url(entry, "contenu/")).status_code == 409


def test_the_list_of_a_folder_leaves_as_a_file(secretary, space, root):
    drop(secretary, root, file("=cmd.txt"))
    content = secretary.get(url(root, "liste.csv"))
    text = b"".join(content.streaming_content) if content.streaming else content.content
    assert "'=cmd.txt" in text.decode()


@pytest.mark.slow
def test_numbers_are_in_order_even_once_renamed(secretary, space, root):
    drop(secretary, root, file("n° 10.txt"), file("n° 9.txt"), file("autre.txt"))
    secretary.post(url(at(space, "autre.txt").entry, "renommer/"), {"name": "N° 1.txt"})
    rows = [row.get_text() for row in page(secretary, "/mairie/dossier/").select("tbody tr")]
    places = [
        next(rank for rank, row in enumerate(rows) if name in row) for name in ("N° 1.txt", "n° 9.txt", "n° 10.txt")
    ]
    assert places == sorted(places)


@pytest.mark.slow
def test_a_long_folder_has_pages_and_costs_the_same(secretary, space, root, django_assert_max_num_queries):
    content = None

    def fill(count, mark):
        nonlocal content
        content = content or at(space, "lettre.txt").entry.content
        Entry.objects.bulk_create(
            Entry(
                space=space, parent=root, name=f"{mark}{rank}", key=f"{mark}{rank}", search_name="x", is_folder=False,
                content=content, size=1, made_at=f.NOW, modified_at=f.NOW,
            )
            for rank in range(count)
        )  # fmt: skip

    drop(secretary, root, file())
    fill(10, "a")
    with django_assert_max_num_queries(40) as few:
        page(secretary, "/mairie/dossier/")
    fill(3000, "b")
    with django_assert_max_num_queries(len(few)):
        soup = page(secretary, "/mairie/dossier/")
    assert len(soup.select("tbody tr")) == 100
    assert soup.select_one("nav.pages")
