"""Who draws the ground of a map: the same questions to the platform's own drawing and to a server of maps."""

from __future__ import annotations

import io
import math
import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from lxml import etree
from PIL import Image

from socle.engines.own_maps.engine import OwnMap
from socle.engines.wms.engine import LIMIT, Wms
from socle.sites import grounds
from socle.sites.contract import BaseMap, MapError
from socle.sites.grounds import encoded
from socle.sites.maps import MAP_HEIGHT, MAP_WIDTH, box_around, place_in, street_map_of
from socle.sites.models import MapPicture
from socle.territory.models import Outline, TownHall
from tests import factories as f
from tests.engines.map_server import EXCEPTION, HALF, MapServer, belied_png, belied_webp, blank, png, served
from tests.sites.conftest import equipped

pytestmark = pytest.mark.slow

SQUARE = [[[3.7, 50.0], [3.8, 50.0], [3.8, 50.1], [3.7, 50.1], [3.7, 50.0]]]
BOX = box_around(SQUARE)
assert BOX is not None


@pytest.fixture
def server(settings) -> Iterator[MapServer]:
    """A server of maps on this machine, in clear, with all that the settings say of it."""
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
    with served() as told:
        settings.SOCLE_WMS_URL, settings.SOCLE_WMS_LAYER = told.address, told.layer
        settings.SOCLE_WMS_CREDIT, settings.SOCLE_WMS_LICENCE = "Atelier de l’essai", "Licence Ouverte 2.0"
        told.mark = (BOX[0] + BOX[2]) / 2, (BOX[1] + BOX[3]) / 2
        yield told


class ContractOfMaps:
    """What whoever draws the ground owes."""

    def test_a_picture_is_of_the_size_asked_and_says_whose_it_is(self, maps: BaseMap) -> None:
        made = maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT)
        assert made.credit
        assert made.licence == "Licence Ouverte 2.0"
        content, suffix = encoded(made)
        if suffix == "svg":
            root = etree.fromstring(content)
            size = (int(root.get("width")), int(root.get("height")))
        else:
            size = Image.open(io.BytesIO(content)).size
        assert size == (MAP_WIDTH, MAP_HEIGHT)

    def test_it_names_what_it_draws_from_and_the_same_way_each_time(self, maps: BaseMap) -> None:
        assert maps.source()
        assert maps.source() == maps.source()


class TestOurOwn(ContractOfMaps):
    @pytest.fixture
    def maps(self, db) -> OwnMap:
        return OwnMap()

    def test_it_draws_the_communes_around_names_them_and_nothing_in_it_is_more_than_a_drawing(self, maps) -> None:
        def placed(insee_code: str, name: str, west: float, *point: float) -> None:
            rings = [[[x + west, y] for x, y in SQUARE[0]]]
            commune = f.commune(insee_code, name)
            Outline.objects.create(commune=commune, rings=rings)
            if point:
                TownHall.objects.create(commune=commune, longitude=point[0], latitude=point[1])

        placed("59474", "Prisches", 0, 3.75, 50.05)
        placed("59001", "L’Épine <&>", 0.1, 3.82, 50.02)
        # Its mairie is out of the picture: it is named in what is seen of it. The last is out of it altogether.
        placed("59002", "Vaux", -0.1, 3.58, 50.001)
        placed("59003", "Ailleurs", 0.5)
        made = maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT)
        root = etree.fromstring(made.content)
        names = {one.text: (int(one.get("x")), one.get("class")) for one in root.iter("{*}text")}
        assert set(names) == {"Prisches", "L’Épine <&>", "Vaux"}
        assert names["Vaux"][0] < MAP_WIDTH / 4
        assert names["Vaux"][1] == "n"
        assert names["Prisches"][1] is None
        assert root.find("{*}path").get("d").count("z") == 3
        assert {etree.QName(one).localname for one in root.iter()} == {"svg", "style", "rect", "path", "circle", "text"}
        assert not [name for one in root.iter() for name in one.keys() if "href" in name or name.startswith("on")]  # noqa: SIM118

    def test_a_name_goes_where_no_border_crosses_it_when_there_is_such_a_place(self, maps) -> None:
        """The page draws the border of its commune over the picture: it would strike the name through."""
        commune = f.commune("59474", "Prisches")
        Outline.objects.create(commune=commune, rings=SQUARE)
        # Near the east of its commune: there is no room on its right but across the border.
        TownHall.objects.create(commune=commune, longitude=3.79, latitude=50.05)
        root = etree.fromstring(maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT).content)
        (name,) = root.iter("{*}text")
        border = place_in(BOX, MAP_WIDTH, MAP_HEIGHT)(3.8, 50.05)[0]
        assert int(name.get("x")) + len(name.text) * 18 < border

    def test_no_name_is_over_another_nor_cut(self, maps) -> None:
        for n in range(30):
            commune = f.commune(f"59{n:03}", f"Commune numéro {n}")
            rings = [[[x + n / 1000, y] for x, y in SQUARE[0]]]
            Outline.objects.create(commune=commune, rings=rings)
            TownHall.objects.create(commune=commune, longitude=3.7 + n / 300, latitude=50.05)
        root = etree.fromstring(maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT).content)
        names = [(int(one.get("x")), int(one.get("y")), len(one.text)) for one in root.iter("{*}text")]
        assert 0 < len(names) < 30
        for n, (x, y, length) in enumerate(names):
            assert 0 < x < x + length * 17 < MAP_WIDTH
            assert all(abs(y - other[1]) >= 32 or x + length * 17 < other[0] or other[0] + other[2] * 17 < x
                       for other in names[n + 1:])  # fmt: skip


class TestAServerOfMaps(ContractOfMaps):
    @pytest.fixture
    def maps(self, server: MapServer) -> Wms:
        return Wms()

    def test_what_it_draws_is_where_the_page_draws_it(self, maps, server) -> None:
        """By the formula of the standard, and not by ours: a wrong order of the axes would be seen."""
        longitude, latitude = 3.7301, 50.0872
        server.mark = (
            longitude * HALF / 180,
            math.log(math.tan((90 + latitude) * math.pi / 360)) * HALF / math.pi,
        )
        content, suffix = encoded(maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT))
        assert suffix == "webp"
        image = Image.open(io.BytesIO(content)).convert("RGB")
        red, green, _ = image.getpixel(place_in(BOX, MAP_WIDTH, MAP_HEIGHT)(longitude, latitude))
        assert red > 200 > 100 > green

    def test_it_asks_for_one_picture_and_keeps_what_the_address_had(self, maps, server) -> None:
        maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT)
        (asked,) = server.asked
        assert asked["map"] == "socle"
        assert [float(side) for side in asked["BBOX"].split(",")] == pytest.approx(BOX, abs=0.01)
        assert (asked["WIDTH"], asked["HEIGHT"]) == ("800", "600")

    def test_another_layer_is_another_source(self, maps, settings) -> None:
        before = maps.source()
        settings.SOCLE_WMS_LAYER = "relief"
        assert maps.source() != before

    @pytest.mark.parametrize("name", ["SOCLE_WMS_LAYER", "SOCLE_WMS_CREDIT", "SOCLE_WMS_LICENCE"])
    def test_nothing_is_asked_without_whose_it_is_and_under_which_licence(self, maps, server, settings, name) -> None:
        setattr(settings, name, "")
        with pytest.raises(MapError, match=name):
            maps.picture(BOX, MAP_WIDTH, MAP_HEIGHT)
        assert server.asked == []


XML, PNG = {"Content-Type": "text/xml"}, {"Content-Type": "image/png"}
LIES = {
    "an exception, said to be all right": (
        (200, XML, EXCEPTION.format(code="LayerNotDefined", words="Pas de couche").encode()),
        "refuse la demande («\u00a0LayerNotDefined\u00a0»)",
    ),
    "an exception, with its status": ((400, XML, EXCEPTION.format(code="InvalidCRS", words="").encode()), "InvalidCRS"),
    "an exception, said to be a picture": ((200, PNG, EXCEPTION.format(code="Rate", words="").encode()), "Rate"),
    "an exception whose code is an attack": (
        (200, XML, EXCEPTION.format(code="&lt;script&gt;", words="x").encode()),
        "n’a pas répondu par une image",
    ),
    "an exception that grows": (
        (200, XML, b'<!DOCTYPE a [<!ENTITY a "aaaa">]><ServiceException>&a;</ServiceException>'),
        "n’a pas répondu par une image",
    ),
    "a page": ((200, {"Content-Type": "text/html"}, b"<h1>Connexion</h1>"), "n’a pas répondu par une image"),
    "no type": ((200, {}, png()), "n’a pas répondu par une image"),
    "a drawing": ((200, {"Content-Type": "image/svg+xml"}, b"<svg/>"), "n’a pas répondu par une image"),
    "another address": ((302, {"Location": "http://127.0.0.1:1/"}, b""), "renvoie ailleurs"),
    "another address, for good": ((301, {"Location": "https://exemple.invalid/", **PNG}, png()), "renvoie ailleurs"),
    "a refusal": ((403, PNG, png()), "répond 403"),
    "a failure": ((503, {}, b""), "répond 503"),
    "nothing": ((200, PNG, b""), "ne se lit pas"),
    "a page said to be a picture": ((200, PNG, b"<h1>Connexion</h1>"), "ne se lit pas"),
    "another kind than it says": ((200, PNG, png(form="JPEG")), "ne se lit pas"),
    "a kind that nobody asked for": ((200, {"Content-Type": "image/tiff"}, png(form="TIFF")), "par une image"),
    # Made when they are needed: every process that collects these tests would compress them.
    "cut short": (lambda: (200, PNG, png(noise=True)[:20_000]), "ne se lit pas"),
    "another size": ((200, PNG, png((801, 600))), "n’a pas la taille demandée"),
    "a bomb": (lambda: (200, PNG, png((9_000, 9_000), mode="1")), "n’a pas la taille demandée"),
    "a smaller one than its header says": ((200, PNG, belied_png((80, 60))), "ne se lit pas"),
    "another size than its canvas says": (
        lambda: (200, {"Content-Type": "image/webp"}, belied_webp((1600, 1200))),
        "ne se lit pas",
    ),
    "longer than it says": ((200, PNG | {"Content-Length": "100"}, png()), "ne se lit pas"),
    "shorter than it says": ((200, PNG | {"Content-Length": "999999"}, png()), "Serveur de cartes"),
    "of one colour": ((200, PNG, blank()), "ne couvre pas cette commune"),
    "too large": ((200, PNG, b"\x89PNG" + b"0" * (LIMIT + 1)), "dépasse 4096 Kio"),
    "no map: noise, which nothing makes light": (lambda: (200, PNG, png(noise=True)), "dépasse 60\u00a0ko"),
}


@pytest.mark.parametrize("name", LIES)
def test_whatever_is_not_a_map_is_refused_with_a_sentence(server, name) -> None:
    lie, said = LIES[name]
    server.lie = lie() if callable(lie) else lie
    with pytest.raises(MapError) as refused:
        encoded(Wms().picture(BOX, MAP_WIDTH, MAP_HEIGHT))
    assert said in refused.value.sentence
    assert "script" not in refused.value.sentence
    assert "127.0.0.1" not in refused.value.sentence
    assert len(server.asked) == 1


def test_points_beyond_the_size_that_a_picture_says_are_never_unfolded(server) -> None:
    """Nine million of them under a header that says 800 × 600, which alone is believed: no more is ever decoded."""
    server.lie = (200, PNG, belied_png((3_000, 3_000)))
    content, _ = encoded(Wms().picture(BOX, MAP_WIDTH, MAP_HEIGHT))
    assert Image.open(io.BytesIO(content)).size == (MAP_WIDTH, MAP_HEIGHT)


@pytest.mark.django_db
def test_no_lie_about_the_streets_is_shown_nor_takes_what_was_there(server, settings, tmp_path) -> None:
    """The second scale believes no more than the first: of each lie, the commune's picture stays, and no other is."""
    settings.MEDIA_ROOT = tmp_path
    website = equipped("59474", "Prisches")

    def look(days: float) -> MapPicture:
        grounds.follow_site(website, [grounds.MapSource(Wms())], at=f.NOW + timedelta(days=days))
        assert MapPicture.objects.get(website=website, scale=MapPicture.Scale.COMMUNE).problem == ""
        return MapPicture.objects.get(website=website, scale=MapPicture.Scale.STREETS)

    server.lies_below = 2_000
    for lie, said in LIES.values():
        server.lie = lie() if callable(lie) else lie
        row = look(0)
        assert (row.file.name, said in row.problem) == ("", True), said
    # The commune's was asked once; the streets are asked about as it is, in a box that is theirs.
    assert len(server.asked) == 1 + len(LIES)
    server.lie, asked = None, server.asked[-1]
    west, south, east, north = map(float, asked["BBOX"].split(","))
    assert (asked["WIDTH"], asked["HEIGHT"], asked["CRS"]) == ("800", "600", "EPSG:3857")
    server.mark = ((west + east) / 2, (south + north) / 2)
    made = look(0)
    image = Image.open(io.BytesIO((tmp_path / made.file.name).read_bytes())).convert("RGB")
    red, green, _ = image.getpixel(street_map_of(website).point)
    assert red > 200 > 100 > green
    server.lie = LIES["another size"][0]
    assert look(400).file.name == made.file.name


def test_what_came_from_elsewhere_is_encoded_anew(server) -> None:
    """What follows a picture in its file, and what it says of itself, stay there."""
    server.lie = (200, PNG, png() + b"<script>alert(1)</script>")
    content, suffix = encoded(Wms().picture(BOX, MAP_WIDTH, MAP_HEIGHT))
    assert (suffix, content[:4], content[8:12]) == ("webp", b"RIFF", b"WEBP")
    assert b"script" not in content


def test_a_server_that_is_silent_absent_or_within_makes_nobody_wait_for_ever(server, settings) -> None:
    server.hangs = True
    with pytest.raises(MapError, match="pas répondu à temps"):
        Wms(timeout=0.2).picture(BOX, MAP_WIDTH, MAP_HEIGHT)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.SOCLE_WMS_URL = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(MapError, match="ne répond pas"):
            Wms().picture(BOX, MAP_WIDTH, MAP_HEIGHT)
    settings.OUTGOING_INTERNAL = []
    for address, said in (("https://127.0.0.1/wms", "intérieur du réseau"), ("http://exemple.invalid/", "https://")):
        settings.SOCLE_WMS_URL = address
        with pytest.raises(MapError, match=said):
            Wms().picture(BOX, MAP_WIDTH, MAP_HEIGHT)
