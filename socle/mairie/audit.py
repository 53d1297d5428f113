"""Who saw and did what about one beneficiary: what operators and helpers read, and the lines of its journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import BooleanField, Q, QuerySet, Value
from django.http import QueryDict

from socle.journal import readings
from socle.journal.models import Entry, Reading
from socle.lib import dates
from socle.mairie import history
from socle.mairie.door import DOOR
from socle.people.forms import DAY_FORMATS
from socle.people.models import Beneficiary, Operator, User
from socle.programme.models import Partner
from socle.ui.fields import DayInput

PERSON, OPERATOR = f"{User._meta.label_lower}:", f"{Operator._meta.label_lower}:"
DOORS = {"console": "depuis la console", "mairie": "en assistance", "api": "par un programme"}
# The pages of a mairie that a helper may open, as its navigation calls them, and those it does not name.
PAGES = {
    **{entry.view.partition(":")[2]: entry.label for entry in DOOR.entries if entry.view.startswith("mairie:")},
    "more": "Plus",
    "identity": "Identité de l’organisme",
    "agenda_week": "Agenda",
    "event": "Événement d’un agenda",
    "event_new": "Événement à ajouter",
    "event_edit": "Événement à changer",
    "calendars": "Les agendas",
    "calendar": "Réglages d’un agenda",
    "contact": "Contact",
    "contact_new": "Contact à ajouter",
    "contact_edit": "Contact à changer",
    "contacts_import": "Contacts à apporter",
    "contacts_cards": "Contacts, en cartes de visite",
    "contacts_file": "Contacts, en fichier",
    "bin_file": "Corbeille du dossier, en fichier",
    "backups_file": "Sauvegardes, en fichier",
    "venue": "Salle",
    "venue_new": "Salle à ajouter",
    "venue_edit": "Réglages d’une salle",
    "venue_book": "Salle à réserver",
    "agreement": "Convention",
    "agreement_text": "Texte de la convention",
    "agreement_pdf": "PDF de la convention",
    "agreement_services": "Services de la convention",
    "agreement_signatory": "Signataire de la convention",
    "sign": "Convention à signer",
    "signatures": "Preuve des signatures",
    "paper": "Signature sur papier",
    "paper_file": "Papier signé, numérisé",
    "record_paper": "Signature sur papier à enregistrer",
    "act": "Délibération",
    "act_record": "Délibération à enregistrer",
    "act_document": "Texte d’une délibération",
    "act_model": "Modèle de délibération",
    "act_model_text": "Modèle de délibération, en fichier",
    "webhook": "Webhook",
    "webhook_delivery": "Envoi d’un webhook",
    "agreements_file": "Conventions, en fichier",
    "acts_file": "Délibérations, en fichier",
    "services_file": "Services, en fichier",
    "tokens_file": "Jetons d’accès, en fichier",
    "webhooks_file": "Webhooks, en fichier",
    "webhook_file": "Envois d’un webhook, en fichier",
    "people_file": "Les personnes de la mairie, en fichier",
    "journal_file": "Journal, en fichier",
    "audit_file": "Qui a vu et fait quoi, en fichier",
    "message": "Message d’un habitant",
    "message_piece": "Pièce jointe au message d’un habitant",
    "messages_file": "Messages des habitants, en fichier",
    "site": "Éditeur du site internet",
}
# As the readings kept before that name them.
PAGES |= {
    "audit_csv": PAGES["audit_file"],
    **{name: PAGES[name.replace("room", "venue")] for name in ("rooms", "room", "room_new", "room_edit", "room_book")},
}


@dataclass(frozen=True)
class Line:
    """One thing that somebody read, or did."""

    at: datetime
    is_act: bool
    label: str
    detail: str
    who: str


class AuditFilters(forms.Form):
    """Filters read from the address: one that cannot be understood is left out, and the list still shows."""

    personne = forms.ChoiceField(label="Personne", required=False)
    quoi = forms.ChoiceField(
        label="Quoi", required=False, choices=[("", "Tout"), ("vu", "Ce qui a été vu"), ("fait", "Ce qui a été fait")]
    )
    du = forms.DateField(label="Du", required=False, input_formats=DAY_FORMATS, widget=DayInput())
    au = forms.DateField(label="Au", required=False, input_formats=DAY_FORMATS, widget=DayInput())
    sorting = ""

    def __init__(self, asked: QueryDict, beneficiary: Beneficiary) -> None:
        super().__init__(asked, auto_id="filtre-%s")
        self.beneficiary = beneficiary
        people = self.fields["personne"]
        assert isinstance(people, forms.ChoiceField)
        people.choices = [("", "Toutes"), *_people(beneficiary)]
        self.full_clean()
        # An address is not a form someone filled: nothing to reproach, the filter is simply not there.
        self.errors.clear()

    @property
    def is_used(self) -> bool:
        """Whether any filter narrows the list."""
        return any(self.cleaned_data.get(name) for name in self.fields)

    def rows(self) -> QuerySet[Any]:
        """The instants and identifiers of what answers, the latest first; read with `read`."""
        entries: QuerySet[Any] = history.entries_of(self.beneficiary).order_by()
        seen: QuerySet[Any] = readings_of(self.beneficiary).order_by()
        given = self.cleaned_data
        if given.get("personne"):
            by = f"{PERSON}{given['personne']}"
            entries, seen = entries.filter(by_ref=by), seen.filter(by_ref=by)
        if given.get("du"):
            start = dates.bounds_of(given["du"])[0]
            entries, seen = entries.filter(at__gte=start), seen.filter(at__gte=start)
        if given.get("au"):
            end = dates.bounds_of(given["au"])[1]
            entries, seen = entries.filter(at__lt=end), seen.filter(at__lt=end)
        did: QuerySet[Any] = entries.annotate(is_act=Value(True, BooleanField())).values_list("at", "pk", "is_act")
        saw: QuerySet[Any] = seen.annotate(is_act=Value(False, BooleanField())).values_list("at", "pk", "is_act")
        both = {"fait": did, "vu": saw}
        found: QuerySet[Any] = both.get(given.get("quoi") or "", did.union(saw, all=True)).order_by("-at", "-pk")
        return found


def readings_of(beneficiary: Beneficiary) -> QuerySet[Reading]:
    """Return what operators read of this beneficiary: alone, or among the others of its department that they follow."""
    followers = Partner.objects.filter(departments=beneficiary.department).values_list("operator_id", flat=True)
    among_others = Q(
        beneficiary_ref="",
        kind__in=list(readings.of_several()),
        operator_ref__in=[f"{OPERATOR}{pk}" for pk in followers],
    )
    return Reading.objects.filter(Q(beneficiary_ref=str(beneficiary.pk)) | among_others)


def _people(beneficiary: Beneficiary) -> list[tuple[str, str]]:
    refs = {
        *history.entries_of(beneficiary).order_by().values_list("by_ref", flat=True).distinct(),
        *readings_of(beneficiary).order_by().values_list("by_ref", flat=True).distinct(),
    }
    keys = [ref.removeprefix(PERSON) for ref in refs if ref.startswith(PERSON)]
    return [
        (str(user.pk), "La plateforme" if user.is_system else user.name)
        for user in User.objects.filter(pk__in=keys).order_by("name", "pk")
    ]


def read(rows: Iterable[tuple[datetime, int, bool]]) -> list[Line]:
    """Return these rows in French, with the names of today; the same number of queries whatever theirs."""
    found = list(rows)
    entries = Entry.objects.in_bulk([pk for _, pk, is_act in found if is_act])
    seen = Reading.objects.in_bulk([pk for _, pk, is_act in found if not is_act])
    acts = dict(zip(entries, history.in_french(entries.values()), strict=True))
    people = User.objects.in_bulk(
        [int(one.by_ref.removeprefix(PERSON)) for one in seen.values() if one.by_ref.startswith(PERSON)]
    )
    operators = Operator.objects.in_bulk(
        {int(one.operator_ref.removeprefix(OPERATOR)) for one in seen.values() if one.operator_ref}
    )
    return list(_lines(found, acts, seen, people, operators))


def _lines(
    found: list[tuple[datetime, int, bool]],
    acts: dict[int, history.Line],
    seen: dict[int, Reading],
    people: dict[int, User],
    operators: dict[int, Operator],
) -> Iterator[Line]:
    for at, pk, is_act in found:
        if is_act:
            yield Line(at, True, acts[pk].label, acts[pk].about, acts[pk].who)
            continue
        one = seen[pk]
        reader = people.get(int(one.by_ref.removeprefix(PERSON)))
        operator = operators.get(int(one.operator_ref.removeprefix(OPERATOR))) if one.operator_ref else None
        how = DOORS.get(one.door, one.door) + (f", jeton {one.token}" if one.token else "")
        yield Line(
            at,
            False,
            _what(one),
            " · ".join(part for part in (operator.name if operator else "", how) if part),
            reader.name if reader else "compte effacé",
        )


def _what(one: Reading) -> str:
    label = readings.label_of(one.kind)
    if one.kind == "helped":
        return PAGES.get(one.code, "Une page de l’espace de la mairie")
    if one.object_type == "agreements.agreement" and one.code:
        return f"{label}, n°\u00a0{one.code}"
    return label
