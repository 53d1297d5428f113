"""The council as its page shows it: groups in protocol order, functions in words, commissions; and to machines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch
from django.utils.safestring import SafeString

from socle.sections.council.models import Commission, CommissionSeat, Councillor, CouncilTerm
from socle.sections.council.rules import current_term
from socle.sites.models.sites import WebSite
from socle.sites.publishing.reads import reads
from socle.sites.structured import as_data

if TYPE_CHECKING:
    from socle.sites.frame import Frame

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
class CommissionShown:
    """One commission: who presides, then who sits, in protocol order."""

    commission: Commission
    president: Councillor | None
    members: list[Councillor]


@dataclass(frozen=True)
class Council:
    """What the page shows."""

    term: CouncilTerm | None
    groups: list[Group]
    commissions: list[CommissionShown]

    @property
    def since(self) -> date | None:
        return self.term.starts_on if self.term else None

    @property
    def people(self) -> list[Sitting]:
        return [person for group in self.groups for person in group.people]


def council_of(website: WebSite) -> Council:
    """Gather the council of a site: six queries at most, whatever its size."""
    reads("council")
    term = current_term(website)
    if term is None:
        return Council(None, [], [])
    is_commune = website.beneficiary.commune_id is not None
    found = term.councillors.sitting().select_related("portrait").prefetch_related("portrait__renditions")
    sitting = list(found)
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
    order = {person.who.pk: rank for rank, person in enumerate(p for group in groups for p in group.people)}
    seats = CommissionSeat.objects.filter(councillor__left_on=None).select_related("councillor")
    commissions = []
    for commission in term.commissions.filter(removed_at=None).prefetch_related(Prefetch("seats", seats)):
        seated = sorted(commission.seats.all(), key=lambda one: order.get(one.councillor_id, 0))
        president = next((one.councillor for one in seated if one.is_president), None)
        members = [one.councillor for one in seated if not one.is_president]
        commissions.append(CommissionShown(commission, president, members))
    return Council(term, groups, commissions)


def structured(council: Council, *, frame: Frame) -> SafeString:
    """Say the council as schema.org does. Its address is the mairie's: of a person, a name and a function only."""
    facts, root = frame.facts, frame.website.root_url
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "GovernmentOrganization",
        "@id": f"{root}/#conseil",
        "name": f"Conseil municipal {frame.of_name}" if frame.is_commune else frame.name,
        "url": f"{root}/",
        "telephone": facts.phone,
        "email": facts.email,
        "address": {
            "@type": "PostalAddress",
            "streetAddress": facts.address,
            "postalCode": facts.postal_code,
            "addressLocality": facts.city or frame.name,
            "addressCountry": "FR",
        },
        "member": [
            {"@type": "Person", "name": person.who.name, "jobTitle": person.function} for person in council.people
        ],
    }
    return as_data({name: value for name, value in data.items() if value})
