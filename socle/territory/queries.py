"""Queries that find a commune: by its INSEE code, or from what someone typed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from socle.lib.refusals import Refused
from socle.lib.text import folded, of_place, readings
from socle.territory.models import Commune, CommuneInVintage, CommuneQuerySet, Department, FormerCommune

_INSEE = re.compile(r"\d[\dAB]\d{3}", re.ASCII)


def find_commune(insee_code: str) -> Commune:
    """Return the commune that bears this INSEE code today, with its department and EPCI.

    Raises `Refused` when the code is badly written or unknown, and when it is that of a commune that merged or
    changed codes: the sentence then names the code to use.
    """
    code = insee_code.strip().upper()
    if not _INSEE.fullmatch(code):
        raise Refused(
            f"« {code[:20]} » n’est pas un code INSEE : il en faut cinq caractères, "
            "comme 59474 ou 2A004 (ce n’est pas le code postal)."
        )
    commune = Commune.objects.select_related("department", "epci", "merged_into").filter(insee_code=code).first()
    if commune is not None and commune.gone_in is None:
        return commune
    raise Refused(_why_not_usable(commune) if commune is not None else _why_unknown(code))


def _why_not_usable(commune: Commune) -> str:
    since = f"depuis {commune.gone_in} au plus tard"
    if commune.merged_into is None:
        return (
            f"La commune {of_place(commune.name)} ({commune.insee_code}) n’existe plus {since}, et les données "
            "chargées ne disent pas laquelle lui succède. Cherchez la commune actuelle par son nom."
        )
    heir = commune.merged_into
    return (
        f"La commune {of_place(commune.name)} ({commune.insee_code}) a fusionné : elle fait partie "
        f"{of_place(heir.name)} ({heir.insee_code}) {since}. Utilisez le code {heir.insee_code}."
    )


def _why_unknown(code: str) -> str:
    renumbered = CommuneInVintage.objects.select_related("commune").filter(insee_code=code).order_by("-vintage").first()
    if renumbered is not None:
        new = renumbered.commune
        return (
            f"La commune {of_place(new.name)} ne porte plus le code {code} : elle porte le code {new.insee_code}. "
            f"Utilisez le code {new.insee_code}."
        )
    former = FormerCommune.objects.select_related("commune").filter(insee_code=code).first()
    if former is not None:
        heir = former.commune
        what = f"{former.name}, {former.get_kind_display()}" if former.name else f"une {former.get_kind_display()}"
        return (
            f"Le code {code} désigne {what}, qui fait partie {of_place(heir.name)} ({heir.insee_code}). "
            f"Utilisez le code {heir.insee_code}."
        )
    return (
        f"Aucune commune ne porte le code INSEE {code}. Vérifiez les cinq caractères "
        "(ce n’est pas le code postal), ou cherchez la commune par son nom."
    )


def named(words: str, path: str = "", *, lookup: str = "contains", after: str = "") -> Q:
    """Those whose name answers to these words, whatever their case and accents; « St » is « Saint » too.

    `path` leads to the commune; `after` is what comes before the words: a space finds the beginning of a word.
    """
    found = Q()
    for reading in readings(words):
        found |= Q(**{f"{path}search_name__{lookup}": f"{after}{reading}"})
    # Words of which nothing is left once folded name nothing.
    return found or Q(**{f"{path}pk__in": []})


@dataclass(frozen=True)
class Match:
    """A current commune found by a search, and why when it is not by its own name or codes (French, may be blank)."""

    commune: Commune
    because: str = ""


def search_communes(text: str, *, departments: Iterable[Department] | None = None, limit: int = 20) -> list[Match]:
    """Return the current communes a text may mean: an INSEE code, a postal code, the beginning of a name or of one
    of its words, the name of a commune that merged. The nearest first; at most three queries, whatever is found.
    """
    wanted = folded(text)
    if len(wanted) < 2 or limit < 1 or "\x00" in wanted:  # PostgreSQL refuses a text with a null character.
        return []
    current = Commune.objects.current().select_related("department", "epci")
    former = FormerCommune.objects.select_related("commune__department", "commune__epci")
    if departments is not None:
        codes = list(departments)
        current, former = current.filter(department__in=codes), former.filter(commune__department__in=codes)
    found: dict[int, Match] = {}

    def add(commune: Commune, because: str = "") -> None:
        if len(found) < limit:
            found.setdefault(commune.pk, Match(commune, because))

    if wanted[0].isdigit():
        for commune in _by_code(current, wanted)[:limit]:
            add(commune)
        for part in former.filter(insee_code__startswith=wanted.upper())[:limit]:
            add(part.commune, _because(part))
        return list(found.values())
    for commune in current.filter(named(wanted, lookup="startswith"))[:limit]:
        add(commune)
    if len(found) < limit:
        for commune in current.filter(named(wanted, after=" "))[:limit]:
            add(commune)
    if len(found) < limit:
        for part in former.filter(named(wanted, lookup="startswith"))[:limit]:
            add(part.commune, _because(part))
    return list(found.values())


def _by_code(communes: CommuneQuerySet, wanted: str) -> CommuneQuerySet:
    code = wanted.upper()
    by_insee = communes.filter(insee_code__startswith=code)
    if not code.isdigit():
        return by_insee
    return (by_insee | communes.filter(postal_codes__code__startswith=code)).distinct().order_by("insee_code")


def _because(part: FormerCommune) -> str:
    return f"{part.name or part.insee_code}, {part.get_kind_display()}"
