"""What a commune puts on its site: judged by its bytes, in French, nothing kept when it is refused."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from PIL import Image
from wagtail.utils.file import hash_filelike

from socle.engines.simulated.scanner import TRIAL
from socle.journal.models import Entry
from socle.lib.photographs import ORIENTATION
from socle.sites import uploads
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models import CommuneDocument, CommuneImage
from tests.documents.test_uploads import launch, opening_script, pdf
from tests.lib.test_photographs import SECRET, hostile, picture, profile
from tests.sites.conftest import secretary
from tests.sites.test_publish_screens import NEWS, at
from tests.sites.two_communes import signed_in


def bundle(*names: str, mimetype: str = "", stored: dict[str, bytes] | None = None) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        if mimetype:
            made.writestr("mimetype", mimetype)
        for name in names:
            made.writestr(name, b"<x/>")
        for name, body in (stored or {}).items():
            made.writestr(name, body)
    return content.getvalue()


WORD = ("[Content_Types].xml", "word/document.xml")
TEXT = "application/vnd.oasis.opendocument.text"


def refusal(name: str, content: bytes) -> str:
    file = io.BytesIO(content)
    reason = uploads.why_not_publish_file(file, name=name, size=len(content)) or ""
    assert file.tell() == 0
    return reason.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bulletin.pdf", pdf()),
        ("BULLETIN.PDF", pdf()),
        ("réparable.pdf", pdf()[:-20]),
        ("menu.docx", bundle(*WORD)),
        ("budget.xlsx", bundle("[Content_Types].xml", "xl/workbook.xml")),
        ("menu.odt", bundle("content.xml", mimetype=TEXT)),
        ("ancien.doc", uploads.OLD_OFFICE + bytes(600)),
        ("associations.csv", "Nom;Adresse\nL’Écho;1 rue d’Arras".encode("cp1252", "replace")),
        ("ramassage.ics", "\ufeffBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".encode()),
    ],
)
def test_what_a_commune_puts_every_day_is_accepted(name: str, content: bytes) -> None:
    assert refusal(name, content) == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("page.html", b"<html>", "n’est pas accepté"),
        ("dessin.svg", b"<svg onload=alert(1)>", "n’est pas accepté"),
        ("sans-suffixe", b"x", "n’est pas accepté"),
        ("macros.docm", bundle(*WORD), "n’est pas accepté"),
        ("vide.pdf", b"", "vide"),
        ("lourd.pdf", b"%PDF-" + bytes(20 * 1024 * 1024), "20 Mo"),
        ("programme.pdf", b"MZ\x90\x00" + bytes(500), "pas un PDF"),
        ("script.pdf", pdf(opening_script), "programme"),
        ("lance.pdf", pdf(launch), "programme"),
        ("fermé.pdf", pdf(encryption=pikepdf.Encryption(owner="a", user="b")), "mot de passe"),
        ("page.txt", b"\n <!DOCTYPE html><script>alert(1)</script>", "n’est pas un « .txt »"),
        ("page.csv", b"a;<svg onload=alert(1)>", "n’est pas un « .csv »"),
        ("programme.txt", b"MZ\x90\x00", "n’est pas un « .txt »"),
        ("liste.ics", b"Nom;Adresse", "n’est pas un « .ics »"),
        ("page.doc", b"<html><body>", "n’est pas un « .doc »"),
        ("archive.docx", bundle("a.exe"), "n’est pas un « .docx »"),
        ("tableur.docx", bundle("[Content_Types].xml", "xl/workbook.xml"), "n’est pas un « .docx »"),
        ("coupé.docx", bundle(*WORD)[:-30], "n’est pas un « .docx »"),
        ("macros.docx", bundle(*WORD, "word/vbaProject.bin"), "macros"),
        ("macros.odt", bundle("Basic/Standard/Module1.xml", mimetype=TEXT), "macros"),
        ("tableur.odt", bundle(mimetype=TEXT.replace("text", "spreadsheet")), "n’est pas un « .odt »"),
        ("foule.docx", bundle(*WORD, *(f"word/{n}" for n in range(uploads.MOST_ENTRIES))), "démesuré"),
    ],
)
def test_what_is_not_what_it_says_or_would_act_is_refused_in_french(name: str, content: bytes, words: str) -> None:
    assert words in refusal(name, content)


def test_a_document_that_unfolds_without_end_is_refused_without_being_unfolded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_UNFOLDED", 1_000_000)
    bomb = bundle(*WORD, stored={"word/media.bin": bytes(1_000_000)})
    assert len(bomb) < 5_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *args, **kwargs: pytest.fail("it was unfolded"))
    assert "démesuré" in refusal("bombe.docx", bomb)


@pytest.mark.slow
@examples(max_examples=60, deadline=None)
@given(place=st.integers(min_value=0), byte=st.integers(0, 255), cut=st.integers(0, 80))
def test_no_bytes_make_the_judgement_fail(place: int, byte: int, cut: int) -> None:
    content = bytearray(bundle("content.xml", mimetype=TEXT))
    content[place % len(content)] = byte
    reason = refusal("essai.odt", bytes(content[: len(content) - cut]))
    assert not reason or reason.endswith(".")


@pytest.fixture
def editor(prisches):
    return signed_in(secretary(prisches.beneficiary))


def test_the_editor_refuses_a_file_that_lies_keeps_nothing_and_says_why(editor, prisches) -> None:
    address = "/mairie/site/documents/add/"
    folder = prisches.collection_id
    lying = SimpleUploadedFile("menu.docx", b"MZ\x90\x00", content_type="application/pdf")
    said = editor.post(address, {"title": "Menu", "file": lying, "collection": folder}).content.decode()
    assert "n’est pas un «\u00a0.docx\u00a0»" in said
    several = editor.post(
        "/mairie/site/documents/multiple/add/",
        {"title": "Menu", "files[]": SimpleUploadedFile("menu.pdf", b"<html>"), "collection": folder},
        headers={"x-requested-with": "XMLHttpRequest"},
    )
    assert "pas un PDF" in several.json()["error_message"]
    assert not CommuneDocument.objects.exists()

    fine = {"title": "Menu", "file": SimpleUploadedFile("menu.docx", bundle(*WORD)), "collection": folder}
    assert editor.post(address, fine).status_code == 302
    kept = CommuneDocument.objects.get()
    again = {"title": "Menu", "file": SimpleUploadedFile("menu.pdf", pdf(opening_script)), "collection": folder}
    assert "programme" in editor.post(f"/mairie/site/documents/edit/{kept.pk}/", again).content.decode()
    kept.refresh_from_db()
    assert kept.filename == "menu.docx"


@pytest.mark.slow
def test_an_image_that_is_a_page_or_a_drawing_is_refused(editor, prisches) -> None:
    for name, content in (("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("dessin.svg", b"<svg/>")):
        file = SimpleUploadedFile(name, content, content_type="image/png")
        answer = editor.post(
            "/mairie/site/images/add/", {"title": "x", "file": file, "collection": prisches.collection_id}
        )
        assert answer.status_code == 200, name
    assert not CommuneImage.objects.exists()


@pytest.mark.slow
def test_no_original_keeps_its_place_nor_its_camera_however_it_is_handed_over(editor, prisches) -> None:
    """As each way in writes it on the disk: the page, several at once, the window that chooses, a form of ours."""
    folder, ajax = prisches.collection_id, {"x-requested-with": "XMLHttpRequest"}
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        name = f"vue.{kind.lower()}"
        give = lambda name=name, kind=kind: SimpleUploadedFile(name, picture(kind))  # noqa: E731
        one = {"title": "Vue", "file": give(), "collection": folder}
        assert editor.post("/mairie/site/images/add/", one).status_code == 302, kind
        several = {"title": "Vue", "files[]": give(), "collection": folder}
        assert editor.post("/mairie/site/images/multiple/add/", several, headers=ajax).json()["success"], kind
        chosen = {"image-chooser-upload-title": "Vue", "image-chooser-upload-collection": folder}
        chosen["image-chooser-upload-file"] = give()
        assert editor.post("/mairie/site/images/chooser/create/", chosen, headers=ajax).status_code == 200
        assert (
            editor.post(at("publish_news"), {**NEWS, "title": f"Vue {kind}", "photograph": give()}).status_code == 302
        )
    kept = list(CommuneImage.objects.all())
    assert len(kept) == 16
    for image in kept:
        with image.file.open() as file:
            content = file.read()
        assert SECRET not in content, image.file.name
        # What Wagtail notes of a file is that of the file as it is kept.
        assert (image.file_size, image.file_hash) in {(len(content), hash_filelike(io.BytesIO(content))), (None, "")}
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.getexif()[ORIENTATION] == 6
            assert opened.info["icc_profile"] == profile()


def test_an_image_of_pieces_without_end_is_refused_before_any_library_opens_it() -> None:
    content = hostile("pieces of jpeg without end")
    with pytest.raises(ValidationError, match="enregistrez-la de nouveau"):
        ScannedImageField().clean(SimpleUploadedFile("vue.jpg", content, "image/jpeg"))


# Wagtail leaves to the garbage the temporary file of a small picture that it makes.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
def test_the_antivirus_reads_what_goes_on_a_site_before_it_is_kept(editor, prisches, settings) -> None:
    settings.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    folder = prisches.collection_id
    photo = io.BytesIO()
    Image.new("RGB", (4, 4)).save(photo, "PNG")
    ajax = {"x-requested-with": "XMLHttpRequest"}
    for kind, name, harmful in (
        ("documents", "menu.txt", TRIAL),
        ("documents", "menu.pdf", pdf() + TRIAL),
        ("images", "photo.png", photo.getvalue() + TRIAL),
        ("images", "fausse.png", TRIAL),
    ):
        one = {"title": "Menu", "file": SimpleUploadedFile(name, harmful), "collection": folder}
        assert "programme malveillant" in editor.post(f"/mairie/site/{kind}/add/", one).content.decode(), name
        several = {"title": "Menu", "files[]": SimpleUploadedFile(name, harmful), "collection": folder}
        said = editor.post(f"/mairie/site/{kind}/multiple/add/", several, headers=ajax).json()
        assert "programme malveillant" in said["error_message"], name
        chosen = {f"{kind[:-1]}-chooser-upload-title": "Menu", f"{kind[:-1]}-chooser-upload-collection": folder}
        chosen[f"{kind[:-1]}-chooser-upload-file"] = SimpleUploadedFile(name, harmful)
        said = editor.post(f"/mairie/site/{kind}/chooser/create/", chosen, headers=ajax).content.decode()
        assert "programme malveillant" in said, name
    assert not CommuneDocument.objects.exists()
    assert not CommuneImage.objects.exists()
    assert Entry.objects.filter(verb="upload.infected", beneficiary_ref=str(prisches.beneficiary_id)).count() == 12
    fine = {"title": "Photo", "file": SimpleUploadedFile("photo.png", photo.getvalue()), "collection": folder}
    assert editor.post("/mairie/site/images/add/", fine).status_code == 302
    kept = CommuneImage.objects.get()
    again = {**fine, "file": SimpleUploadedFile("photo.png", photo.getvalue() + TRIAL)}
    assert "programme malveillant" in editor.post(f"/mairie/site/images/{kept.pk}/", again).content.decode()
    with kept.file.open() as file:
        assert TRIAL not in file.read()
