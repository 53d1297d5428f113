"""Claims: what is missing before anything is asked, then certified, visaed, sent, answered, paid and paid on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from django import forms
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.documents.serving import served
from socle.grants import archives, exports, queries, rules, statements
from socle.grants.actions import claims, operations
from socle.grants.desk import forms as grant_forms
from socle.grants.desk.operations import crumbs, operation_or_404, require_lead
from socle.grants.models import Claim, ClaimStatus, Operation, Paper, Statement
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.lib.spreadsheet import FORMATS
from socle.provisioning.desk.access import Access, console_view, gesture, here, open_to_control, record_view
from socle.provisioning.desk.lists import attachment, page_of
from socle.ui.shapes import Column, Link, road
from socle.ui.submit import refusal_shown_in

STAGES = ("Préparée", "Certifiée", "Visée", "Envoyée", "Contrôlée", "Payée")
LINES = (
    Column("Ligne"), Column("Dépense"), Column("Partenaire"), Column("Demandé", is_number=True),
    Column("Accepté", is_number=True),
)  # fmt: skip
FILES = (("etat.pdf", "PDF"), ("etat.xlsx", "XLSX"), ("lignes.csv", "CSV"), ("pieces.zip", "Pièces (ZIP)"))
SHOWN = 20


def claim_or_404(access: Access, operation: Operation, number: int) -> Claim:
    """Return a claim of an operation that this operator takes part in, or answer 404."""
    return get_object_or_404(operation.claims.select_related("operation"), number=number)


def _is_lead(access: Access, operation: Operation) -> bool:
    return operation.partners.filter(operator=access.operator, is_lead=True).exists()


def _mine(access: Access, claim: Claim) -> list[Statement]:
    """The statements that this operator reads: all for the lead, its own for another."""
    found = claim.statements.select_related(
        "partner__operator", "partner__operation", "certified_by", "document", "visa", "claim__operation"
    )
    rows = list(found)
    return (
        rows if _is_lead(access, claim.operation) else [one for one in rows if one.partner.operator == access.operator]
    )


# --- Before ----------------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def prepare(request: HttpRequest, access: Access, operation_id: int) -> HttpResponse:
    """Show what the next claim would hold and what is missing, line by line; then prepare it."""
    operation = operation_or_404(access, operation_id)
    at, on = timezone.now(), dates.day_of(timezone.now())
    if request.method == "POST":
        require_lead(access, operation)
        try:
            claim = claims.prepare(operation, is_balance="solde" in request.POST, by=access.user, at=at)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
            return redirect(here("claim_prepare"), operation.pk)
        messages.success(request, f"La demande n°\u00a0{claim.number} est prête à être certifiée.")
        return redirect(here("claim"), operation.pk, claim.number)
    partners = queries.partners_seen(operation, access.operator)
    found = queries.unclaimed_by(operation, partners)
    context = {
        "operation": operation,
        "crumbs": crumbs(operation),
        "blocking": queries.blocking([operation], access.operator),
        "at_risk": queries.at_risk([queries.plan_of(operation, partners)], on=on),
        "found": found,
        "waiting": found.waiting[:SHOWN],
        "leads": rules.why_not_lead(access.user, operation, on=on) is None,
        "why_not": rules.why_not_prepare(operation, on=on),
    }
    return render(request, "grants/grant_prepare.html", context)


# --- One claim -------------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def show(request: HttpRequest, access: Access, operation_id: int, number: int) -> HttpResponse:
    """Show a claim: where it stands, the statement of each partner, its lines, what is due to each."""
    operation = operation_or_404(access, operation_id)
    return _page(request, access, claim_or_404(access, operation, number))


def _page(
    request: HttpRequest, access: Access, claim: Claim, *, wrong: tuple[str, int, forms.Form] | None = None
) -> HttpResponse:
    operation, on = claim.operation, dates.day_of(timezone.now())
    mine = _mine(access, claim)
    seen = [one.partner_id for one in mine]
    is_leading = rules.why_not_lead(access.user, operation, on=on) is None
    lines = claim.lines.filter(partner__in=seen).select_related("expense", "category", "partner__operator")
    context: dict[str, Any] = {
        "operation": operation,
        "here": reverse(here("claim"), args=[operation.pk, claim.number]),
        "files": [_file_link(claim, *one) for one in FILES],
        "claim": claim,
        "crumbs": crumbs(operation),
        "steps": road(STAGES, _reached(claim)),
        "statements": [_statement(access, one, on, wrong) for one in mine],
        "is_lead": _is_lead(access, operation),
        "leads": is_leading,
        "page": page_of(request, lines.order_by("rank")),
        "columns": LINES,
        "dues": [(one, one.days(on), _form("due", one.statement.pk, grant_forms.PaidOnForm, wrong))
                 for one in queries.dues(claim) if one.statement.partner_id in seen],
        "why_not_send": rules.why_not_send(claim, list(claim.statements.select_related("partner__operator"))),
    }  # fmt: skip
    if is_leading:
        context |= {
            "send_form": _form("send", 0, grant_forms.DayForm, wrong),
            "answer_form": _form("answer", 0, grant_forms.AnswerForm, wrong),
            "money_form": _form("money", 0, grant_forms.MoneyForm, wrong),
        }
    return render(request, "grants/grant_claim.html", context, status=422 if wrong else 200)


def _file_link(claim: Claim, name: str, label: str) -> Link:
    return Link(label, reverse(here("claim_file"), args=[claim.operation_id, claim.number, name]))


def _form(name: str, key: int, of: type[forms.Form], wrong: tuple[str, int, forms.Form] | None) -> forms.Form:
    """The form of this name and row: the one that is wrong, as it was sent, or a new one."""
    if wrong is not None and wrong[:2] == (name, key):
        return wrong[2]
    return of(prefix=f"{name}-{key}")


def _reached(claim: Claim) -> int:
    if claim.status == ClaimStatus.PREPARED:
        found = list(claim.statements.all())
        if not all(one.certified_at for one in found):
            return 1
        return 3 if all(one.visa_on for one in found) else 2
    return {ClaimStatus.SENT: 4, ClaimStatus.ANSWERED: 5, ClaimStatus.PAID: 6}.get(ClaimStatus(claim.status), 0)


def _statement(access: Access, one: Statement, on: Any, wrong: Any) -> dict[str, Any]:
    keeps = rules.why_not_keep(access.user, one.partner, on=on) is None
    may_visa = keeps and one.certified_at is not None and one.visa_on is None
    may_certify = rules.why_not_certify(access.user, one, on=on) is None
    is_open = one.claim.status == ClaimStatus.PREPARED
    return {
        "row": one,
        "certify_form": _form("certify", one.pk, grant_forms.CertifyForm, wrong) if may_certify else None,
        "visa_form": _form("visa", one.pk, grant_forms.VisaForm, wrong) if may_visa and is_open else None,
    }


def _done(
    request: HttpRequest, access: Access, claim: Claim, place: tuple[str, int], form: forms.Form,
    act: Callable[[dict[str, Any]], object], says: str,
) -> HttpResponse:  # fmt: skip
    if form.is_valid():
        with refusal_shown_in(form):
            act(form.cleaned_data)
            messages.success(request, says)
            return redirect(here("claim"), claim.operation_id, claim.number)
    return _page(request, access, claim, wrong=(*place, form))


def _gesture_of(access: Access, operation_id: int, number: int) -> Claim:
    return claim_or_404(access, operation_or_404(access, operation_id), number)


def _statement_or_404(access: Access, claim: Claim, statement_id: int) -> Statement:
    for one in _mine(access, claim):
        if one.pk == statement_id:
            return one
    raise Http404("Cet état n’est pas des vôtres.")


@gesture
def certify(request: HttpRequest, access: Access, operation_id: int, number: int, statement_id: int) -> HttpResponse:
    """Certify the statement of a partner, in the name of its representative."""
    claim = _gesture_of(access, operation_id, number)
    one = _statement_or_404(access, claim, statement_id)
    form = grant_forms.CertifyForm(request.POST, prefix=f"certify-{one.pk}")
    return _done(
        request, access, claim, ("certify", one.pk), form,
        lambda said: claims.certify(one, **said, by=access.user, at=timezone.now()),
        "L’état est certifié\u00a0: imprimez-le, et faites-le viser par le comptable.",
    )  # fmt: skip


@gesture
def visa(request: HttpRequest, access: Access, operation_id: int, number: int, statement_id: int) -> HttpResponse:
    """Record the statement that a comptable signed."""
    claim = _gesture_of(access, operation_id, number)
    one = _statement_or_404(access, claim, statement_id)
    form = grant_forms.VisaForm(request.POST, request.FILES, prefix=f"visa-{one.pk}")

    def act(said: dict[str, Any]) -> None:
        content = said.pop("document")
        handed = claims.Visa(content=content, content_type="application/pdf", **said)
        claims.record_visa(one, handed, by=access.user, at=timezone.now())

    return _done(request, access, claim, ("visa", one.pk), form, act, "Le visa est enregistré.")


@gesture
def send(request: HttpRequest, access: Access, operation_id: int, number: int) -> HttpResponse:
    """Note that the claim left, or cancel it before."""
    claim, at = _gesture_of(access, operation_id, number), timezone.now()
    require_lead(access, claim.operation)
    if "annuler" in request.POST:
        claims.cancel(claim, by=access.user, at=at)
        messages.success(request, "La demande est annulée\u00a0: ses dépenses sont de nouveau libres.")
        return redirect(here("grant"), operation_id)
    form = grant_forms.DayForm(request.POST, prefix="send-0")
    return _done(
        request, access, claim, ("send", 0), form, lambda said: claims.send(claim, **said, by=access.user, at=at),
        "La demande est notée comme envoyée.",
    )  # fmt: skip


@gesture
def answer(request: HttpRequest, access: Access, operation_id: int, number: int) -> HttpResponse:
    """Note the answer of the authority, line by line."""
    claim, at = _gesture_of(access, operation_id, number), timezone.now()
    require_lead(access, claim.operation)
    form = grant_forms.AnswerForm(request.POST, request.FILES, prefix="answer-0")

    def act(said: dict[str, Any]) -> None:
        refuse(rules.why_not_claim_move(claim, ClaimStatus.ANSWERED))
        letter = None
        if said["letter"]:
            letter = operations.add_paper(
                claim.operation, said["letter"], kind=Paper.Kind.ANSWER, name=f"Réponse à la demande {claim.number}",
                filename="reponse.pdf", by=access.user, at=at,
            )  # fmt: skip
        claims.note_answer(claim, _answers(said["lines"]), on=said["on"], letter=letter, by=access.user, at=at)

    return _done(request, access, claim, ("answer", 0), form, act, "La réponse est notée.")


def _answers(written: str) -> list[claims.Answer]:
    """Read « 12 ; 0,00 ; hors projet », a line each. Raises Refused, with the line."""
    found = []
    for rank, line in enumerate(written.splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(";", 2)]
        try:
            number, amount = int(parts[0]), Decimal("".join(parts[1].split()).replace(",", ".").replace("€", ""))
        except (ValueError, IndexError, InvalidOperation) as error:
            raise Refused(
                f"Réponse, ligne {rank}\u00a0: écrivez un numéro, un montant et un motif, comme "
                "«\u00a012\u00a0; 0\u00a0; hors projet\u00a0»."
            ) from error
        found.append(claims.Answer(number, amount, parts[2] if len(parts) > 2 else ""))
    return found


@gesture
def receive(request: HttpRequest, access: Access, operation_id: int, number: int) -> HttpResponse:
    """Note the aid received by the lead."""
    claim = _gesture_of(access, operation_id, number)
    require_lead(access, claim.operation)
    form = grant_forms.MoneyForm(request.POST, prefix="money-0")
    return _done(
        request, access, claim, ("money", 0), form,
        lambda said: claims.note_received(claim, **said, by=access.user, at=timezone.now()),
        "L’aide reçue est notée\u00a0: voici ce qui est dû à chaque partenaire.",
    )  # fmt: skip


@gesture
def pay_on(request: HttpRequest, access: Access, operation_id: int, number: int, statement_id: int) -> HttpResponse:
    """Note what was paid on to a partner, or recovered from it."""
    claim = _gesture_of(access, operation_id, number)
    one = _statement_or_404(access, claim, statement_id)
    require_lead(access, claim.operation)
    form = grant_forms.PaidOnForm(request.POST, prefix=f"due-{one.pk}")
    return _done(
        request, access, claim, ("due", one.pk), form,
        lambda said: claims.pay_on(one, **said, by=access.user, at=timezone.now()), "Le reversement est noté.",
    )  # fmt: skip


# --- Files -----------------------------------------------------------------------------------------------------------
@console_view
@open_to_control
def statement_file(
    request: HttpRequest, access: Access, operation_id: int, number: int, statement_id: int, which: str
) -> HttpResponse:
    """Serve a statement as certified, as visaed, or as it stands to be read before that."""
    claim = _gesture_of(access, operation_id, number)
    one = _statement_or_404(access, claim, statement_id)
    record_view(request, "grant_statement", claim.operation, str(one.pk))
    name = f"etat-{one.partner.operator.code}-demande-{claim.number}"
    kept = {"certifie": one.document, "vise": one.visa}.get(which)
    if kept is not None:
        return served(kept, name=f"{name}-{which}")
    if which != "lire":
        raise Http404("Cet état n’est pas encore signé.")
    pdf = statements.as_pdf(claim, [one], at=timezone.now())
    return attachment(pdf, filename=f"{name}.pdf", content_type="application/pdf")


@console_view
@open_to_control
def claim_file(request: HttpRequest, access: Access, operation_id: int, number: int, name: str) -> HttpResponse:
    """Give the files of a claim to the lead: the statement (XLSX, PDF), the lines (CSV), the archive of evidence."""
    claim = _gesture_of(access, operation_id, number)
    if not _is_lead(access, claim.operation):
        raise Http404("Ces fichiers sont ceux du chef de file.")
    record_view(request, "grant_claim_file", claim.operation, f"{claim.number}-{name}")
    stem, at = f"demande-{claim.number}", timezone.now()
    if name == "etat.xlsx":
        content = BytesIO()
        exports.write_statement(claim, content)
        return attachment(content.getvalue(), filename=f"{stem}.xlsx", content_type=FORMATS["xlsx"])
    if name == "lignes.csv":
        content = BytesIO()
        exports.write_french_lines(claim, content)
        return attachment(content.getvalue(), filename=f"{stem}.csv", content_type=FORMATS["csv"])
    if name == "etat.pdf":
        pdf = exports.whole_pdf(claim, at=at)
        return attachment(pdf, filename=f"{stem}.pdf", content_type="application/pdf")
    if name != "pieces.zip":
        raise Http404("Ce fichier n’existe pas.")
    if archives.weight_of(claim) > archives.LIGHT:
        return _heavy(request, access, claim, stem)
    # On the disk; its name is taken away at once, and its bytes as it is closed.
    folder = Path(tempfile.mkdtemp(prefix="socle-pieces-"))
    path = folder / "pieces.zip"
    try:
        exports.write_evidence(claim, path, at=at)
        file = path.open("rb")
    finally:
        path.unlink(missing_ok=True)
        folder.rmdir()
    return _zip(file, stem)


def _zip(file: IO[bytes], stem: str) -> HttpResponse:
    response = FileResponse(file, as_attachment=True, filename=f"{stem}-pieces.zip", content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return cast(HttpResponse, response)


def _heavy(request: HttpRequest, access: Access, claim: Claim, stem: str) -> HttpResponse:
    """Hand the archive that is made already; else ask for it, and say that it is being made."""
    if claim.archive_made_at is not None and "neuve" not in request.GET:
        try:
            return _zip(default_storage.open(claim.archive), stem)
        except OSError as error:
            raise Refused(
                "L’archive ne peut pas être lue en ce moment\u00a0: réessayez dans quelques minutes."
            ) from error
    archives.ask(claim, by=access.user, at=timezone.now())
    messages.info(request, "L’archive des pièces se prépare\u00a0: revenez la prendre ici dans quelques minutes.")
    return redirect(here("claim"), claim.operation_id, claim.number)
