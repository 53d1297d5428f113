"""Agreements: the register, and the file of each, from the draft to the signatures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import models
from django.db.models import Prefetch, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.agreements import actions, amendments, empowering, notifications, priorities, promises, rules
from socle.agreements.between_operators import of_party
from socle.agreements.changes import changes_of
from socle.agreements.contract import before_sending
from socle.agreements.document import agreement_html, build
from socle.agreements.models import IN_PREPARATION, OVER, Agreement, Notification, Party, Status
from socle.agreements.paper_rules import why_not_record_paper
from socle.agreements.presenters import (
    AMOUNT_FIELD,
    REGISTER_FIELDS,
    SUSPENDED_FIELD,
    file_of,
    invite_signatory,
    papers_of,
    signed_on,
    whom,
    with_register,
)
from socle.agreements.queries import concluded_since, due_within, last_committee, with_next_party
from socle.agreements.reprints import changes_since
from socle.agreements.suspensions import running, with_suspension
from socle.batches.actions import Chosen
from socle.batches.contract import Subject
from socle.console.stages import STATUSES, TURNS
from socle.console.views.drafts import ServicesForm, crumbs, forbid_following, undo_key
from socle.deliberations.rules import why_not_may_record
from socle.documents import actions as documents
from socle.lib import dates, money
from socle.lib.text import number
from socle.people.models import Role, User
from socle.programme.models import AgreementType, Service
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import (
    Access,
    agreement_or_404,
    chosen_officer,
    console_view,
    forbid,
    gesture,
    record_view,
    way_back,
)
from socle.provisioning.desk.listing import ListColumn, Listing, in_files, on_page
from socle.provisioning.desk.lists import PLACE, Filters, at_place, attachment, choice, text
from socle.signing.models import Slot
from socle.ui.shapes import Fact, Link

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn("Numéro", sort="number"),
    ListColumn("Bénéficiaire", sort="place"),
    ListColumn("État", sort="status"),
    ListColumn("Dates", sort="drafted_at"),
    ListColumn("En vigueur", sort="starts_on"),
    *in_files(REGISTER_FIELDS),
    ListColumn(
        "Par an", AMOUNT_FIELD.value, AMOUNT_FIELD.kind, AMOUNT_FIELD.header,
        sort="annual_price", is_number=True, is_money=True,
    ),
    *in_files((SUSPENDED_FIELD,)),
)  # fmt: skip
SIGNERS = ("bénéficiaire", "CDG", "syndicat")


# Once concluded, nobody has to see an agreement through any more: these two filters show those in preparation.
FOLLOWED = [("moi", "En préparation, les miennes"), ("personne", "En préparation, que personne ne suit")]


# The end of the term, or the last day to give notice of a renewal, whichever comes first.
ENDS = [("30", "Dans 30 jours"), ("90", "Dans 3 mois"), ("180", "Dans 6 mois"), ("365", "Dans un an")]


# What the president reports to the committee at each meeting.
REPORTED = [("comite", "Par délégation, depuis le dernier comité")]


# Those of beneficiaries are shown unless one asks for others.
AMENDMENTS = "avenants"


# In force, and its services stopped.
SUSPENDED = ("suspended", "suspendue")


class AgreementFilters(Filters):
    code, view, title = "conventions", "console:agreements", "Conventions"
    q = text("Recherche", placeholder="Numéro, commune ou code INSEE")
    type = choice("Type", (), every="Bénéficiaires")
    etat = choice("État", [*((look.code, look.label) for look in STATUSES.values()), SUSPENDED], every="Tous")
    departement = choice("Département", (), every="Tous")
    suivi = choice("Suivi", FOLLOWED, every="Toutes")
    echeance = choice("Échéance", ENDS, every="Toutes")
    conclues = choice("Conclues", REPORTED, every="Toutes")

    def prepare(self, access: Access) -> None:
        self.user = access.user
        self.columns = on_page(COLUMNS, access)
        self.offer("departement", ((one.code, str(one)) for one in access.departments), every="Tous")
        self.between_operators = list(of_party(access.partner).select_related("type"))
        others = {one.type.code: one.type.name for one in self.between_operators}
        self.offer("type", [(AMENDMENTS, "Avenants"), *others.items()], every="Bénéficiaires")

    def rows(self) -> models.QuerySet[Agreement]:
        """The rows of the type asked for: agreements of beneficiaries, their amendments, those between operators."""
        if not (asked := self.chosen("type")):
            return self.apply(self.access.agreements())
        found: models.QuerySet[Agreement] = self.access.readable_agreements()
        of_type = {"amends__isnull": False} if asked == AMENDMENTS else {"type__code": asked, "beneficiary": None}
        return self.apply(found.filter(**of_type))

    def apply(self, agreements: models.QuerySet[Agreement]) -> models.QuerySet[Agreement]:
        """Narrow the register to what is asked for."""
        on = dates.day_of(timezone.now())
        agreements = with_suspension(agreements, on=on)
        if status := self.chosen("etat"):
            is_suspended = models.Q(suspended_on__isnull=False)
            agreements = agreements.filter(is_suspended if status == SUSPENDED[0] else models.Q(status=status))
        if department := self.chosen("departement"):
            agreements = agreements.filter(beneficiary__department__code=department)
        if followed := self.chosen("suivi"):
            mine = {"followed_by": self.user} if followed == "moi" else {"followed_by": None}
            agreements = agreements.filter(**mine, status__in=IN_PREPARATION)
        if days := self.chosen("echeance"):
            agreements = due_within(agreements, int(days), on=on)
        if self.chosen("conclues"):
            since = last_committee(self.access.programme)
            agreements = agreements.filter(pk__in=concluded_since(since).order_by().values("pk"))
        if wanted := self.chosen("q").strip():
            agreements = agreements.filter(Q(number__icontains=wanted) | at_place(wanted))
        return agreements


def _rows(access: Access, filters: AgreementFilters) -> models.QuerySet[Agreement]:
    return (
        with_next_party(filters.rows())
        .annotate(place=PLACE)
        .select_related("beneficiary__commune", "beneficiary__department", "round", "followed_by")
        .prefetch_related(Prefetch("round__slots", Slot.objects.order_by("rank")))
    )


def _called(one: Agreement) -> Chosen:
    return Chosen(str(one.pk), f"{one.number}, {whom(one)}", one.beneficiary.insee_code if one.beneficiary else "")


AGREEMENTS = Listing(
    AgreementFilters, COLUMNS, _rows, "agreements_file", "conventions", "Registre des conventions",
    default="-number", order=lambda asked: (asked.order, "number"), for_files=with_register, is_read=True,
    subject=Subject.AGREEMENT, call=_called,
)  # fmt: skip


def _dates(agreement: Agreement) -> list[tuple[str, Any]]:
    """When it was drafted, and when each party signed; those who have not are said once it is at the signature."""
    if agreement.beneficiary_id is None:
        # Its signatories are operators, of whom a type may name any.
        concluded = [("conclue", agreement.signed_at)] if agreement.signed_at else []
        return [("rédigée", agreement.drafted_at), *concluded]
    signatures = zip(SIGNERS, signed_on(agreement), strict=True)
    is_draft = agreement.status == Status.DRAFT
    return [("rédigée", agreement.drafted_at), *((who, at) for who, at in signatures if at or not is_draft)]


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the register of agreements."""
    context = AGREEMENTS.context(request, access)
    context |= {
        "access": access,
        "preparing": IN_PREPARATION,
        "between_operators": _between_operators(access, context["filters"].between_operators),
        "rows": [
            (one, STATUSES[one.status], TURNS.get(one.next_party or "", ""), _dates(one)) for one in context["page"]
        ],
    }
    return render(request, "console/agreements.html", context)


export = console_view(AGREEMENTS.export)


def _between_operators(access: Access, found: list[Agreement]) -> list[tuple[AgreementType, Agreement | None, Any]]:
    """Each type that binds operators alone, with its agreement if any; to others than the lead, what binds them."""
    on = dates.day_of(timezone.now())
    theirs = {one.type_id: one for one in found if one.status not in OVER}
    types = access.programme.agreement_types.filter(has_beneficiary=False, amends=None).select_related("programme")
    may_draft = rules.why_not_of_the_lead(access.programme, by=access.user, on=on) is None
    return [
        (kind, theirs.get(kind.pk), STATUSES[theirs[kind.pk].status] if kind.pk in theirs else None)
        for kind in types
        if may_draft or kind.pk in theirs
    ]


@console_view
def show(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show the file of an agreement: what is missing, services, parties, document, gestures."""
    agreement = agreement_or_404(access, number)
    record_view(request, "agreement", agreement, agreement.number)
    on = dates.day_of(timezone.now())
    is_draft = agreement.status == Status.DRAFT
    gaps = rules.gaps(agreement) if is_draft else []
    missing = [(gap.sentence, _where_to_mend(agreement, gap, on=on)) for gap in gaps]
    why_not_send = rules.why_not_make_ready(agreement, by=access.user, on=on)
    parties = list(agreement.parties.select_related("act", "operator", "signatory"))
    slots = {slot.rank: slot for slot in agreement.round.slots.select_related("signed_by")} if agreement.round else {}
    turn = next((rank for rank, slot in sorted(slots.items()) if slot.is_free), None)
    chosen = agreement.chosen()
    entries = access.entries().filter(object_type=Agreement._meta.label_lower, object_id=str(agreement.pk))
    context = {
        "access": access,
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "is_draft": is_draft,
        "missing": missing,
        "cautions": before_sending([agreement], on=on) if is_draft and not missing else [],
        "awaits_the_mairie": bool(rules.awaited_of_the_mairie(gaps)),
        "why_not_remind": rules.why_not_remind_mairie(agreement, by=access.user, on=on),
        "outside": rules.why_for_the_committee(agreement, on=on) if agreement.status in IN_PREPARATION else None,
        "why_not_print": rules.why_not_make_ready(agreement, by=access.user, on=on, for_the_committee=True),
        "approvals": rules.approvals_of_document(agreement),
        "why_not_print_again": rules.why_not_print_again(agreement, by=access.user, on=on),
        "reprint_changes": changes_since(agreement),
        "why_not_of_the_lead": rules.why_not_of_the_lead(agreement.programme, by=access.user, on=on),
        "why_not_conclude": rules.why_not_conclude(agreement, on=on),
        "why_not_change": rules.why_not_change(agreement, by=access.user, on=on),
        "why_not_send": "Complétez d’abord ce qui manque." if missing and why_not_send else why_not_send,
        "why_not_reopen": rules.why_not_reopen(agreement, by=access.user, on=on),
        "why_not_cancel": rules.why_not_cancel(agreement, by=access.user, on=on),
        "sees_document": access.sees_money or agreement.beneficiary_id is None,
        "signs": access.holds(Role.PRESIDENT, Role.CDG_PRESIDENT),
        "why_not_sign": rules.why_not_sign(agreement, by=access.user, on=on),
        "follows": rules.why_not_follow(agreement.beneficiary, agreement.programme, by=access.user, on=on) is None,
        "termination": agreement.terminations.filter(withdrawn_at__isnull=True).first(),
        "suspension": running(agreement),
        "suspended_before": agreement.suspensions.filter(lifted_on__isnull=False),
        "why_not_paper": why_not_record_paper(agreement, signed_on=on, by=access.user, on=on),
        "papers": papers_of(agreement),
        "file": file_of(agreement) if agreement.round else None,
        "parties": [(party, slots.get(party.rank), party.rank == turn, rules.whose_act(party)) for party in parties],
        "to_complete": {gap.party for gap in gaps if gap.about in (rules.Gap.About.SIGNATORY, rules.Gap.About.ACT)},
        "to_date": _to_date(parties, by=access.user, on=on),
        "services": _offer(agreement, chosen),
        "services_form": ServicesForm(None, agreement),
        "chosen": chosen,
        "can_undo": is_draft and undo_key(agreement) in request.session,
        "facts": _facts(agreement, access),
        "lines": journal_lines.read(entries[:12]),
        "changes": changes_of(agreement) if agreement.amends_id and access.sees_money else [],
        "amendments": [(one, STATUSES[one.status]) for one in agreement.amendments],
        "why_not_amend": amendments.why_not_amend(agreement, by=access.user, on=on),
        "letters": agreement.notifications.select_related("party"),
        "letters_offered": [
            (f"{kind.label[:1].upper()}{kind.label[1:]}…", kind.value.replace("_", "-"))
            for kind in Notification.Kind
            if notifications.why_not_notify(agreement, kind, by=access.user, on=on) is None
        ],
        "standings": promises.standings(agreement, on=on),
        "promises_kept": promises.kept_of(agreement),
        "priority_changes": list(priorities.to_look_at(access.agreements().filter(pk=agreement.pk))),
        "why_not_see": priorities.why_not_see(agreement, by=access.user, on=on),
        "beneficiary_url": journal_lines.address_of(agreement.beneficiary) if agreement.beneficiary else "",
        "followers": _followers(agreement, access, on=on),
        "crumbs": [Link("Conventions", reverse("console:agreements")), Link(f"n° {agreement.number}")],
    }
    return render(request, "console/agreement.html", context)


def _followers(agreement: Agreement, access: Access, *, on: date) -> list[User]:
    """To whom this person may entrust it; nobody when they may not, or when it is not in preparation."""
    if rules.why_not_entrust(agreement, None, by=access.user, on=on) is not None:
        return []
    return rules.followers_of(agreement.beneficiary, agreement.programme, on=on)


@gesture
def entrust(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Entrust an agreement in preparation to somebody who sees it through, or to nobody again."""
    agreement = agreement_or_404(access, number)
    forbid_following(access, agreement)
    at = timezone.now()
    to = chosen_officer(request, rules.followers_of(agreement.beneficiary, agreement.programme, on=dates.day_of(at)))
    actions.entrust(agreement, to=to, by=access.user, at=at)
    messages.success(
        request, f"La convention est confiée à {to.name}." if to else "La convention n’est plus confiée à personne."
    )
    return redirect("console:agreement", number)


def _where_to_mend(agreement: Agreement, gap: rules.Gap, *, on: date) -> str:
    """The address where an operator mends a gap; nothing when it is the beneficiary's to mend, or the offer's."""
    about = rules.Gap.About
    is_theirs = gap.about is about.SIGNATORY and gap.party == Party.Kind.BENEFICIARY
    if is_theirs and not rules.signatories(on=on).filter(beneficiary=agreement.beneficiary).exists():
        return invite_signatory(gap.party, agreement.bound)
    if gap.about is about.CHANGES:
        return reverse("console:amendment_terms", args=[agreement.number])
    if gap.about in (about.SIGNATORY, about.ACT):
        return reverse("console:party", args=[agreement.number, gap.party])
    return "#services" if gap.about is about.SERVICES else ""


def _to_date(parties: Iterable[Party], *, by: User, on: date) -> set[int]:
    """The ranks of the parties whose act lacks a date that this person may note."""
    return {
        party.rank
        for party in parties
        if party.act is not None and party.act.executory_on is None and not why_not_may_record(by, party.body, on=on)
    }


def _offer(agreement: Agreement, chosen: list[Service]) -> list[tuple[Service, bool]]:
    taken = {service.pk for service in chosen}
    return [(service, service.pk in taken) for service in agreement.programme.services.all()]


def _facts(agreement: Agreement, access: Access) -> list[Fact]:
    facts = [
        Fact("Programme", agreement.programme.name),
        *([Fact("Modifie", agreement.amends.title)] if agreement.amends else []),
        *(
            [Fact("Suivie par", agreement.followed_by.name if agreement.followed_by else "personne")]
            if agreement.status in IN_PREPARATION
            else []
        ),
        Fact("Durée", f"{agreement.term_months}\u00a0mois"),
        Fact(
            "Prend effet le",
            dates.in_words(agreement.starts_on) if agreement.starts_on else "le jour de la dernière signature",
        ),
    ]
    if agreement.ends_on:
        facts.append(Fact("Prend fin le", dates.in_words(agreement.ends_on)))
    if agreement.type.basis:
        facts.append(Fact("Base de remboursement", agreement.type.basis))
    if agreement.type.equipment:
        facts.append(Fact("Équipements mis à disposition", agreement.type.equipment))
    if access.sees_money and (agreement.annual_price or agreement.beneficiary_id is not None):
        facts.append(
            Fact(
                "Contribution annuelle",
                money.euros(agreement.annual_price),
                " ; ".join(part for part in (agreement.vat_regime, agreement.type.price_note) if part),
            )
        )
    if (kept := agreement.assessment) is not None:
        ordinal = f"{number(kept.rank)}{'er' if kept.rank == 1 else 'e'} rang" if kept.rank else "sans rang"
        priority = "prioritaire" if kept.is_priority else "non prioritaire"
        detail = f"à la rédaction, millésime {kept.vintage.year}"
        facts.append(Fact("Rang de la commune", f"{ordinal}, {priority}", detail))
    if agreement.cdg_reason:
        facts.append(Fact("Autre centre de gestion que celui du département", agreement.cdg_reason))
    facts.append(Fact("Modèle", f"{agreement.text.name}, {agreement.text.version}", _mark(agreement)))
    return facts


def _mark(agreement: Agreement) -> str:
    """The words for what approves the text of an agreement: what it was printed on, or what stands today."""
    if agreement.type.approved_by == AgreementType.ApprovedBy.EACH or agreement.is_for_the_committee:
        found = "le comité syndical approuve la convention elle-même"
    else:
        on = dates.day_of(timezone.now())
        article = agreement.approved_by or empowering.grounds_of(agreement, on=on).approved_by
        found = (
            f"approuvé par l’article {article.number} de l’acte n°\u00a0{article.act.number}"
            if article
            else "aucun acte exécutoire ne l’approuve"
        )
    return f"modèle de démonstration\u00a0; {found}" if agreement.text.is_demonstration else found


# --- Its priority, its document ---------------------------------------------------------------------------------------
@gesture
def see_priority(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Say that the change of priority of the commune was looked at."""
    agreement = agreement_or_404(access, number)
    forbid(priorities.why_not_see(agreement, by=access.user, on=dates.day_of(timezone.now())))
    priorities.see(agreement, by=access.user, at=timezone.now())
    messages.success(request, "C’est noté au journal. La convention n’est pas touchée.")
    return redirect(way_back(request))


def see_document(access: Access, agreement: Agreement) -> None:
    """Answer 403 where money is not seen, but to the parties of an agreement between operators."""
    forbid(rules.why_not_see_document(agreement, sees_money=access.sees_money))


def read_aloud(agreement: Agreement) -> Any:
    """Return the reading page of an agreement, as printed when it was sent, or as it would be today."""
    at = agreement.round.opened_at if agreement.round else timezone.now()
    return agreement_html(build(agreement, at=at), agreement.text.body)


@console_view
def read(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Show the words of the agreement."""
    agreement = agreement_or_404(access, number)
    see_document(access, agreement)
    record_view(request, "agreement_text", agreement, agreement.number)
    context = {
        "agreement": agreement,
        "look": STATUSES[agreement.status],
        "words": read_aloud(agreement),
        "crumbs": crumbs(agreement, "Texte"),
    }
    return render(request, "console/agreement_text.html", context)


@console_view
def download(request: HttpRequest, access: Access, number: str) -> HttpResponse:
    """Give the PDF as it stands, checked against its fingerprint."""
    agreement = agreement_or_404(access, number)
    see_document(access, agreement)
    if agreement.round is None:
        raise Http404("Cette convention est encore un projet : elle n’a pas de PDF.")
    record_view(request, "agreement_file", agreement, agreement.number)
    content = documents.read(agreement.round.current)
    return attachment(content, filename=file_of(agreement).name, content_type="application/pdf")
