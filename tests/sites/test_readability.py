"""What a file or a picture says to whoever reads otherwise than with their eyes: asked, advised, never refused."""

import io
from types import SimpleNamespace

import pikepdf
import pytest
from django.core.files.base import ContentFile

from socle.sites.alternatives import why_not_describe_so
from socle.sites.models import CommuneDocument, CommuneImage, NewsPage
from socle.sites.readability import examine_due, is_tagged
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.forged_forms import block, news_form
from tests.sites.released import drawn
from tests.sites.two_communes import picture, signed_in

SITE = "/mairie/site/"


def pdf(*, is_good: bool = False) -> bytes:
    made, stream = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    if is_good:
        made.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        made.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
    made.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(("content", "expected"), [(pdf(is_good=True), True), (pdf(), False), (b"%PDF-1.7 !", False)])
def test_a_pdf_has_a_structure_or_not_and_whatever_it_holds_breaks_nothing(content, expected):
    assert is_tagged(content) is expected


@pytest.mark.slow
def test_its_form_says_it_and_a_file_that_is_replaced_is_examined_again(prisches, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = signed_in(secretary(prisches.beneficiary))
    form = {"title": "Bulletin", "file": ContentFile(pdf(), name="bulletin.pdf"), "collection": prisches.collection_id}
    assert client.post(f"{SITE}documents/add/", form).status_code == 302
    document = CommuneDocument.objects.get()
    assert "PDF balisé" in client.get(f"{SITE}documents/edit/{document.pk}/").content.decode()
    document.refresh_from_db()
    assert examine_due([document], at=f.NOW) == 0
    form["file"] = ContentFile(pdf(is_good=True), name="bulletin.pdf")
    client.post(f"{SITE}documents/edit/{document.pk}/", form)
    assert "PDF balisé" not in client.get(f"{SITE}documents/edit/{document.pk}/").content.decode()
    assert CommuneDocument.objects.get().is_tagged is True
    note = CommuneDocument.objects.create(title="Liste", file=ContentFile(b"a;b", name="liste.csv"))
    assert (examine_due([note], at=f.NOW), note.is_tagged) == (1, None)


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


@pytest.mark.slow
def test_the_form_asks_for_the_words_when_one_publishes_and_never_when_one_saves(prisches, settings, tmp_path):
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
    shown = drawn(prisches, "/actualites/fete/").decode()
    assert 'alt="La place."' in shown
    assert 'alt="" class="decorative"' in shown
