"""Who holds which role, where, and on which day. Every right in the house is read here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import BigIntegerField, DateField, Exists, OuterRef, Q, QuerySet

from socle.lib import siret
from socle.lib.compiled import Compiled, Given
from socle.lib.dates import in_words
from socle.people import helping
from socle.people.capabilities import Capability, those_who
from socle.people.models import (
    BENEFICIARY_ROLES,
    HELPER_ROLES,
    OPERATOR_ROLES,
    RESCUE_MOVES,
    Beneficiary,
    HelpAccess,
    LinkedIdentity,
    Membership,
    Operator,
    Rescue,
    RescueStatus,
    Role,
    User,
)
from socle.people.own_address import why_not_move_to
from socle.territory.models import Commune

Someone = User | AnonymousUser

# What proves who someone is besides the password; the recovery codes only stand in for one of them.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def holds(
    user: Someone,
    *roles: Role,
    on: date,
    beneficiary: Beneficiary | None = None,
    operator: Operator | None = None,
) -> bool:
    """Say whether this person holds one of these roles on this day (Europe/Paris), there if a place is given.

    A helper whom a mairie let in may there what its secretary may, while acting in its name and at no other moment.
    """
    if not isinstance(user, User) or not user.is_active or not roles:
        return False
    if beneficiary is not None and Role.SECRETARY in roles and helping.helps(user, beneficiary):
        return True
    given: dict[str, Any] = {"user": user.pk, "on": on}
    if beneficiary is not None:
        given["beneficiary"] = beneficiary.pk
    if operator is not None:
        given["operator"] = operator.pk
    return bool(_held(frozenset(roles), frozenset(given)).values(**given))


# Asked at each request of both doors, several times: once for each set of roles that the code names.
@cache
def _held(roles: frozenset[Role], given: frozenset[str]) -> Compiled[Membership]:
    day: Any = Given("on", DateField())
    places: dict[str, Any] = {name: Given(name, BigIntegerField()) for name in sorted(given - {"on"})}
    held = Membership.objects.active_on(day).filter(role__in=sorted(roles), **places)
    return Compiled(lambda: held.order_by().values_list("pk")[:1])


def may(user: Someone, capability: Capability, *, on: date, beneficiary: Beneficiary) -> bool:
    """Say whether a function held there on this day opens this to this person: the one table of `capabilities`.

    A helper whom the mairie let in may what its secretary may, as in `holds`.
    """
    return holds(user, *those_who(capability), on=on, beneficiary=beneficiary)


def roles_held(user: Someone, *roles: Role, on: date, beneficiary: Beneficiary) -> frozenset[Role]:
    """Return which of these roles this person holds there on this day, as `holds` would say of each; one query."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    memberships = user.memberships.active_on(on).filter(role__in=roles, beneficiary=beneficiary)
    held = {Role(role) for role in memberships.values_list("role", flat=True)}
    if Role.SECRETARY in roles and helping.helps(user, beneficiary):
        held.add(Role.SECRETARY)
    return frozenset(held)


def roles_of(user: Someone, *, on: date) -> set[Role]:
    """Return every role this person holds on this day, wherever it is."""
    if not isinstance(user, User) or not user.is_active:
        return set()
    return {Role(role) for role in user.memberships.active_on(on).values_list("role", flat=True)}


def operators_of(user: Someone, *, on: date) -> list[Operator]:
    """Return the operators this person works for on this day, by name."""
    if not isinstance(user, User) or not user.is_active:
        return []
    memberships = user.memberships.active_on(on).filter(role__in=OPERATOR_ROLES)
    return list(Operator.objects.filter(pk__in=memberships.values("operator")))


def is_operator(user: Someone, *, on: date) -> bool:
    """Say whether this person works for an operator on this day."""
    return holds(user, *OPERATOR_ROLES, on=on)


def is_of_a_beneficiary(user: Someone, *, on: date) -> bool:
    """Say whether this person serves a beneficiary on this day."""
    return holds(user, *BENEFICIARY_ROLES, on=on)


def must_have_second_factor(user: Someone, *, on: date) -> bool:
    """Say whether this person must sign in with a second factor besides the password, because of a role held today.

    `SOCLE_SECOND_FACTOR_ROLES` names the roles: by default those of the operators, who open hundreds of communes, and
    the mayors, whose signature binds theirs. The fictitious people of a demonstration are exempt, and only there: their
    doors open in one click.
    """
    if not isinstance(user, User) or (settings.DEMO and user.is_fictitious):
        return False
    return holds(user, *(Role(role) for role in settings.SECOND_FACTOR_ROLES), on=on)


def lacking_second_factor(*, on: date) -> QuerySet[User]:
    """Return the accounts that must have a second factor because of a role held this day, and have none.

    One rule for whatever opens without asking for it each time: a device, a mail program, a token. An identity tied to
    a provider whose word stands for our second factor is one.
    """
    held = Membership.objects.active_on(on).filter(role__in=settings.SECOND_FACTOR_ROLES, user=OuterRef("pk"))
    proved = Q(Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)))
    if settings.OIDC_ISSUER and (settings.OIDC_TWO_FACTORS_ACR or settings.OIDC_TWO_FACTORS_AMR):
        proved |= Q(Exists(LinkedIdentity.objects.filter(user=OuterRef("pk"), issuer=settings.OIDC_ISSUER)))
    found = User.objects.filter(Exists(held)).exclude(proved)
    return found.exclude(is_fictitious=True) if settings.DEMO else found


def second_factor_settings() -> tuple[object, ...]:
    """The settings that `lacking_second_factor` reads: a query that holds it is written anew when they change."""
    two = bool(settings.OIDC_TWO_FACTORS_ACR or settings.OIDC_TWO_FACTORS_AMR)
    return (settings.DEMO, settings.OIDC_ISSUER, two, *settings.SECOND_FACTOR_ROLES)


def lacks_second_factor(user: User, *, on: date) -> bool:
    """Say whether this account is one of `lacking_second_factor`: then no device, no token of theirs opens anything."""
    return lacking_second_factor(on=on).filter(pk=user.pk).exists()


def why_not_remove_factor(user: User, factor: int, *, on: date) -> str | None:
    """Say in French why a person cannot remove one of their second factors, or None: another one may remain."""
    others = Authenticator.objects.filter(user=user, type__in=FACTORS).exclude(pk=factor)
    if others.exists() or not must_have_second_factor(user, on=on):
        return None
    return (
        "Votre fonction demande un second contrôle, et c’est le seul que vous ayez : "
        "ajoutez-en un autre avant de retirer celui-ci."
    )


# Who may set a person free of a second factor that is lost, and for whom.
RESCUERS = (Role.PROGRAMME_OFFICER, Role.TECHNICIAN)
ONLY_RESCUERS = "C’est l’affaire des personnes chargées du programme et des techniciens et techniciennes."


def why_not_reset_second_factor(user: User, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot erase another's second factor, or None. The door says whom they reach."""
    if not by.is_system and not holds(by, *RESCUERS, on=on):
        return ONLY_RESCUERS
    if user == by:
        return "Votre propre second contrôle ne se retire pas ainsi : demandez-le à une ou un collègue."
    if user.is_system:
        return "Ce compte est celui de la plateforme."
    if not Authenticator.objects.filter(user=user).exists():
        return "Cette personne n’a mis en place aucun second contrôle."
    return None


def opens_many(user: User, *, on: date) -> bool:
    """Say whether this account opens many mairies: any role at an operator, or more mairies than the parameter says."""
    if user.is_superuser or user.is_staff:
        return True
    held = user.memberships.active_on(on)
    if held.filter(role__in=OPERATOR_ROLES).exists():
        return True
    return held.values("beneficiary").distinct().count() > settings.SOCLE_FOUR_EYES_ABOVE


def approvers_of(user: User, *, asked_by: User, on: date) -> list[User]:
    """Those who may approve what this person asks for that account: the other rescuers of their operators."""
    theirs = asked_by.memberships.active_on(on).filter(role__in=RESCUERS).values("operator")
    held = Membership.objects.active_on(on).filter(role__in=RESCUERS, operator__in=theirs)
    others = User.objects.filter(pk__in=held.values("user"), is_active=True).exclude(pk__in=[user.pk, asked_by.pk])
    return list(others.order_by("name", "pk"))


def why_not_approve(rescue: Rescue, *, by: User, at: datetime, on: date) -> str | None:
    """Say in French why this person cannot approve an erasing that another asked for, or None."""
    if RescueStatus.DONE not in RESCUE_MOVES[RescueStatus(rescue.status)]:
        return "Cette demande est déjà décidée."
    if at >= rescue.expires_at:
        return "Cette demande est trop ancienne : refaites-la, après avoir de nouveau reconnu la personne."
    if by.pk == rescue.asked_by_id:
        return "Vous l’avez demandé : l’accord d’une autre personne est nécessaire."
    return why_not_reset_second_factor(rescue.user, by=by, on=on)


def why_not_decline(rescue: Rescue, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot drop an erasing that was asked for, or None; whoever asked may."""
    if RescueStatus.DECLINED not in RESCUE_MOVES[RescueStatus(rescue.status)]:
        return "Cette demande est déjà décidée."
    return None if by.is_system or holds(by, *RESCUERS, on=on) else ONLY_RESCUERS


def why_not_close(user: User, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot close an account, or None. Whom they reach is the door's rule."""
    if not by.is_system and not holds(by, *RESCUERS, on=on):
        return ONLY_RESCUERS
    if user == by:
        return "Votre propre compte se ferme par la main d’une ou d’un collègue."
    if user.is_system:
        return "Ce compte est celui de la plateforme."
    return None if user.is_active else "Ce compte est déjà fermé."


def why_not_reopen(user: User, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot open a closed account again, or None."""
    if not by.is_system and not holds(by, *RESCUERS, on=on):
        return ONLY_RESCUERS
    if user.is_system:
        return "Ce compte est celui de la plateforme."
    return "Ce compte est déjà ouvert." if user.is_active else None


def why_not_end_sessions(user: User, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot end another's sessions, or None."""
    if not by.is_system and not holds(by, *RESCUERS, on=on):
        return ONLY_RESCUERS
    if user == by:
        return "Vos propres sessions se closent dans « Mon compte »."
    return None


def why_not_change_address(user: User, email: str, *, by: User) -> str | None:
    """Say in French why this person cannot ask for this address, or None. `email` is in lower case."""
    if user != by:
        return "Chacun et chacune change sa propre adresse."
    if wrong := why_not_enrol(email, user.name) or why_not_move_to(email, user=user):
        return wrong
    return "C’est déjà votre adresse." if email == user.email else None


def why_not_play(user: User) -> str | None:
    """Say in French why nobody may sign in as this person in one click, or None: only fictions, only in a demo."""
    if not settings.DEMO:
        return "Cette installation n’est pas une démonstration : chacun et chacune s’y connecte avec son mot de passe."
    if not user.is_fictitious:
        return "Ce compte est celui d’une vraie personne : elle seule s’y connecte."
    if not user.is_active:
        return "Ce compte est fermé."
    return None


def why_not_give_role(role: Role, *, beneficiary: Beneficiary | None, operator: Operator | None) -> str | None:
    """Say in French why this role cannot be given there, or None."""
    if (beneficiary is None) == (operator is None):
        return "Une fonction s’exerce en un lieu et un seul : désignez un bénéficiaire ou un opérateur."
    if beneficiary is not None and role not in BENEFICIARY_ROLES:
        return f"La fonction « {role.label} » s’exerce chez un opérateur, pas dans une mairie."
    if operator is not None and role not in OPERATOR_ROLES:
        return f"La fonction « {role.label} » s’exerce dans une mairie, pas chez un opérateur."
    return None


def why_not_end_role(membership: Membership, last_day: date, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot end a role on this day, or None. Nothing is undone in the past."""
    if reason := why_not_end(membership, by=by, on=on):
        return reason
    if membership.starts_on is not None and last_day < membership.starts_on:
        return f"Cette fonction commence le {in_words(membership.starts_on)} : elle ne peut pas finir avant."
    if not by.is_system and last_day < on - timedelta(days=1):
        return "Une fonction finit au plus tôt hier : ce qui a été fait avant ne se défait pas."
    return None


def why_not_succeed(successor: User, membership: Membership, *, after: date) -> str | None:
    """Say in French why this person cannot take over what this role holds once this day is past, or None."""
    if successor.pk == membership.user_id:
        return "La personne qui part ne prend pas sa propre suite : choisissez quelqu’un d’autre."
    if not successor.is_active:
        return "Le compte de la personne qui prendrait la suite est fermé."
    there = successor.memberships.active_on(after + timedelta(days=1)).filter(
        beneficiary=membership.beneficiary_id, operator=membership.operator_id
    )
    if not there.exists():
        return "La personne qui prendrait la suite n’exercera plus ici ce jour-là : choisissez-en une autre."
    return None


def why_not_hand_over(membership: Membership, *, on: date) -> str | None:
    """Say in French why what this role held does not change hands today, or None."""
    if membership.ends_on is None or membership.ends_on >= on:
        return "Cette fonction n’a pas pris fin : rien ne change de mains avant."
    if membership.handed_over_at is not None:
        return "La suite de cette fonction est déjà donnée."
    return None


def why_not_end(membership: Membership, *, by: User, on: date, powers: Powers | None = None) -> str | None:
    """Say in French why this person may end this role on no day, or None.

    Whoever names may end; each person may end their own; those who follow a mairie end the role of a mayor who left
    without having been replaced.
    """
    if membership.ends_on is not None and membership.ends_on < on:
        return f"Cette fonction a pris fin le {in_words(membership.ends_on)}."
    if by.is_system or membership.user_id == by.pk:
        return None
    powers = powers or powers_of(by, on=on, beneficiary=membership.beneficiary, operator=membership.operator)
    return None if _replaces_a_mayor(membership, powers) else powers.why_not_name


def _replaces_a_mayor(membership: Membership, powers: Powers) -> bool:
    """Whether this is the role of a mayor and this person follows the mairie for the programme."""
    return membership.beneficiary_id is not None and membership.role == Role.MAYOR and powers.follows


def is_last_mayor(membership: Membership, *, on: date) -> bool:
    """Say whether nobody else represents this beneficiary beyond the day on which this role would end."""
    if membership.role != Role.MAYOR:
        return False
    others = Membership.objects.active_on(on).filter(
        role=Role.MAYOR, beneficiary=membership.beneficiary, user__is_active=True, ends_on__isnull=True
    )
    return not others.exclude(pk=membership.pk).exists()


def why_not_keep_role(membership: Membership, *, by: User, on: date, powers: Powers | None = None) -> str | None:
    """Say in French why the end of this role cannot be taken back by this person, or None."""
    if membership.ends_on is None:
        return "Cette fonction n’a pas de fin."
    if membership.role == Role.CONTROLLER:
        return "Un contrôle a une fin\u00a0: invitez de nouveau la personne, jusqu’à un autre jour."
    if membership.ends_on < on:
        return f"Cette fonction a pris fin le {in_words(membership.ends_on)} : invitez de nouveau la personne."
    if by.is_system:
        return None
    powers = powers or powers_of(by, on=on, beneficiary=membership.beneficiary, operator=membership.operator)
    if powers.why_not_name is None or _replaces_a_mayor(membership, powers):
        return None
    return "Seules les personnes qui nomment ici reviennent sur la fin d’une fonction."


def why_not_register(commune: Commune) -> str | None:
    """Say in French why this commune cannot become a beneficiary, or None."""
    if commune.gone_in is None:
        return None
    if commune.merged_into is None:
        return f"{commune.name} n’est plus une commune : cherchez par son nom celle qui lui succède."
    heir = commune.heir
    return (
        f"{commune.name} n’est plus une commune : elle a rejoint {heir.name}. "
        f"Inscrivez {heir.name} (code INSEE {heir.insee_code})."
    )


def why_not_register_body(name: str, number: str) -> str | None:
    """Say in French why this public body cannot become a beneficiary, or None."""
    if not name.strip():
        return "Le nom de l’établissement manque."
    return siret.why_not_siret(number)


def why_not_confirm_siret(beneficiary: Beneficiary, number: str, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot keep this SIRET for the beneficiary, or None."""
    if not by.is_system and not may(by, Capability.ADMINISTER, on=on, beneficiary=beneficiary):
        return "Seules les personnes de la mairie confirment son SIRET : elles ont l’avis de situation sous les yeux."
    if wrong := siret.why_not_siret(number):
        return wrong
    siren = beneficiary.commune.siren if beneficiary.commune else ""
    if not number.startswith(siren):
        return (
            f"Ce SIRET ne commence pas par le SIREN de la commune, {siret.spaced(siren)} : "
            "c’est sans doute celui d’un autre établissement."
        )
    return None


def why_not_enrol(email: str, name: str) -> str | None:
    """Say in French why no account can be opened with this address and this name, or None."""
    if not name.strip():
        return "Le nom de la personne manque."
    try:
        validate_email(email)
    except ValidationError:
        return "Cette adresse électronique n’est pas complète : elle s’écrit comme mairie@exemple.fr."
    return None


# --- Who names whom --------------------------------------------------------------------------------------------------
# An operator's head names its people; where an operator has none, those who carry the programme do.
HEADS = (Role.PRESIDENT, Role.CDG_PRESIDENT)
FOLLOWERS = (Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR)
HELPERS_NAME_NOBODY = "En assistance, on ne nomme ni ne propose personne : faites-le depuis votre console."


def in_place(*roles: Role, on: date, beneficiary: Beneficiary | None = None, operator: Operator | None = None) -> bool:
    """Say whether someone whose account is open holds one of these roles there on this day."""
    if beneficiary is not None and beneficiary.pk is None:
        return False  # Nobody registered it yet.
    held = Membership.objects.active_on(on).filter(role__in=roles, user__is_active=True)
    return held.filter(beneficiary=beneficiary, operator=operator).exists()


def in_place_anywhere(*roles: Role, on: date) -> bool:
    """Say whether somebody whose account is open holds one of these roles on this day, wherever it is."""
    return Membership.objects.active_on(on).filter(role__in=roles, user__is_active=True).exists()


def why_not_name(
    by: User, *, on: date, beneficiary: Beneficiary | None = None, operator: Operator | None = None
) -> str | None:
    """Say in French why this person does not decide who holds a role there, or None.

    A mairie's people are named by its mayor. Until a mayor is in place, those who follow it for the programme name its
    first people; which communes they follow is the door's to check. An operator's people are named by its head.
    """
    if by.is_system:
        return None
    if beneficiary is not None and helping.helps(by, beneficiary):
        return HELPERS_NAME_NOBODY
    if beneficiary is not None:
        if _is_of(by, *those_who(Capability.NAME), on=on, beneficiary=beneficiary):
            return None
        if not holds(by, *FOLLOWERS, on=on):
            who = "la ou le maire" if beneficiary.commune_id else "la personne qui représente l’organisme"
            return (
                f"C’est {who} qui confirme les personnes de l’équipe\u00a0: votre proposition lui parvient, et un "
                "geste lui suffit."
            )
        if in_place(Role.MAYOR, on=on, beneficiary=beneficiary):
            return (
                "Une personne représente déjà cet organisme : c’est à elle de nommer les autres. "
                "Vous pouvez lui proposer quelqu’un : elle confirmera."
            )
        return None
    assert operator is not None
    if holds(by, *HEADS, on=on, operator=operator):
        return None
    has_head = in_place(*HEADS, on=on, operator=operator)
    if not has_head and holds(by, Role.PROGRAMME_OFFICER, Role.PRESIDENT, on=on):
        return None
    if has_head:
        return "La présidente ou le président de cet opérateur nomme ses personnes : proposez-lui quelqu’un."
    return "Seules les personnes chargées du programme, au syndicat, nomment celles de cet opérateur."


def why_not_propose(
    by: User, *, on: date, beneficiary: Beneficiary | None = None, operator: Operator | None = None
) -> str | None:
    """Say in French why this person may not even propose someone there, or None. Whoever names may propose."""
    if beneficiary is not None and helping.helps(by, beneficiary):
        return HELPERS_NAME_NOBODY
    if why_not_name(by, on=on, beneficiary=beneficiary, operator=operator) is None:
        return None
    if beneficiary is not None:
        administer = those_who(Capability.ADMINISTER)
        if _is_of(by, *administer, on=on, beneficiary=beneficiary) or holds(by, *FOLLOWERS, on=on):
            return None
        return "Seuls le secrétariat de la mairie, et les personnes qui la suivent, y proposent quelqu’un."
    if holds(by, *FOLLOWERS, on=on, operator=operator):
        return None
    return "Seules la présidence de cet opérateur et les personnes chargées du programme y proposent quelqu’un."


@dataclass(frozen=True)
class Powers:
    """Powers of one person about the people of one place: read once, whatever the length of the list."""

    why_not_name: str | None
    why_not_propose: str | None
    follows: bool


def powers_of(
    by: User, *, on: date, beneficiary: Beneficiary | None = None, operator: Operator | None = None
) -> Powers:
    """Read what this person may do about the people of this place."""
    return Powers(
        why_not_name(by, on=on, beneficiary=beneficiary, operator=operator),
        why_not_propose(by, on=on, beneficiary=beneficiary, operator=operator),
        holds(by, *FOLLOWERS, on=on) and not (beneficiary is not None and helping.helps(by, beneficiary)),
    )


def _is_of(by: User, *roles: Role, on: date, beneficiary: Beneficiary) -> bool:
    """Whether this person is of the mairie in their own name, and not only let in to help."""
    if not by.is_active or beneficiary.pk is None:
        return False
    return by.memberships.active_on(on).filter(role__in=roles, beneficiary=beneficiary).exists()


# --- Being helped ----------------------------------------------------------------------------------------------------
def why_not_open_help(
    beneficiary: Beneficiary, operator: Operator, *, motive: str, last_day: date, by: User, on: date
) -> str | None:
    """Say in French why this person cannot let this operator help the beneficiary until this day, or None.

    The secretary may as well as the mayor: it is short, closed at any moment, never allows to sign or to name, and
    whoever is alone at the mairie is the one who needs help. A helper lets nobody in.
    """
    if reason := why_not_decide_help(beneficiary, by=by, on=on):
        return reason
    if not motive.strip():
        return "Dites pourquoi vous ouvrez cet accès : le motif s’affiche des deux côtés."
    if last_day < on:
        return "Le dernier jour est déjà passé."
    if last_day > on + timedelta(days=settings.SOCLE_HELP_DAYS):
        return f"Un accès dure {settings.SOCLE_HELP_DAYS} jours au plus : vous pourrez en ouvrir un autre."
    if HelpAccess.objects.in_force_on(on).filter(beneficiary=beneficiary, operator=operator).exists():
        return "Un accès est déjà ouvert : fermez-le pour en changer la durée ou le motif."
    if not in_place(*HELPER_ROLES, on=on, operator=operator):
        return "Personne n’y est aujourd’hui en fonction pour vous aider : appelez l’opérateur."
    return None


def why_not_decide_help(beneficiary: Beneficiary, *, by: User, on: date) -> str | None:
    """Say in French why this person neither opens nor closes an access to the beneficiary, or None."""
    if _is_of(by, *those_who(Capability.ADMINISTER), on=on, beneficiary=beneficiary):
        return None
    return "Seules les personnes de la mairie ouvrent et ferment un accès d’assistance."


def why_not_close_help(access: HelpAccess, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot close this access, or None. Whoever helps may also hand it back."""
    if access.closed_at is not None or access.ends_on < on:
        return "Cet accès est déjà fermé."
    if by.is_system or holds(by, *HELPER_ROLES, on=on, operator=access.operator):
        return None
    return why_not_decide_help(access.beneficiary, by=by, on=on)


def why_not_forget(user: User, *, on: date) -> str | None:
    """Say why this person cannot be forgotten, or None."""
    if user.is_system:
        return "L’automate n’est pas une personne : il ne s’efface pas."
    if user.is_forgotten:
        return "Cette personne a déjà été effacée."
    roles = [membership.get_role_display() for membership in user.memberships.active_on(on)]
    if roles:
        return (
            f"Cette personne exerce encore {len(roles)} fonctions ({', '.join(sorted(set(roles)))}) : mettez-y "
            "d’abord fin."
            if len(roles) > 1
            else f"Cette personne exerce encore la fonction de {roles[0]} : mettez-y d’abord fin."
        )
    return None
