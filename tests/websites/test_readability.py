"""What a file or a picture says to whoever reads otherwise than with their eyes: asked, advised, never refused."""

import io
import zipfile
from types import SimpleNamespace

import pikepdf
import pytest
from django.core.files.base import ContentFile

from socle.websites.alternatives import why_not_describe_so
from socle.websites.models import CommuneDocument, CommuneImage, NewsPage
from socle.websites.models.media import DocumentFlaw
from socle.websites.readability import ADVICE, advice_for, examine_due, flaws_in
from tests import factories as f
from tests.websites.conftest import secretary
from tests.websites.forged_forms import block, news_form
from tests.websites.two_communes import picture, signed_in

SITE = "/mairie/site/"
Code = DocumentFlaw.Code


def pdf(*, is_good: bool = False, is_scanned: bool = False, is_locked: bool = False) -> bytes:
    made, stream = pikepdf.new(), io.BytesIO()
    page = made.add_blank_page()
    font = pikepdf.Dictionary(F1=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1))
    image = made.make_stream(b"x", Subtype=pikepdf.Name.Image)
    placed = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im1=image))
    page.obj.Resources = placed if is_scanned else pikepdf.Dictionary(Font=font)
    if is_good:
        made.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        made.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
        made.Root.Lang = "fr-FR"
        made.docinfo["/Title"] = "Bulletin"
    permissions = pikepdf.Permissions(accessibility=False, extract=False)
    encryption = pikepdf.Encryption(owner="x", user="", allow=permissions, R=3, aes=False, metadata=False)
    made.save(stream, encryption=encryption if is_locked else False)
    return stream.getvalue()


def bundle(entry: str, xml: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        made.writestr(entry, xml)
    return stream.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
LONG = f"<w:p><w:r><w:t>{'mot ' * 1000}</w:t></w:r></w:p>"
HEADED = '<w:p><w:pPr><w:pStyle w:val="Titre1"/></w:pPr></w:p>'
BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'


def word(body: str, *, before: str = "") -> bytes:
    return bundle("word/document.xml", f"{before}<w:document {W} {WP}><w:body>{body}</w:body></w:document>")


TEXT = (
    '<o xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0">{}</o>'
)
CASES = [
    (pdf(is_good=True), ".pdf", set()),
    (pdf(), ".pdf", {Code.UNTAGGED, Code.UNTITLED, Code.NO_LANGUAGE}),
    (pdf(is_scanned=True), ".pdf", {Code.SCANNED, Code.UNTAGGED, Code.UNTITLED, Code.NO_LANGUAGE}),
    (pdf(is_good=True, is_locked=True), ".pdf", {Code.LOCKED}),
    (b"%PDF-1.7 !", ".pdf", {Code.UNREADABLE}),
    (word(LONG), ".docx", {Code.NO_HEADINGS}),
    (word(HEADED + LONG), ".docx", set()),
    (word('<wp:docPr id="1" name="Image 1"/>'), ".docx", {Code.MUTE_PICTURES}),
    (word('<wp:docPr id="1" name="Image 1" descr="La place"/>'), ".docx", set()),
    (word("<w:p>&b;&x;</w:p>", before=BOMB), ".docx", set()),
    (word("<w:p>"), ".docx", {Code.UNREADABLE}),
    (b"PK\x03\x04", ".docx", {Code.UNREADABLE}),
    (bundle("content.xml", TEXT.format(f"<text:p>{'mot ' * 1000}</text:p>")), ".odt", {Code.NO_HEADINGS}),
    (bundle("content.xml", TEXT.format("<draw:frame><draw:image/></draw:frame>")), ".odt", {Code.MUTE_PICTURES}),
    (b"\xd0\xcf\x11\xe0", ".doc", {Code.OLD_FORMAT}),
    (b"a;b", ".csv", set()),
]


def test_each_file_says_what_hinders_its_reading_and_whatever_it_holds_breaks_nothing():
    for rank, (content, suffix, expected) in enumerate(CASES):
        assert set(flaws_in(content, suffix=suffix)) == expected, (rank, suffix)
    assert set(ADVICE) == set(Code.values)


def test_the_list_says_it_and_a_file_that_is_replaced_is_examined_again(prisches, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(secretary(prisches.beneficiary))
    form = {"title": "Bulletin", "file": ContentFile(pdf(), name="bulletin.pdf"), "collection": prisches.collection_id}
    assert client.post(f"{SITE}documents/add/", form).status_code == 302
    listing = client.get(f"{SITE}documents/").content.decode()
    assert "sans structure, sans titre, langue non dite" in listing
    document = CommuneDocument.objects.get()
    assert "PDF balisé" in client.get(f"{SITE}documents/edit/{document.pk}/").content.decode()
    assert examine_due([document], at=f.NOW) == 0
    form["file"] = ContentFile(pdf(is_good=True), name="bulletin.pdf")
    client.post(f"{SITE}documents/edit/{document.pk}/", form)
    assert "rien à signaler" in client.get(f"{SITE}documents/results/").content.decode()
    document = CommuneDocument.objects.get()
    assert (document.is_tagged, advice_for(document)) == (True, [])


@pytest.mark.parametrize(
    ("words", "is_decorative", "reason"),
    [
        ("", False, "Dites en une phrase"),
        ("", True, None),
        ("La place.", False, None),
        ("La place.", True, "effacez l’une"),
        ("IMG_2034", False, "nom d’un fichier"),
        ("DSC00017.JPG", False, "nom d’un fichier"),
        ("photo-2026-11-25", False, "nom d’un fichier"),
        ("Photo de la fête", False, None),
        ("Image 1", False, "nom d’un fichier"),
    ],
)
def test_a_picture_is_described_or_said_to_decorate(words, is_decorative, reason):
    said = why_not_describe_so(SimpleNamespace(description=""), words, is_decorative=is_decorative)
    assert (said is None) if reason is None else (reason in said)
    assert why_not_describe_so(None, words, is_decorative=is_decorative) is None
    assert why_not_describe_so(SimpleNamespace(description="La place."), "", is_decorative=False) is None


def test_the_form_asks_for_the_words_when_one_publishes_and_never_when_one_saves(prisches, visit, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(secretary(prisches.beneficiary))
    image = CommuneImage.objects.create(title="Vue", file=picture(), collection=prisches.collection)
    index = NewsPage.objects.get().get_parent()
    add = f"{SITE}pages/add/websites/newspage/{index.pk}/"
    body = block("picture", image=image.pk, alternative="", caption="")
    refused = client.post(add, news_form(title="Fête", slug="fete", picture=image.pk, **body)).content.decode()
    assert refused.count("Dites en une phrase ce que") == 2
    draft = news_form(title="Fête", slug="fete", picture=image.pk, **body)
    del draft["action-publish"]
    assert client.post(add, draft).status_code == 302
    page = NewsPage.objects.get(slug="fete")
    said = block("picture", image=image.pk, alternative="", caption="", is_decorative="on")
    good = news_form(title="Fête", slug="fete", picture=image.pk, picture_alternative="La place.", **said)
    assert client.post(f"{SITE}pages/{page.pk}/edit/", good).status_code == 302
    shown = visit(prisches, "/actualites/fete/").content.decode()
    assert 'alt="La place."' in shown
    assert 'alt="" class="decorative"' in shown
