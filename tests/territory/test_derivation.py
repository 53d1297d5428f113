"""What the maintainer's tool reads from packages it does not control, and what it leaves out."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.derive_territory import halls
from tools.derive_territory.emails import looks_personal
from tools.derive_territory.files import pack
from tools.derive_territory.outlines import (
    edges_of,
    fill_gaps,
    metres_outside,
    point_of,
    rings_of,
    rings_of_geojson,
    square_km,
)


@pytest.mark.parametrize(
    ("email", "commune"),
    [
        ("mairie@prisches.fr", "Prisches"),
        ("mairie.prisches@wanadoo.fr", "Prisches"),
        ("Mairie@banteux.fr", "Banteux"),
        ("mairiedebriastre@briastre.net", "Briastre"),
        ("commune-de-haynecourt@orange.fr", "Haynecourt"),
        ("com-de-neuville-au-cornet@orange.fr", "Neuville-au-Cornet"),
        ("neuvilleaccueil@orange.fr", "Neuville-sur-Escaut"),
        ("villers-au-bois.mairie@wanadoo.fr", "Villers-au-Bois"),
        ("mairie.monceau.st.waast@wanadoo.fr", "Monceau-Saint-Waast"),
        ("mairiestmichel-ternoise@nordnet.fr", "Saint-Michel-sur-Ternoise"),
        ("mairie-de-beaurepaire-sur-sambr@wanadoo.fr", "Beaurepaire-sur-Sambre"),
        ("mairie.montigny-en-cis@wanadoo.fr", "Montigny-en-Cambrésis"),
        ("mairie.etroeungt@orange.fr", "Étrœungt"),
        ("mairie.warlancourteaucourt@wanadoo.fr", "Warlencourt-Eaucourt"),
        ("eringhem59@orange.fr", "Eringhem"),
        ("mairie0.borre@gmail.com", "Borre"),
        ("mairie62860@orange.fr", "Sains-lès-Marquion"),
        ("contact@ville-lens.fr", "Lens"),
        ("accueil@bergues.fr", "Bergues"),
        ("secretariat@curgies.fr", "Curgies"),
        ("secretariat.maire@angres.fr", "Angres"),
        ("maire@louvroil.fr", "Louvroil"),
        ("mairedebuirelesec@wanadoo.fr", "Buire-le-Sec"),
        ("dgs@fourmies.fr", "Fourmies"),
        ("hoteldeville@auby.fr", "Auby"),
        ("service.courrier@ville-fachesthumesnil.fr", "Faches-Thumesnil"),
        ("moncheauxenpevele@orange.fr", "Moncheaux"),
        ("com.wsd@orange.fr", "Wavrechain-sous-Denain"),
        ("communelefavril@orange.fr", "Le Favril"),
    ],
)
def test_the_address_of_an_office_is_kept(email: str, commune: str) -> None:
    assert not looks_personal(email, commune)


@pytest.mark.parametrize(
    ("email", "commune"),
    [
        ("prenom.nom@prisches.fr", "Prisches"),
        ("dupont.jeanne@sfr.fr", "Prisches"),
        ("jean-dupont62@orange.fr", "Lens"),
        ("jdupont@mairie-lens.fr", "Lens"),
        ("j.d@mairie-lens.fr", "Lens"),
        ("carole@mairie-lieu-saint-amand.fr", "Lieu-Saint-Amand"),
        ("michel.campion-dgs@mairiedefruges.fr", "Fruges"),
        ("mairie.dupont@orange.fr", "Lens"),
        ("dupont.mairie@orange.fr", "Lens"),
        ("maire.dupont@orange.fr", "Lens"),
        ("lemaire@orange.fr", "Lens"),
        ("lemaire.conchil@orange.fr", "Conchil-le-Temple"),
        ("catherine@mairie.fr", "Sainte-Catherine"),
        ("amand@mairie-lieu-saint-amand.fr", "Lieu-Saint-Amand"),
        ("martin.choquel@orange.fr", "Saint-Martin-Choquel"),
        ("lens.dupont@orange.fr", "Lens"),
        ("marie.lens@orange.fr", "Lens"),
        ("59310@orange.fr", "Lens"),
        ("la@orange.fr", "Lens"),
        ("@orange.fr", "Lens"),
        ("", "Lens"),
    ],
)
def test_an_address_that_may_be_a_person_s_is_withheld(email: str, commune: str) -> None:
    assert looks_personal(email, commune)


@given(st.text(max_size=60), st.text(max_size=30))
@pytest.mark.slow
def test_any_text_at_all_gets_an_answer(email: str, commune: str) -> None:
    assert looks_personal(email, commune) in (True, False)


@pytest.mark.parametrize(
    ("text", "openings", "left_out"),
    [
        ("[]", [], 0),
        ("", [], 0),
        ("\\N", [], 0),
        (
            '[["lundi","vendredi",[["09:00:00","11:45:00"],["14:00:00","17:15:00"]]]]',
            [(1, 5, "09:00", "11:45"), (1, 5, "14:00", "17:15")],
            0,
        ),
        ('[["Samedi ","samedi",[["10:30:00","12:00:00"]]]]', [(6, 6, "10:30", "12:00")], 0),
        (
            '[["samedi","lundi",[["10:00:00","12:00:00"]]]]',
            [(1, 1, "10:00", "12:00"), (6, 7, "10:00", "12:00")],
            0,
        ),
        (
            '[["mardi","mardi",[["10:00:00","12:00:00"]]],["mardi","mardi",[["10:00:00","12:00:00"]]]]',
            [(2, 2, "10:00", "12:00")],
            0,
        ),
        ('[["lundi","lundi",[["12:00:00","09:00:00"]]]]', [], 1),
        ('[["lundi","lundi",[["09:00:00","09:00:00"]]]]', [], 1),
        ('[["lundi","lundi",[["09:00:00","24:61:00"]]]]', [], 1),
        ('[["lundi","lundi",[["09:00:00+01:00","12:00:00"]]]]', [], 1),
        ('[["lundi","jour férié",[["09:00:00","12:00:00"]]]]', [], 1),
        ('[["lundi",5,[["09:00:00","12:00:00"]]]]', [], 1),
        ('[["lundi","lundi",[["09:00:00"],[9,12],null,"09:00"]]]', [], 4),
        ('[["lundi","lundi"]]', [], 1),
        ('[["lundi","lundi",null], null, 3]', [], 3),
        ('{"lundi": 1}', [], 1),
        ("[[", [], 1),
        ("[" * 100_000, [], 1),
    ],
)
def test_opening_hours_are_read_and_what_makes_no_sense_is_counted(
    text: str, openings: list[tuple[int, int, str, str]], left_out: int
) -> None:
    assert halls.opening_hours(text) == (openings, left_out)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=4), max_leaves=20))
@pytest.mark.slow
def test_hours_of_any_shape_never_break_the_reading(value: object) -> None:
    openings, left_out = halls.opening_hours(json.dumps(value))
    assert openings == []
    assert left_out >= 0


@pytest.mark.parametrize(
    ("text", "commune", "parts"),
    [
        ("22 Grand'Rue\n59268 Abancourt", "Abancourt", ("22 Grand'Rue", "59268", "Abancourt")),
        ("451 rue\n59310 Aix-en-Pevele", "Aix-en-Pévèle", ("451 rue", "59310", "Aix-en-Pévèle")),
        ("\n59400 Moeuvres", "Mœuvres", ("", "59400", "Mœuvres")),
        ("\n62120 Aire-sur-la-Lys Cedex", "Aire-sur-la-Lys", ("", "62120", "Aire-sur-la-Lys Cedex")),
        ("1 rue\nBP 3\n59000 Lille", "Lille", ("1 rue, BP 3", "59000", "Lille")),
        ("quelque part", "Lille", ("quelque part", "", "")),
        ("", "Lille", ("", "", "")),
        ("\\N", "Lille", ("", "", "")),
    ],
)
def test_an_address_is_cut_in_three_and_the_city_gets_its_accents_back(
    text: str, commune: str, parts: tuple[str, str, str]
) -> None:
    assert halls.address(text, commune) == parts


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("https://abscon.fr", "https://abscon.fr"),
        ("www.bajus.fr", "http://www.bajus.fr"),
        ("", ""),
        ("\\N", ""),
        ("javascript:alert(1)", ""),
        ("javascript://a.fr/%0aalert(1)", ""),
        ("ftp://abscon.fr", ""),
        ("https://mairie", ""),
        ("https://user@abscon.fr", ""),
        ('https://abscon.fr/"><script>', ""),
        ("https://[abscon", ""),
    ],
)
def test_only_a_web_address_a_browser_can_follow_is_kept(text: str, site: str) -> None:
    assert halls.website(text) == site


def square(x: float, y: float, size: float = 1.0) -> list[list[float]]:
    """A clockwise square, as the source draws them."""
    return [[x, y], [x, y + size], [x + size, y + size], [x + size, y], [x, y]]


def wkb(rings: list[list[list[float]]]) -> str:
    polygons = [
        struct.pack("<BII", 1, 3, 1) + struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *p) for p in ring)
        for ring in rings
    ]
    return (struct.pack("<BII", 1, 6, len(rings)) + b"".join(polygons)).hex()


def test_a_multipolygon_is_read_ring_by_ring() -> None:
    rings = [square(3, 50), square(5, 50)]
    assert rings_of(wkb(rings)) == rings
    assert point_of((struct.pack("<BIdd", 1, 1, 3.5, 50.25)).hex()) == (50.25, 3.5)
    assert point_of("\\N") is None


@pytest.mark.parametrize("data", ["", "01", "0106", "zz", wkb([square(3, 50)])[:-4], wkb([])[:10] + "ffffffff"])
def test_a_truncated_geometry_is_an_error_never_a_wrong_outline(data: str) -> None:
    with pytest.raises((ValueError, struct.error)):
        rings_of(data)


def test_the_hole_left_by_a_merger_goes_to_the_commune_that_lacks_a_part() -> None:
    outlines = {f"{x}{y}": [square(x, 50 + y)] for x in range(3) for y in range(3)}
    del outlines["11"]
    complete = {code: [ring[:] for ring in rings] for code, rings in outlines.items()}
    assert fill_gaps(outlines, set()) == {}
    assert outlines == complete
    given = fill_gaps(outlines, {"10"})
    assert list(given) == ["10"]
    assert sum(map(square_km, outlines["10"])) == pytest.approx(2 * square_km(square(1, 50)), rel=0.02)
    assert fill_gaps(outlines, {"10"}) == {}


def test_a_seat_alone_in_its_hole_takes_the_whole_hole() -> None:
    outlines = {f"{x}{y}": [square(x, 50 + y)] for x in range(3) for y in range(3)}
    outlines["11"] = [square(1.25, 51.25, 0.5)]
    assert list(fill_gaps(outlines, {"11"})) == ["11"]
    assert {tuple(map(tuple, ring)) for ring in edges_of(outlines["11"])} == {
        tuple(map(tuple, edge)) for edge in edges_of([square(1, 51)])
    }


def test_a_point_is_measured_from_the_outline() -> None:
    assert metres_outside(3.5, 50.5, [square(3, 50)]) == 0
    assert metres_outside(3.5, 51.001, [square(3, 50)]) == pytest.approx(111, abs=1)


def test_packing_gives_the_same_bytes_each_time() -> None:
    assert pack("une commune\n") == pack("une commune\n")
    assert pack("x")[4:10] == b"\x00\x00\x00\x00\x02\xff"


@pytest.mark.parametrize("name", ["communes.geojson", "communes.geojson.gz"])
def test_finer_outlines_are_read_from_a_file_of_communes_rounded_alike(tmp_path: Path, name: str) -> None:
    ring = [[3.7000004, 50.0], [3.7000001, 50.0], [3.8, 50.0], [3.8, 50.123456789], [3.7000004, 50.0]]
    shapes = {"59474": ("Polygon", [ring]), "62826": ("MultiPolygon", [[ring], [ring]])}
    features = [
        {"properties": {"code": code, "nom": ""}, "geometry": {"type": kind, "coordinates": parts}}
        for code, (kind, parts) in shapes.items()
    ]
    content = json.dumps({"features": features}).encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    read = [[3.7, 50.0], [3.8, 50.0], [3.8, 50.12346], [3.7, 50.0]]
    assert rings_of_geojson(tmp_path / name) == {"59474": [read], "62826": [read, read]}
