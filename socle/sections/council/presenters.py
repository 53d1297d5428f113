"""The council as its page shows it: groups in protocol order, functions in words."""

from __future__ import annotations

from dataclasses import dataclass

from socle.sections.council.models import Councillor
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import reads

Function, Civility = Councillor.Function, Councillor.Civility

# For each function: a man, a woman, a person whose civility is not said; then the heading of the group.
OF_COMMUNE: dict[str, tuple[str, str, str, str]] = {
    Function.MAYOR: ("maire", "maire", "maire", "Maire"),
    Function.DEPUTY: ("adjoint", "adjointe", "adjoint ou adjointe", "Adjoints et adjointes"),
    Function.DELEGATED: (
        "conseiller délégué", "conseillère déléguée", "conseiller ou conseillère avec délégation",
        "Conseillers et conseillères avec délégation",
    ),
    Function.MEMBER: (
        "conseiller municipal", "conseillère municipale", "conseiller ou conseillère", "Conseillers et conseillères",
    ),
}  # fmt: skip
OF_BODY: dict[str, tuple[str, str, str, str]] = {
    Function.MAYOR: ("président", "présidente", "président ou présidente", "Présidence"),
    Function.DEPUTY: ("vice-président", "vice-présidente", "vice-président ou vice-présidente", "Vice-présidence"),
    Function.DELEGATED: ("membre du bureau", "membre du bureau", "membre du bureau", "Bureau"),
    Function.MEMBER: ("membre", "membre", "membre", "Membres"),
}
ORDINALS = (
    "deuxième", "troisième", "quatrième", "cinquième", "sixième", "septième", "huitième", "neuvième", "dixième",
    "onzième", "douzième", "treizième", "quatorzième", "quinzième",
)  # fmt: skip


def words_of(is_commune: bool) -> dict[str, tuple[str, str, str, str]]:
    """How the functions are called in this kind of body."""
    return OF_COMMUNE if is_commune else OF_BODY


def function_choices(is_commune: bool) -> list[tuple[str, str]]:
    """Return the functions as a form offers them, in protocol order."""
    return [(function, words[2]) for function, words in words_of(is_commune).items()]


def function_in_words(function: str, civility: str, rank: int, *, is_commune: bool) -> str:
    """« première adjointe », « deuxième adjoint », « conseiller ou conseillère »: `rank` begins at 1."""
    man, woman, unsaid, _ = words_of(is_commune)[function]
    said = {Civility.MR: man, Civility.MRS: woman}.get(Civility(civility), unsaid)
    if function != Function.DEPUTY:
        return said
    if rank == 1:
        unsaid_first = f"premier {man} ou première {woman}"
        return {Civility.MR: f"premier {man}", Civility.MRS: f"première {woman}"}.get(Civility(civility), unsaid_first)
    ordinal = ORDINALS[rank - 2] if rank - 2 < len(ORDINALS) else f"{rank}e"
    return f"{ordinal} {said}"


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
    reads("council")
    is_commune = website.beneficiary.commune_id is not None
    rows = Councillor.objects.filter(website=website).select_related("portrait")
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
