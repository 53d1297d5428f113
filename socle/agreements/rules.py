"""When an agreement may be drafted, changed, sent to signature, signed. One sentence serves the button and the act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from socle.agreements import empowering
from socle.agreements.changes import changes_of, is_outdated, latest_end
from socle.agreements.models import IN_PREPARATION, MOVES, OVER, Agreement, ChosenService, Party, Status
from socle.deliberations.models import Act, Approval
from socle.deliberations.rules import (
    approvals_of,
    why_empowers_nobody,
    why_not_approved,
    why_not_empowering,
    why_not_standing,
)
from socle.documents import tree
from socle.documents.models import Text
from socle.journal.models import Entry
from socle.lib import dates
from socle.lib import siret as siret_numbers
from socle.people.capabilities import Capability
from socle.people.models import Beneficiary, Invitation, Membership, Operator, Role, User
from socle.people.rules import holds, may
from socle.programme.models import AgreementType, Partner, Programme, Service, TypeParty
from socle.programme.prices import Price, price_of
from socle.programme.vat import why_not_vat
from socle.signing import rules as signing
from socle.signing.models import FREE, Slot
from socle.territory.models import Department

WHOSE = {
    Party.Kind.BENEFICIARY: "de l’assemblée du bénéficiaire",
    Party.Kind.CDG: "du conseil d’administration du centre de gestion",
    Party.Kind.SUPPORT: "de l’assemblée de l’appui technique",
    Party.Kind.LEAD: "du comité syndical",
}
# A reminder that follows closely is one more message nobody reads.
DAYS_BETWEEN_REMINDERS = 3
SIGNING_ROLE = {
    Party.Kind.BENEFICIARY: Role.MAYOR,
    Party.Kind.CDG: Role.CDG_PRESIDENT,
    Party.Kind.SUPPORT: Role.PRESIDENT,
    Party.Kind.LEAD: Role.PRESIDENT,
}


# Who writes agreements: which ones is another question.
WRITERS = (Role.PROGRAMME_OFFICER, Role.CDG_ADVISOR)


def whose_act(party: Party) -> str:
    """Name the assembly whose act empowers this party: « du conseil municipal »."""
    if party.kind == Party.Kind.BENEFICIARY and party.agreement.bound.kind == Beneficiary.Kind.COMMUNE:
        return "du conseil municipal"
    return WHOSE[Party.Kind(party.kind)]


def why_not_follow(beneficiary: Beneficiary | None, programme: Programme, *, by: User, on: date) -> str | None:
    """Who may write agreements: the lead's officers everywhere, a centre de gestion's advisors in its departments.

    Those that bind operators among themselves, which have no beneficiary: the lead's officers alone.
    """
    if by.is_system or holds(by, Role.PROGRAMME_OFFICER, on=on, operator=programme.lead()):
        return None
    if beneficiary is None:
        return why_not_of_the_lead(programme, by=by, on=on)
    cdg = programme.centre_de_gestion_of(beneficiary.department)
    if cdg is not None and holds(by, Role.CDG_ADVISOR, on=on, operator=cdg):
        return None
    return "Seules les personnes chargées du programme, au syndicat ou au centre de gestion concerné, peuvent le faire."


def why_not_write(*, by: User, on: date) -> str | None:
    """Say why this person writes no agreement, and to no mairie about one, or None."""
    if by.is_system or holds(by, *WRITERS, on=on):
        return None
    return "Seules les personnes chargées du programme, au syndicat ou au centre de gestion, peuvent le faire."


def why_not_of_the_lead(programme: Programme, *, by: User, on: date) -> str | None:
    """Say why this person does not do what is the lead's officers' alone to do, or None."""
    if by.is_system or holds(by, Role.PROGRAMME_OFFICER, on=on, operator=programme.lead()):
        return None
    return "Seules les personnes chargées du programme, au syndicat, peuvent le faire."


def followers_of(beneficiary: Beneficiary | None, programme: Programme, *, on: date) -> list[User]:
    """Those who may see this beneficiary through: the lead's officers, the advisors of its centre de gestion."""
    places = Q(operator=programme.lead(), role=Role.PROGRAMME_OFFICER)
    cdg = programme.centre_de_gestion_of(beneficiary.department) if beneficiary is not None else None
    if cdg is not None:
        places |= Q(operator=cdg, role=Role.CDG_ADVISOR)
    held = Membership.objects.active_on(on).filter(places)
    return list(User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("name", "pk"))


def why_not_entrust(agreement: Agreement, to: User | None, *, by: User, on: date) -> str | None:
    """Say why this person cannot entrust an agreement in preparation to that one (None: to nobody), or None."""
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if agreement.status not in IN_PREPARATION:
        return "Cette convention n’est plus en préparation : personne n’a plus à la suivre."
    if to is not None and why_not_follow(agreement.beneficiary, agreement.programme, by=to, on=on) is not None:
        return "Cette personne ne suit pas cette mairie : choisissez-en une autre."
    return None


def why_no_cdg(department: Department, programme: Programme) -> str | None:
    """Say why no tripartite agreement is possible in this department, or None."""
    if programme.centre_de_gestion_of(department) is not None:
        return None
    return (
        f"Aucun centre de gestion du programme ne couvre le département {department} : "
        "la convention tripartite n’y est pas possible."
    )


def why_not_draft(beneficiary: Beneficiary, programme: Programme, *, by: User, on: date) -> str | None:
    """Say in French why no agreement can be drafted for this beneficiary, or None. Size never refuses (article 5)."""
    if reason := why_not_follow(beneficiary, programme, by=by, on=on):
        return reason
    if reason := why_no_cdg(beneficiary.department, programme):
        return reason
    if beneficiary.commune is not None and beneficiary.commune.merged_into is not None:
        heir = beneficiary.commune.heir
        return f"Cette commune a fusionné : la convention se conclut avec {heir.name} ({heir.insee_code})."
    if beneficiary.pk is None:
        # A commune nobody has registered yet: it has no agreement.
        return None
    running = Agreement.objects.filter(programme=programme, beneficiary=beneficiary).exclude(status__in=OVER)
    if existing := running.first():
        return f"Une convention existe déjà, n° {existing.number} : ouvrez-la plutôt que d’en rédiger une autre."
    return None


def why_not_change(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why the draft cannot be changed by this person: services, representatives, acts, price."""
    if agreement.status != Status.DRAFT:
        return (
            "La convention n’est plus un projet : ses clauses ne changent plus. "
            "Tant que personne n’a signé, elle peut redevenir un projet."
        )
    body = agreement.beneficiary
    if body is not None and may(by, Capability.ADMINISTER, on=on, beneficiary=body):
        return None
    return why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)


def why_not_choose_cdg(agreement: Agreement, cdg: Operator, *, reason: str, by: User, on: date) -> str | None:
    """Say why this centre de gestion cannot be a party to this draft, or None: another than the department's is written
    with its reason, by the lead's officers.
    """
    if agreement.status != Status.DRAFT:
        return why_not_change(agreement, by=by, on=on)
    programme = agreement.programme
    if refusal := why_not_of_the_lead(programme, by=by, on=on):
        return refusal
    if agreement.beneficiary is None:
        return "Le centre de gestion d’une convention entre opérateurs est celui de son type."
    if not programme.partners.filter(operator=cdg, part=Partner.Part.CDG).exists():
        return "Ce n’est pas un centre de gestion du programme."
    if cdg != programme.centre_de_gestion_of(agreement.bound.department) and not reason.strip():
        return (
            f"Le centre de gestion du département {agreement.bound.department} n’est pas celui-là : "
            "écrivez pourquoi la convention se conclut avec un autre."
        )
    return None


def why_not_complete_party(
    party: Party, *, act: Act | None, membership: Membership | None, by: User, on: date
) -> str | None:
    """Say why this act or this signatory cannot be given to this party of a draft by this person, or None.

    A beneficiary's people complete their own party; the other two are the operators' to complete.
    """
    agreement = party.agreement
    if reason := why_not_change(agreement, by=by, on=on):
        return reason
    if party.operator is not None and (
        reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)
    ):
        return reason
    body = party.body
    if act is not None and (act.operator or act.beneficiary) != body:
        return "Cet acte n’est pas celui de cette partie."
    if act is not None and (reason := why_empowers_nobody(act)):
        return reason
    is_delegated = party.kind == Party.Kind.LEAD and agreement.type.approved_by == AgreementType.ApprovedBy.MODEL
    if is_delegated and (reason := empowering.why_not_delegated(act, agreement.programme)):
        return reason
    if membership is not None:
        place = membership.operator or membership.beneficiary
        if place != body or membership.role != SIGNING_ROLE[Party.Kind(party.kind)]:
            return "Cette personne n’a pas qualité pour signer au nom de cette partie."
        if not membership.user.is_active or not Membership.objects.active_on(on).filter(pk=membership.pk).exists():
            return "Cette personne n’exerce pas cette fonction aujourd’hui : choisissez-en une autre."
    return None


# Rule 1.
MISSING_PARTIES = (
    "La convention doit avoir toutes les parties de son type\u00a0: le bénéficiaire, le centre de gestion et le "
    "syndicat, ou les opérateurs qu’elle lie."
)


@dataclass(frozen=True)
class Gap:
    """One thing a draft lacks: what it is about and for which party, so that a door says where to mend it."""

    class About(StrEnum):
        PARTIES = "parties"
        SIRET = "siret"
        SIGNATORY = "signatory"
        ACT = "act"
        CDG = "cdg"
        SERVICES = "services"
        PERSONAL_DATA = "personal_data"
        VAT = "vat"
        CHANGES = "changes"

    about: About
    sentence: str
    party: str = ""


def gaps(agreement: Agreement) -> list[Gap]:
    """List what the draft still lacks before it can be printed: rules 1, 2, 8 and 9 of the register."""
    return gaps_of([agreement])[agreement.pk]


def gaps_of(agreements: Sequence[Agreement]) -> dict[int, list[Gap]]:
    """The same of several drafts, by identifier: what they all say is read at once."""
    parties: dict[int, list[Party]] = {one.pk: [] for one in agreements}
    for party in Party.objects.filter(agreement__in=parties).select_related("act", "signatory", "operator"):
        parties[party.agreement_id].append(party)
    services: dict[int, list[Service]] = {one.pk: [] for one in agreements}
    for choice in ChosenService.objects.filter(agreement__in=services).select_related("service"):
        services[choice.agreement_id].append(choice.service)
    types = {one.pk: (one.type.amends or one.type).pk for one in agreements}
    wanted: dict[int, list[str]] = {pk: [] for pk in types.values()}
    for pk, part in TypeParty.objects.filter(type__in=wanted).order_by("part").values_list("type", "part"):
        wanted[pk].append(part)
    centres: dict[tuple[int, int], Operator | None] = {}
    for one in agreements:
        if one.beneficiary is not None and (key := (one.programme_id, one.beneficiary.department_id)) not in centres:
            centres[key] = one.programme.centre_de_gestion_of(one.beneficiary.department)
    found = {}
    for one in agreements:
        for party in parties[one.pk]:
            party.agreement = one
        cdg = centres[one.programme_id, one.beneficiary.department_id] if one.beneficiary is not None else None
        is_whole = sorted(party.kind for party in parties[one.pk]) == wanted[types[one.pk]]
        lacks = [Gap(Gap.About.PARTIES, MISSING_PARTIES)]
        found[one.pk] = _gaps(one, parties[one.pk], services[one.pk], cdg) if is_whole else lacks
    return found


def _gaps(agreement: Agreement, parties: list[Party], services: list[Service], cdg: Operator | None) -> list[Gap]:
    about = Gap.About
    found = []
    for party in parties:
        if reason := siret_numbers.why_not_siret(party.siret):
            found.append(Gap(about.SIRET, f"Le SIRET de « {party.name} » est à corriger. {reason}", party.field))
        elif party.operator is None and not agreement.bound.is_siret_confirmed:
            found.append(
                Gap(about.SIRET, "Le SIRET proposé pour le bénéficiaire est à confirmer par lui.", party.field)
            )
        if party.signatory is None or not party.representative or not party.quality:
            sentence = f"La personne qui signera pour « {party.name} », et sa qualité, sont à indiquer."
            found.append(Gap(about.SIGNATORY, sentence, party.field))
        if party.act is None:
            sentence = f"La délibération {whose_act(party)} manque : enregistrez-la, puis rattachez-la."
            found.append(Gap(about.ACT, sentence, party.field))
    body = agreement.beneficiary
    is_another = body is not None and any(party.kind == Party.Kind.CDG and party.operator != cdg for party in parties)
    if is_another and not agreement.cdg_reason:
        sentence = "Le centre de gestion n’est pas celui du département du bénéficiaire."
        found.append(Gap(about.CDG, sentence, Party.Kind.CDG))
    if agreement.amends_id is not None and not agreement.purpose:
        found.append(Gap(about.CHANGES, "L’objet de l’avenant est à écrire."))
    if agreement.amends_id is not None and not changes_of(agreement):
        sentence = "L’avenant ne change rien encore\u00a0: changez les services, la contribution ou le dernier jour."
        found.append(Gap(about.CHANGES, sentence))
    if body is not None and agreement.amends_id is None and (reason := why_not_vat(vat_regime_of(agreement))):
        found.append(Gap(about.VAT, reason))
    if not services and body is not None:
        found.append(Gap(about.SERVICES, "Aucun service n’est choisi : cochez au moins un service de l’offre."))
    for service in services:
        if missing := service.annex_gaps:
            lacks = f"il manque {', '.join(missing)}"
            sentence = (
                f"L’annexe RGPD du service «\u00a0{service.name}\u00a0» n’est pas remplie dans l’offre\u00a0: {lacks}."
            )
            found.append(Gap(about.PERSONAL_DATA, sentence))
    return found


def vat_regime_of(agreement: Agreement) -> str:
    """Its VAT regime; a draft that chose none has that of its type, where the operator has chosen since."""
    own, of_type = agreement.vat_regime, agreement.type.vat_regime
    takes = agreement.status == Status.DRAFT and why_not_vat(own) is not None and why_not_vat(of_type) is None
    return of_type if takes else own


def what_is_missing(agreement: Agreement) -> list[str]:
    """Say in French what the draft still lacks before it can be printed."""
    return [gap.sentence for gap in gaps(agreement)]


NO_POPULATION = (
    "Le prix de ce programme suit la population, et celle de ce bénéficiaire n’est pas connue\u00a0: chargez le "
    "millésime qui la donne. Un organisme qui n’est pas une commune ne conclut pas cette convention."
)


def programme_price(agreement: Agreement) -> Price | None:
    """The price that the programme sets for this agreement as it stands: its type, its services, its population.

    The population is that of the commune as the agreement was drafted. None when the price wants one, which is unknown.
    """
    return _price(agreement, agreement.chosen())


def _price(agreement: Agreement, services: list[Service]) -> Price | None:
    kept = (agreement.amends or agreement).assessment
    kind = agreement.type.amends or agreement.type
    return price_of(kind, population=kept.population if kept else None, services=services)


def departures(agreement: Agreement) -> list[str]:
    """List what differs from what was approved: the president's delegation does not cover it (articles 5 and 7).

    Of the text, any word: no act of the lead's approves these very bytes.
    """
    programme, services = agreement.programme, agreement.chosen()
    found = []
    if not approvals_of(agreement.text.sha256, subject=Approval.Subject.MODEL, operator=programme.lead()):
        found.append(
            f"son texte, «\u00a0{agreement.text.name}\u00a0» du {agreement.text.version}, n’est aucun de ceux que le "
            "comité syndical a approuvés"
        )
    price = _price(agreement, services)
    if price is None or agreement.annual_price != price.annual:
        found.append("le prix n’est pas celui du programme")
    if agreement.amends is not None and _extends_too_far(agreement, agreement.amends):
        found.append("elle prolonge la convention au-delà de sa durée la plus longue, renouvellements compris")
    if agreement.term_months != agreement.type.term_months:
        found.append("la durée n’est pas celle du programme")
    if vat_regime_of(agreement) != agreement.type.vat_regime:
        found.append("le régime de TVA n’est pas celui du programme")
    if any(service.programme_id != programme.pk for service in services):
        found.append("un de ses services n’est pas de l’offre du programme")
    return found


def _extends_too_far(amendment: Agreement, agreement: Agreement) -> bool:
    latest = latest_end(agreement)
    return latest is None or amendment.ends_on is None or amendment.ends_on > latest


def why_outside_delegation(agreement: Agreement, *, on: date) -> str | None:
    """Say why the president may not conclude this agreement by delegation, on its model, or None."""
    programme = agreement.programme
    if agreement.type.approved_by == AgreementType.ApprovedBy.EACH:
        return (
            "Le comité syndical approuve lui-même chaque convention de ce type\u00a0: sa signature n’est pas déléguée. "
            "Faites-le délibérer sur elle, telle qu’elle est imprimée."
        )
    if found := departures(agreement):
        return (
            f"La convention s’écarte du modèle approuvé ({' ; '.join(found)}) : elle sort de la délégation du "
            "président. Rédigez-la de nouveau sur un modèle approuvé, ou faites délibérer le comité syndical sur elle."
        )
    if reason := empowering.why_not_by_delegation(empowering.act_of_lead(agreement), programme, on=on):
        return reason
    return why_not_approved(
        agreement.text.sha256, subject=Approval.Subject.MODEL, operator=programme.lead(), on=on
    ) or why_only_a_demonstration(agreement.text)


ONLY_A_DEMONSTRATION = (
    "Ce modèle est un modèle de démonstration, non approuvé : il ne peut pas être signé. "
    "Publiez le vôtre, faites-le approuver par votre assemblée, notez l’acte, puis choisissez-le pour les prochaines."
)


def why_only_a_demonstration(text: Text) -> str | None:
    """Say why nothing may be signed on this text outside a demonstration, whatever was approved, or None."""
    if settings.DEMO or not text.is_demonstration:
        return None
    return ONLY_A_DEMONSTRATION


def why_for_the_committee(agreement: Agreement, *, on: date) -> str | None:
    """Say why the committee decides on this agreement itself, or None: outside the delegation, or printed for it."""
    if (reason := why_outside_delegation(agreement, on=on)) or not agreement.is_for_the_committee:
        return reason
    return (
        "Cette convention est imprimée pour que le comité syndical l’approuve elle-même\u00a0: le syndicat la signe "
        "une fois rattaché l’acte qui l’approuve. Reprenez le projet pour la signer par délégation."
    )


def why_not_conclude(agreement: Agreement, *, on: date) -> str | None:
    """Say why the president may not conclude this agreement, or None.

    Either the delegation covers it, by the very articles that it cites, or the committee approved this very document,
    as it was printed.
    """
    if (reason := why_for_the_committee(agreement, on=on)) is None:
        return empowering.why_not_as_printed(agreement, on=on)
    if agreement.round is None:
        return reason
    if demonstration := why_only_a_demonstration(agreement.text):
        return demonstration
    reasons = [why_not_standing(approval, on=on) for approval in approvals_of_document(agreement)]
    return None if None in reasons else (reasons or [reason])[0]


def approvals_of_document(agreement: Agreement) -> list[Approval]:
    """The approvals, by acts of the lead, of this very document, as the committee read it, executory or not."""
    if agreement.round is None:
        return []
    sha256 = (agreement.committee_print or agreement.round.original).sha256
    return approvals_of(sha256, subject=Approval.Subject.AGREEMENT, operator=agreement.programme.lead())


def why_not_link_act(agreement: Agreement, act: Act | None, *, by: User, on: date) -> str | None:
    """Say why this act cannot be noted to approve this agreement as it is printed, or None.

    It may wait to be executory: so does the president's signature then.
    """
    lead = agreement.programme.lead()
    if reason := why_not_of_the_lead(agreement.programme, by=by, on=on):
        return reason
    if agreement.status != Status.READY or agreement.round is None:
        return "Le comité syndical délibère sur une convention imprimée, et pas encore conclue : envoyez-la d’abord."
    if why_for_the_committee(agreement, on=on) is None:
        return "La délégation du président couvre cette convention : elle n’a pas besoin d’un autre acte."
    if act is None:
        return "Choisissez l’acte du comité syndical qui approuve cette convention."
    if act.operator_id != lead.pk:
        return f"Cet acte n’est pas de «\u00a0{lead.name}\u00a0»."
    return why_empowers_nobody(act)


def why_not_print_again(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why an agreement that waits for its act is not to be printed again with it, or None: it is executory."""
    if reason := why_not_of_the_lead(agreement.programme, by=by, on=on):
        return reason
    if agreement.status != Status.READY or not agreement.awaits_act:
        return "Cette convention n’attend pas de délibération\u00a0: elle est déjà imprimée comme elle se signe."
    if reason := why_nothing_to_amend(agreement) or why_only_a_demonstration(agreement.text):
        return reason
    reasons = [why_not_standing(approval, on=on) for approval in approvals_of_document(agreement)]
    if not reasons:
        return "Rattachez d’abord l’acte du comité syndical qui approuve ce document."
    return None if None in reasons else reasons[0]


AWAITS_ACT = (
    "Cette convention est imprimée pour que le comité syndical délibère sur elle\u00a0: elle se signe une fois "
    "imprimée de nouveau, avec l’acte qui l’approuve."
)


def why_nothing_to_amend(agreement: Agreement) -> str | None:
    """Say why an amendment can no longer change the agreement as it says, or None; an agreement amends nothing."""
    amended = agreement.amends
    if amended is None:
        return None
    if amended.status != Status.SIGNED:
        return f"La convention n°\u00a0{amended.number} n’est plus en vigueur\u00a0: abandonnez son avenant."
    if amended.terminations.filter(withdrawn_at__isnull=True).exists():
        return f"La résiliation de la convention n°\u00a0{amended.number} est notifiée\u00a0: abandonnez son avenant."
    if is_outdated(agreement):
        return (
            f"La convention n°\u00a0{amended.number} a changé depuis que cet avenant est imprimé\u00a0: reprenez-le, "
            "ou abandonnez-le pour en rédiger un autre."
        )
    return None


def why_not_make_ready(agreement: Agreement, *, by: User, on: date, for_the_committee: bool = False) -> str | None:
    """Say why the draft cannot be sent to signature, or None.

    One that the delegation does not cover is printed for the committee to decide on it: `for_the_committee`.
    """
    if agreement.status != Status.DRAFT:
        return f"La convention est déjà « {agreement.get_status_display()} »."
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if reason := why_nothing_to_amend(agreement):
        return reason
    if missing := what_is_missing(agreement):
        return " ".join(missing)
    if reason := why_not_dated(agreement.text, on=on):
        return reason
    if for_the_committee:
        return why_only_a_demonstration(agreement.text)
    return why_outside_delegation(agreement, on=on)


def why_not_dated(text: Text, *, on: date) -> str | None:
    """Say why nothing that cites the version of these words is dated of this day, or None: it would precede it."""
    if text.version <= on.isoformat() or "model.version" not in tree.parse(text.body).variables:
        return None
    day = dates.in_words(date.fromisoformat(text.version))
    return f"Le texte cite sa version du {day}, qui n’est pas encore venu\u00a0: rien ne se date d’avant ce qu’il cite."


def why_not_reopen(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why an agreement sent to signature cannot become a draft again, or None."""
    if agreement.status != Status.READY or agreement.round is None:
        return "Seule une convention à la signature peut redevenir un projet."
    if agreement.round.slots.exclude(FREE).exists():
        return "Une partie a déjà signé : la convention ne peut plus changer. Abandonnez-la pour en rédiger une autre."
    return why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)


def why_not_see_document(agreement: Agreement, *, sees_money: bool) -> str | None:
    """Say why the words of an agreement are not read by whom it is shown to, or None: they bear its price.

    The parties of an agreement between operators read it all the same.
    """
    if sees_money or agreement.beneficiary_id is None:
        return None
    return (
        "Ce document porte des montants, que votre organisme ne voit pas. "
        "Demandez au syndicat ce qu’il vous faut en connaître."
    )


def why_not_cancel(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why an agreement cannot be given up, or None. A concluded one ends by its own clauses, not here."""
    if Status.CANCELLED not in MOVES[Status(agreement.status)]:
        return f"Une convention « {agreement.get_status_display()} » ne s’abandonne pas."
    return why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on)


def why_not_remind(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why the person whose turn it is to sign is not to be written to again, or None."""
    if agreement.status != Status.READY:
        return f"La convention est « {agreement.get_status_display()} » : personne n’est à relancer."
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    return why_too_soon(written_to([agreement.pk]).get(str(agreement.pk)), on=on)


# What the mairie alone can give: its SIRET confirmed, the deliberation of its council.
OF_THE_MAIRIE = (Gap.About.SIRET, Gap.About.ACT)


def awaited_of_the_mairie(gaps: Iterable[Gap]) -> list[Gap]:
    """Of what a draft lacks, what is the mairie's to give."""
    return [gap for gap in gaps if gap.about in OF_THE_MAIRIE and gap.party == Party.Kind.BENEFICIARY]


def why_not_remind_mairie(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say why the mairie is not to be written to about what its draft waits for, or None."""
    if agreement.status != Status.DRAFT:
        return (
            f"La convention est «\u00a0{agreement.get_status_display()}\u00a0»\u00a0: la mairie n’est pas à relancer."
        )
    if reason := why_not_follow(agreement.beneficiary, agreement.programme, by=by, on=on):
        return reason
    if not awaited_of_the_mairie(gaps(agreement)):
        return "Ce projet n’attend rien de la mairie."
    if reason := why_nobody_is_written_to(agreement, on=on):
        return reason
    return why_too_soon(written_to([agreement.pk]).get(str(agreement.pk)), on=on)


def with_an_account(*, on: date) -> QuerySet[Membership]:
    """Who, of any beneficiary, has an account on this day: whom one can write to."""
    held: QuerySet[Membership] = Membership.objects.active_on(on).filter(user__is_active=True)
    return held


def why_nobody_is_written_to(agreement: Agreement, *, on: date) -> str | None:
    """Say why no message about this agreement would reach its beneficiary, or None."""
    if with_an_account(on=on).filter(beneficiary=agreement.beneficiary).exists():
        return None
    if Invitation.objects.open().filter(beneficiary=agreement.beneficiary).exists():
        return "Personne de la mairie n’a encore de compte\u00a0: une invitation attend sa réponse."
    return "Personne de la mairie n’a encore de compte\u00a0: invitez d’abord quelqu’un."


def why_too_soon(last: datetime | None, *, on: date) -> str | None:
    """Say why a reminder would follow the last message too closely, or None."""
    if last is None or (on - dates.day_of(last)).days >= DAYS_BETWEEN_REMINDERS:
        return None
    return (
        f"La personne a déjà reçu un message le {dates.in_words(dates.day_of(last))} : "
        f"laissez-lui {DAYS_BETWEEN_REMINDERS} jours."
    )


def written_to(agreements: Iterable[int]) -> dict[str, datetime]:
    """When the last message left to the people of each of these agreements, by identifier; one query."""
    lines = Entry.objects.filter(
        object_type=Agreement._meta.label_lower,
        object_id__in=[str(pk) for pk in agreements],
        verb__in=[
            "agreement.signatory_told",
            "agreement.signatory_reminded",
            "agreement.mairie_reminded",
            "agreement.letter_sent",
        ],
    )
    return dict(lines.order_by().values_list("object_id").annotate(last=Max("at")))


def in_office(party: Party, *, on: date) -> list[Membership]:
    """Who holds, on this day, the office by which this party signs: the one who is named first, if they still do."""
    held = (
        Membership.objects.active_on(on)
        .filter(
            role=SIGNING_ROLE[Party.Kind(party.kind)],
            beneficiary=None if party.operator_id else party.agreement.beneficiary_id,
            operator=party.operator_id,
            user__is_active=True,
        )
        .select_related("user")
        .order_by("pk")
    )
    return sorted(held, key=lambda one: one.user_id != party.signatory_id)


def signatories(*, on: date) -> QuerySet[Membership]:
    """Who holds, on this day, the office that signs for a beneficiary, whichever it is."""
    return with_an_account(on=on).filter(role=SIGNING_ROLE[Party.Kind.BENEFICIARY])


def signatory_of(party: Party, *, on: date) -> User | None:
    """Who is to sign for this party on this day: the person named, or, if they left the office, who holds it now."""
    able = in_office(party, on=on)
    return able[0].user if able else None


def party_of(agreement: Agreement, user: User, *, on: date) -> Party | None:
    """The party this person signs for, or None.

    It is the one that names them, while they hold the office. A person who left it signs nothing any more: whoever
    holds it then signs in their stead, the document naming its party by its office too.
    """
    roles = SIGNING_ROLE.values()
    held = set(
        user.memberships.active_on(on).filter(role__in=roles).values_list("role", "beneficiary_id", "operator_id")
        if user.is_active
        else ()
    )
    for party in agreement.parties.select_related("act", "operator"):
        place = (None, party.operator_id) if party.operator_id else (agreement.beneficiary_id, None)
        if (SIGNING_ROLE[Party.Kind(party.kind)], *place) not in held:
            continue
        party.agreement = agreement
        if party.signatory_id == user.pk or in_office(party, on=on)[0].user_id != party.signatory_id:
            return party
    return None


def why_not_sign(agreement: Agreement, *, by: User, on: date) -> str | None:
    """Say in French why this person cannot sign now, or None: state, person, order, empowering act, delegation."""
    return turn_of(agreement, by, on=on)[0]


def turn_of(agreement: Agreement, user: User, *, on: date) -> tuple[str | None, tuple[Party, Slot] | None]:
    """Why this person cannot sign now, or None; then the party that they sign for and its place, if they sign here."""
    if agreement.status == Status.DRAFT:
        return "La convention est encore un projet : elle doit d’abord être envoyée à la signature.", None
    if agreement.status != Status.READY or agreement.round is None:
        return f"La convention est déjà « {agreement.get_status_display()} ».", None
    party = party_of(agreement, user, on=on)
    if party is None:
        names = ", ".join(f"{party.representative} ({party.name})" for party in agreement.parties.all())
        return f"Vous n’êtes pas signataire de cette convention. Les signataires : {names}.", None
    slot = next(slot for slot in agreement.round.read_slots().values() if slot.rank == party.rank)
    if agreement.awaits_act:
        return AWAITS_ACT, (party, slot)
    return signing.why_not_sign(slot, by=user) or why_unempowered(agreement, party, on=on), (party, slot)


def why_unempowered(agreement: Agreement, party: Party, *, on: date) -> str | None:
    """Say why nobody may sign for this party on this day, or None: its empowering act, the president's delegation."""
    if agreement.awaits_act:
        return AWAITS_ACT
    if reason := why_nothing_to_amend(agreement) or why_not_empowering(party.act, on=on, whose=whose_act(party)):
        return reason
    return why_not_conclude(agreement, on=on) if party.kind == Party.Kind.LEAD else None


def slot_of(agreement: Agreement, user: User) -> Slot | None:
    """The place that this person signed, or None."""
    return agreement.round.slots.filter(signed_by=user).first() if agreement.round else None


def next_party(agreement: Agreement) -> Party | None:
    """The party whose turn it is to sign, or None."""
    is_open = agreement.round is not None and not agreement.awaits_act
    slot = agreement.round.slots.filter(FREE).order_by("rank").first() if agreement.round and is_open else None
    if slot is None:
        return None
    party = agreement.parties.select_related("act", "operator").get(rank=slot.rank)
    party.agreement = agreement
    return party
