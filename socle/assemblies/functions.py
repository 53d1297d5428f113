"""The functions of an assembly in words, in protocol order: « première adjointe », « deuxième vice-président »."""

from __future__ import annotations

from collections.abc import Sequence

from socle.assemblies.models import Assembly, Member

Function, Civility = Member.Function, Member.Civility

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


def titled(assembly: Assembly, members: Sequence[Member]) -> list[tuple[Member, str]]:
    """Return each member with their function in words; deputies are ranked in the order given."""
    seen: dict[str, int] = {}
    told = []
    for one in members:
        seen[one.function] = seen.get(one.function, 0) + 1
        words = function_in_words(one.function, one.civility, seen[one.function], is_commune=assembly.is_commune)
        told.append((one, words))
    return told
