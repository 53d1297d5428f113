"""What leaves for a transmission device: valid by the official schema, the example reproduced, the same bytes twice."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from socle.assemblies import replay, replay_files
from socle.deliberations import transmission
from socle.deliberations.numbering import Identifier
from socle.deliberations.transmission import Sender, Sending
from socle.lib.refusals import Refused
from tests.conftest import NOT_OURS

EXAMPLES = Path(__file__).parents[1] / "data/actes"
# The Ministry's schema is not ours to ship: it is looked for beside this copy of the project, or where this says.
SCHEMA = Path(os.environ.get("SOCLE_TEST_ACTES_XSD") or Path(__file__).parents[3] / "shared/data/actes/xsd")
PDF = b"%PDF-1.7\n"
ACT = Sending(
    Identifier("059", "200039386", date(2021, 11, 23), "2021 – 16"),
    "Approbation du projet Pack Mairies Connectées et des modalités de sa mise en œuvre",
    "5.7",
    date(2019, 3, 1),
    PDF,
    (PDF,),
)
SENDER = Sender("200039386", "059", "5", "42", "actes@syndicat.example.fr", "Secretariat", "0300000000")


def fields(content):
    """Every element in its order: its name, its attributes but where the schema is, its text."""
    return [
        (
            one.tag,
            {name: value for name, value in one.attrib.items() if "XMLSchema" not in name},
            (one.text or "").strip(),
        )
        for one in etree.fromstring(content).iter()
    ]


def opened(content):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def archived(act=ACT):
    return transmission.archive(act, sender=SENDER, device="abc", sent_on=date(2021, 11, 24))


def test_the_example_is_reproduced_field_for_field():
    (envelope,) = EXAMPLES.glob("EACT--*.xml")
    (message,) = EXAMPLES.glob("*-1-1_0.xml")
    name, content = archived()
    inside = opened(content)
    assert name == "abc-EACT--200039386--20211124-1.tar.gz"
    assert list(inside) == [
        envelope.name,
        message.name,
        "99_DE-059-200039386-20211123-2021_16-DE-1-1_1.pdf",
        "99_DE-059-200039386-20211123-2021_16-DE-1-1_2.pdf",
    ]
    assert fields(inside[envelope.name]) == fields(envelope.read_bytes())
    assert fields(inside[message.name]) == fields(message.read_bytes())
    assert inside[message.name].startswith(b"<?xml version='1.0' encoding='ISO-8859-1'?>")


def test_the_same_act_gives_the_same_bytes_and_words_of_no_alphabet_stay_readable():
    assert archived() == archived()
    assert gzip.decompress(archived()[1])[:5] == b"EACT-"
    message = transmission.message(replace(ACT, subject="L’œuvre – « 3 € »… Ł"))
    assert "L'oeuvre - « 3 EUR »... &#321;".encode("latin-1") in message
    assert b">O<" in transmission.message(replace(ACT, is_followed_by_paper=True))


@pytest.mark.parametrize(
    ("nature", "code", "kind"),
    [("DE", 1, "DE"), ("AR", 2, "AR"), ("AI", 3, "AI"), ("CC", 4, "DC"), ("BF", 5, "BU"), ("AU", 6, "AU")],
)
def test_each_nature_has_its_code_and_its_kind_of_file(nature, code, kind):
    act = replace(ACT, identifier=replace(ACT.identifier, nature=nature))
    assert next(iter(act.files)).startswith(f"99_{kind}-")
    assert f'CodeNatureActe="{code}"'.encode() in transmission.message(act)


@pytest.mark.parametrize("root", ["1-1_0.xml", "-1.xml"], ids=["message", "envelope"])
def test_the_archive_of_the_founding_act_is_valid_by_the_official_schema(root):
    if not (SCHEMA / "actesv1_1.xsd").is_file():
        pytest.skip(
            f"{NOT_OURS}: the official schema of @CTES is not in {SCHEMA}: name its folder in SOCLE_TEST_ACTES_XSD"
        )
    schema = etree.XMLSchema(file=str(SCHEMA / "actesv1_1.xsd"))
    again = replay.founding()
    for name, content in (archived(), replay_files.archive_of(again, PDF)):
        (xml,) = (one for path, one in opened(content).items() if path.endswith(root))
        schema.assertValid(etree.fromstring(xml))
        assert name.endswith(".tar.gz")
    broken = etree.fromstring(transmission.message(ACT))
    broken.remove(broken[0])
    assert not schema.validate(broken)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"identifier": replace(ACT.identifier, number="2021_1234567890123")}, "15 au plus"),
        ({"identifier": replace(ACT.identifier, number="1")}, "2 à 15"),
        ({"subject": ""}, "1 à 499"),
        ({"subject": "a" * 500}, "il en a 500"),
        ({"subject": "Deux\nlignes"}, "une ligne"),
        ({"matter": "5"}, "deux premiers niveaux"),
        ({"matter": "5.7.1.1.1.1"}, "deux premiers niveaux"),
        ({"document": b"<html>"}, "n’est pas un PDF"),
        ({"annexes": (b"",)}, "n’est pas un PDF"),
    ],
)
def test_what_would_be_refused_does_not_leave(changed, says):
    with pytest.raises(Refused, match=says):
        archived(replace(ACT, **changed))


def test_an_archive_has_a_weight(monkeypatch):
    monkeypatch.setattr(transmission, "MOST_BYTES", 2 * len(PDF))
    archived()
    with pytest.raises(Refused, match="allégez les annexes"):
        archived(replace(ACT, annexes=(PDF + b" ",)))
