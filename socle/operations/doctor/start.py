"""Checks of a beginning: without a programme, somebody who enters and an approved model, nothing is ever signed."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from socle.agreements.rules import why_only_a_demonstration
from socle.deliberations.models import Approval
from socle.deliberations.rules import why_not_approved
from socle.documents.models import Text
from socle.lib import dates
from socle.lib.findings import Finding, fine, warning
from socle.people.invitation_rules import ADMINISTERS
from socle.people.models import Operator
from socle.people.rules import in_place_anywhere
from socle.programme.models import AgreementType, Programme
from socle.programme.skeleton import TO_FILL


def why_no_programme() -> str | None:
    """Say in French that no programme is loaded, or None."""
    return None if Programme.objects.exists() else "Aucun programme n’est chargé\u00a0: il n’y a rien à offrir."


def why_nobody_enters() -> str | None:
    """Say in French that nobody administers this installation, or None."""
    if in_place_anywhere(*ADMINISTERS, on=dates.day_of(timezone.now())):
        return None
    return "Personne ne peut entrer\u00a0: aucun compte n’administre cette plateforme."


def why_no_approved_model(programme: Programme) -> str | None:
    """Say in French why the model of this programme's agreement is approved by no act in force today, or None.

    A programme whose assembly approves each agreement has no model to approve.
    """
    kind = programme.agreement_types.filter(has_beneficiary=True, amends=None).first()
    if kind is None or kind.approved_by != AgreementType.ApprovedBy.MODEL:
        return None
    text = Text.objects.defer("body").filter(name=kind.text_name, version=kind.text_version).first()
    if text is None:
        return f"Le modèle «\u00a0{kind.text_name}\u00a0» du {kind.text_version} n’est pas publié."
    return why_only_a_demonstration(text) or why_not_approved(
        text.sha256, subject=Approval.Subject.MODEL, operator=programme.lead(), on=dates.day_of(timezone.now())
    )


def programmes() -> Iterator[Finding]:
    """There is something to offer."""
    if reason := why_no_programme():
        yield warning(
            reason,
            "Écrivez-le («\u00a0socle programme new FICHIER.toml\u00a0»), puis "
            "«\u00a0socle load-programmes FICHIER.toml\u00a0».",
        )
        return
    yield fine(f"{', '.join(Programme.objects.values_list('name', flat=True))}.")
    unfilled = Q(name__contains=TO_FILL) | Q(seat__contains=TO_FILL)
    if Programme.objects.filter(name__contains=TO_FILL).exists() or Operator.objects.filter(unfilled).exists():
        yield warning(
            f"Le programme chargé porte encore «\u00a0{TO_FILL}\u00a0».",
            "«\u00a0socle programme check FICHIER.toml\u00a0» dit à quelles lignes\u00a0; puis chargez-le de nouveau.",
        )


def entrance() -> Iterator[Finding]:
    """Somebody administers."""
    if reason := why_nobody_enters():
        yield warning(reason, "«\u00a0socle first-person ADRESSE --name NOM --operator SIREN\u00a0» l’invite.")
    else:
        yield fine("Quelqu’un administre la plateforme.")


def models() -> Iterator[Finding]:
    """The president may conclude on the model of each programme."""
    for programme in Programme.objects.order_by("pk"):
        if reason := why_no_approved_model(programme):
            yield warning(
                f"{programme.name}\u00a0: aucun modèle approuvé. {reason}",
                f"{settings.PLATFORM_URL}/console/, «\u00a0Offre et acte fondateur\u00a0», puis le texte de la "
                "convention\u00a0: «\u00a0Noter l’acte qui approuve\u00a0».",
            )
        else:
            yield fine(f"{programme.name}\u00a0: le modèle de convention est approuvé.")
