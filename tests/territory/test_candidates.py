"""A file of outside is read whole, or refused in French: nothing of it is believed before."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from socle.lib.refusals import Refused
from socle.territory import candidates
from tests.territory.conftest import COMMUNES

GOOD = COMMUNES + "59474,Prisches,59,215904749,200043321,1000,59550\n62002,Abbeville,62,,,,62000 62001\n"
ROWS: list[dict[str, Any]] = [
    {"code": "59006", "nom": "L’Orée de Mormal", "departement": "59", "type": "commune-actuelle", "population": 600,
     "codesPostaux": ["59570", "59144"], "anciensCodes": ["59070"], "siren": "215900069"},
    {"code": "59070", "nom": "Bermeries", "chefLieu": "59006", "type": "commune-deleguee"},
    {"code": "59006", "nom": "Amfroipret", "chefLieu": "59006", "type": "commune-deleguee"},
    {"code": "98735", "nom": "Papeete", "collectiviteOutremer": {"code": "987", "nom": "Polynésie française"},
     "type": "commune-actuelle"},
]  # fmt: skip
EPCI = [{"code": "200043321", "nom": "CC du Pays de Mormal", "type": "CC", "membres": [{"code": "59006"}]}]


def read(content: bytes | str, name: str = "communes-2027.csv") -> candidates.Candidate:
    return candidates.read_bytes(content.encode() if isinstance(content, str) else content, name=name)


def package(**files: Any) -> bytes:
    """The npm package, with these files instead of the good ones; None leaves one out."""
    contents = {
        "package/package.json": {"version": "7.0.0"},
        "package/data/communes.json": ROWS,
        "package/data/epci.json": EPCI,
        "package/data/departements.json": [{"code": "59", "nom": "Nord"}],
    } | {f"package/data/{name}.json": value for name, value in files.items()}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, value in contents.items():
            if value is not None:
                content = json.dumps(value).encode()
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize("content", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), gzip.compress(GOOD.encode())])
def test_our_table_is_read_plain_or_compressed_with_or_without_a_mark(content: bytes | str) -> None:
    found = read(content)
    assert (found.year, list(found.communes)) == (2027, ["59474", "62002"])
    assert found.communes["62002"].postal_codes == ("62000", "62001")
    assert found.communes["62002"].population is None


def test_the_list_of_the_package_is_read_alone_and_is_silent_about_what_it_does_not_hold() -> None:
    found = candidates.read_bytes(json.dumps(ROWS).encode(), name="communes.json", year=2027)
    assert found.heirs == {"59070": "59006"}
    assert found.knows == {"siren", "population", "postal_codes"}
    assert found.communes["98735"].department == "987"
    assert {(part.insee_code, part.name, part.kind) for part in found.former or ()} == {
        ("59070", "Bermeries", "delegated"),
        ("59006", "Amfroipret", "delegated"),
    }


def test_the_package_itself_also_knows_the_intercommunal_bodies_and_the_departments() -> None:
    found = candidates.read_bytes(package(), name="x.tgz", year=2027)
    assert found.communes["59006"].epci == "200043321"
    assert found.epci["200043321"] == ("CC du Pays de Mormal", "CC")
    assert found.departments == {"59": "Nord", "987": "Polynésie française"}
    assert "@etalab/decoupage-administratif 7.0.0" in found.source


def test_the_changes_of_a_table_come_beside_it() -> None:
    changes = "insee_code,kind,heir,gone_in\n59070,merged,59071,2026\n59071,merged,59474,2027\n59072,lost,,2027\n"
    found = candidates.with_changes(read(GOOD), changes.encode())
    assert found.heirs == {"59070": "59474", "59071": "59474"}
    assert found.gone_in["59070"] == 2026


def altered(**fields: Any) -> list[dict[str, Any]]:
    return [{**ROWS[0], **fields}, *ROWS[1:]]


HOSTILE = {
    "empty": (b"", "vide"),
    "only a header": (COMMUNES, "aucune commune"),
    "cut in a line": (GOOD[:-30], "ligne 3"),
    "a compressed file cut": (gzip.compress(GOOD.encode())[:-20], "tronqué"),
    "a compressed file altered": (gzip.compress(GOOD.encode())[:30] + b"x" * 40, "abîmé"),
    "columns missing": (GOOD.replace(",population", ""), "« population »"),
    "columns in disorder": (GOOD.replace("name,department", "department,name"), "ordre attendu"),
    "a spreadsheet's semicolons": (GOOD.replace(",", ";"), "n’est pas celui des communes"),
    "another file altogether": (b"%PDF-1.7 something", "n’est pas celui des communes"),
    "a code twice": (GOOD + GOOD.splitlines()[1] + "\n", "59474 figure deux fois"),
    "a negative population": (GOOD.replace("1000", "-1000"), "ligne 2"),
    "a population in another script": (GOOD.replace("1000", "١٠٠٠"), "ligne 2"),
    "an enormous population": (GOOD.replace("1000", "99999999"), "ligne 2"),
    "a code that is none": (GOOD.replace("59474", "5947X"), "ligne 2"),
    "a wrong siren": (GOOD.replace("215904749", "21590474"), "ligne 2"),
    "a name with a null": (GOOD.replace("Prisches", "Pris\0ches"), "UTF-8"),
    "a name with a line break": (GOOD.replace("Prisches", '"Pris\nches"'), "ligne 3"),
    "a quote never closed": (GOOD.replace("Prisches", '"Prisches'), "ligne"),
    "latin-1": (GOOD.replace("Prisches", "Étrœungt".replace("œ", "oe")).encode("latin-1"), "ligne 2"),
    "utf-16": (GOOD.encode("utf-16"), "UTF-8"),
    "json cut": (json.dumps(ROWS)[:-40], "n’est pas du JSON"),
    "json of another thing": (json.dumps({"communes": ROWS}), "n’est pas une liste"),
    "json of strings": (json.dumps(["59474"]), "l’élément 1"),
    "json without end": ("[" * 200_000, "n’est pas du JSON"),
    "json, a code twice": (json.dumps([ROWS[0], *ROWS]), "59006 figure deux fois"),
    "json, a negative population": (json.dumps(altered(population=-1)), "illisible"),
    "json, half an inhabitant": (json.dumps(altered(population=600.5)), "illisible"),
    "json, true inhabitants": (json.dumps(altered(population=True)), "illisible"),
    "json, a name that is a list": (json.dumps(altered(nom=["x"])), "illisible"),
    "json, an unknown kind": (json.dumps(altered(type="pays")), "illisible"),
    "json, mergers in a circle": (
        json.dumps([ROWS[0], {"code": "59800", "nom": "A", "chefLieu": "59801", "type": "commune-deleguee"},
                    {"code": "59801", "nom": "B", "chefLieu": "59800", "type": "commune-deleguee"}]),
        "se désignent l’une l’autre",
    ),
    "a package without communes": (package(communes=None), "communes.json"),
    "a package of broken departments": (package(departements=[{"code": "59"}]), "département est illisible"),
    "a package of broken epci": (package(epci=[{"code": "x", "nom": "CC"}]), "« CC » est illisible"),
    "a package cut": (gzip.compress(gzip.decompress(package())[:3000]), "il y manque"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_what_does_not_hold_together_is_refused_in_french(content: bytes | str, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refusal:
        read(content)
    assert refusal.value.sentence.endswith(candidates.NOTHING)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("59070,merged,59071,2026\n59071,merged,59070,2026\n", "se désignent l’une l’autre"),
        ("59070,merged,59999,2026\n", "un successeur que ce millésime n’a pas"),
        ("59070,merged,,2026\n", "ligne 2"),
        ("59070,eaten,59474,2026\n", "ligne 2"),
        ("59474,merged,62002,2026\n", "ligne 2"),
        ("59070,merged,59474,hier\n", "ligne 2"),
        ("59070,merged\n", "ligne 2"),
    ],
)
def test_changes_that_do_not_hold_together_are_refused(lines: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        candidates.with_changes(read(GOOD), ("insee_code,kind,heir,gone_in\n" + lines).encode())


def test_an_enormous_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "communes-2027.csv"
    with file.open("wb") as sparse:
        sparse.truncate(100 * 1024 * 1024)
    with pytest.raises(Refused, match="dépasse 30 Mo"):
        candidates.read_path(file)


def test_a_small_file_that_unfolds_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MAX_UNFOLDED", 1024)
    with pytest.raises(Refused, match="dépasse"):
        read(gzip.compress(b"0" * 4096))


def test_a_file_that_does_not_say_its_year_is_asked_for_it() -> None:
    with pytest.raises(Refused, match="précisez l’année"):
        read(GOOD, "communes.csv")
    with pytest.raises(Refused, match="n’est pas l’année d’un millésime"):
        candidates.read_bytes(GOOD.encode(), name="communes-2027.csv", year=2999)


@pytest.mark.parametrize("where", ["missing.csv", "."])
def test_a_path_that_is_no_file_is_refused(tmp_path: Path, where: str) -> None:
    with pytest.raises(Refused, match=candidates.NOTHING):
        candidates.read_path(tmp_path / where, year=2027)
