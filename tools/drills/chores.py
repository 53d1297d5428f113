"""Tasks for a drill: each files one document away, slowly enough to be killed on the way; run twice, it is harmless."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from django.utils import timezone
from django_scopes import scopes_disabled
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.people.models import User

PATH = "tools.drills.chores.file_away"


@task()
def file_away(number: int) -> None:
    time.sleep(0.8)
    with scopes_disabled():
        title = f"Dossier fictif {number}"
        if not Document.objects.filter(title=title).exists():
            content = f"%PDF-1.7\n{title}".encode()
            documents.keep(content, title=title, filename="dossier.pdf", by=User.objects.system(), at=timezone.now())
    time.sleep(0.2)


def enqueue(count: int, first: int = 0) -> None:
    for number in range(first, first + count):
        file_away.enqueue(number)


def state() -> dict[str, Any]:
    """How many tasks are in each state, which machine did each, and which were begun by two."""
    rows = list(DBTaskResult.objects.filter(task_path=PATH).values_list("status", "worker_ids"))
    machines = [[name.rpartition(".")[0] for name in names] for _, names in rows]
    return {
        "status": dict(Counter(str(status) for status, _ in rows)),
        "done_by": dict(Counter(names[-1] for names in machines if names)),
        "taken_over": sum(len(set(names)) > 1 for names in machines),
    }


def inspect(count: int) -> dict[str, Any]:
    """What the tasks left: each document once, readable as it was kept; the journal whole."""
    wrong: list[str] = []
    with scopes_disabled():
        kept = list(Document.objects.filter(title__startswith="Dossier fictif "))
        titles = Counter(document.title for document in kept)
        if len(titles) != count or max(titles.values(), default=0) > 1:
            wrong.append(f"{len(titles)} documents for {count} tasks, {sum(titles.values())} rows")
        for document in kept:
            documents.read(document)
    told = Counter(Entry.objects.filter(verb="document.kept").values_list("object_id", flat=True))
    wrong += [f"document {key} was kept {times} times" for key, times in told.items() if times > 1]
    while journal.seal():
        pass
    chain = journal.verify()
    if not chain.is_intact:
        wrong.append(f"the chain is broken at {chain.broken_at}: {chain.reason}")
    return {"documents": len(kept), "entries": chain.sealed, "wrong": wrong}
