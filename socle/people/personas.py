"""The fictitious people of a demonstration. The communes they serve are real; they are not, and their names say so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch

from socle.journal.models import Entry
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people import help
from socle.people.actions import end_role, enrol, give_role, register_beneficiary
from socle.people.invitations import invite
from socle.people.models import (
    BENEFICIARY_ROLES,
    Beneficiary,
    HelpAccess,
    Invitation,
    Membership,
    Operator,
    Role,
    User,
)
from socle.territory.models import Commune

# A domain no one can own (RFC 2606): a message to these people goes nowhere, whatever happens.
DOMAIN = "exemple.invalid"

# First names that women and men bear alike, none of them that of a persona below.
FIRST_NAMES = (
    *("Andrea", "Ange", "Ariel", "Céleste", "Charlie", "Cyrille", "Eden", "Jackie", "Kim", "Leslie"),
    *("Loan", "Lou", "Maé", "Noa", "Nour", "Sam", "Stéphane", "Swann", "Valéry", "Yaël"),
)


@dataclass(frozen=True)
class Persona:
    """A person of an operator: who, where, as what, and what one does in their place."""

    login: str
    name: str
    operator: str
    role: Role
    quality: str
    story: str


OPERATORS = (
    Persona("officer", "Claude Exemple", "npdcn", Role.PROGRAMME_OFFICER, "Chargée de programme",
            "Équipe les communes : les choisit, rédige les conventions, suit leur mise en service."),
    Persona("technician", "Sacha Exemple", "npdcn", Role.TECHNICIAN, "Technicien",
            "Veille sur les installations et reprend celles qui ont échoué."),
    Persona("finance", "Maxence Exemple", "npdcn", Role.FINANCE_OFFICER, "Responsable financier",
            "Suit les contributions et les dispositifs de financement."),
    Persona("president", "Dominique Exemple", "npdcn", Role.PRESIDENT, "Présidente",
            "Signe les conventions pour le syndicat, en dernier."),
    Persona("assembly", "Andréa Exemple", "npdcn", Role.ASSEMBLY_SECRETARY, "Secrétaire de l’assemblée",
            "Prépare les séances du comité syndical, les tient, et fait partir ses actes."),
    Persona("cdg59.advisor", "Alix Exemple", "cdg59", Role.CDG_ADVISOR, "Conseillère",
            "Accompagne les communes du Nord ; ne voit que ce département."),
    Persona("cdg59.president", "Gabriel Exemple", "cdg59", Role.CDG_PRESIDENT, "Président",
            "Signe les conventions des communes du Nord pour le centre de gestion."),
    Persona("cdg62.advisor", "Robin Exemple", "cdg62", Role.CDG_ADVISOR, "Conseiller",
            "Accompagne les communes du Pas-de-Calais ; ne voit que ce département."),
    Persona("cdg62.president", "Florence Exemple", "cdg62", Role.CDG_PRESIDENT, "Présidente",
            "Signe les conventions des communes du Pas-de-Calais pour le centre de gestion."),
    Persona("somme", "Morgan Exemple", "somme-numerique", Role.TECHNICIAN, "Technicienne",
            "Appuie le syndicat : voit les services, jamais les montants."),
)  # fmt: skip

ROLE_STORIES = {
    Role.SECRETARY: "Tient le secrétariat de la mairie et son site.",
    Role.MAYOR: "Signe la convention pour la commune, en premier.",
    Role.DEPUTY: "Publie sur le site, répond aux habitants ; ne nomme ni ne signe.",
    Role.COUNCILLOR: "Lit l’agenda et les actes du conseil, réserve une salle.",
    Role.AGENT: "Sa boîte, l’agenda, les dossiers que la mairie lui ouvre.",
}

SECRETARY = "secretariat"
# Three neighbours of the Avesnois that one secretary serves: the ordinary life of small mairies.
SHARED_COMMUNES = ("59062", "59186", "59573")
# The mairie whose site is filled has a deputy, a councillor and an agent besides.
OTHERS = (
    (Role.DEPUTY, "adjointe", "Ève Exemple", "Première adjointe"),
    (Role.COUNCILLOR, "elu", "Lucien Exemple", "Conseiller municipal"),
    (Role.AGENT, "agent", "Basile Exemple", "Agent technique"),
)
# And one of the other department.
LONE_COMMUNE = "62056"
# Its neighbour, whose agreement waits for its mayor.
SIGNING_COMMUNE = "62658"
# How long the programme of a demonstration has been going.
LIVED = timedelta(days=90)


def why_not_make_fictions() -> str | None:
    """Say in French why fictitious people cannot be made here, or None."""
    if settings.DEMO:
        return None
    return "Les personnes fictives n’existent que dans une démonstration : préparez-en une avec « socle demo »."


@transaction.atomic
def ensure_personas(*, by: User, at: datetime) -> list[User]:
    """Make the people of the demonstration, once; return them all.

    The programme and the territory must be loaded. Raises `Refused` outside a demonstration, or when one is not.
    """
    refuse(why_not_make_fictions())
    since = at - LIVED
    operators = Operator.objects.in_bulk(field_name="code")
    people = []
    for persona in OPERATORS:
        operator = operators.get(persona.operator)
        if operator is None:
            raise Refused(
                f"L’opérateur « {persona.operator} » n’est pas chargé : chargez le programme avant les personnes."
            )
        user = _person(persona.login, persona.name, by=by, at=since)
        give_role(user, role=persona.role, operator=operator, quality=persona.quality, by=by, at=since)
        people.append(user)
    secretary = _person(SECRETARY, "Camille Exemple", by=by, at=since)
    people.append(secretary)
    quality = "Secrétaire de mairie"
    for beneficiary in _communes(SHARED_COMMUNES, by=by, at=since):
        give_role(secretary, role=Role.SECRETARY, beneficiary=beneficiary, quality=quality, by=by, at=since)
        people += ensure_people_of(beneficiary, by=by, at=since)
    for beneficiary in _communes((LONE_COMMUNE,), by=by, at=since):
        people += ensure_people_of(beneficiary, by=by, at=since)
    _propose_a_relief(secretary, at=at)
    _ask_for_help(secretary, at=at)
    _plan_a_departure(at=at)
    return list(dict.fromkeys(people))


def _propose_a_relief(secretary: User, *, at: datetime) -> None:
    """Show what a proposal is: the secretary of three mairies wants someone to stand in; a mayor has to confirm."""
    where = Beneficiary.objects.get(commune__insee_code=SHARED_COMMUNES[0])
    email = f"relais@{DOMAIN}"
    if Invitation.objects.filter(email=email, beneficiary=where).exists():
        return
    invite(
        email,
        name="Charlie Exemple",
        role=Role.SECRETARY,
        beneficiary=where,
        quality="Secrétaire de mairie remplaçante",
        last_day=dates.day_of(at) + timedelta(days=90),
        by=secretary,
        at=at,
    )


def _ask_for_help(secretary: User, *, at: datetime) -> None:
    """Show what being helped is: one of the three mairies let its centre de gestion in for some days, once."""
    where = Beneficiary.objects.get(commune__insee_code=SHARED_COMMUNES[1])
    if HelpAccess.objects.filter(beneficiary=where).exists():
        return
    help.open_access(
        where,
        Operator.objects.get(code="cdg59"),
        motive="Essai fictif : préparer la délibération pendant un congé.",
        last_day=dates.day_of(at) + timedelta(days=20),
        by=secretary,
        at=at,
    )


def _plan_a_departure(*, at: datetime) -> None:
    """Show what a departure is: a secretary leaves in some weeks, the mayor takes over meanwhile. Planned once."""
    held = Membership.objects.filter(beneficiary__commune__insee_code=LONE_COMMUNE, user__is_active=True)
    leaver = held.select_related("user").filter(role=Role.SECRETARY).first()
    mayor = held.select_related("user").filter(role=Role.MAYOR, ends_on__isnull=True).first()
    if leaver is None or mayor is None or Entry.objects.about(leaver).filter(verb="role.ended").exists():
        return
    last_day = dates.day_of(at) + timedelta(days=60)
    end_role(leaver, last_day=last_day, successor=mayor.user, by=mayor.user, at=at)


@transaction.atomic
def ensure_people_of(beneficiary: Beneficiary, *, by: User, at: datetime) -> list[User]:
    """Give a beneficiary of the demonstration a secretary and a mayor, fictitious, unless it has them; return them.

    Raises `Refused` outside a demonstration.
    """
    refuse(why_not_make_fictions())
    held = {
        membership.role: membership.user
        for membership in Membership.objects.filter(beneficiary=beneficiary).select_related("user")
    }
    code = beneficiary.commune.insee_code if beneficiary.commune else f"b{beneficiary.pk}"
    is_commune = beneficiary.commune is not None
    wanted = (
        (Role.SECRETARY, f"{SECRETARY}.{code}", 0, "Secrétaire de mairie" if is_commune else "Secrétaire"),
        (Role.MAYOR, f"maire.{code}", 11, "Maire" if is_commune else "Représentante légale"),
    )
    people = []
    for role, login, shift, quality in wanted:
        user = held.get(role)
        if user is None:
            first_name = FIRST_NAMES[(beneficiary.pk + shift) % len(FIRST_NAMES)]
            user = _person(login.lower(), f"{first_name} Exemple", by=by, at=at)
            give_role(user, role=role, beneficiary=beneficiary, quality=quality, by=by, at=at)
        people.append(user)
    return people


@transaction.atomic
def ensure_others_of(beneficiary: Beneficiary, *, by: User, at: datetime) -> list[User]:
    """Give a beneficiary of the demonstration a deputy, a councillor and an agent, fictitious, once; return them.

    Raises `Refused` outside a demonstration.
    """
    refuse(why_not_make_fictions())
    people = []
    for role, login, name, quality in OTHERS:
        user = _person(login, name, by=by, at=at)
        give_role(user, role=role, beneficiary=beneficiary, quality=quality, by=by, at=at)
        people.append(user)
    return people


def _person(login: str, name: str, *, by: User, at: datetime) -> User:
    return enrol(f"{login}@{DOMAIN}", name=name, by=by, at=at, is_fictitious=True)


def _communes(insee_codes: tuple[str, ...], *, by: User, at: datetime) -> list[Beneficiary]:
    communes = {
        commune.insee_code: commune
        for commune in Commune.objects.filter(insee_code__in=insee_codes).select_related("department")
    }
    for insee_code in insee_codes:
        if insee_code not in communes:
            raise Refused(f"La commune {insee_code} n’est pas chargée : chargez le territoire avant les personnes.")
    return [register_beneficiary(communes[insee_code], by=by, at=at) for insee_code in insee_codes]


@dataclass(frozen=True)
class Player:
    """Someone one may play: the account, what it is, what one does in its place."""

    user: User
    quality: str
    places: tuple[str, ...]
    story: str


@dataclass(frozen=True)
class Group:
    """Players who share a door."""

    title: str
    icon: str
    players: tuple[Player, ...]
    more: tuple[Player, ...] = ()


FURNISHED = "Le site de cette mairie est déjà rempli, pour l’essai."
# Beyond these, the other mairies are found from the console.
OTHERS_SHOWN = 24


def cast(*, on: date, furnished: frozenset[int] = frozenset()) -> list[Group]:
    """Return everyone one may play on this day, by door: the mairies first.

    `furnished` holds the beneficiaries whose site was filled for the demonstration: their people come before others.
    """
    stories = {f"{persona.login}@{DOMAIN}": persona.story for persona in OPERATORS}
    stories[f"{SECRETARY}@{DOMAIN}"] = (
        "Seule au secrétariat de trois mairies : publie les actualités, prépare les conventions, répond aux habitants."
    )
    first = (*SHARED_COMMUNES, LONE_COMMUNE, SIGNING_COMMUNE)
    memberships = Membership.objects.active_on(on).select_related("operator", "beneficiary__commune").order_by("id")
    users = User.objects.filter(is_fictitious=True, is_active=True).prefetch_related(
        Prefetch("memberships", memberships, to_attr="held")
    )
    of_operators: list[Player] = []
    of_furnished: list[Player] = []
    of_mairies: list[Player] = []
    others: list[Player] = []
    for user in users.order_by("id"):
        held: list[Membership] = user.held
        if not held:
            continue
        player = Player(
            user,
            held[0].quality or held[0].get_role_display(),
            tuple(str(membership.operator or membership.beneficiary) for membership in held),
            stories.get(user.email) or ROLE_STORIES.get(Role(held[0].role), ""),
        )
        if held[0].role not in BENEFICIARY_ROLES:
            of_operators.append(player)
            continue
        if furnished.intersection(membership.beneficiary_id for membership in held if membership.beneficiary_id):
            of_furnished.append(replace(player, story=f"{player.story} {FURNISHED}".strip()))
            continue
        places = {m.beneficiary.commune.insee_code for m in held if m.beneficiary and m.beneficiary.commune}
        (of_mairies if places.intersection(first) else others).append(player)
    groups = [
        Group("À la mairie", "mairie", (*of_furnished, *of_mairies), tuple(others[:OTHERS_SHOWN])),
        Group("Chez les opérateurs", "people", tuple(of_operators)),
    ]
    return [group for group in groups if group.players]
