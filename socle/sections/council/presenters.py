"""The council as its page shows it: groups in protocol order, functions in words."""

from __future__ import annotations

from dataclasses import dataclass

from socle.assemblies.functions import function_in_words, words_of
from socle.sections.council.models import Councillor
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import depend_on


@dataclass(frozen=True)
class Sitting:
    """One person of the council, their function in words."""

    who: Councillor
    function: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True)
class Group:
    """Those of one function."""

    code: str
    title: str
    people: list[Sitting]


@dataclass(frozen=True)
class Council:
    """The council as its page shows it."""

    groups: list[Group]

    @property
    def people(self) -> list[Sitting]:
        return [person for group in self.groups for person in group.people]


def council_of(website: WebSite) -> Council:
    """Gather the council of a site: three queries at most, whatever its size."""
    depend_on("council")
    is_commune = website.beneficiary.commune_id is not None
    rows = Councillor.objects.filter(website=website).select_related("member", "portrait")
    sitting = list(rows.prefetch_related("portrait__renditions"))
    groups = []
    for function, words in words_of(is_commune).items():
        people = [who for who in sitting if who.function == function]
        if people:
            shown = [
                Sitting(
                    who,
                    function_in_words(function, who.civility, rank, is_commune=is_commune),
                    rank == 1,
                    rank == len(people),
                )
                for rank, who in enumerate(people, start=1)
            ]
            groups.append(Group(function, words[3], shown))
    return Council(groups)
