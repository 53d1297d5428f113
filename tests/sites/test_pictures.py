"""Photographs: light, at their place, saying nothing of where they were taken; what machines read beside them."""

from __future__ import annotations

import gc
import io
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.utils import timezone
from PIL import Image

from socle.lib.waits import giving_up
from socle.sections.events.models import EventPage
from socle.sites.actions import suspend_site
from socle.sites.models import CommuneImage, CommuneRendition, HomePage, Publication
from socle.sites.models.media import AVIF_SPEED
from socle.sites.models.pages import site_path_of
from socle.sites.opening import open_section
from socle.sites.publishing import folders
from socle.sites.publishing.actions import note_new_day, publish_waiting
from socle.sites.registry import sections
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.released import add_news, served
from tests.sites.test_hosts import PAGES


@pytest.fixture(autouse=True)
def kept(settings, tmp_path) -> None:
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"


def photograph(website, size=(1300, 900)) -> CommuneImage:
    """A photograph as a telephone takes it: it says where, when and with what, and is lying on its side."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "Appareil de la mairie", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 4.0, 48.0), 3: "E", 4: (3.0, 46.0, 12.0)})
    stream = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(stream, "JPEG", exif=exif, comment=b"50.08 N 3.77 E")
    assert b"Appareil" in stream.getvalue()
    file = ImageFile(ContentFile(stream.getvalue(), name="vue.jpg"), name="vue.jpg")
    return CommuneImage.objects.create(title="Vue", description="Le clocher.", file=file, collection=website.collection)


@pytest.mark.slow
def test_a_photograph_is_published_light_in_its_place_and_without_its_secrets(prisches, valid_html):
    home = HomePage.objects.get(pk=prisches.root_page_id)
    home.picture = photograph(prisches)
    home.full_clean()
    home.save_revision().publish()
    publish_waiting()
    files = served(prisches)
    page = files["index.html"].decode()
    assert valid_html(page) == []
    image = BeautifulSoup(page, "html5lib").select_one("main picture img")
    assert image["alt"] == "Le clocher."
    assert image["fetchpriority"] == "high"
    assert abs(int(image["width"]) / int(image["height"]) - 16 / 9) < 0.02
    sources = BeautifulSoup(page, "html5lib").select("main picture source")
    assert [source["type"] for source in sources] == ["image/avif", "image/webp"]
    for source in sources:
        widths = re.findall(r" (\d+)w", source["srcset"])
        assert len(set(widths)) == len(widths) > 1
    pictures = {name: content for name, content in files.items() if name.startswith("media/")}
    assert {name.rpartition(".")[2] for name in pictures} == {"avif", "webp", "jpg"}
    for name, content in pictures.items():
        assert b"Appareil" not in content, name
        assert b"50.08" not in content, name
        with Image.open(io.BytesIO(content)) as made:
            assert not made.getexif(), name
    shared = BeautifulSoup(page, "html5lib").select_one("meta[property='og:image']")["content"]
    assert shared.removeprefix(f"{prisches.root_url}/") in files


def test_the_photograph_of_the_home_asks_for_its_description(prisches):
    home = HomePage.objects.get(pk=prisches.root_page_id)
    home.picture = photograph(prisches)
    home.picture.description = ""
    with pytest.raises(Exception, match="Décrivez la photographie"):
        home.full_clean()


@pytest.mark.slow
def test_each_page_says_what_it_is_when_it_is_shared_and_the_mairie_to_machines(prisches, visit):
    prisches.facts.address = "1 rue </script><b>&"
    prisches.facts.save()
    for path in PAGES:
        page = BeautifulSoup(visit(prisches, path).content, "html5lib")
        said = {tag["property"]: tag["content"] for tag in page.select("meta[property]")}
        assert said["og:url"] == prisches.root_url + path
        assert said["og:description"] == page.select_one("meta[name=description]")["content"] != ""
    data = json.loads(BeautifulSoup(visit(prisches).content, "html5lib").select_one("main script").string)
    assert data["@type"] == ["CityHall", "GovernmentOffice"]
    assert data["address"]["streetAddress"] == "1 rue </script><b>&"
    assert {"opens": "13:30", "closes": "17:00"}.items() <= data["openingHoursSpecification"][2].items()
    assert len(data["openingHoursSpecification"]) == 6


@pytest.mark.parametrize("path", ["/", "/demarches/", "/contact/"])
def test_a_page_is_read_without_style_nor_image(prisches, visit, path):
    page = BeautifulSoup(visit(prisches, path).content, "html5lib")
    for seen in page.select("link, picture, img, svg, script"):
        seen.decompose()
    assert [tag for tag in page.select("a, button, h1, h2, h3") if not tag.get_text(strip=True)] == []
    words = page.body.get_text(" ")
    # In the order in which one wants them: the way past the menu, the name, the content, the mairie.
    places = [words.index(said) for said in ("Aller au contenu", "Accueil", "Horaires", "Mentions légales")]
    assert places == sorted(places)
    assert page.h1.get_text(strip=True)
    assert not page.select("[style]")


@pytest.mark.slow
def test_whose_a_photograph_is_is_written_under_it_wherever_it_is_alone(prisches, visit):
    image = photograph(prisches, size=(120, 90))
    CommuneImage.objects.filter(pk=image.pk).update(credit="Camille Auteure, CC0")
    shown = {"picture_id": image.pk, "picture_is_decorative": True}
    block = {"image": image, "alternative": "Le clocher.", "caption": "L’église"}
    news = add_news(prisches, "Brocante", **shown, body=[("picture", block)])
    agenda = open_section(prisches, sections()["agenda"], by=f.user(), at=f.NOW)
    event = agenda.add_child(instance=EventPage(title="Loto", place="Salle des fêtes", starts_on=f.NOW.date(), **shown))
    for page, written in ((news, ["Camille Auteure, CC0", "L’église Camille Auteure, CC0"]),
                          (event, ["Camille Auteure, CC0"])):  # fmt: skip
        soup = BeautifulSoup(visit(prisches, site_path_of(page)).content, "html5lib")
        assert [tag.get_text(" ") for tag in soup.select("main figcaption")] == written


@pytest.mark.slow
def test_inside_the_editor_a_photograph_is_shown_at_once_and_its_sizes_are_left_to_the_publication(prisches, client):
    client.force_login(secretary(prisches.beneficiary))
    add_news(prisches, picture=photograph(prisches), picture_alternative="Le clocher.")
    place = "/mairie/site/voir/actualites/brocante/"
    page = BeautifulSoup(client.get(place).content, "html5lib")
    image = page.select_one("main img")
    assert not CommuneRendition.objects.exists()
    # As it is, turned the right way up: its place is kept, and whoever edits the site may read it.
    assert (image["width"], image["height"], image["alt"]) == ("900", "1300", "Le clocher.")
    assert b"".join(client.get(image["src"]).streaming_content)
    publish_waiting()
    files = served(prisches)
    sent = BeautifulSoup(files["actualites/brocante/index.html"], "html5lib").select_one("main picture img")["src"]
    assert sent.removeprefix("/") in files
    assert BeautifulSoup(client.get(place).content, "html5lib").select_one("main picture img")["src"] == sent


@pytest.mark.slow
def test_no_visitor_makes_a_size_of_a_photograph(prisches, client, visit):
    image = photograph(prisches)
    home = HomePage.objects.get(pk=prisches.root_page_id)
    home.picture, home.picture_alternative = image, "Le clocher."
    home.save_revision().publish()
    add_news(prisches, picture=image, picture_alternative="Le clocher.", body=[("picture", {"image": image})])
    prisches.coat_of_arms = image
    prisches.save(update_fields=["coat_of_arms"])
    paths = ("/", "/actualites/", "/actualites/brocante/", "/rien/", "/_/recherche/?q=brocante", "/actualites.atom")
    for path in paths:
        answer = visit(prisches, path)
        assert answer.status_code == (404 if path == "/rien/" else 200)
        # Neither does it show the original, which tells where it was taken.
        assert "originals" not in answer.content.decode(), path
    suspend_site(prisches, by=f.user(), at=f.NOW)
    assert visit(prisches).status_code == 503
    assert not CommuneRendition.objects.exists()


@pytest.mark.slow
def test_the_last_publication_is_public_until_the_next_is_whole(prisches, visit):
    publish_waiting()
    before = served(prisches)
    add_news(prisches, picture=photograph(prisches), picture_alternative="Le clocher.")
    for path in ("/", "/?page=2", "/actualites/"):
        assert visit(prisches, path).content == before[f"{path.partition('?')[0][1:]}index.html"], path
    # Not published yet, it has its words.
    assert b"<img" not in (early := visit(prisches, "/actualites/brocante/").content)
    assert b"Brocante" in early
    assert not CommuneRendition.objects.exists()
    publish_waiting()
    after = served(prisches)
    for path in ("/", "/actualites/", "/actualites/brocante/"):
        assert visit(prisches, path).content == after[f"{path[1:]}index.html"] != before.get(f"{path[1:]}index.html")
    assert b"<picture" in after["actualites/brocante/index.html"]
    # An address that is no page reads nothing on the disk.
    hostile = ("/../current/", "/%2e%2e/current/", "/./", "/\0/", "/404.html", "/index.html", f"/{'a' * 5000}/")
    assert [visit(prisches, path).status_code for path in hostile] == [404] * len(hostile)
    suspend_site(prisches, by=f.user(), at=f.NOW)
    assert visit(prisches).status_code == 503


@pytest.mark.slow
def test_a_page_whose_file_is_gone_is_drawn(prisches, visit):
    publish_waiting()
    (folders.home_of(prisches.slug) / "current" / "contact" / "index.html").write_text("publié")
    assert visit(prisches, "/contact/").content == "publié".encode()
    shutil.rmtree(folders.home_of(prisches.slug))
    assert "Contact" in visit(prisches, "/contact/").content.decode()


def test_a_thumbnail_of_the_editor_is_made_aside(prisches):
    image, given = photograph(prisches, size=(120, 90)), []
    giving_up(lambda: given.append(True))
    try:
        image.get_rendition("max-20x20")
    finally:
        giving_up(None)
    assert given


def test_a_photograph_becomes_avif_at_our_speed(prisches, monkeypatch):
    asked, save = [], Image.Image.save
    monkeypatch.setattr(
        Image.Image, "save", lambda *given, **how: asked.append(how.get("speed")) or save(*given, **how)
    )
    made = photograph(prisches, size=(120, 90)).get_rendition("width-60|format-avif")
    assert asked[1:] == [AVIF_SPEED]  # After the photograph itself.
    with made.file.open() as file, Image.open(file) as opened:
        assert (opened.format, opened.width) == ("AVIF", 60)


@pytest.fixture
def collected():
    """The library that resizes images leaves the file of a size that failed to the garbage collector."""
    yield
    gc.collect()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_photograph_that_cannot_be_prepared_is_left_out_said_and_tried_again(
    collected, prisches, client, time_machine
):
    time_machine.move_to(f.NOW)
    image = photograph(prisches)
    path = Path(image.file.path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    add_news(prisches, picture=image, picture_alternative="Le clocher.")
    publish_waiting()

    def shown():
        files = served(prisches)
        page = BeautifulSoup(files["actualites/brocante/index.html"], "html5lib")
        assert all(one["src"].removeprefix("/") in files for one in page.select("main img"))
        return bool(page.select("main img"))

    assert not shown()
    assert "photographie" in Publication.objects.get().problem
    client.force_login(secretary(prisches.beneficiary))
    place = "/mairie/site/voir/actualites/brocante/"
    assert "n’est pas en ligne" in client.get(place).content.decode()
    path.write_bytes(whole)
    time_machine.move_to(f.NOW + timedelta(days=1))
    note_new_day(at=timezone.now())
    publish_waiting()
    assert shown()
    assert Publication.objects.get().problem == ""
    assert "n’est pas en ligne" not in client.get(place).content.decode()
