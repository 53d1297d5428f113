"""Rules: when an act may be recorded, and whether it empowers."""

from __future__ import annotations

import re
from datetime import date

from socle.deliberations.models import Act
from socle.documents.models import Document
from socle.lib import dates
from socle.people.models import Beneficiary, Operator, Role, User
from socle.people.rules import holds

NUMBER = re.compile(r"^[A-Z0-9]([A-Z0-9_ /–—-]{0,28}[A-Z0-9])?$", re.IGNORECASE)


def why_not_record(
    owner: Beneficiary | Operator,
    *,
    kind: str,
    number: str,
    adopted_on: date,
    received_on: date | None,
    published_on: date | None,
    not_transmissible_because: str = "",
    on: date,
) -> str | None:
    """Say in French why this act cannot be recorded for this body on this day, or None."""
    if reason := why_not_kind(kind):
        return reason
    if not NUMBER.match(number):
        return "Le numéro de l’acte compte 1 à 30 caractères : lettres, chiffres, tirets. Exemple : 2026-12."
    if adopted_on > on:
        return f"L’acte serait adopté le {dates.in_words(adopted_on)}, qui n’est pas encore venu : vérifiez la date."
    for what, day in (("reçu en préfecture", received_on), ("publié", published_on)):
        if day is None:
            continue
        if day < adopted_on:
            return f"L’acte serait {what} avant d’être adopté : vérifiez les deux dates."
        if day > on:
            return f"L’acte serait {what} le {dates.in_words(day)}, qui n’est pas encore venu : vérifiez la date."
    if received_on and not_transmissible_because:
        return "Un acte reçu en préfecture est transmissible : effacez le motif de non-transmission ou la date."
    owned = {"beneficiary": owner} if isinstance(owner, Beneficiary) else {"operator": owner}
    if Act.objects.filter(number__iexact=number, **owned).exists():
        return number_taken(number)
    return None


def why_not_kind(kind: str) -> str | None:
    """Say in French why this is no kind of act that may be recorded, or None."""
    if kind in dict(Act.QUALIFIED):
        return None
    return f"Choisissez ce qu’est cet acte\u00a0: {', '.join(str(label) for _, label in Act.QUALIFIED)}."


def number_taken(number: str) -> str:
    """The sentence for a number that another act of the same body bears."""
    return f"Un acte porte déjà le numéro {number} : reprenez-le dans la liste, ou corrigez le numéro."


def why_not_may_record(user: User, owner: Beneficiary | Operator, *, on: date) -> str | None:
    """A beneficiary's acts are recorded by its people or by the programme's officers; an operator's, by its own."""
    if user.is_system or holds(user, Role.PROGRAMME_OFFICER, on=on):
        return None
    if isinstance(owner, Beneficiary) and holds(user, Role.SECRETARY, Role.MAYOR, on=on, beneficiary=owner):
        return None
    if isinstance(owner, Operator) and holds(user, Role.CDG_ADVISOR, on=on, operator=owner):
        return None
    return "Vous ne pouvez pas enregistrer d’acte pour cet organisme : demandez à une personne de cet organisme."


def why_not_qualify(act: Act, *, kind: str, by: User, on: date) -> str | None:
    """Say in French why this person cannot say that the act is of this kind, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    return why_not_kind(kind)


def why_not_show(act: Act, *, on: date) -> str | None:
    """Say in French why the public does not read this act on this day, or None (`Act.objects.shown_on`)."""
    if act.kind in Act.HELD_BACK:
        return (
            "C’est un acte individuel\u00a0: il se notifie à la personne qu’il concerne (code général des "
            "collectivités territoriales, article L. 2131-1, II), et dirait d’elle en ligne ce que la loi protège "
            "(code des relations entre le public et l’administration, articles L. 311-6 et L. 312-1-2)."
        )
    if act.published_on is None:
        return "Il manque sa date de publication."
    if act.published_on > on:
        return f"Sa publication est datée du {dates.in_words(act.published_on)}."
    return None


def why_not_certify(act: Act, *, published_on: date, certificate: str, by: User, on: date) -> str | None:
    """Say in French why this publication cannot be certified, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.published_on is not None:
        return f"Cet acte est déjà publié, le {dates.in_words(act.published_on)}."
    if published_on < act.adopted_on:
        return "L’acte serait publié avant d’être adopté : vérifiez les deux dates."
    if published_on > on:
        return f"Le {dates.in_words(published_on)} n’est pas encore venu : vérifiez la date de publication."
    if not certificate.strip():
        return "Dites comment l’acte a été publié : affichage, site internet, qui le certifie."
    return None


def why_not_receive(act: Act, *, received_on: date, by: User, on: date) -> str | None:
    """Say in French why this reception by the prefecture cannot be noted, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.received_on is not None:
        return f"Cet acte est déjà reçu en préfecture, le {dates.in_words(act.received_on)}."
    if act.not_transmissible_because:
        return "Cet acte est enregistré comme non transmissible : il n’a pas de date de réception en préfecture."
    if received_on < act.adopted_on:
        return "L’acte serait reçu en préfecture avant d’être adopté : vérifiez les deux dates."
    if received_on > on:
        return f"Le {dates.in_words(received_on)} n’est pas encore venu : vérifiez la date de réception."
    return None


def why_not_attach_document(act: Act, document: Document, *, by: User, on: date) -> str | None:
    """Say in French why this file cannot be joined to this act, or None."""
    owner = act.beneficiary or act.operator
    if owner is not None and (reason := why_not_may_record(by, owner, on=on)):
        return reason
    if act.document_id is not None:
        return "Le texte de cet acte est déjà déposé, et ne se remplace pas."
    if document.beneficiary_id != act.beneficiary_id:
        return "Ce fichier n’est pas celui de cet organisme."
    return None


def why_not_remove(act: Act, *, by: User, on: date) -> str | None:
    """Say in French why this act cannot be taken away, or None. What stands on it refuses in its own room."""
    owner = act.beneficiary or act.operator
    return why_not_may_record(by, owner, on=on) if owner is not None else None


def why_not_empowering(act: Act | None, *, on: date, whose: str) -> str | None:
    """Say why this act does not yet empower a signature on this day. `whose` reads « du conseil municipal »."""
    if act is None:
        return f"La délibération {whose} manque : enregistrez-la, puis rattachez-la à la convention."
    if reason := why_empowers_nobody(act):
        return reason
    executory_on = act.executory_on
    if executory_on is None:
        missing = "sa date de publication" if act.published_on is None else "sa réception en préfecture"
        return f"La délibération {whose} (n° {act.number}) n’est pas exécutoire : il manque {missing}."
    if executory_on > on:
        return (
            f"La délibération {whose} (n° {act.number}) n’est exécutoire que le {dates.in_words(executory_on)} : "
            "une signature ne peut pas la précéder."
        )
    return None


def why_empowers_nobody(act: Act) -> str | None:
    """Say in French why an act of this kind empowers nobody to sign, or None; not yet qualified, it may."""
    if act.kind in (Act.Kind.UNQUALIFIED, Act.Kind.DELIBERATION, Act.Kind.DECISION):
        return None
    return (
        f"L’acte n°\u00a0{act.number} n’autorise pas à signer\u00a0: sa nature est "
        f"«\u00a0{act.get_kind_display()}\u00a0», et il y faut une délibération ou une décision. Rattachez un autre "
        "acte, ou corrigez sa nature."
    )
