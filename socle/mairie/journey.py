"""Where a beneficiary stands on its road, and the one act that comes next: composed from the rules of the rooms below.

No rule lives here: what is missing, what is refused and why is asked of the rooms, and put in the order in which a
secretary meets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse

from socle.agreements import rules
from socle.agreements.models import IN_PREPARATION, Agreement, Party, Status
from socle.agreements.rules import Gap
from socle.deliberations.rules import why_not_empowering
from socle.lib.text import number
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.programme.models import Programme
from socle.provisioning.models import Installation, State
from socle.provisioning.rules import why_pending
from socle.signing.models import PaperSignature, Slot
from socle.ui.shapes import Step

SITE = "site-internet"
YOU = "Vous"


@dataclass(frozen=True)
class NextAct:
    """The one thing to do now: what, why, who does it, and where when it is for the reader."""

    title: str
    sentence: str
    who: str
    url: str = ""
    action: str = ""
    refusal: str = ""
    # Nobody else of the mairie may do it.
    is_mine_alone: bool = False
    # The road of the programme is at its end: what remains is to use what it brought.
    is_over: bool = False

    @property
    def is_mine(self) -> bool:
        """Whether it is for the people of the mairie to do, now."""
        return bool(self.action) and not self.is_over and self.who.startswith(YOU)


@dataclass(frozen=True)
class Signature:
    """One of the three signatures, given or awaited."""

    party: Party
    slot: Slot | None
    is_next: bool


@dataclass
class Situation:
    """The situation of a beneficiary, read once."""

    beneficiary: Beneficiary
    programme: Programme | None
    agreement: Agreement | None
    parties: list[Party] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)
    installations: list[Installation] = field(default_factory=list)
    # That of the amendment in preparation, which has a road of its own.
    amendment: Situation | None = None
    # Live and not yet opened by the mairie, a site answers at its address and search engines leave it out.
    site_waits_to_open: bool = False

    @property
    def own_party(self) -> Party | None:
        return next((party for party in self.parties if party.kind == Party.Kind.BENEFICIARY), None)

    @property
    def signed_count(self) -> int:
        return sum(signature.slot is not None and signature.slot.signed_at is not None for signature in self.signatures)

    @property
    def site_url(self) -> str:
        """Where the public website answers, or nothing while it is not live."""
        site = next((one for one in self.installations if one.service.code == SITE), None)
        return site.proof if site is not None and site.state == State.LIVE else ""

    @property
    def waiting(self) -> list[Installation]:
        """The services that wait for their engine: nothing is done about them meanwhile."""
        return [one for one in self.installations if why_pending(one)]

    @property
    def is_live(self) -> bool:
        return bool(self.installations) and all(one.state == State.LIVE for one in self.installations)


def situation_of(beneficiary: Beneficiary) -> Situation:
    """Gather what the screens of the mairie need, within the scope in force; a constant number of queries."""
    agreement: Agreement | None = (
        Agreement.objects.exclude(status=Status.CANCELLED)
        .select_related("programme__founding_act", "beneficiary__department", "beneficiary__commune", "text", "round")
        .first()
    )
    if agreement is None:
        return Situation(beneficiary, programme_for(beneficiary), None)
    situation = _situation(beneficiary, agreement)
    situation.installations = list(Installation.objects.select_related("service", "right").order_by("service__order"))
    amendment = agreement.amendments.filter(status__in=IN_PREPARATION).select_related(
        "programme__founding_act", "type", "text", "round", "amends__type"
    )
    if (waiting := amendment.first()) is not None:
        situation.amendment = _situation(beneficiary, waiting)
    return situation


def _situation(beneficiary: Beneficiary, agreement: Agreement) -> Situation:
    # The same row as the active beneficiary, commune and department included.
    agreement.beneficiary = beneficiary
    parties = list(agreement.parties.select_related("act", "signatory", "operator"))
    for party in parties:
        party.agreement = agreement
    gaps = rules.gaps(agreement) if agreement.status == Status.DRAFT else []
    return Situation(beneficiary, agreement.programme, agreement, parties, gaps, signatures_of(agreement, parties))


def signatures_of(agreement: Agreement, parties: list[Party]) -> list[Signature]:
    """Return the signatures in their order, the awaited one marked."""
    slots = {slot.rank: slot for slot in agreement.round.slots.select_related("signed_by")} if agreement.round else {}
    turn = min((rank for rank, slot in slots.items() if slot.is_free), default=0)
    return [Signature(party, slots.get(party.rank), party.rank == turn) for party in parties]


def programme_for(beneficiary: Beneficiary) -> Programme | None:
    """Return the programme that covers the department of this beneficiary, or None."""
    programmes = Programme.objects.filter(partners__departments=beneficiary.department)
    return programmes.select_related("founding_act").distinct().order_by("pk").first()


# --- The road --------------------------------------------------------------------------------------------------------
def road(situation: Situation, *, on: date) -> list[Step]:
    """Return the six steps, each done, current or to come, with where it is done."""
    agreement, own = situation.agreement, situation.own_party
    status = agreement.status if agreement else ""
    has_act = own is not None and own.act is not None
    is_empowered = own is not None and why_not_empowering(own.act, on=on, whose="") is None
    has_site = bool(situation.site_url)
    live = sum(one.state == State.LIVE for one in situation.installations)
    done = [
        (
            "Éligible",
            True,
            _inhabitants(situation.beneficiary),
            reverse("mairie:identity"),
        ),
        (
            "Projet",
            agreement is not None,
            f"n°\u00a0{agreement.number}" if agreement else "",
            _agreement_url(agreement),
        ),
        (
            "Délibération",
            is_empowered,
            f"n°\u00a0{own.act.number}" if own and own.act else "",
            reverse("mairie:acts"),
        ),
        (
            "Signatures",
            status == Status.SIGNED,
            f"{situation.signed_count} sur 3" if has_act and status in (Status.READY, Status.SIGNED) else "",
            _agreement_url(agreement),
        ),
        (
            "Services",
            situation.is_live,
            f"{live} sur {len(situation.installations)}" if situation.installations else "",
            reverse("mairie:services") if status == Status.SIGNED else "",
        ),
        (
            "Site ouvert" if situation.site_waits_to_open else "Site en ligne",
            has_site and not situation.site_waits_to_open,
            "pas encore" if has_site and situation.site_waits_to_open else "",
            situation.site_url,
        ),
    ]
    current = next((rank for rank, (_, is_done, _, _) in enumerate(done) if not is_done), len(done))
    failed = any(one.state == State.FAILED for one in situation.installations)
    steps = []
    for rank, (label, is_done, detail, url) in enumerate(done):
        state = "done" if is_done else "current" if rank == current else "todo"
        if label == "Services" and failed:
            state = "failed"
        steps.append(Step(label, state, detail, url))  # type: ignore[arg-type]
    return steps


def where(steps: list[Step]) -> str:
    """Say in one line how far a road is."""
    ahead = next(((rank, one) for rank, one in enumerate(steps, start=1) if one.state != "done"), None)
    if ahead is None:
        return f"Équipement en place, {len(steps)}\u00a0étapes sur\u00a0{len(steps)}"
    rank, step = ahead
    return f"Étape\u00a0{rank} sur\u00a0{len(steps)}\u00a0: {step.label.lower()}"


def _inhabitants(beneficiary: Beneficiary) -> str:
    population = beneficiary.commune.population if beneficiary.commune else None
    return f"{number(population)} habitants" if population is not None else ""


def _agreement_url(agreement: Agreement | None) -> str:
    return reverse("mairie:agreement", args=[agreement.number]) if agreement else ""


# --- What comes next -------------------------------------------------------------------------------------------------
def next_act(situation: Situation, *, by: User, on: date) -> NextAct:
    """Return the one act that comes next, whoever does it."""
    agreement = situation.agreement
    if agreement is None:
        return _before_the_draft(situation)
    if agreement.status == Status.DRAFT:
        return _while_a_draft(situation, agreement, on=on)
    if agreement.status == Status.READY:
        return _while_signing(situation, agreement, by=by, on=on)
    if situation.amendment is not None:
        return next_act(situation.amendment, by=by, on=on)
    return _once_signed(situation)


def _siret_act() -> NextAct:
    return NextAct(
        "Confirmez le SIRET",
        "Nous l’avons calculé à partir des données publiques. Comparez-le à celui de vos factures, puis confirmez-le.",
        YOU,
        reverse("mairie:identity"),
        "Vérifier le SIRET",
    )


def _before_the_draft(situation: Situation) -> NextAct:
    if not situation.beneficiary.is_siret_confirmed:
        return _siret_act()
    lead = situation.programme.lead().name if situation.programme else "L’opérateur du programme"
    return NextAct(
        "Votre convention se prépare",
        "Vous n’avez rien à faire pour l’instant. Vous recevrez un message quand le projet sera prêt.",
        lead,
    )


def mend(gap: Gap, agreement: Agreement) -> tuple[str, str]:
    """Return where a gap is mended from the mairie and the words of the gesture; nothing when it is another's to do."""
    about = Gap.About
    if gap.about == about.SERVICES:
        return reverse("mairie:agreement_services", args=[agreement.number]), "Choisir les services"
    if gap.party != Party.Kind.BENEFICIARY:
        return "", ""
    return {
        about.SIRET: (reverse("mairie:identity"), "Vérifier le SIRET"),
        about.SIGNATORY: (reverse("mairie:agreement_signatory", args=[agreement.number]), "Indiquer qui signera"),
        about.ACT: (reverse("mairie:acts"), "Préparer la délibération"),
    }.get(gap.about, ("", ""))


def _while_a_draft(situation: Situation, agreement: Agreement, *, on: date) -> NextAct:
    about = Gap.About
    url = reverse("mairie:agreement", args=[agreement.number])
    mine = {gap.about: gap for gap in situation.gaps if mend(gap, agreement)[0]}
    if about.SIRET in mine:
        return _siret_act()
    if about.SERVICES in mine:
        return NextAct(
            "Choisissez vos services",
            "Cochez ceux dont vous avez besoin ; vous pourrez en demander d’autres plus tard.",
            YOU,
            *mend(mine[about.SERVICES], agreement),
        )
    if about.ACT in mine:
        return NextAct(
            "Faites délibérer votre assemblée",
            "Rien ne peut être signé sans une délibération. Un modèle déjà rempli vous attend ; "
            "après la séance, enregistrez-la ici.",
            f"{YOU}, puis votre assemblée",
            *mend(mine[about.ACT], agreement),
        )
    if about.SIGNATORY in mine:
        return NextAct(
            "Dites qui signera", mine[about.SIGNATORY].sentence, YOU, *mend(mine[about.SIGNATORY], agreement)
        )
    own = situation.own_party
    if own is not None and (late := _late_act(own, on=on)):
        return late
    lead = agreement.programme.lead().name
    if situation.gaps:
        return NextAct(
            "Vos partenaires complètent le projet",
            "Tout ce qui dépend de vous est prêt. " + situation.gaps[0].sentence,
            lead,
        )
    return NextAct(
        "Votre projet est complet",
        "Relisez-le tranquillement. L’étape suivante est l’envoi à la signature.",
        lead,
        url,
        "Relire l’avenant" if agreement.amends_id else "Relire la convention",
    )


def _late_act(party: Party, *, on: date) -> NextAct | None:
    """The deliberation is attached but does not empower yet: complete it, or wait for its day."""
    reason = why_not_empowering(party.act, on=on, whose=rules.whose_act(party))
    if reason is None or party.act is None:
        return None
    return NextAct(
        "Complétez votre délibération",
        reason,
        YOU,
        reverse("mairie:act", args=[party.act.pk]),
        "Compléter la délibération",
    )


def _paper_to_answer(situation: Situation, agreement: Agreement, *, by: User, on: date) -> NextAct | None:
    """The signature on paper that was recorded in the name of the mairie, and that this person is to confirm."""
    own = next((one for one in situation.signatures if one.party.kind == Party.Kind.BENEFICIARY), None)
    if own is None or own.slot is None or own.slot.signed_at is not None or own.slot.recorded_at is None:
        return None
    if all(one.user_id != by.pk for one in rules.in_office(own.party, on=on)):
        return None
    paper = own.slot.papers.get(status=PaperSignature.Status.WAITING)
    return NextAct(
        "Confirmez votre signature sur papier",
        "Elle est enregistrée en votre nom. Regardez la numérisation, puis confirmez ou contestez.",
        YOU,
        reverse("mairie:paper", args=[agreement.number, paper.pk]),
        "Voir ce papier",
        is_mine_alone=True,
    )


def _while_signing(situation: Situation, agreement: Agreement, *, by: User, on: date) -> NextAct:
    awaited = next((signature.party for signature in situation.signatures if signature.is_next), None)
    if (paper := _paper_to_answer(situation, agreement, by=by, on=on)) is not None:
        return paper
    url = reverse("mairie:sign", args=[agreement.number])
    if awaited is None or awaited.kind != Party.Kind.BENEFICIARY:
        own = next((one for one in situation.signatures if one.party.kind == Party.Kind.BENEFICIARY), None)
        is_sure = own is not None and own.slot is not None and own.slot.signed_at is not None
        done = "Votre signature est faite." if is_sure else "Votre signature sur papier attend d’être confirmée."
        return NextAct(
            "Les autres parties signent",
            f"{done} Vous recevrez un message quand tout sera conclu.",
            awaited.name if awaited else "",
        )
    if late := _late_act(awaited, on=on):
        return late
    if awaited.signatory_id == by.pk or rules.party_of(agreement, by, on=on) is not None:
        return NextAct(
            "Signez l’avenant" if agreement.amends_id else "Signez la convention",
            "Vous signez en premier, les deux autres parties signent ensuite.",
            YOU,
            url,
            "Lire et signer",
            is_mine_alone=True,
        )
    return NextAct(
        "L’avenant attend une signature" if agreement.amends_id else "La convention attend une signature",
        f"{awaited.representative} a reçu un message et signe depuis son propre compte.",
        f"{awaited.representative}, {awaited.quality.lower()}",
        reverse("mairie:agreement", args=[agreement.number]),
        "Voir l’avenant" if agreement.amends_id else "Voir la convention",
    )


def _once_signed(situation: Situation) -> NextAct:
    waiting = situation.waiting
    under_way = [one for one in situation.installations if one.state != State.LIVE and one not in waiting]
    if under_way or not situation.installations:
        late = any(one.state == State.FAILED for one in situation.installations)
        return NextAct(
            "Vos services se mettent en place",
            "L’un d’eux prend du retard : un nouvel essai est déjà prévu, et l’équipe technique est prévenue. "
            "Vous n’avez rien à faire."
            if late
            else "Cela prend quelques minutes. Vous n’avez rien à faire.",
            "La plateforme",
        )
    if situation.site_waits_to_open:
        return NextAct(
            "Relisez votre site, puis ouvrez-le",
            "Le site répond à son adresse, mais il n’est pas encore ouvert\u00a0: les "
            "moteurs de recherche ne le montrent pas.",
            YOU,
            reverse("website_opening"),
            "Relire et ouvrir le site",
        )
    if waiting:
        names, them = ", ".join(one.service.name for one in waiting), "les" if len(waiting) > 1 else "le"
        return NextAct(
            "Des services restent à mettre en service" if len(waiting) > 1 else "Un service reste à mettre en service",
            f"{names}\u00a0: votre opérateur doit d’abord {them} brancher à la plateforme. Vous n’avez rien à faire.",
            situation.programme.lead().name if situation.programme else "L’opérateur du programme",
        )
    return NextAct(
        "Faites vivre le site de votre commune" if situation.beneficiary.commune else "Faites vivre votre site",
        "Tout est en service. Une actualité publiée paraît aussitôt sur le site.",
        YOU,
        reverse("mairie:publish_news"),
        "Publier une actualité",
        is_over=True,
    )


# --- Whom to call ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Contact:
    """An operator a beneficiary may call, and the people there who follow it."""

    part: str
    operator: Operator
    people: list[User]


def contacts(situation: Situation, *, on: date) -> list[Contact]:
    """Return the centre de gestion, then the lead, with those who follow the beneficiary there."""
    programme = situation.programme
    if programme is None:
        return []
    cdg = programme.centre_de_gestion_of(situation.beneficiary.department)
    bodies = [("Votre centre de gestion", cdg), ("Le syndicat", programme.lead())]
    roles = (Role.CDG_ADVISOR, Role.PROGRAMME_OFFICER)
    memberships = list(
        Membership.objects.active_on(on)
        .filter(operator__in=[body for _, body in bodies if body], role__in=roles, user__is_active=True)
        .select_related("user")
        .order_by("user__name")
    )
    return [
        Contact(part, body, [one.user for one in memberships if one.operator_id == body.pk])
        for part, body in bodies
        if body is not None
    ]
