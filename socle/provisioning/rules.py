"""Rules: who may touch installations, and how many at once."""

from __future__ import annotations

from datetime import date

from django_scopes import scopes_disabled

from socle.people.models import Beneficiary, Role, User
from socle.people.rules import holds
from socle.programme.models import Service
from socle.provisioning.engines import why_not_served
from socle.provisioning.models import MOVES, Installation, Right, State

# Below this number a share means nothing: a first commune is always the whole territory.
SMALL_NUMBER = 10
# Who suspends, resumes, tries again, and notes what is done by hand.
OPERATORS = (Role.TECHNICIAN, Role.PROGRAMME_OFFICER)
HELD = "La convention est suspendue\u00a0: ce service revient de lui-même quand elle est rétablie."
NOT_AN_OPERATOR = "Seules les personnes chargées du programme ou de la technique peuvent agir sur une installation."


def why_over_ceiling(touched: int, *, known: int, ceiling: float, force: bool) -> str | None:
    """Say why so many beneficiaries cannot be touched at once without insisting, or None."""
    if force or touched <= SMALL_NUMBER or not known or touched / known <= ceiling:
        return None
    return (
        f"{touched} bénéficiaires sur {known} seraient touchés d’un coup, plus que la limite de "
        f"{ceiling * 100:.0f}\u00a0%\u00a0: relisez le plan\u00a0; s’il est juste, recommencez avec --force."
    )


def why_not_open(service: Service) -> str | None:
    """Say why no right to this service opens, or None: personal data wants its annex (RGPD, article 28)."""
    if not (missing := service.annex_gaps):
        return None
    return (
        f"L’annexe RGPD du service «\u00a0{service.name}\u00a0» est incomplète (il manque {', '.join(missing)})\u00a0: "
        "complétez-la dans le fichier du programme."
    )


def why_not_become(installation: Installation, to: State) -> str | None:
    """Say why an installation cannot pass to this state (`MOVES`), or None; staying where it is is no move."""
    was = State(installation.state)
    if to in (was, *MOVES[was]):
        return None
    return f"De l’état «\u00a0{was.label}\u00a0», une installation ne passe pas à l’état «\u00a0{to.label}\u00a0»."


def why_waits(installation: Installation) -> str | None:
    """Say why an installation waits for its engine, or None.

    What a real engine made, and that is wired no more, does not wait: nothing can be said of it, which is a failure.
    """
    if installation.found and not installation.is_simulated:
        return None
    return why_not_served(installation.service.code)


def why_pending(installation: Installation) -> str | None:
    """Say why a service « à mettre en service » is not about to be in service, or None."""
    return why_waits(installation) if installation.state == State.PENDING else None


def why_not_operate(thing: Installation | Right, *, by: User, on: date) -> str | None:
    """Say why this person may not suspend, resume or retry an installation, or what is done by hand, or None."""
    if by.is_system or holds(by, *OPERATORS, on=on):
        return None
    return NOT_AN_OPERATOR


def why_not_try_again(installation: Installation, *, by: User, on: date) -> str | None:
    """Say why another try cannot be asked for now, or None."""
    return why_not_operate(installation, by=by, on=on) or why_no_try(installation)


def why_not_suspend(installation: Installation, *, by: User, on: date) -> str | None:
    """Say why a service cannot be suspended, or None."""
    return why_not_operate(installation, by=by, on=on) or why_no_suspension(installation)


def why_not_resume(installation: Installation, *, by: User, on: date) -> str | None:
    """Say why a service cannot be resumed, or None."""
    return why_not_operate(installation, by=by, on=on) or why_no_resumption(installation)


# What each rule says of the row alone: a list asks once who one is, then this of each line.
def why_no_try(installation: Installation) -> str | None:
    """Say why this installation awaits no other try, or None."""
    if installation.state not in (State.FAILED, State.PENDING):
        return "Cette installation n’attend pas de nouvel essai."
    return why_waits(installation)


def why_no_suspension(installation: Installation) -> str | None:
    """Say why there is nothing to suspend, or None."""
    return None if installation.wanted_present else "Ce service est déjà suspendu."


def why_no_resumption(installation: Installation) -> str | None:
    """Say why there is nothing to resume, or None."""
    if installation.wanted_present:
        return "Ce service n’est pas suspendu."
    return HELD if installation.held_by_id is not None else None


def why_not_move_right(right: Right, to: Beneficiary | None) -> str | None:
    """Say why a right cannot pass to another beneficiary, or None: each has a service once."""
    if to is None:
        return None
    with scopes_disabled():  # The other beneficiary may be any of the territory.
        if Right.objects.filter(beneficiary=to, service=right.service).exists():
            return f"{to.name} a déjà ce service ({right.service.name})."
    return None
