"""Presentation at both doors of agreements, on their screens and in the files of their lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.urls import reverse

from socle.agreements.models import Agreement, ChosenService, Party, Status
from socle.agreements.rules import SIGNING_ROLE
from socle.lib.spreadsheet import Cell, Field, Kind
from socle.people.models import Beneficiary, Operator
from socle.signing.models import Slot

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
