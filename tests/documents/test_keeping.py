"""A kept document is the same for ever, or is not shown."""

from __future__ import annotations

import os
import tracemalloc
from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.db import transaction

from socle.documents import actions, rules
from socle.documents.models import Document, Text
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
PDF = b"%PDF-1.7\nfor a test"


@pytest.fixture
def by():
    return User.objects.system()


def keep(by, content=PDF, **changes):
    return actions.keep(content, **{"title": "Convention", "filename": "c.pdf", "by": by, "at": AT} | changes)


def stored(document):
    return document.file.storage.path(document.file.name)


def test_what_is_kept_is_read_back(by):
    document = Document.objects.get(pk=keep(by).pk)
    assert actions.read(document) == PDF
    assert document.size == len(PDF)
    line = Entry.objects.get(verb="document.kept")
    assert line.facts == {"sha256": document.sha256, "size": len(PDF)}


@pytest.mark.parametrize(
    ("size", "says"),
    [(rules.MAX_SIZE + 1, None), (rules.MAX_STREAM + 1, "dépasse 150"), (0, "est vide"), (3, "n’est pas un PDF")],
)
def test_a_file_is_kept_and_read_by_pieces_up_to_150_mio(size, says, by, tmp_path):
    path = tmp_path / "act.pdf"
    path.write_bytes(PDF[:size])
    os.truncate(path, size)
    with path.open("rb") as file:
        if says is not None:
            with pytest.raises(Refused, match=says):
                keep(by, file)
            return
        tracemalloc.start()
        try:
            document = keep(by, file)
            with actions.open_stream(document) as kept:
                assert kept.read(len(PDF)) == PDF
            assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
        finally:
            tracemalloc.stop()
    assert document.size == size


def test_nothing_of_an_altered_file_is_given_by_pieces(by):
    document = keep(by)
    os.chmod(stored(document), 0o600)
    with open(stored(document), "ab") as file:
        file.write(b"!")
    with pytest.raises(actions.Altered), actions.open_stream(document) as kept:
        pytest.fail(f"{kept} was given")


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [(b"<a/>", "application/xml", "c.xml"), (b"\x1f\x8b", "application/gzip", "c.tar.gz")],
)
def test_a_message_and_an_archive_are_kept_as_what_they_are(content, kind, name, by):
    assert keep(by, content, content_type=kind).file.name.endswith(name)
    with pytest.raises(Refused, match="type annoncé"):
        keep(by, b"neither", content_type=kind)


def test_an_altered_file_is_not_shown(by):
    document = keep(by)
    os.chmod(stored(document), 0o600)
    with open(stored(document), "r+b") as file:
        file.write(b"%PDG")
    with pytest.raises(actions.Altered, match="a été modifié depuis qu’il est conservé"):
        actions.read(document)


def test_a_lost_file_is_said_to_be_lost(by):
    document = keep(by)
    os.unlink(stored(document))
    with pytest.raises(actions.Altered, match="introuvable"):
        actions.read(document)


def test_a_kept_document_is_neither_saved_again_nor_deleted(by):
    document = keep(by)
    with pytest.raises(TypeError):
        document.save()
    with pytest.raises(TypeError):
        document.delete()
    with pytest.raises(TypeError):
        document.file.storage.delete(document.file.name)
    with pytest.raises(FileExistsError):
        document.file.storage.save(document.file.name, ContentFile(PDF))


@pytest.mark.parametrize(
    ("content", "content_type", "sentence"),
    [
        (b"", "application/pdf", "vide"),
        (b"<html>", "application/pdf", "n’est pas un PDF"),
        (PDF, "text/html", "pas accepté"),
        (b"%PDF-" + bytes(50 * 1024 * 1024), "application/pdf", "50\u00a0Mo"),
    ],
)
def test_what_is_not_a_document_is_refused(by, content, content_type, sentence):
    with pytest.raises(Refused, match=sentence):
        keep(by, content, content_type=content_type)
    assert not Document.objects.exists()


def test_the_largest_document_and_the_longest_text_are_kept():
    assert rules.why_not_keep(b"%PDF-" + bytes(rules.MAX_SIZE - 5), content_type="application/pdf") is None
    longest, lines = "a" * rules.MOST_CHARACTERS, "a\n" * rules.MOST_LINES
    assert [rules.why_not_words(words) for words in (longest, lines)] == [None, None]
    assert all(rules.why_not_words(words) for words in (longest + "a", lines + "\n"))


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("Convention n° 12.PDF", "convention-n-12.pdf"),
        ("avenant 1.2.pdf", "avenant-12.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\temp\\délibération.pdf", "deliberation.pdf"),
        ("\u202e\x00.pdf", "document.pdf"),
        ("é" * 500 + ".exe", "e" * 80 + ".pdf"),
        ("", "document.pdf"),
    ],
)
def test_a_file_name_is_made_safe(given, safe):
    assert actions.safe_filename(given, "application/pdf") == safe


def test_when_the_row_fails_no_file_is_left(by, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(actions.journal, "record", fail)
    before = _files(by)
    with pytest.raises(OSError, match="disk full"):
        keep(by)
    assert _files(by) == before
    assert not Document.objects.exists()


def _files(by):
    storage = Document._meta.get_field("file").storage
    return {os.path.join(folder, name) for folder, _, names in os.walk(storage.location) for name in names}


def test_a_rolled_back_transaction_leaves_no_document(by):
    def keep_then_fail():
        with transaction.atomic():
            keep(by)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        keep_then_fail()
    assert not Document.objects.exists()


def test_a_published_text_is_never_edited():
    text = Text.objects.create(name="convention", version="2026-11-25", body="# A", sha256="0" * 64)
    with pytest.raises(TypeError):
        text.save()
