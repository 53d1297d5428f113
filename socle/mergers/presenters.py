"""A plan in French: what each line is, what each choice would do, and what applying the whole would come to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from socle.lib.dates import in_words
from socle.lib.text import of_place
from socle.mergers import rules
from socle.mergers.models import Choice, MergerPlan, PlanLine, Status
from socle.people.models import Beneficiary, User

Kind = PlanLine.Kind

HEADINGS = {
    Kind.AGREEMENT.value: ("Conventions", "agreement"),
    Kind.SITE.value: ("Site internet", "website"),
    Kind.PERSON.value: ("Personnes", "people"),
    Kind.RIGHT.value: ("Services", "server"),
}


@dataclass(frozen=True)
class Option:
    """One choice of a line: what it would do, and why it cannot be taken when it cannot."""

    value: str
    label: str
    explains: str
    is_chosen: bool
    refusal: str | None


def title_of(plan: MergerPlan) -> str:
    """Say what happens: « Bermeries rejoint L’Orée de Mormal ». The plan comes with its two communes."""
    name = plan.beneficiary.place_name
    if plan.kind == MergerPlan.Kind.MERGER:
        return f"{name} rejoint {plan.other.name}"
    return f"{plan.other.name} quitte {name}"


def name_of(line: PlanLine) -> str:
    """Return what a line is about, as a screen calls it. Names of people are those of today."""
    if line.agreement is not None:
        return f"Convention n° {line.agreement.number} ({line.agreement.get_status_display()})"
    if line.website is not None:
        return line.website.host
    if line.membership is not None:
        return f"{line.membership.user}, {line.membership.quality or line.membership.get_role_display()}"
    if line.right is not None:
        return line.right.service.name
    return line.says


def explain(line: PlanLine, choice: str, plan: MergerPlan) -> str:
    """Say in a sentence what a choice does to the thing of a line."""
    gone, heir = plan.beneficiary.name, plan.other.name
    eve, day = in_words(plan.effect_on - timedelta(days=1)), in_words(plan.effect_on)
    says = {
        (Kind.AGREEMENT, Choice.CARRY): f"Elle devient celle {of_place(heir)} au {day}, par un avenant de transfert à "
        "faire signer. Le document signé n’est pas altéré.",
        (Kind.AGREEMENT, Choice.NOTE): f"Elle reste au nom de « {gone} », jusqu’à son terme ; {heir} y est notée "
        "comme successeure, pour mémoire.",
        (Kind.AGREEMENT, Choice.KEEP): "Elle reste telle qu’elle est.",
        (Kind.SITE, Choice.KEEP): "Il reste en ligne, à son adresse.",
        (
            Kind.SITE,
            Choice.REDIRECT,
        ): f"Qui vient à son adresse est conduit au site {of_place(heir)}. Ses pages sont gardées.",
        (Kind.SITE, Choice.ARCHIVE): f"Il ferme : qui vient lit que la commune fait désormais partie {of_place(heir)}. "
        "Ses pages sont gardées.",
        (Kind.PERSON, Choice.MOVE): f"Sa fonction prend fin ici le {eve} et commence à {heir} le {day}.",
        (Kind.PERSON, Choice.END): f"Sa fonction prend fin le {eve}. Son compte n’est pas fermé.",
        (Kind.PERSON, Choice.KEEP): "Sa fonction continue ici, sans changement.",
        (Kind.RIGHT, Choice.MOVE): f"Le service passe à {heir} avec tout ce qu’il contient.",
        (Kind.RIGHT, Choice.KEEP): f"Le service reste ouvert à « {gone} ».",
        (Kind.RIGHT, Choice.END): "Le service est suspendu. Rien n’est effacé.",
    }
    return says.get((Kind(line.kind), Choice(choice)), "") if choice else ""


def explain_undoing(line: PlanLine, plan: MergerPlan) -> str:
    """Say in a sentence what giving back does to the thing of a line of an applied plan; nothing when it stayed."""
    gone, heir = plan.beneficiary.name, plan.other.name
    until = f"jusqu’au {in_words(line.was_ending_on)}" if line.was_ending_on else "sans date de fin"
    says = {
        (Kind.AGREEMENT, Choice.CARRY): f"Elle redevient celle de « {gone} ». L’avenant de transfert est retiré.",
        (Kind.AGREEMENT, Choice.NOTE): f"{heir} n’y est plus notée comme successeure.",
        (Kind.SITE, Choice.REDIRECT): "Il rouvre à son adresse, tel qu’il était.",
        (Kind.SITE, Choice.ARCHIVE): "Il rouvre à son adresse, tel qu’il était.",
        (Kind.PERSON, Choice.MOVE): f"Sa fonction reprend ici, {until}, et s’arrête à {heir}.",
        (Kind.PERSON, Choice.END): f"Sa fonction reprend ici, {until}.",
        (Kind.RIGHT, Choice.MOVE): f"Le service revient à « {gone} » avec tout ce qu’il contient.",
        (Kind.RIGHT, Choice.END): "Le service est rouvert.",
    }
    return says.get((Kind(line.kind), Choice(line.choice)), "") if line.choice else ""


def options(line: PlanLine, plan: MergerPlan, heir: Beneficiary | None, *, by: User, on: date) -> list[Option]:
    """Return the choices of a line, the likeliest first. What the applied plan did forbids nothing any more."""
    is_open = plan.status != Status.APPLIED
    return [
        Option(
            value=choice.value,
            label=choice.label,
            explains=explain(line, choice, plan),
            is_chosen=line.choice == choice,
            refusal=rules.why_impossible(line, choice, heir, by=by, on=on) if is_open else None,
        )
        for choice in rules.choices_of(line)
    ]


_COUNTED: tuple[tuple[str, str, str, str], ...] = (
    (Kind.AGREEMENT, Choice.CARRY, "convention transférée par avenant", "conventions transférées par avenant"),
    (
        Kind.AGREEMENT,
        Choice.NOTE,
        "convention gardée, successeure notée",
        "conventions gardées, successeure notée",
    ),
    (Kind.AGREEMENT, Choice.KEEP, "projet de convention laissé tel quel", "projets de convention laissés tels quels"),
    (Kind.SITE, Choice.KEEP, "site laissé en ligne", "sites laissés en ligne"),
    (Kind.SITE, Choice.REDIRECT, "site redirigé", "sites redirigés"),
    (Kind.SITE, Choice.ARCHIVE, "site archivé", "sites archivés"),
    (
        Kind.PERSON,
        Choice.MOVE,
        "personne qui passe à l’héritière",
        "personnes qui passent à l’héritière",
    ),
    (Kind.PERSON, Choice.END, "fonction qui prend fin", "fonctions qui prennent fin"),
    (Kind.PERSON, Choice.KEEP, "personne sans changement", "personnes sans changement"),
    (
        Kind.RIGHT,
        Choice.MOVE,
        "service qui passe à l’héritière",
        "services qui passent à l’héritière",
    ),
    (Kind.RIGHT, Choice.KEEP, "service qui reste", "services qui restent"),
    (Kind.RIGHT, Choice.END, "service suspendu", "services suspendus"),
)


def summary(lines: Iterable[PlanLine]) -> list[str]:
    """Count what applying a plan does: « 2 personnes qui passent à l’héritière »."""
    counts = Counter((line.kind, line.choice) for line in lines if line.kind != Kind.TASK)
    return [
        f"{count} {several if count > 1 else one}"
        for kind, choice, one, several in _COUNTED
        if (count := counts[(kind, choice)])
    ]


def fingerprint(plan: MergerPlan, lines: Sequence[PlanLine]) -> str:
    """Return the fingerprint of the plan as it was read: the plan applied is this one and no other."""
    content = [str(plan.effect_on), plan.status, *(f"{line.pk}:{line.choice}" for line in lines)]
    return hashlib.sha256("|".join(content).encode()).hexdigest()
