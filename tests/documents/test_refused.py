"""What a rule refuses leaves no document: neither a row, nor a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from socle.documents import actions
from socle.documents.models import Document
from socle.lib.refusals import Refused
from tests.documents.test_keeping import PDF, by, keep

pytestmark = pytest.mark.django_db
__all__ = ["by"]


def files() -> int:
    """How many files of documents there are, with or without a row."""
    return sum(one.is_file() for one in Path(Document._meta.get_field("file").storage.location).rglob("*"))


@pytest.fixture
def is_left():
    before = files()
    return lambda: (Document.objects.count(), files() - before)


def test_what_is_kept_and_not_refused_stays(by, is_left):
    with actions.unless_refused():
        keep(by)
    assert is_left() == (1, 1)


@actions.unless_refused()
def refused(by, content=PDF):
    """Keep a document, then be refused."""
    keep(by, content)
    raise Refused("Non.")


def test_a_refusal_leaves_neither_row_nor_file(by, is_left):
    with pytest.raises(Refused):
        refused(by)
    assert is_left() == (0, 0)


def test_a_refusal_of_the_whole_takes_what_a_part_kept(by, is_left):
    @actions.unless_refused()
    def whole():
        with actions.unless_refused():
            keep(by)
        raise Refused("Non.")

    with pytest.raises(Refused):
        whole()
    assert is_left() == (0, 0)


def test_a_part_that_is_refused_leaves_what_the_whole_keeps(by, is_left):
    with actions.unless_refused():
        keep(by)
        with pytest.raises(Refused):
            refused(by, b"%PDF-1.7\nanother")
    assert is_left() == (1, 1)


@pytest.mark.parametrize(("others", "left"), [((LookupError,), 0), ((), 1)])
def test_another_refusal_is_told_by_its_class(by, is_left, others, left):
    @actions.unless_refused(*others)
    def broken():
        keep(by)
        raise LookupError

    with pytest.raises(LookupError):
        broken()
    # What broke otherwise deletes nothing: whether it was written is not known.
    assert is_left() == (0, left)


def test_it_goes_only_once_its_row_is_gone(by, monkeypatch):
    seen, rows = [], Document.objects
    monkeypatch.setattr(actions, "_discard", lambda document: seen.append(rows.filter(pk=document.pk).exists()))
    with pytest.raises(Refused), transaction.atomic():
        refused(by)
    assert seen == [False]
