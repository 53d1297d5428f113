"""What leaves for a transmission device: valid by the official schema, the example reproduced, the same bytes twice."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tracemalloc
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from socle.deliberations import transmission
from socle.deliberations.numbering import Identifier
from socle.deliberations.transmission import Sender, Sending
from socle.engines.simulated import letters
from socle.lib.refusals import Refused
from socle.replays import act_files, counting
from tests.conftest import NOT_OURS

EXAMPLES = Path(__file__).parents[1] / "data/actes"
# The Ministry's schema is not ours to ship: it is looked for beside this copy of the project, or where this says.
SCHEMA = Path(os.environ.get("SOCLE_TEST_ACTES_XSD") or Path(__file__).parents[3] / "shared/data/actes/xsd")
PDF, PNG = b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"
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


def official():
    """The schema of the Ministry; a loud skip without it."""
    if not (SCHEMA / "actesv1_1.xsd").is_file():
        pytest.skip(
            f"{NOT_OURS}: the official schema of @CTES is not in {SCHEMA}: name its folder in SOCLE_TEST_ACTES_XSD"
        )
    return etree.XMLSchema(file=str(SCHEMA / "actesv1_1.xsd"))


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
    schema = official()
    again = counting.founding()
    for name, content in (archived(), act_files.archive_of(again, PDF)):
        (xml,) = (one for path, one in opened(content).items() if path.endswith(root))
        schema.assertValid(etree.fromstring(xml))
        assert name.endswith(".tar.gz")
    broken = etree.fromstring(transmission.message(ACT))
    broken.remove(broken[0])
    assert not schema.validate(broken)


ADDRESSES = {
    "actes@commune.fr": True,
    "Etat_civil-2.b@saint-andre.mairie.nord.fr": True,
    "a@b.museum": True,
    "actes@ville.bretagne": False,  # Seven letters and more, which came after the schema.
    "actes+pref@commune.fr": False,
    "état@commune.fr": False,
    "actes@été.fr": False,
    "actes@commune": False,
    "actes@commune.f": False,
    "a..b@commune.fr": False,
    ".a@commune.fr": False,
    "a@commune.fr ": False,
    "actes@commune.f1": False,
    "o'brien@commune.fr": False,
    "a@commune.fr\n": False,
    "": False,
}


@pytest.mark.parametrize(("email", "is_taken"), ADDRESSES.items())
def test_an_address_that_the_envelope_does_not_take_is_refused_before(email, is_taken):
    assert (transmission.why_not_return_to(email) is None) is is_taken
    sender = replace(SENDER, email=email)
    if not is_taken:
        with pytest.raises(Refused, match="de 2 à 6 lettres"):
            transmission.archive(ACT, sender=sender, device="abc", sent_on=date(2021, 11, 24))


def test_the_official_schema_takes_the_same_addresses():
    schema = official()
    for email, is_taken in ADDRESSES.items():
        envelope = etree.fromstring(transmission.envelope(replace(SENDER, email=email), ["a.xml"]))
        assert schema.validate(envelope) is is_taken, email


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
        ({"annexes": (PNG, b"GIF8")}, "L’annexe 2"),
    ],
)
def test_what_would_be_refused_does_not_leave(changed, says):
    with pytest.raises(Refused, match=says):
        archived(replace(ACT, **changed))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("059-200039386----7-1_0", letters.classification_request(date(2019, 3, 1))),
        (f"{ACT.identifier}-6-1_0", letters.cancellation(str(ACT.identifier))),
        (f"{ACT.identifier}-3-2_0", letters.read_receipt("3-1", str(ACT.identifier), date(2021, 12, 1))),
        (f"{ACT.identifier}-4-2_0", letters.read_receipt("4-1", str(ACT.identifier), date(2021, 12, 10))),
    ],
    ids=["7-1", "6-1", "3-2", "4-2"],
)
def test_what_a_device_writes_by_itself_is_that_of_the_example(name, message):
    assert fields(message) == fields((EXAMPLES / f"{name}.xml").read_bytes())


def test_what_the_twin_writes_is_what_a_prefecture_writes():
    act, name, on = transmission.message(ACT), str(ACT.identifier), date(2021, 11, 24)
    assert fields(letters.receipt(act, name, received_on=on)) == fields((EXAMPLES / f"{name}-1-2_1.xml").read_bytes())
    for flow, day in (("3-1", date(2021, 12, 1)), ("4-1", date(2021, 12, 10))):
        example = (EXAMPLES / f"{name}-{flow}_0.xml").read_bytes()
        assert fields(letters.letter(flow, name, on=day, says="Exemple")) == fields(example)


def test_what_the_twin_writes_is_valid_by_the_official_schema():
    """But the anomaly that a prefecture sends outside of it."""
    schema = official()
    act, name, on = transmission.message(ACT), str(ACT.identifier), date(2021, 11, 24)
    for path in EXAMPLES.glob("*.xml"):
        schema.assertValid(etree.fromstring(path.read_bytes()))
    for message in (
        letters.anomaly(act, nature="002", detail="Date de classification", on=on),
        letters.cancellation_receipt(name, on=on),
        letters.classification(),
        *(letters.letter(flow, name, on=on, says="Exemple") for flow in letters.LETTERS),
    ):
        schema.assertValid(etree.fromstring(message))
    envelope = transmission_envelope(letters.archive({"a.xml": b"<a/>"}, siren="200039386", department="059", on=on))
    schema.assertValid(etree.fromstring(envelope))


def transmission_envelope(content):
    return next(iter(opened(content).values()))


@pytest.mark.parametrize("flow", transmission.ANSWERS)
def test_what_answers_a_letter_is_valid_by_the_official_schema(flow):
    schema, name, on = official(), str(ACT.identifier), date(2021, 12, 1)
    schema.assertValid(etree.fromstring(transmission.answer(flow, name, on, f"{name}-{flow}_1.pdf")))
    if receipt := letters.answer_receipt(flow, name, received_on=on):
        schema.assertValid(etree.fromstring(receipt))


def test_an_archive_has_a_weight(monkeypatch):
    monkeypatch.setattr(transmission, "MOST_BYTES", 2 * len(PDF))
    archived()
    with pytest.raises(Refused, match="allégez les annexes"):
        archived(replace(ACT, annexes=(PDF + b" ",)))


@pytest.mark.slow
def test_150_mio_leave_with_little_memory_and_a_byte_more_does_not(tmp_path):
    """Read and written by pieces: what is counted is what Python holds at once."""
    path = tmp_path / "act.pdf"
    path.write_bytes(PDF)
    os.truncate(path, transmission.MOST_BYTES - len(PDF))
    tracemalloc.start()
    try:
        with (tmp_path / "archive").open("wb") as file:
            transmission.write_archive(
                file,
                replace(ACT, document=path, annexes=(PDF,)),
                sender=SENDER,
                device="abc",
                sent_on=date(2021, 11, 24),
            )
        assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    finally:
        tracemalloc.stop()
    with pytest.raises(Refused, match="allégez les annexes"):
        archived(replace(ACT, document=path, annexes=(PDF + b" ",)))


def test_an_image_is_annexed_under_its_own_type_and_a_kind_that_was_said():
    names = list(replace(ACT, annexes=(PNG, PDF), kinds=("22_NE", "")).files)
    stem = f"{ACT.identifier}-1-1"
    assert names == [f"99_DE-{stem}_1.pdf", f"22_NE-{stem}_2.png", f"99_DE-{stem}_3.pdf"]
