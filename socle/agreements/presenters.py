"""Presentation at both doors of agreements, on their screens and in the files of their lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from socle.agreements.models import Agreement, ChosenService, Notification, Party, Status
from socle.agreements.rules import SIGNING_ROLE
from socle.lib import dates
from socle.lib.spreadsheet import Cell, Field, Kind
from socle.people.models import Beneficiary, Operator
from socle.signing.models import PaperSignature, Slot
from socle.signing.rules import last_day_to_contest
from socle.ui.shapes import Fact, Tone

# In the order of signature.
KINDS = (Party.Kind.BENEFICIARY, Party.Kind.CDG, Party.Kind.LEAD)


def whom(agreement: Agreement) -> str:
    """Return how a list calls whom an agreement binds: the commune, the body, or the operators."""
    return agreement.beneficiary.place_name if agreement.beneficiary else agreement.with_whom


def invite_signatory(kind: str, place: Beneficiary | Operator) -> str:
    """Where operators invite whoever signs for this body, a party of this kind: the form, its function filled in."""
    if isinstance(place, Operator):
        address = reverse("console:operator_invite", args=[place.code])
    elif place.commune is not None:
        address = reverse("console:commune_invite", args=[place.commune.insee_code])
    else:
        address = reverse("console:body_invite", args=[place.pk])
    return f"{address}?fonction={SIGNING_ROLE[Party.Kind(kind)]}"


def signed_on(agreement: Agreement) -> list[datetime | None]:
    """The instants at which each party signed, in the order of signature; None where it has not. Slots prefetched."""
    slots = {slot.rank: slot.signed_at for slot in agreement.round.slots.all()} if agreement.round else {}
    return [slots.get(rank) for rank in range(1, len(KINDS) + 1)]


@dataclass(frozen=True)
class AgreementFile:
    """The file that an agreement is offered as: a scan never passes for the document itself."""

    label: str
    name: str
    detail: str
    is_scan: bool


def file_of(agreement: Agreement) -> AgreementFile:
    """Say of the latest version of an agreement sent to signature what it is, and under which name it is taken."""
    assert agreement.round is not None
    name, sha256 = f"{agreement}.pdf".replace(" ", "-").lower(), agreement.round.current.sha256
    if not agreement.round.is_on_paper:
        return AgreementFile(agreement.title, name, f"Empreinte SHA-256\u00a0: {sha256}", False)
    return AgreementFile(
        f"Papier signé, numérisé ({agreement.title})",
        f"papier-signe-{name}",
        f"L’original de papier seul fait foi. Empreinte SHA-256 de la numérisation\u00a0: {sha256}",
        True,
    )


def receipts_of(letters: Iterable[Notification]) -> list[tuple[Notification, str, str]]:
    """Each letter that was received, what it is, and how and when it was handed over."""
    lines = []
    for one in letters:
        label, way = one.get_kind_display(), one.get_way_display()
        reference = f", n°\u00a0{one.reference}" if one.reference else ""
        day = dates.in_words(one.received_on) if one.received_on else ""
        lines.append((one, f"{label[:1].upper()}{label[1:]}", f"Reçue le {day}, {way}{reference}."))
    return lines


@dataclass(frozen=True)
class PaperLine:
    """A signature on paper as screens show it: where it stands, and what it waits for."""

    paper: PaperSignature
    label: str
    tone: Tone
    sentence: str


def papers_of(agreement: Agreement) -> list[PaperLine]:
    """The signatures on paper recorded for an agreement as it is printed, contested ones included; one query."""
    if agreement.round_id is None:
        return []
    found = PaperSignature.objects.filter(slot__round=agreement.round_id)
    read = found.select_related("slot", "scan", "signatory", "recorded_by", "attested_by", "settled_by")
    return [paper_line(one) for one in read]


def paper_line(paper: PaperSignature) -> PaperLine:
    """Say where a signature on paper stands."""
    status = PaperSignature.Status
    who = paper.settled_by.name if paper.settled_by else ""
    on = dates.in_words(dates.day_of(paper.settled_at)) if paper.settled_at else ""
    if paper.status == status.CONFIRMED:
        return PaperLine(paper, "signée", "ok", f"Confirmée par {who}, le {on}.")
    if paper.status == status.UNCONTESTED:
        return PaperLine(paper, "signée", "ok", f"La partie, avertie, ne l’a pas contestée\u00a0: acquise le {on}.")
    if paper.status == status.CONTESTED:
        said = f"Contestée par {who}, le {on}\u00a0: «\u00a0{paper.reason}\u00a0»"
        return PaperLine(paper, "contestée", "danger", said)
    last = last_day_to_contest(paper)
    if last is not None:
        by_then = f"sans réponse, elle est acquise après le {dates.in_words(last)}"
        sentence = f"La partie la confirme ou la conteste\u00a0; {by_then}."
    elif paper.has_code or paper.attested_at:
        sentence = "La partie n’est pas encore avertie\u00a0: les quinze jours pour contester n’ont pas commencé."
    else:
        sentence = (
            "Le code de la convention n’est pas lu sur toutes ses pages\u00a0: une seconde personne l’atteste, ou la "
            "partie la confirme. Le silence ne suffit pas."
        )
    return PaperLine(paper, "à confirmer", "wait", sentence)


def paper_facts(paper: PaperSignature) -> list[Fact]:
    """The facts that whoever confirms, contests or attests a signature on paper reads of it."""
    code = "lu sur toutes ses pages" if paper.has_code else "pas lu sur toutes ses pages"
    attested = (
        [Fact("Attestée par", paper.attested_by.name, dates.at_in_words(paper.attested_at))]
        if paper.attested_by is not None and paper.attested_at is not None
        else []
    )
    return [
        Fact("Pour", paper.slot.label),
        Fact("Signée par", paper.signatory.name, f"le {dates.in_words(paper.signed_on)}, d’après le papier"),
        Fact("Enregistrée par", paper.recorded_by.name, dates.at_in_words(paper.recorded_at)),
        *attested,
        Fact("Code imprimé", code),
    ]


def said_of_scan(paper: PaperSignature) -> str | None:
    """Say that this very scan was contested before, or None."""
    before = PaperSignature.objects.filter(
        scan__sha256=paper.scan.sha256, slot=paper.slot_id, status=PaperSignature.Status.CONTESTED
    ).exclude(pk=paper.pk)
    last = before.order_by("settled_at").last()
    if last is None or last.settled_at is None:
        return None
    on = dates.in_words(dates.day_of(last.settled_at))
    return f"Cette même numérisation a été contestée le {on}\u00a0: convenez avec la partie de ce qui a changé."


def _signed_by(rank: int) -> Callable[[Agreement], Cell]:
    def at(agreement: Agreement) -> Cell:
        return signed_on(agreement)[rank]

    return at


# Where an agreement stands and since when: the end of a line of any register.
STANDING_FIELDS: tuple[Field[Agreement], ...] = (
    Field("État", lambda one: one.get_status_display()),
    Field("Rédigée le", lambda one: one.drafted_at, Kind.INSTANT),
    Field("Signée par le bénéficiaire le", _signed_by(0), Kind.INSTANT),
    Field("Signée par le centre de gestion le", _signed_by(1), Kind.INSTANT),
    Field("Signée par le syndicat le", _signed_by(2), Kind.INSTANT),
    Field("Prend effet le", lambda one: one.starts_on, Kind.DAY),
    Field("Prend fin le", lambda one: one.ends_on, Kind.DAY),
)
# Annotated: suspensions.with_suspension.
SUSPENDED_FIELD: Field[Agreement] = Field("Suspendue depuis le", lambda one: one.suspended_on, Kind.DAY)  # type: ignore[attr-defined]
AMOUNT_FIELD: Field[Agreement] = Field("Contribution annuelle (€)", lambda one: one.annual_price, Kind.AMOUNT)


# --- The register, as a file ------------------------------------------------------------------------------------------
def with_register(agreements: QuerySet[Agreement]) -> QuerySet[Agreement]:
    """Fetch along what the fields of the register read, in a constant number of queries."""
    return (
        agreements.prefetch_related(None)
        .select_related(
            "type", "text", "assessment", "amends", "round__current", "beneficiary__commune", "beneficiary__department"
        )
        .prefetch_related(
            Prefetch("parties", Party.objects.select_related("act").order_by("rank")),
            Prefetch("round__slots", Slot.objects.order_by("rank")),
            Prefetch("choices", ChosenService.objects.select_related("service").order_by("service__order", "pk")),
            Prefetch("amended_by", Agreement.every.filter(status=Status.SIGNED).order_by("pk")),
            "renewals",
        )
    )


def _days_of(kind: str, whose: str) -> tuple[Field[Agreement], ...]:
    """The four days of a party: its act, the receipt of the prefecture, the publication, the signature."""

    def party_of(agreement: Agreement) -> Party | None:
        return next((one for one in agreement.parties.all() if one.kind == kind), None)

    def of_act(name: str) -> Callable[[Agreement], Cell]:
        def read(agreement: Agreement) -> Cell:
            party = party_of(agreement)
            value: Cell = getattr(party.act, name) if party and party.act else None
            return value

        return read

    def signed_at(agreement: Agreement) -> Cell:
        party, slots = party_of(agreement), agreement.round.slots.all() if agreement.round else ()
        return next((slot.signed_at for slot in slots if party and slot.rank == party.rank), None)

    return (
        Field(f"Acte {whose}", of_act("number"), Kind.CODE),
        Field(f"Acte {whose}, adopté le", of_act("adopted_on"), Kind.DAY),
        Field(f"Acte {whose}, reçu le", of_act("received_on"), Kind.DAY),
        Field(f"Acte {whose}, publié le", of_act("published_on"), Kind.DAY),
        Field(f"Signature {whose}", signed_at, Kind.INSTANT),
    )


# Columns of the register: the amount is added for those who see money.
REGISTER_FIELDS: tuple[Field[Agreement], ...] = (
    Field("Numéro", lambda one: one.number, Kind.CODE),
    Field("Modifie", lambda one: one.amends.number if one.amends else None, Kind.CODE),
    Field("Type", lambda one: one.type.name),
    Field("Modèle", lambda one: f"{one.text.name}, {one.text.version}"),
    Field("Modèle de démonstration", lambda one: one.text.is_demonstration, Kind.YES_NO),
    Field("État", lambda one: one.get_status_display()),
    Field("Bénéficiaire", lambda one: one.with_whom),
    Field("SIRET", lambda one: one.beneficiary.siret if one.beneficiary else None, Kind.CODE),
    Field(
        "Code INSEE",
        lambda one: one.beneficiary.commune.insee_code if one.beneficiary and one.beneficiary.commune else None,
        Kind.CODE,
    ),
    Field("Département", lambda one: one.beneficiary.department.code if one.beneficiary else None, Kind.CODE),
    Field("Population", lambda one: one.assessment.population if one.assessment else None, Kind.NUMBER),
    Field(
        "Centre de gestion",
        lambda one: next((party.name for party in one.parties.all() if party.kind == Party.Kind.CDG), None),
    ),
    Field("Services", lambda one: ", ".join(choice.service.name for choice in one.choices.all())),
    Field("Rédigée le", lambda one: one.drafted_at, Kind.INSTANT),
    *_days_of(Party.Kind.BENEFICIARY, "du bénéficiaire"),
    *_days_of(Party.Kind.CDG, "du centre de gestion"),
    *_days_of(Party.Kind.LEAD, "du syndicat"),
    Field("Conclue le", lambda one: one.signed_at, Kind.INSTANT),
    Field("Prend effet le", lambda one: one.starts_on, Kind.DAY),
    Field("Prend fin le", lambda one: one.ends_on, Kind.DAY),
    Field("Renouvellements", lambda one: len(one.renewals.all()), Kind.NUMBER),
    Field("Avenants conclus", lambda one: ", ".join(amendment.number for amendment in one.amended_by.all())),
    Field("Document, SHA-256", lambda one: one.round.current.sha256 if one.round else None, Kind.CODE),
)
