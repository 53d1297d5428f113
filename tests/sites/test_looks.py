"""How a site looks: chosen after having been seen, taken back, readable whatever was chosen, and never a program."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
from html import unescape

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.sites import actions
from socle.sites.colours import PAPER, contrast, strong
from socle.sites.models import CommuneImage, Font, HomePage, Layout, WebSite
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.browser import PHONE, violations, watched_context
from tests.conftest import tool
from tests.sites.conftest import equipped, secretary
from tests.sites.released import add_news, drawn, picture, served
from tests.sites.two_communes import signed_in
from tools.lighthouse import BROWSERS

LOOK = "/mairie/site/apparence/"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 80"><script>alert(1)</script></svg>'


@pytest.fixture(autouse=True)
def kept(settings, tmp_path) -> None:
    settings.PUBLISHED_ROOT, settings.MEDIA_ROOT = tmp_path / "published", tmp_path / "media"


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def png(size=(90, 120), **saved) -> SimpleUploadedFile:
    stream = io.BytesIO()
    Image.new("RGBA", size, "#2f4a7c").save(stream, "PNG", **saved)
    return SimpleUploadedFile("blason.png", stream.getvalue())


CREDIT = "Photographie\u00a0: Camille Auteure, CC0"
# What the characters of a site may weigh, all together.
MOST_OF_FONTS = 60_000


def illustrate(website: WebSite) -> None:
    """Give a site a photograph, a coat of arms and two more news, one of them with a picture."""
    home = HomePage.objects.get(pk=website.root_page_id)
    home.picture, home.picture_alternative = picture(website), "La place, un matin."
    home.save_revision().publish()
    add_news(website, "Brocante", picture=picture(website, "blue"), picture_alternative="Des étals.")
    add_news(website, "Travaux rue du Moulin")
    CommuneImage.objects.filter(collection_id=website.collection_id).update(credit=CREDIT)
    actions.take_coat(website, png(), by=f.user(), at=f.NOW)


def chosen(website: WebSite, **choices: str) -> WebSite:
    return actions.choose_look(website, choices, by=f.user(), at=f.NOW)


@pytest.mark.slow
def test_each_layout_says_the_same_to_everyone_with_or_without_a_photograph(prisches, valid_html):
    for is_illustrated in (False, True):
        if is_illustrated:
            illustrate(prisches)
        for layout in Layout.values:
            page = drawn(chosen(prisches, layout=layout, font=Font.ATKINSON)).decode()
            assert valid_html(page) == [], layout
            soup = BeautifulSoup(page, "html5lib")
            words = " ".join(soup.body.get_text(" ").split())
            for said in ("Prisches", "03 27 77 59 00", "9 h – 12 h", "Ce que l’on trouve sur ce site",
                         "Signaler un problème", "démarche"):  # fmt: skip
                assert said in words.replace("\u00a0", " "), (layout, said)
            assert soup.body["class"] == [f"layout-{layout}"]
            # Never an empty first screen.
            assert len(soup.select("main .cover svg")) == (not is_illustrated), layout
            headings = [int(tag.name[1]) for tag in soup.select("main :is(h1, h2, h3)")]
            assert headings[0] == 1
            assert headings.count(1) == 1
            assert all(after - before <= 1 for before, after in itertools.pairwise(headings)), layout
            assert len({tag["id"] for tag in soup.select("[id]")}) == len(soup.select("[id]")), layout
            if is_illustrated:
                assert soup.select_one("main img[alt='La place, un matin.'], main img[alt='Des étals.']"), layout
                assert [tag.string for tag in soup.select("main figure:has(img) > figcaption")] == [CREDIT], layout


@pytest.mark.slow
def test_a_look_is_seen_before_it_is_published(editor, prisches, visit):
    before = visit(prisches).content
    form = {"layout": "journal", "colour": "other", "own_colour": "#FFFF00", "second_colour": "", "font": "literata"}
    seen = editor.post(LOOK, {**form, "see": "1"})
    assert seen["Location"] == f"{LOOK}?layout=journal&colour=%23ffff00&second_colour=&font=literata"
    page = unescape(editor.get(seen["Location"]).content.decode())
    assert "Rien n’est encore publié" in page
    assert f"Choisir {strong('#ffff00')}" in page
    frames = BeautifulSoup(page, "html5lib").select("iframe")
    assert len(frames) == 5
    preview = editor.get(frames[4]["src"])
    assert b"layout-journal" in preview.content
    assert b"/couleurs/ffff00-ffff00-literata.css" in preview.content
    assert preview["X-Frame-Options"] == "SAMEORIGIN"
    assert visit(prisches).content == before

    assert editor.post(LOOK, {**form, "publish": "1"}).status_code == 302
    assert b"layout-journal" in visit(prisches).content
    assert Entry.objects.get(verb="website.look_chosen").facts["layout"] == "journal"


@pytest.mark.slow
def test_what_is_no_look_is_refused_and_nothing_changes(editor, prisches, ablain, visit):
    before = visit(prisches).content
    fine = {"layout": "sober", "colour": "#2f4a7c", "second_colour": "", "font": "system"}
    for wrong in ({"layout": "x"}, {"font": "x"}, {"colour": "red"}, {"colour": "other", "own_colour": "rouge"}):
        assert editor.post(LOOK, {**fine, **wrong}).status_code == 200, wrong
    for colours in ({"second_colour": "rouge"}, {"colour": "rouge", "second_colour": "#2f4a7c"}):
        with pytest.raises(Refused, match="six chiffres"):
            actions.choose_look(prisches, colours, by=f.user(), at=f.NOW)
    for query in ("?layout=../../x", "?colour=%23zzzzzz", "?font=%00"):
        assert editor.get(LOOK + query).status_code == 200
        assert b"layout-map" in editor.get(f"{LOOK}apercu/{query}").content
    foreign = picture(ablain)
    with pytest.raises(Refused, match="n’est plus parmi les images"):
        actions.choose_look(prisches, {"coat_of_arms_id": foreign.pk}, by=f.user(), at=f.NOW)
    assert visit(prisches).content == before


@pytest.mark.slow
def test_the_theme_is_one_file_whose_old_addresses_stay_valid(prisches, visit):
    plain = visit(prisches, "/couleurs/9c3d22.css")
    assert plain.status_code == 200
    assert b"font-face" not in plain.content
    assert b"--second:#" in visit(prisches, "/couleurs/9c3d22-2f4a7c.css").content
    for nothing in ("9c3d2", "9c3d22-", "9c3d22-x", "9c3d22-2f4a7c-marianne", "9c3d22-2f4a7c-literata-x", "9C3D22"):
        assert visit(prisches, f"/couleurs/{nothing}.css").status_code == 404, nothing
    for font, count in ((Font.LITERATA, 1), (Font.DUO, 2)):
        chosen(prisches, font=font, second_colour="#2f4a7c")
        publish_waiting()
        files = served(prisches)
        sheet = files[f"couleurs/{prisches.colour[1:]}-2f4a7c-{font}.css"].decode()
        faces = re.findall(r'url\("/(static/[^"]+\.woff2)"\)', sheet)
        assert len(faces) == count
        # What stands in for a family while it comes is of the device, and declared.
        named = set(re.findall(r'"([^"]+ \d)"', re.search(r"--sans:[^;]+;--serif:[^;]+;", sheet)[0]))
        assert named == set(re.findall(r'font-family:"([^"]+ \d)";src:local', sheet)) != set()
        assert {files[face][:4] for face in faces} == {b"wOF2"}
        assert sum(len(files[face]) for face in faces) <= MOST_OF_FONTS


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_a_new_site_has_two_families_and_none_for_who_asks_for_less_data(browser, address):
    website = equipped("59474", "Prisches")
    # Its makers have not opened this question to every page yet.
    asking = browser.browser_type.launch(
        executable_path=tool(*BROWSERS),
        args=["--no-sandbox", "--enable-blink-features=PrefersReducedData"],
    )
    with contextlib.closing(asking):
        for asked, count in (("no-preference", 2), ("reduce", 0)):
            with watched_context(asking) as context:
                page = context.new_page()
                loaded: list[bool] = []
                page.on("request", lambda request, loaded=loaded: loaded.append(request.url.endswith(".woff2")))
                data = {"name": "prefers-reduced-data", "value": asked}
                context.new_cdp_session(page).send("Emulation.setEmulatedMedia", {"features": [data]})
                page.goto(address("/", host=website.slug), wait_until="networkidle")
                assert sum(loaded) == count, asked


@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#00ff80"])
def test_an_unreadable_colour_is_given_its_nearest_readable_shade(colour):
    shade = strong(colour)
    assert contrast(colour, PAPER) < 4.5 <= contrast(shade, PAPER)
    assert strong(shade) == shade


@pytest.mark.slow
def test_a_coat_of_arms_is_in_the_head_of_each_page_and_keeps_nothing_of_its_file(editor, prisches, visit):
    secret = PngImagePlugin.PngInfo()
    secret.add_text("Place", "50.08 N 3.77 E")
    assert editor.post(f"{LOOK}blason/", {"file": png(pnginfo=secret)}).status_code == 302
    publish_waiting()
    for path in ("/", "/contact/"):
        coat = BeautifulSoup(visit(prisches, path).content, "html5lib").select_one("header img.coat")
        assert (coat["alt"], coat["width"], coat["height"]) == ("", "90", "120")
    assert b"50.08" not in served(prisches)[coat["src"][1:]]
    CommuneImage.objects.get().delete()
    publish_waiting()
    assert b'class="coat"' not in served(prisches)["index.html"]
    assert "Choisissez le fichier" in editor.post(f"{LOOK}blason/", {}, follow=True).content.decode()
    for name, content in (("blason.png", b"GIF89a"), ("blason.svg", SVG), ("blason.png", SVG)):
        wrong = {"file": SimpleUploadedFile(name, content)}
        assert "PNG" in editor.post(f"{LOOK}blason/", wrong, follow=True).content.decode(), name
    assert not CommuneImage.objects.exists()


@pytest.mark.journey
@pytest.mark.django_db(transaction=True)
def test_each_layout_is_accessible_by_day_by_night_and_on_a_phone(browser, address):
    website = equipped("59474", "Prisches")
    illustrate(website)
    wrong = []
    with watched_context(browser) as context:
        page = context.new_page()
        for layout in Layout.values:
            look = {"layout": layout, "colour": "#4d6b2c", "second_colour": "#9c3d22", "font": Font.LEXEND}
            drawn(chosen(website, **look))  # Nothing else makes the sizes of its photographs.
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                for path in ("/", "/demarches/"):
                    page.goto(address(path, host=website.slug))
                    wrong += [f"{layout} {scheme} {path}: {found}" for found in violations(page)]
            for width in (320, 390):
                page.set_viewport_size({**PHONE, "width": width})
                page.goto(address(host=website.slug))
                if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                    wrong.append(f"{layout}: wider than {width}")
            page.set_viewport_size({"width": 1280, "height": 900})
    assert wrong == []


@pytest.mark.slow
def test_a_page_without_a_picture_is_shared_with_the_coat_of_arms(prisches, visit):
    def shared(path="/contact/"):
        page = BeautifulSoup(visit(prisches, path).content, "html5lib")
        return page.select_one("meta[property='og:image']")

    assert shared() is None
    actions.take_coat(prisches, png(), by=f.user(), at=f.NOW)
    prisches.refresh_from_db()
    publish_waiting()
    path = shared()["content"].removeprefix(prisches.root_url)
    assert path == shared("/")["content"].removeprefix(prisches.root_url)
    with Image.open(io.BytesIO(served(prisches)[path[1:]])) as image:
        assert (image.format, image.size) == ("PNG", (90, 120))
