"""What unfolds without end, or would act, handed over at each entrance: refused, or kept without being opened."""

from __future__ import annotations

import ast
import io
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from socle.agenda import cards
from socle.deliberations import accounts
from socle.documents import tree
from socle.documents.texts import read_words
from socle.files import queries
from socle.files.models import Content
from socle.grants.desk.forms import InvoiceField
from socle.grants.files import BOUNDS
from socle.lib.invoices import read_invoice
from socle.lib.refusals import Refused
from socle.lib.tables import Table
from socle.revenue import sheets as titles
from socle.sections.listing import sheets as listings
from socle.site_import import trees, wordpress
from socle.site_import.findings import NotReadable
from socle.sites import uploads
from socle.sites.editor.forms import ScannedImageField
from socle.territory import candidates
from tests import factories as f
from tests import unfolding
from tests.consistency import house
from tests.documents.test_scanning import every_form
from tests.documents.test_uploads import opening_script, pdf
from tests.engines.drive import Drive, body_of
from tests.files.conftest import a_disk_of_its_own, place, put, root, secretary, space  # noqa: F401

# What one bomb may cost, once the 96 Mio that a PDF may unfold to are counted twice; each would take much more.
MOST_MEMORY = 250 * 1024 * 1024
# In millions of bytes.
UNFOLDED = 419


@cache
def a_zip() -> bytes:
    """An office document, whose text unfolds without end."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            made.writestr(name, b"<x/>")
        with made.open("word/document.xml", "w") as part:
            unfolding.fill(part, UNFOLDED)
    return content.getvalue()


@cache
def a_png() -> bytes:
    """A picture of 400 million points, in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!L", len(body)) + kind + body + struct.pack("!L", zlib.crc32(kind + body))

    head = struct.pack("!LLBBBBB", 20_000, 20_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", unfolding.folded(UNFOLDED)) + chunk(b"IEND", b"")
    )


@cache
def a_pdf() -> bytes:
    """A document of one page, written in a stream of objects that unfolds without end."""
    bomb = unfolding.folded(UNFOLDED)
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[5 0 R]/Count 1>>endobj\n"
    offsets = [body.index(b"1 0 obj"), body.index(b"2 0 obj"), len(body)]
    body += b"4 0 obj<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(bomb) + bomb
    body += b"\nendstream endobj\n"
    table = len(body)
    rows = b"".join(
        kind.to_bytes(1, "big") + offset.to_bytes(4, "big") + rank.to_bytes(2, "big")
        for kind, offset, rank in (
            (0, 0, 65535), (1, offsets[0], 0), (1, offsets[1], 0), (1, table, 0), (1, offsets[2], 0), (2, 4, 0),
        )
    )  # fmt: skip
    body += b"3 0 obj<</Type/XRef/Size 6/W[1 4 2]/Root 1 0 R/Length %d>>stream\n" % len(rows) + rows
    return body + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % table


@cache
def an_xml() -> bytes:
    """A billion times « lol », in nine entities."""
    names = [f'<!ENTITY l{rank} "{f"&l{rank - 1};" * 10}">' for rank in range(1, 10)]
    return f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{"".join(names)}]><rss>&l9;</rss>'.encode()


BOMBS: dict[str, Callable[[], bytes]] = {
    "bombe.docx": a_zip,
    "bombe.png": a_png,
    "bombe.pdf": a_pdf,
    "bombe.xml": an_xml,
    "bombe.csv.gz": lambda: unfolding.zipped(UNFOLDED),
    "programme.pdf": lambda: pdf(opening_script),
}


def on_a_site(content: bytes, name: str) -> None:
    if reason := uploads.why_not_publish_file(io.BytesIO(content), name=name, size=len(content)):
        raise Refused(reason)


def a_picture(content: bytes, name: str) -> None:
    ScannedImageField().clean(SimpleUploadedFile(name, content))


def an_invoice(content: bytes, name: str) -> None:
    read_invoice(InvoiceField().clean(SimpleUploadedFile(name, content))[1])


def nothing(content: bytes, name: str) -> None:
    """The field itself has judged it."""


# Each field of a form that takes a file, and who reads what it was given.
FIELDS: dict[str, Callable[[bytes, str], object]] = {
    # Wagtail's two forms, and what ours make of their fields (tests/sites/test_uploads.py goes through the editor).
    "CommuneDocumentForm.file": on_a_site,
    "CommuneImageForm.file": a_picture,
    "assemblies.forms.AnnexForm.document": nothing,
    "assemblies.forms.ArmsForm.arms": nothing,
    "assemblies.forms.CertificateForm.certificate": lambda content, name: accounts.read_certificate(content, ""),
    "assemblies.forms.ElsewhereForm.document": nothing,
    "assemblies.forms.ReplyForm.document": nothing,
    "assemblies.forms.SignedForm.signed": nothing,
    "assemblies.forms.StampedForm.document": nothing,
    "grants.desk.forms.AnswerForm.letter": nothing,
    "grants.desk.forms.ContractForm.pieces": nothing,
    "grants.desk.forms.DropForm.invoice": an_invoice,
    "grants.desk.forms.EvidenceForm.document": nothing,
    "grants.desk.forms.ImportForm.expenses": lambda content, name: Table(io.BytesIO(content), BOUNDS).require("a"),
    "grants.desk.forms.PaperForm.document": nothing,
    "grants.desk.forms.VisaForm.document": nothing,
    "syndication.desk.forms.ShareForm.picture": nothing,
    "revenue.desk.contributions.TitlesForm.file": lambda content, name: titles.read(
        {}, io.BytesIO(content), on=f.TODAY
    ),
    "console.views.drafts.ActForm.document": nothing,
    "console.views.signatories.MayorsForm.file": lambda content, name: Table(io.BytesIO(content), BOUNDS).require("a"),
    "console.views.texts.TextForm.file": lambda content, name: tree.parse(read_words(content)),
    "console.views.territory.BringForm.file": lambda content, name: candidates.read_bytes(content, name="2026.csv"),
    "console.views.territory.BringForm.changes": lambda content, name: candidates.with_changes(None, content),
    "mairie.agenda.forms.CardsForm.file": lambda content, name: cards.split(content),
    "mairie.forms.ActForm.document": nothing,
    "signing.forms.DepositForm.file": nothing,
    "signing.forms.PaperForm.file": nothing,
    "mairie.forms.DocumentForm.document": nothing,
    "mairie.forms.PublicationForm.proof": nothing,
    "sections.listing.forms.EntryForm.picture": nothing,
    "sections.listing.forms.ImportForm.file": lambda content, name: listings.read(content),
    "sections.council.editor.CouncillorForm.portrait": nothing,
    "sites.editor.forms.CoatForm.file": nothing,
    "mairie.publishing.forms.AlbumForm.pictures": nothing,
    "mairie.publishing.forms.AnnouncementForm.photograph": nothing,
    "mairie.publishing.forms.Illustrated.photograph": nothing,
    "mairie.publishing.forms.NewsForm.photograph": nothing,
    "mairie.publishing.forms.OnlineActForm.document": nothing,
    "mairie.publishing.forms.PicturesForm.pictures": nothing,
    "site_import.forms.ExportForm.file": lambda content, name: wordpress.read(io.BytesIO(content), on=f.TODAY),
    "inbox.forms.ContactForm.handed": nothing,
}


@cache
def fields() -> dict[str, forms.FileField]:
    found = {}
    for form in every_form():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, forms.FileField):
                room = form.__module__.removeprefix("socle.") + "." if form.__module__.startswith("socle.") else ""
                found[f"{room}{form.__qualname__}.{name}"] = field
    return found


@pytest.mark.slow
def test_each_form_that_takes_a_file_is_in_the_table():
    assert set(fields()) == set(FIELDS)


class Cost:
    """What the peak of this process grew by."""

    def __enter__(self) -> Cost:
        self.before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return self

    def __exit__(self, *raised: object) -> None:
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - self.before) * 1024
        assert grown < MOST_MEMORY, f"{grown // 1024 // 1024} Mo"


@pytest.mark.apart
@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("entrance", FIELDS)
def test_a_bomb_or_a_program_is_refused_by_each_form_and_costs_little(entrance, bomb):
    content, field = BOMBS[bomb](), fields()[entrance]
    handed = SimpleUploadedFile(bomb, content)

    def hand_over() -> None:
        if not entrance.startswith("Commune"):
            field.clean([handed] if "handed" in entrance or "pictures" in entrance else handed)
        FIELDS[entrance](content, bomb)

    with Cost(), pytest.raises((forms.ValidationError, Refused, NotReadable)):
        hand_over()


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.slow
def test_what_is_brought_from_a_former_site_is_judged_as_if_a_person_had_handed_it_over(bomb):
    """`site_import.importing` keeps pictures and documents by the two judges of the editor; it reads maps by itself."""
    content = BOMBS[bomb]()
    with Cost(), pytest.raises((forms.ValidationError, Refused, NotReadable)):
        trees.root_of(content, what="un plan de site")
    source = house.read("socle/site_import/importing.py")
    assert "ScannedImageField().clean" in source
    assert "why_not_publish_file(" in source


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("bomb", BOMBS)
def test_the_folder_keeps_it_unopened_and_shows_nothing_of_it(bomb, client, space, place, secretary):  # noqa: F811
    """A mairie keeps what it likes: by drive as by page the bytes are the same, and nobody of ours unfolds them."""
    content, drive = BOMBS[bomb](), Drive(secretary, place)
    with Cost():
        assert drive.put(f"/{bomb}", content).status_code == 201
        entry = queries.find(space, [bomb]).entry
        assert Content.objects.get().size == len(content)
        client.force_login(secretary)
        assert client.get(f"/mairie/dossier/{entry.pk}/").status_code == 200
        assert client.get(f"/mairie/dossier/{entry.pk}/apercu/").status_code == 409
        for address in ("contenu/", "contenu/?voir=1"):
            given = client.get(f"/mairie/dossier/{entry.pk}/{address}")
            is_seen = "voir" in address and bomb.endswith((".pdf", ".png"))
            # A PDF is shown by the browser's own viewer, which no sandbox lets in: nothing else is said to it.
            is_in_sandbox = "sandbox" in given["Content-Security-Policy"]
            assert given["Content-Security-Policy"].startswith("default-src 'none'")
            assert is_in_sandbox is not (is_seen and bomb.endswith(".pdf"))
            assert given["Content-Disposition"].startswith("inline" if is_seen else "attachment")
            assert body_of(given) == content
    # What the drive gives back is never opened by a browser.
    given = drive.ask("GET", f"/{bomb}")
    assert given["Content-Disposition"] == "attachment"
    assert body_of(given) == content


# Each view that takes a body without a form's token: which test hands it what is too much, or why nothing is unfolded.
BODIES = {
    "socle/api/guard.py": "JSON, within what Django lets a body weigh (DATA_UPLOAD_MAX_MEMORY_SIZE)",
    "socle/engines/own_files/drive/view.py": "XML without entities, of 256 Kio (test_drive.py); files unopened",
    "socle/engines/radicale/views.py": "XML without entities (test_caldav.py); test_endless.py",
    "socle/mail/configuring/public.py": "XML of autodiscover, without entities nor network (below)",
    "socle/mail/webmail/public.py": "a form of a few fields",
    "socle/public/views/enrolment.py": "a form of a few fields",
    "socle/public/views/shared.py": "a form of one field",
}
# Each place where bytes are unfolded, and whose they are.
OPENERS = {
    "socle/serving/middleware.py": "ours: answers compressed",
    "socle/sites/publishing/freezing.py": "pages that we made",
    "socle/documents/merging.py": "PDF kept, judged as they were handed over (above)",
    "socle/documents/official.py": "papers that we made or kept, by a command of whoever runs the platform",
    "socle/lib/pdf_checks.py": "PDF handed over (above), in a process of its own, bounded",
    "socle/engines/seal/lists.py": "tests/signing/test_qualification.py: a bomb is not kept",
    "socle/assemblies/forms.py": "arms: pieces counted, then points, before they are drawn",
    "socle/replays/act_files.py": "ours: the extract that it has just made",
    "socle/deliberations/messages.py": "tests/deliberations/test_incoming.py: kept unread, and nothing changes",
    "socle/engines/s2low/client.py": "tests/engines/test_s2low.py: where a message ends, and nothing is defined",
    "socle/deliberations/exchange.py": "tests/deliberations/test_exchange.py: one file at a time, of a bounded size",
    "socle/deliberations/transmission.py": "ours: written",
    "socle/engines/own_files/drive/listing.py": "tests/engines/test_drive_at_once.py: bounded, no entities",
    "socle/engines/simulated/letters.py": "ours: the twin's",
    "socle/engines/simulated/prefecture.py": "ours: the twin's",
    "socle/files/bundles.py": "ours: written",
    "socle/grants/actions/publicity.py": "ours: written",
    "socle/grants/recounting.py": "tests/grants/test_exports.py: an archive of ours, each table of a bounded size",
    "socle/files/previews.py": "pictures of the folder (above)",
    "socle/lib/invoices.py": "tests/lib/test_invoices.py: bounded before it is read, without entities nor network",
    "socle/lib/photographs.py": "tests/lib/test_photographs.py: the head of a picture, its pieces counted before",
    "socle/lib/pdf_contents.py": "tests/lib/test_invoices.py: in a process of its own, bounded",
    "socle/lib/scans.py": "tests/lib/test_scans.py: in a process of its own, bounded",
    "socle/lib/table_rows.py": "tests/lib/test_tables.py: parts of a workbook, read once and held by none",
    "socle/lib/archives.py": "tests/lib/test_archives.py::test_a_bomb_is_read_piece_by_piece_and_refused",
    "socle/lib/xml_requests.py": "tests/lib/test_xml_requests.py: looked at within bounds, no tree is made",
    "socle/mail/configuring/documents.py": "autodiscover (below)",
    "socle/signing/fields.py": "ours: documents kept",
    "socle/territory/candidates.py": "vintages (above)",
    "socle/territory/dataset.py": "ours: sealed with the platform",
    "socle/quality/audience/reading.py": "ours: the front server's",
    "socle/site_import/trees.py": "exports and maps (above)",
    "socle/sites/grounds.py": "tests/engines/test_maps.py: of the size asked for, or not decoded",
    "socle/sites/pictures.py": "ours: pictures kept",
    "socle/sites/editor/forms.py": "photographs of telephones: tests/sites/test_publish_screens.py",
    "socle/inbox/attachments.py": "files of a message (above)",
    "socle/sites/publishing/folders.py": "ours: written",
    "socle/sites/uploads.py": "documents of a site (above)",
}
UNFOLDS = {
    *("zipfile.ZipFile", "pikepdf.open", "Image.open", "tarfile.open", "gzip.GzipFile", "gzip.open", "gzip.decompress"),
    *("etree.fromstring", "etree.iterparse", "etree.parse", "zlib.decompress", "zlib.decompressobj", "gzip.compress"),
    *("lzma.open", "bz2.open", "GZipMiddleware", "load_workbook", "expat.ParserCreate"),
    *("PdfReader", "pypdfium2.PdfDocument"),
}


@pytest.mark.slow
def test_no_code_takes_a_body_nor_unfolds_bytes_that_the_table_does_not_know():
    takes, unfolds = set(), set()
    for path in house.files(".py"):
        if path.parts[0] != "socle" or "migrations" in path.parts:
            continue
        text = house.read(path)
        if not any(word in text for word in ("csrf_exempt", *UNFOLDS)):
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and "csrf_exempt" in map(ast.unparse, node.decorator_list):
                takes.add(str(path))
            elif isinstance(node, ast.Call | ast.ClassDef):
                named = [ast.unparse(one) for one in (node.bases if isinstance(node, ast.ClassDef) else [node.func])]
                if UNFOLDS & set(named):
                    unfolds.add(str(path))
    assert takes == set(BODIES)
    assert unfolds == set(OPENERS)


@pytest.mark.django_db
@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.slow
def test_a_program_of_mail_that_asks_for_its_settings_unfolds_nothing(bomb, client):
    from socle.mail.configuring.documents import address_asked

    with Cost():
        assert not address_asked(BOMBS[bomb]())
