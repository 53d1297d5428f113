"""What a screen reader and an archive find in the file: claims kept through three signatures and a stamp."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace

import page
import pikepdf
import pytest
from django.test import override_settings
from django.utils import timezone
from pikepdf import Name

from socle.agreements.document import render_agreement
from socle.documents import texts
from socle.engines.seal.engine import Seal
from socle.engines.simulated import authority
from socle.signing import fields, pades
from socle.signing.contract import Trust
from socle.signing.verification import verify
from tests import pki
from tests.agreements.facts import agreement
from tests.signing.conftest import AT

pytestmark = pytest.mark.seals

PROFILES = (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1)
# Everything by which the file says to conform, as read in its metadata: each has a profile above.
CLAIMS = {
    "{http://www.aiim.org/pdfa/ns/id/}part": "3",
    "{http://www.aiim.org/pdfa/ns/id/}conformance": "A",
    "{http://www.aiim.org/pdfua/ns/id/}part": "1",
}
# The validator wants each signature to cover the file as it is last; earlier ones cover the version they signed.
EXPECTED_OF_SEVERAL = {"PDFA3A-SIGNATURE-BYTERANGE-001"}
# It also takes a compressed stream's last byte, when that is a carriage return, for half of the line's end after it.
# Subset names and certificates change from run to run: so do those bytes, about once in a hundred.
EXPECTED_OF_CARRIAGE_RETURN = {"PDFA3A-STREAM-LENGTH-001"}
STATES = [
    pytest.param(("versions", 0), id="unsigned"),
    pytest.param(("versions", 1), id="signed once"),
    pytest.param(("versions", 3), id="signed by all"),
    pytest.param(("proven", 3), id="signed by all, with real authorities", marks=pytest.mark.slow),
]


def signed_by_all(trust: Trust, at: datetime) -> list[bytes]:
    """The agreement unsigned, then after each signature; the last one comes with the stamp of the document."""
    data = agreement()
    body = next(seed.body for seed in texts.seeds() if seed.name == data.model_name)
    found = [render_agreement(data, body)]
    for position, party in enumerate(data.parties):
        statement = pades.Statement(party.kind, party.name, party.representative, "ab" * 32)
        signed, _ = pades.seal(
            found[-1], trust=trust, statement=statement, at=at, quality=party.quality,
            place="Prisches", is_first=position == 0, is_last=position == 2,
        )  # fmt: skip
        found.append(signed)
    return found


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> list[bytes]:
    """By the twin, as a demonstration signs."""
    with override_settings(DEMO=True, PKI_DIR=tmp_path_factory.mktemp("pki")):
        return signed_by_all(authority.SimulatedTrust(), AT)


@pytest.fixture(scope="module")
def proven(authorities) -> list[bytes]:
    """By an operator's seal, with what real authorities answer: certificates, lists, OCSP, tokens."""
    pki.seal(wanted := SimpleNamespace(), authorities)
    with override_settings(**vars(wanted)):
        return signed_by_all(Seal(), timezone.now())


@pytest.fixture(params=STATES)
def content(request) -> bytes:
    """The file in one of its states."""
    name, position = request.param
    return request.getfixturevalue(name)[position]


@pytest.fixture
def pdf(content) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(content)) as document:
        yield document


def test_the_file_claims_what_it_is_and_nothing_that_no_profile_checks(pdf):
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        assert {key: metadata[key] for key in metadata if key.partition("}")[0].endswith("/id/")} == CLAIMS
    assert pdf.pdf_version == "1.7"
    assert pdf.Root.MarkInfo.Marked
    assert not pdf.Root.MarkInfo.get("/Suspects", False)
    assert str(pdf.Root.Lang) == "fr-FR"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.OutputIntents[0].S == Name.GTS_PDFA1


@pytest.mark.slow
def test_each_place_to_sign_is_named_and_tagged(pdf):
    tree = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    # The stamp of the last version is not to be signed, and is out of the page.
    form = [field for field in pdf.Root.AcroForm.Fields if str(field.T) != pades.STAMPED]
    assert [str(field.T) for field in form] == ["beneficiary", "cdg", "lead"]
    for field in form:
        assert str(field.TU).startswith("Signature pour ")
        assert int(field.F) == fields.PRINTED
        assert isinstance(field.AP.N, pikepdf.Stream)
        if "/V" not in field:
            left, bottom, right, top = (float(edge) for edge in field.Rect.as_list())
            box = [float(edge) for edge in field.AP.N.BBox.as_list()]
            assert box == pytest.approx([0, 0, right - left, top - bottom], abs=0.001)
        on = pikepdf.Page(field.P)
        assert field.objgen in [annotation.objgen for annotation in on.obj.Annots]
        assert on.obj.Tabs == Name.S
        element = tree[int(field.StructParent)]
        assert Name.Form == element.S
        assert element.K.Type == Name.OBJR
        assert element.K.Obj.objgen == field.objgen
        while element.get("/Type") != Name.StructTreeRoot:
            element = element.P


def test_no_place_is_left_as_a_link(pdf):
    for on in pdf.pages:
        for annotation in on.obj.get("/Annots", []):
            assert annotation.Subtype == Name.Widget
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == Name.StructElem:
            assert thing.get("/S") != Name.Link


def test_every_font_is_embedded_stamps_included(pdf):
    fonts = [
        thing
        for thing in pdf.objects
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == Name.Font and "/FontDescriptor" in thing
    ]
    names = [
        thing for thing in pdf.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == Name.Font
    ]
    assert fonts
    for font in names:
        assert font.get("/Subtype") == Name.Type0 or "/FontDescriptor" in font
    for font in fonts:
        assert any(key in font.FontDescriptor for key in ("/FontFile2", "/FontFile3"))


def test_signing_leaves_the_metadata_untouched(versions):
    found = []
    for version in versions:
        with pikepdf.open(io.BytesIO(version)) as document:
            found.append((document.Root.Metadata.read_bytes(), str(document.docinfo.get("/ModDate", ""))))
    assert len(set(found)) == 1


@pytest.mark.slow
def test_what_signing_adds_is_what_an_archive_allows(pdf):
    """ISO 19005-3, of what a signature could bring; its clauses are cited from memory."""
    assert "/ID" in pdf.trailer
    assert "/Encrypt" not in pdf.trailer  # 6.1.3
    assert "/Filter" not in pdf.Root.Metadata  # 6.6.2.1
    assert not {"/OpenAction", "/AA", "/Names"} & set(pdf.Root.keys())  # 6.5.2: no action, no script
    assert set(pdf.Root.AcroForm.keys()) == {"/Fields", "/SigFlags"}  # 6.4.1 and 6.4.2: drawn by no reader, no XFA
    assert set(pdf.Root.get("/Perms", {}).keys()) <= {"/DocMDP"}  # 6.1.12
    for field in pdf.Root.AcroForm.Fields:
        assert not {"/A", "/AA"} & set(field.keys())  # 6.4.1
        is_drawn = field.Rect[0] != field.Rect[2]
        assert is_drawn is ("/AP" in field)  # 6.3.3
        for reference in field.get("/V", {}).get("/Reference", []):
            assert set(reference.keys()) == {"/Type", "/TransformMethod", "/TransformParams"}  # 6.1.12: no digest
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            assert not {"/F", "/FFilter"} & set(thing.keys())  # 6.1.7.1: nothing out of the file
            assert thing.get("/Filter") in (None, Name.FlateDecode)  # 6.1.7.2


def test_the_first_signature_allows_only_the_places_to_be_filled(versions):
    with pikepdf.open(io.BytesIO(versions[-1])) as document:
        (reference,) = document.Root.Perms.DocMDP.Reference
        assert reference.TransformMethod == Name.DocMDP
        assert reference.TransformParams.P == 2
        assert "/Perms" in document.Root
        assert document.Root.Perms.DocMDP.objgen == document.Root.AcroForm.Fields[0].V.objgen


@pytest.mark.parametrize("profile", PROFILES, ids=["PDF/A-3a", "PDF/UA-1"])
def test_a_second_opinion_finds_what_is_expected_and_nothing_else(pdf, content, profile):
    signed = len([field for field in pdf.Root.AcroForm.Fields if "/V" in field])
    is_archive = profile == page.ValidationProfile.PDF_A_3A
    assert second_opinion(content, profile) == (EXPECTED_OF_SEVERAL if is_archive and signed > 1 else set())


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_looked_at_is_signed_to_the_level_promised(proven):
    report = verify(proven[-1])
    assert [one.level for one in report.signatures] == ["B-LT"] * 3
    assert len(report.stamps) == 1


def second_opinion(content: bytes, profile: page.ValidationProfile) -> set[str]:
    """The rules that page-validation says are broken; its reading of a last carriage return is left out, and wanted."""
    found = {failure.rule_id for failure in page.validate_pdf_bytes(content, profile=profile).failures}
    if profile == page.ValidationProfile.PDF_A_3A and one_stream_ends_in_a_carriage_return(content):
        found ^= EXPECTED_OF_CARRIAGE_RETURN
    return found


def one_stream_ends_in_a_carriage_return(content: bytes) -> bool:
    """Whether a stream of this file, as long as it says, stops just after a carriage return."""
    with pikepdf.open(io.BytesIO(content), attempt_recovery=False) as document:
        streams = [thing for thing in document.objects if isinstance(thing, pikepdf.Stream)]
        return any(stream.read_raw_bytes().endswith(b"\r") for stream in streams)


def test_a_layout_and_its_caller_must_agree_on_the_places(unsigned):
    from pathlib import Path

    from socle.documents import typst

    layout = Path(__file__).with_name("three_places.typ")
    made = typst.render(layout, {"fields": ["beneficiary", "cdg"]})
    with pytest.raises(ValueError, match="leaves no place"):
        fields.place(made, fields={"beneficiary": "A", "cdg": "B", "lead": "C"})
    with pytest.raises(ValueError, match="unexpected signature field 'cdg'"):
        fields.place(made, fields={"beneficiary": "A"})
    twice = typst.render(layout, {"fields": ["beneficiary", "beneficiary"]})
    with pytest.raises(ValueError, match="unexpected signature field 'beneficiary'"):
        fields.place(twice, fields={"beneficiary": "A"})
