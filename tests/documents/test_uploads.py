"""What a person may hand over: a PDF that opens and does nothing. Everything else is refused in French."""

import io
import resource
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.documents import rules, typst
from socle.lib import pdf_checks
from socle.lib.pdf_checks import Check, Fault
from tests import unfolding
from tests.signing import hostile


def pdf(change=None, **save) -> bytes:
    made = pikepdf.new()
    made.add_blank_page()
    if change is not None:
        change(made)
    content = io.BytesIO()
    made.save(content, **save)
    return content.getvalue()


def script(made, text="app.alert(1)"):
    return made.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(text)))


def opening_script(made):
    made.Root.OpenAction = script(made)


def named_script(made):
    made.Root.Names = pikepdf.Dictionary(
        JavaScript=pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("a"), script(made)]))
    )


def direct_script(made):
    made.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1")))


def launch(made):
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("cmd.exe"))


def elsewhere(made):
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.GoToE, F=pikepdf.String("a.pdf"))


def running_form(made):
    made.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(), XFA=pikepdf.String("<xdp/>"))


def no_page(made):
    del made.pages[0]


def test_an_ordinary_pdf_is_accepted():
    assert rules.why_not_upload(pdf()) is None


def test_what_our_own_documents_are_made_with_is_accepted():
    layout = Path(__file__).parents[1] / "signing" / "three_places.typ"
    assert rules.why_not_upload(typst.render(layout, {"fields": []})) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vide"),
        (b"MZ\x90\x00", "pas un PDF"),
        (b"<html>%PDF-1.7</html>", "pas un PDF"),
        (b"\n" + pdf(), "pas un PDF"),
        (b"%PDF-1.7\n", "abîmé"),
        (b"%PDF-1.7\n" + b"\x00" * 5000, "abîmé"),
        (pdf()[:-60], "abîmé"),
        (pdf()[: len(pdf()) // 2], "abîmé"),
        (pdf(no_page), "aucune page"),
        (pdf(opening_script), "programme"),
        (pdf(named_script), "programme"),
        (pdf(direct_script), "programme"),
        (pdf(launch), "programme"),
        (pdf(elsewhere), "programme"),
        (pdf(running_form), "programme"),
        (
            pdf(opening_script, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True),
            "programme",
        ),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "mot de passe"),
        (pdf() + b" " * rules.MAX_UPLOAD, "20 Mo"),
    ],
)
def test_what_is_not_a_plain_pdf_is_refused_in_french(content, words):
    reason = rules.why_not_upload(content)
    assert reason is not None
    assert words in reason.replace("\u00a0", " ")


@pytest.mark.slow
def test_a_pdf_whose_objects_unfold_without_end_is_refused():
    """Four hundred megabytes of spaces in an object stream of four hundred kilobytes."""
    bomb = unfolding.folded(400, first=b"5 0 ")
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[5 0 R]/Count 1>>endobj\n"
    stream = len(body)
    body += b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(bomb) + bomb
    body += b"\nendstream endobj\n"
    place = len(body)
    rows = b"".join(
        kind.to_bytes(1, "big") + offset.to_bytes(4, "big") + rank.to_bytes(2, "big")
        for kind, offset, rank in (
            (0, 0, 65535), (1, 9, 0), (1, body.index(b"2 0 obj"), 0), (1, place, 0), (1, stream, 0), (2, 4, 0),
        )
    )  # fmt: skip
    body += b"3 0 obj<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(rows) + rows
    body += b"\nendstream endobj\nstartxref\n%d\n%%%%EOF\n" % place
    assert rules.why_not_upload(body) is not None


@pytest.mark.apart
@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf(), Check(None)),
        (pdf(no_page), Check(Fault.EMPTY)),
        (pdf(launch), Check(Fault.ACTIVE)),
        (pdf(encryption=pikepdf.Encryption(owner="a", user="b")), Check(Fault.LOCKED)),
        (pdf()[:-60], Check(Fault.DAMAGED)),
        (hostile.many_free_entries(pdf()), Check(None)),
    ],
    ids=["ordinary", "without a page", "active", "locked", "cut", "a table of free objects"],
)
def test_a_pdf_is_looked_at_by_a_process_of_its_own(content, expected, monkeypatch):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert pdf_checks.check(content, may_repair=False) == expected
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    monkeypatch.setattr(pdf_checks, "read_apart", lambda *others, **asked: [])
    assert pdf_checks.check(content, may_repair=False) == expected, "what was seen is remembered"
    assert pdf_checks.check(content, may_repair=True) == Check(Fault.COSTLY), "of these bytes, looked at this way"


@pytest.mark.apart
@pytest.mark.slow
def test_a_pdf_that_costs_too_much_is_a_sentence_and_is_not_remembered(monkeypatch):
    content = pdf(direct_script)
    with monkeypatch.context() as patch:
        patch.setattr(pdf_checks, "_MOST_WAITED", 0.001)
        assert "demande bien plus" in (rules.why_not_upload(content) or "")
    assert "programme" in (rules.why_not_upload(content) or "")


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.integers(min_value=5), byte=st.integers(0, 255), cut=st.integers(0, 200))
def test_no_bytes_make_the_reader_fail(place, byte, cut):
    content = bytearray(pdf(opening_script))
    content[5 + place % (len(content) - 5)] = byte
    found = pdf_checks.examine(bytes(content[: len(content) - cut]), may_repair=False)
    assert found.fault in (None, *pdf_checks.Fault)
