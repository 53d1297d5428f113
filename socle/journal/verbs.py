"""The verbs of the journal in French, as every door writes them: each room declares its own in its `verbs.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

FAMILY = "Journal et conservation"
VERBS: dict[str, str] = {
    "journal.accepted": "Écart du journal accepté",
}


@cache
def words() -> Mapping[str, str]:
    """The French words of every verb, in the order of the verbs; raise ValueError where two rooms declare one verb."""
    found: dict[str, str] = {}
    for name in settings.SOCLE_VERBS:
        declared: dict[str, str] = import_string(name)
        if twice := found.keys() & declared.keys():
            raise ValueError(f"{name} declares again {', '.join(sorted(twice))}")
        found |= declared
    return dict(sorted(found.items()))


@cache
def families() -> Mapping[str, tuple[str, ...]]:
    """The verbs of each family, by its French name, in order: several rooms may be one family (`FAMILY`)."""
    found: dict[str, tuple[str, ...]] = {}
    for name in settings.SOCLE_VERBS:
        family: str = import_string(f"{name.rpartition('.')[0]}.FAMILY")
        found[family] = (*found.get(family, ()), *import_string(name))
    return dict(sorted(found.items()))


def label_of(verb: str) -> str:
    """Return the verb in French; one that an older release wrote and this one no longer knows is shown as it is."""
    return words().get(verb, verb)
