"""The journal never makes its writers wait for one another, nor for the seal."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.people.models import User
from tests import factories as f


# SQLite has one writer at a time, whatever we do.
@pytest.mark.slow
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_writers_wait_neither_for_one_another_nor_for_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    system, place = User.objects.system(), f.beneficiary()
    for rank in range(3):
        journal.record("essai.fait", place, by=system, at=f.NOW, rank=rank)
    assert journal.seal() == 3
    journal.record("essai.fait", place, by=system, at=f.NOW, rank=3)

    sealing, may_end = threading.Event(), threading.Event()
    digest = journal._digest

    def slow(entry: Entry, position: int, previous: str) -> str:
        # The last sealed line is locked, and the transaction of the seal stays open.
        sealing.set()
        assert may_end.wait(timeout=60)
        return digest(entry, position, previous)

    monkeypatch.setattr(journal, "_digest", slow)
    errors: list[BaseException] = []

    def apart(work: Any) -> threading.Thread:
        def run() -> None:
            try:
                with connection.cursor() as cursor:
                    # To wait is to fail.
                    cursor.execute("SET lock_timeout = '2s'")
                work()
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    both_wrote = threading.Barrier(2)

    def write() -> None:
        with transaction.atomic():
            journal.record("essai.fait", place, by=system, at=f.NOW, rank=9)
            # Each has written while the other's transaction, and the seal's, are open: nobody waited.
            both_wrote.wait(timeout=60)

    sealer = apart(journal.seal)
    assert sealing.wait(timeout=60)
    writers = [apart(write), apart(write)]
    for writer in writers:
        writer.join(timeout=120)
    assert sealer.is_alive()
    may_end.set()
    sealer.join(timeout=120)
    assert errors == []
    monkeypatch.setattr(journal, "_digest", digest)
    while journal.seal():
        pass
    report = journal.verify()
    assert (report.sealed, report.waiting, report.is_intact) == (6, 0, True)
    assert sorted(Entry.objects.values_list("facts__rank", flat=True)) == [0, 1, 2, 3, 9, 9]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
def test_two_seals_at_once_make_one_chain() -> None:
    system, place = User.objects.system(), f.beneficiary()
    for rank in range(40):
        journal.record("essai.fait", place, by=system, at=f.NOW, rank=rank)
    journal.seal(limit=1)
    start = threading.Barrier(3)

    def seal() -> None:
        try:
            start.wait(timeout=60)
            journal.seal(limit=25)
        finally:
            connection.close()

    threads = [threading.Thread(target=seal) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    while journal.seal():
        pass
    report = journal.verify()
    assert (report.sealed, report.waiting, report.is_intact) == (40, 0, True), report
