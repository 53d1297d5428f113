"""The gestures that may be made on many things: settings name them, each room declares its own."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from socle.batches.contract import Gesture, Subject
from socle.lib.refusals import Refused


@cache
def _named(table: str) -> dict[str, Gesture]:
    gestures: list[Gesture] = [import_string(dotted)() for dotted in import_string(table)]
    return {gesture.code: gesture for gesture in gestures}


def all_gestures() -> list[Gesture]:
    """Return every gesture, in the order of the table."""
    return list(_named(settings.SOCLE_GESTURES).values())


def gestures_on(subject: Subject) -> list[Gesture]:
    """Return the gestures made on this kind of thing."""
    return [gesture for gesture in all_gestures() if gesture.subject == subject]


def gesture_of(code: str) -> Gesture:
    """Return a gesture by its code; raise `Refused` when there is none."""
    found = _named(settings.SOCLE_GESTURES).get(code)
    if found is None:
        known = ", ".join(_named(settings.SOCLE_GESTURES))
        raise Refused(f"Aucun geste ne porte le code « {code[:40]} » ; gestes connus : {known}.")
    return found


def label_of(code: str) -> str:
    """Return the words of a gesture; one that an older release knew is shown as it is."""
    found = _named(settings.SOCLE_GESTURES).get(code)
    return found.label if found else code
