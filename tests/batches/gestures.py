"""A gesture of the tests: what each line does is said by its identifier."""

from __future__ import annotations

import errno

from django.db import OperationalError

from socle.batches.contract import Failed, NotYet, Subject
from socle.lib.refusals import Refused
from socle.outbox.models import Message

GESTURES = ("tests.batches.gestures.Write", "tests.batches.gestures.WriteInSteps")

# What happens once, then no more: the disk is freed, the other worker has finished.
once: dict[str, Exception] = {}


def written() -> list[str]:
    return list(Message.objects.order_by("id").values_list("subject", flat=True))


class Write:
    """Leaves a message whose subject is that of the line, so that each effect can be counted."""

    code = "write"
    label = "Écrire un message"
    explains = "Un message par ligne."
    subject = Subject.COMMUNE
    is_atomic = True
    needs_care = False

    def why_not(self, wish, *, on):
        return None

    def sort_out(self, subjects, wish, *, at):
        return {subject: "Refusée d’emblée." for subject in subjects if subject.startswith("never")}

    def do(self, subject, wish, *, at):
        Message.objects.create(to="a", sender="b", subject=subject, body="")
        if subject in once:
            raise once.pop(subject)
        if subject.startswith("refused"):
            raise Refused("Le conseil n’a pas délibéré.")
        if subject.startswith("failed"):
            raise Failed("Le serveur ne répond pas.")
        if subject.startswith("wrong"):
            raise ZeroDivisionError
        return f"{subject} écrit."


class WriteInSteps(Write):
    """The same, made of several transactions: it does nothing twice by itself."""

    code = "write_in_steps"
    is_atomic = False

    def do(self, subject, wish, *, at):
        if not Message.objects.filter(subject=subject).exists():
            Message.objects.create(to="a", sender="b", subject=subject, body="")
        if subject in once:
            raise once.pop(subject)
        return f"{subject} écrit."


FULL = OSError(errno.ENOSPC, "No space left on device")
GONE = OperationalError("the database went away")
BUSY = NotYet("Un autre exécuteur s’en occupe.")
