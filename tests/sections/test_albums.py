"""Albums: many photographs sent at once, described before they show, in the form of their page."""

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
from socle.sections.albums import actions
from socle.sections.albums.models import AlbumPage, AlbumPicture
from socle.sections.albums.rules import why_not_add
from socle.sites.models import CommuneImage
from socle.sites.photographs import Photograph
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.sites.released import drawn, publish_page, published, served, written_by
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


def album(website, *described: str, title="Fête du village") -> AlbumPage:
    """An album online, whose photographs show these things; an empty word waits."""
    made = actions.begin_album(website, title, taken_on=date(2026, 7, 14), by=f.user(), at=f.NOW)
    if described:
        handed = [Photograph(f"IMG_{n}.png", bytes_of()) for n, _ in enumerate(described)]
        made = actions.add_pictures(made, handed, credit="Mairie", by=f.user(), at=f.NOW)
        for picture, words in zip(made.pictures.all(), described, strict=True):
            picture.alternative = words
    return publish_page(made)


def text(answer) -> str:
    return " ".join(unescape(BeautifulSoup(answer.content, "html5lib").get_text(" ")).split())


@pytest.mark.slow
def test_an_album_is_a_grid_of_its_described_photographs(prisches, ablain, visit, valid_html):
    album(prisches, "La place pavoisée.", "", "Le bal <b>.", "Les lampions.", "Le manège.", "La fanfare.")
    album(prisches, title="Album vide")
    album(ablain, "Zibeline.")
    index = text(visit(prisches, "/galerie/"))
    assert "14 juillet 2026 , 5 photographies Fête du village" in index
    assert "Zibeline" not in index
    assert "Album vide" not in index
    drawn(prisches, "/galerie/fete-du-village/")
    page = visit(prisches, "/galerie/fete-du-village/")
    grid = BeautifulSoup(page.content, "html5lib").select(".grid a")
    assert [link.img["alt"] for link in grid][:2] == ["La place pavoisée.", "Le bal <b>."]
    picture = visit(prisches, grid[0]["href"])
    assert (picture["Content-Type"], b"".join(picture)[:2]) == ("image/jpeg", b"\xff\xd8")
    # What one sees at once is not left for later; the rest is.
    assert [link.img.get("loading") for link in grid] == [None, None, None, None, "lazy"]
    assert text(page).count("Mairie") == 5 + text(visit(prisches, "/galerie/album-vide/")).count("Mairie")
    for path in ("/galerie/", "/galerie/fete-du-village/", "/galerie/album-vide/"):
        answer = visit(prisches, path)
        assert (answer.status_code, valid_html(answer.content)) == (200, []), path
    # The page that a photograph had leads to its album.
    answer = visit(prisches, "/galerie/fete-du-village/photo/3/")
    assert (answer.status_code, answer["Location"]) == (301, "/galerie/fete-du-village/")
    assert visit(prisches, "/galerie/rien/photo/3/").status_code == 404
    entries = json.loads(visit(prisches, "/recherche.json").content)["entries"]
    assert any("La place pavoisée" in str(entry) for entry in entries)


@pytest.mark.parametrize(
    ("count", "already", "reason"),
    [
        (0, 0, "au moins une"),
        (1, 0, None),
        (20, 40, None),
        (21, 0, "20 photographies à la fois"),
        (20, 41, "60 photographies au plus"),
        (1, 60, "en a déjà 60"),
    ],
)
def test_how_many_photographs_an_album_takes(count, already, reason):
    said = why_not_add(count, already=already)
    assert said is None if reason is None else reason in said


@pytest.mark.slow
@pytest.mark.both
def test_photographs_added_wait_in_the_draft(prisches, visit):
    made = album(prisches, "Un.")
    draft = actions.add_pictures(made, [Photograph("a.png", bytes_of())], by=f.user(), at=f.NOW)
    assert [one.alternative for one in draft.pictures.all()] == ["Un.", ""]
    assert AlbumPicture.objects.count() == 1
    with pytest.raises(Refused, match="au moins une"):
        actions.add_pictures(made, [], by=f.user(), at=f.NOW)
    # The next is added to the draft, not to what is online.
    draft = actions.add_pictures(made, [Photograph("b.png", bytes_of())], by=f.user(), at=f.NOW)
    assert [(one.sort_order, one.image.title) for one in draft.pictures.all()] == [
        (number, f"Fête du village, photographie {number}") for number in (1, 2, 3)
    ]


@pytest.mark.slow
def test_a_gesture_renews_the_album_and_the_page_above_it(prisches, visit):
    made = album(prisches, "Un.", "Deux.")
    publish_waiting()
    assert {"galerie/index.html", "galerie/fete-du-village/index.html"} <= set(served(prisches))

    def leave_one():
        draft = made.get_latest_revision_as_object()
        draft.pictures.remove(draft.pictures.all()[1])
        publish_page(draft)

    written = written_by(prisches, leave_one)
    assert {"galerie/index.html", "galerie/fete-du-village/index.html", "recherche.json"} <= written
    assert "contact/index.html" not in written
    # An image deleted from the library leaves the album.
    written = written_by(prisches, lambda: CommuneImage.objects.get(pk=made.pictures.get().image_id).delete())
    assert "galerie/fete-du-village/index.html" in written
    assert "<picture>" not in served(prisches)["galerie/fete-du-village/index.html"].decode()


@pytest.mark.slow
def test_the_pages_cost_the_same_whatever_the_photographs(prisches, visit):
    def cost(path: str) -> int:
        visit(prisches, path)
        with CaptureQueriesContext(connection) as queries:
            visit(prisches, path)
        return len(queries)

    album(prisches, "Un.", title="Premier")
    before = {path: cost(path) for path in ("/galerie/", "/galerie/premier/")}
    album(prisches, "Un.", "Deux.", title="Deuxième")
    made = actions.add_pictures(
        AlbumPage.objects.get(slug="premier"), [Photograph("a.png", bytes_of())] * 3, by=f.user(), at=f.NOW
    )
    for one in made.pictures.all():
        one.alternative = "Une vue."
    publish_page(made)
    assert {path: cost(path) for path in before} == before


@pytest.mark.slow
def test_the_first_screen_of_a_grid_is_light(prisches, visit):
    made = actions.begin_album(prisches, "Fête", taken_on=f.TODAY, by=f.user(), at=f.NOW)
    handed = [Photograph(f"{seed}.jpg", photograph(seed)) for seed in range(8)]
    made = actions.add_pictures(made, handed, by=f.user(), at=f.NOW)
    for one in made.pictures.all():
        one.alternative = "Une vue."
    publish_page(made)
    page = drawn(prisches, "/galerie/fete/")
    sources = BeautifulSoup(page, "html5lib").select('.grid source[type="image/avif"]')
    assert len(sources) == 8
    largest = [source["srcset"].split(", ")[-1].split()[0] for source in sources]
    weights = [len(b"".join(visit(prisches, address).streaming_content)) for address in largest]
    # Two columns and four lines of the sharpest phone, the page with them: well under the bound of a page.
    assert sum(weights) + len(page) < 120_000, weights


def upload(*files: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content, content_type="image/png") for name, content in files]


def described(made: AlbumPage, *words: str, images: list[int] | None = None) -> dict[str, str]:
    """What the form of the page of an album sends: its photographs, in this order, with these words."""
    rows = list(made.pictures.all())
    form = {"title": made.title, "taken_on": "14/07/2026", "summary": "", "slug": made.slug, "action-publish": "1"}
    form |= {"pictures-TOTAL_FORMS": str(len(rows)), "pictures-INITIAL_FORMS": str(len(rows))}
    form |= {"pictures-MIN_NUM_FORMS": "0", "pictures-MAX_NUM_FORMS": "60"}
    for rank, (row, said) in enumerate(zip(rows, words, strict=True)):
        given = {"id": row.pk or "", "image": images[rank] if images else row.image_id, "alternative": said}
        given |= {"credit": row.credit, "ORDER": str(len(rows) - rank)}
        form |= {f"pictures-{rank}-{name}": str(value) for name, value in given.items()}
    return form
