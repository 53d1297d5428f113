"""What a screen reader and an archive find in the file: claims kept through three signatures."""

from __future__ import annotations

import io
from collections.abc import Iterator

import page
import pikepdf
import pytest
from pikepdf import Name

from socle.agreements.document import render_agreement
from socle.documents import texts
from socle.engines.simulated import authority
from socle.signing import fields, pades
from tests.agreements.facts import agreement
from tests.signing.conftest import AT

pytestmark = pytest.mark.seals

PROFILES = (page.ValidationProfile.PDF_A_3A, page.ValidationProfile.PDF_UA_1)
# The validator wants each signature to cover the file as it is last; earlier ones cover the version they signed.
EXPECTED_OF_SEVERAL = {"PDFA3A-SIGNATURE-BYTERANGE-001"}
# It also takes a compressed stream's last byte, when that is a carriage return, for half of the line's end after it.
# Subset names and certificates change from run to run: so do those bytes, about once in forty.
EXPECTED_OF_CARRIAGE_RETURN = {"PDFA3A-STREAM-LENGTH-001"}


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> list[bytes]:
    """The agreement unsigned, then after each signature."""
    from django.test import override_settings

    data = agreement()
    body = next(seed.body for seed in texts.seeds() if seed.name == data.model_name)
    found = [render_agreement(data, body)]
    with override_settings(DEMO=True, PKI_DIR=tmp_path_factory.mktemp("pki")):
        for position, party in enumerate(data.parties):
            statement = pades.Statement(party.kind, party.name, party.representative, "ab" * 32)
            signed, _ = pades.seal(
                found[-1], trust=authority.SimulatedTrust(), statement=statement, at=AT, quality=party.quality,
                place="Prisches", is_first=position == 0, is_last=position == 2,
            )  # fmt: skip
            found.append(signed)
    return found


@pytest.fixture(params=[0, 1, 3], ids=["unsigned", "signed once", "signed by all"])
def pdf(request, versions) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(versions[request.param])) as document:
        yield document


def test_the_file_claims_what_it_is(pdf):
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        assert metadata.pdfa_status == "3A"
        assert metadata["pdfuaid:part"] == "1"
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "fr-FR"
    assert pdf.Root.ViewerPreferences.DisplayDocTitle
    assert pdf.Root.OutputIntents[0].S == Name.GTS_PDFA1


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


def test_the_first_signature_allows_only_the_places_to_be_filled(versions):
    with pikepdf.open(io.BytesIO(versions[-1])) as document:
        (reference,) = document.Root.Perms.DocMDP.Reference
        assert reference.TransformMethod == Name.DocMDP
        assert reference.TransformParams.P == 2
        assert "/Perms" in document.Root
        assert document.Root.Perms.DocMDP.objgen == document.Root.AcroForm.Fields[0].V.objgen


@pytest.mark.parametrize("profile", PROFILES, ids=["PDF/A-3a", "PDF/UA-1"])
@pytest.mark.parametrize("position", [0, 1, 3])
def test_a_second_opinion_finds_nothing_unexpected(versions, tmp_path, position, profile):
    path = tmp_path / "convention.pdf"
    path.write_bytes(versions[position])
    found = {failure.rule_id for failure in page.validate_pdf(path, profile=profile).failures}
    expected = set(EXPECTED_OF_SEVERAL) if position > 1 else set()
    if one_stream_ends_in_a_carriage_return(versions[position]):
        expected |= EXPECTED_OF_CARRIAGE_RETURN
    assert found <= expected


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
