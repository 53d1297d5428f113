"""Albums: many photographs at once, described before they show, ordered, each at an address of its own."""

from __future__ import annotations

import io
import json
from datetime import date
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from socle.lib.refusals import Refused
from socle.websites.gallery import actions
from socle.websites.gallery.actions import Described
from socle.websites.models import AlbumPicture, CommuneImage
from socle.websites.opening import open_section
from socle.websites.photographs import Photograph
from socle.websites.publishing.actions import publish_waiting
from socle.websites.registry import sections
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.released import published, served, written_by
from tests.websites.two_communes import signed_in
from tools.photographs import photograph

SITE = "/mairie/site/galerie/"

__all__ = ["published"]
# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def on_that_day(time_machine):
    time_machine.move_to(f.NOW, tick=False)


def bytes_of(colour="red", size=(40, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def album(website, *described: str, title="Fête du village"):
    """An album whose pictures show these things; an empty word waits."""
    gallery = open_section(website, sections()["galerie"], by=f.user(), at=f.NOW)
    made = actions.make_album(gallery, title, taken_on=date(2026, 7, 14), by=f.user(), at=f.NOW)
    if described:
        handed = [Photograph(f"IMG_{n}.png", bytes_of()) for n, _ in enumerate(described)]
        pictures = actions.add_pictures(made, handed, credit="Mairie", by=f.user(), at=f.NOW)
        words = {one.pk: Described(said, "Mairie") for one, said in zip(pictures, described, strict=True)}
        actions.describe(made, words, by=f.user(), at=f.NOW)
    return made


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


def test_an_album_is_a_grid_whose_pictures_open_as_pages_of_their_own(prisches, ablain, visit, valid_html):
    made = album(prisches, "La place pavoisée.", "", "Le bal <b>.", "Les lampions.", "Le manège.", "La fanfare.")
    album(prisches, title="Album vide")
    album(ablain, "Zibeline.")
    assert "Zibeline" not in text(visit(prisches, "/galerie/"))
    index = text(visit(prisches, "/galerie/"))
    assert "14 juillet 2026 , 5 photographies Fête du village" in index
    assert "Album vide" not in index
    grid = BeautifulSoup(visit(prisches, "/galerie/fete-du-village/").content, "html5lib").select(".grid a")
    assert [link["href"][-8:] for link in grid] == ["photo/1/", "photo/3/", "photo/4/", "photo/5/", "photo/6/"]
    assert [link.img["alt"] for link in grid][:2] == ["La place pavoisée.", "Le bal <b>."]
    # What one sees at once is not left for later; the rest is.
    assert [link.img.get("loading") for link in grid] == [None, None, None, None, "lazy"]
    one = BeautifulSoup(visit(prisches, "/galerie/fete-du-village/photo/3/").content, "html5lib")
    assert one.h1.get_text() == "Fête du village, photographie 2 sur 5"
    assert [link["href"] for link in one.select("nav.pages a")] == [
        "/galerie/fete-du-village/photo/1/", "/galerie/fete-du-village/", "/galerie/fete-du-village/photo/4/",
    ]  # fmt: skip
    assert one.figcaption.get_text() == "Mairie"
    for path in ("/galerie/", "/galerie/fete-du-village/", "/galerie/fete-du-village/photo/1/",
                 "/galerie/fete-du-village/photo/6/", "/galerie/album-vide/"):  # fmt: skip
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    assert visit(prisches, "/galerie/fete-du-village/photo/2/").status_code == 404
    assert visit(prisches, "/galerie/fete-du-village/photo/9/").status_code == 404
    data = BeautifulSoup(visit(prisches, "/galerie/fete-du-village/").content, "html5lib").select_one(
        'script[type="application/ld+json"]'
    )
    said = json.loads(data.string)
    assert (said["@type"], said["image"][0]["creditText"], len(said["image"])) == ("ImageGallery", "Mairie", 5)
    entries = json.loads(visit(prisches, "/recherche.json").content)["entries"]
    assert any("La place pavoisée" in str(entry) for entry in entries)
    assert made.get_cached_paths() == ["/", *(f"/photo/{n}/" for n in (1, 3, 4, 5, 6))]


def test_pictures_move_leave_and_come_back_and_keep_their_addresses(prisches):
    made = album(prisches, "Un.", "Deux.", "Trois.")
    one, two, _ = AlbumPicture.objects.filter(album=made)
    actions.move(two, up=True, by=f.user(), at=f.NOW)
    actions.move(AlbumPicture.objects.get(pk=two.pk), up=True, by=f.user(), at=f.NOW)
    assert [p.number for p in AlbumPicture.objects.ready().filter(album=made)] == [2, 1, 3]
    removed = actions.remove(AlbumPicture.objects.get(pk=two.pk), by=f.user(), at=f.NOW)
    assert [p.number for p in AlbumPicture.objects.ready().filter(album=made)] == [1, 3]
    with pytest.raises(Refused, match="déjà retirée"):
        actions.remove(removed, by=f.user(), at=f.NOW)
    actions.put_back(removed, by=f.user(), at=f.NOW)
    assert [p.number for p in AlbumPicture.objects.ready().filter(album=made)] == [1, 3, 2]
    with pytest.raises(Refused, match="déjà dans l’album"):
        actions.put_back(removed, by=f.user(), at=f.NOW)
    with pytest.raises(Refused, match="nom d’un fichier"):
        actions.describe(made, {one.pk: Described("IMG_2034.jpg")}, by=f.user(), at=f.NOW)
    for _ in range(2):
        actions.add_pictures(made, [Photograph("a.png", bytes_of())] * 20, by=f.user(), at=f.NOW)
    with pytest.raises(Refused, match="60 photographies au plus"):
        actions.add_pictures(made, [Photograph("a.png", bytes_of())] * 18, by=f.user(), at=f.NOW)
    with pytest.raises(Refused, match="20 photographies à la fois"):
        actions.add_pictures(made, [Photograph("a.png", bytes_of())] * 21, by=f.user(), at=f.NOW)


@pytest.mark.slow
def test_a_gesture_renews_the_album_and_the_gallery_and_no_other_page(prisches, visit):
    made = album(prisches, "Un.", "Deux.")
    publish_waiting()
    names = set(served(prisches))
    assert {"galerie/index.html", "galerie/fete-du-village/index.html"} <= names
    assert "galerie/fete-du-village/photo/2/index.html" in names
    two = AlbumPicture.objects.get(album=made, number=2)
    written = written_by(prisches, lambda: actions.remove(two, by=f.user(), at=f.NOW))
    assert {"galerie/index.html", "galerie/fete-du-village/index.html", "recherche.json"} <= written
    assert "contact/index.html" not in written
    assert "galerie/fete-du-village/photo/2/index.html" not in served(prisches)
    # An image deleted from the library leaves the album.
    written = written_by(prisches, lambda: CommuneImage.objects.get(pk=made.pictures.get(number=1).image_id).delete())
    assert "galerie/fete-du-village/index.html" in written
    assert "photo/1/" not in served(prisches)["galerie/fete-du-village/index.html"].decode()


def test_the_pages_cost_the_same_whatever_the_pictures(prisches, visit):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    album(prisches, "Un.", title="Premier")
    before = {path: cost(path) for path in ("/galerie/", "/galerie/premier/", "/galerie/premier/photo/1/")}
    album(prisches, "Un.", "Deux.", title="Deuxième")
    made = AlbumPicture.objects.get(album__slug="premier").album
    more = actions.add_pictures(made, [Photograph("a.png", bytes_of())] * 3, by=f.user(), at=f.NOW)
    actions.describe(made, {one.pk: Described("Trois.") for one in more}, by=f.user(), at=f.NOW)
    assert {path: cost(path) for path in before} == before


@pytest.mark.slow
def test_the_first_screen_of_a_grid_is_light(prisches, visit, settings):
    gallery = open_section(prisches, sections()["galerie"], by=f.user(), at=f.NOW)
    made = actions.make_album(gallery, "Fête", taken_on=f.TODAY, by=f.user(), at=f.NOW)
    handed = [Photograph(f"{seed}.jpg", photograph(seed)) for seed in range(8)]
    pictures = actions.add_pictures(made, handed, by=f.user(), at=f.NOW)
    actions.describe(made, {one.pk: Described("Une vue.") for one in pictures}, by=f.user(), at=f.NOW)
    page = visit(prisches, "/galerie/fete/")
    sources = BeautifulSoup(page.content, "html5lib").select('.grid source[type="image/avif"]')
    assert len(sources) == 8
    largest = [source["srcset"].split(", ")[-1].split()[0] for source in sources]
    weights = [len(b"".join(visit(prisches, address).streaming_content)) for address in largest]
    # Two columns and four lines of the sharpest phone, the page with them: well under the bound of a page.
    assert sum(weights) + len(page.content) < 120_000, weights


def upload(*files: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content, content_type="image/png") for name, content in files]


def test_a_secretary_sends_several_photographs_describes_them_and_orders_them(prisches, ablain, visit):
    editor = signed_in(secretary(prisches.beneficiary))
    assert editor.post("/mairie/site/rubriques/galerie/")["Location"] == SITE
    assert "Aucun album" in editor.get(SITE).content.decode()
    form = {"title": "Fête", "taken_on": "2026-07-14", "credit": "Mairie"}
    empty = unescape(editor.post(SITE, form).content.decode())
    assert "Rien n’est enregistré" in empty
    wrong = unescape(
        editor.post(SITE, {**form, "pictures": upload(("a.png", bytes_of()), ("b.png", b"MZ"))}).content.decode()
    )
    assert "b.png\u00a0:" in wrong
    assert not AlbumPicture.objects.exists()
    answer = editor.post(SITE, {**form, "pictures": upload(*((f"{n}.png", bytes_of()) for n in range(3)))})
    here = answer["Location"]
    assert answer.status_code == 302
    rows = list(AlbumPicture.objects.order_by("position"))
    assert [row.credit for row in rows] == ["Mairie"] * 3
    assert "3 photographies attendent leur description" in unescape(editor.get(here).content.decode())
    assert visit(prisches, "/galerie/").content.decode().count("card news") == 0
    words = {f"alternative{row.pk}": f"Vue numéro {rank} de la place." for rank, row in enumerate(rows)}
    words |= {f"credit{row.pk}": "Mairie" for row in rows}
    named = editor.post(here, {**words, f"alternative{rows[0].pk}": "DSC_0001"}).content.decode()
    assert "nom d’un fichier" in unescape(named)
    assert editor.post(here, {**words, "up": str(rows[2].pk)})["Location"] == here
    assert [row.number for row in AlbumPicture.objects.ready().order_by("position")] == [1, 3, 2]
    assert editor.post(here, {**words, "remove": str(rows[0].pk)})["Location"] == here
    assert [row.number for row in AlbumPicture.objects.ready().order_by("position")] == [3, 2]
    assert editor.post(f"{here}remettre/", {"picture": str(rows[0].pk)})["Location"] == here
    assert editor.post(f"{here}ajouter/", {"pictures": upload(("d.png", bytes_of()))})["Location"] == here
    assert AlbumPicture.objects.kept().count() == 4
    assert editor.post(f"{here}ajouter/", {}).status_code == 200
    theirs = album(ablain, "Zibeline.")
    for address in (f"{SITE}{theirs.pk}/", f"{SITE}{prisches.root_page_id}/"):
        assert editor.get(address).status_code == 404, address
        assert editor.post(f"{address}ajouter/", {"pictures": upload(("d.png", bytes_of()))}).status_code == 404
    stolen = theirs.pictures.get()
    assert editor.post(f"{here}remettre/", {"picture": str(stolen.pk)}).status_code == 404
    editor.post(here, {**words, "remove": str(stolen.pk), f"alternative{stolen.pk}": "Volée"})
    stolen.refresh_from_db()
    assert (stolen.removed_at, stolen.alternative) == (None, "Zibeline.")
