"""Asking to join a programme: finding one's commune, the form, and the links of the letters."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from socle.joining import actions, email_links, rules
from socle.joining.forms import AskForm, BodyForm
from socle.joining.models import JoinLink, JoinRequest, Status
from socle.joining.queries import find_communes, road_of
from socle.lib.dates import day_of
from socle.lib.limits import visitor, why_not_yet
from socle.lib.refusals import Refused
from socle.lib.siret import spaced
from socle.people.models import User
from socle.programme.eligibility import departments_of
from socle.programme.models import Programme
from socle.public.views.programme import programme_or_404
from socle.territory.models import Commune, FormerCommune
from socle.ui.shapes import Fact

Purpose = JoinLink.Purpose
SENT = "socle.joining.sent"
UNKNOWN = (
    "Ce lien ne correspond à aucune demande. S’il est coupé sur deux lignes dans votre messagerie, recopiez-le en "
    "entier ; une demande que personne n’a confirmée à temps est effacée : il faut alors la refaire."
)


# --- Finding the commune ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Found:
    """A commune that answers to what was typed, and why nobody can ask for it, if so."""

    commune: Commune
    why_not: str | None


def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Find one's commune by its name, its postal code or its INSEE code."""
    programme = programme_or_404(code)
    typed = request.GET.get("q", "").strip()[:80]
    communes, has_more = find_communes(typed, departments_of(programme)) if typed else ([], False)
    found = [Found(one, rules.why_not_ask_for_commune(programme, one)) for one in communes]
    context = {"programme": programme, "typed": typed, "found": found, "has_more": has_more}
    return render(request, "public/join_choose.html", context)


def commune_or_404(insee_code: str) -> Commune:
    """Return the commune of this code, or of the one that it merged into."""
    commune = Commune.objects.select_related("department", "merged_into").filter(insee_code=insee_code).first()
    if commune is None:
        part = FormerCommune.objects.select_related("commune__department").filter(insee_code=insee_code).first()
        commune = part.commune if part is not None else None
    if commune is None:
        raise Http404("Aucune commune ne porte ce code.")
    return commune.heir


# --- Asking -----------------------------------------------------------------------------------------------------------
def ask(request: HttpRequest, code: str, insee_code: str) -> HttpResponse:
    """Ask in the name of a commune; one that merged leads to its heir."""
    programme, commune = programme_or_404(code), commune_or_404(insee_code)
    if commune.insee_code != insee_code:
        return redirect("join_ask", code, commune.insee_code)
    form = AskForm(request.POST or None, programme=programme, place=insee_code, at=timezone.now())
    why_not = rules.why_not_ask_for_commune(programme, commune)
    context = {"programme": programme, "commune": commune, "form": form, "why_not": why_not}
    return _asking(request, programme, form, context, commune=commune)


def ask_for_body(request: HttpRequest, code: str) -> HttpResponse:
    """Ask in the name of another public body, known by its SIRET."""
    programme = programme_or_404(code)
    served = sorted(departments_of(programme).values(), key=lambda one: one.code)
    form = BodyForm(
        request.POST or None, programme=programme, place="etablissement", at=timezone.now(), departments=served
    )
    return _asking(request, programme, form, {"programme": programme, "form": form, "why_not": None})


def _asking(
    request: HttpRequest,
    programme: Programme,
    form: AskForm,
    context: dict[str, object],
    commune: Commune | None = None,
) -> HttpResponse:
    status = 409 if context["why_not"] else 200
    if request.method == "POST" and not context["why_not"]:
        status = 422
        if form.is_valid():
            if wait := _why_wait(request, form.cleaned_data["email"]):
                form.add_error(None, wait)
                status = 429
            elif (made := _ask(programme, form, commune)) is not None:
                return redirect("join_sent", signing.dumps(made.reference, salt=SENT))
    return render(request, "public/join_ask.html", context, status=status)


def _why_wait(request: HttpRequest, email: str) -> str | None:
    """Each request writes to an address that somebody typed: few from one visitor, to one address, and in all."""
    return (
        why_not_yet(f"join:{visitor(request)}", limit=10, per=3600)
        or why_not_yet(f"join-to:{email.strip().lower()}", limit=4, per=24 * 3600)
        or why_not_yet("join-all", limit=200, per=3600)
    )


def _ask(programme: Programme, form: AskForm, commune: Commune | None) -> JoinRequest | None:
    said = form.cleaned_data
    chosen = said["services"]
    department = said.get("department")
    try:
        return actions.ask(
            programme,
            commune=commune,
            body_name=said.get("body_name", ""),
            legal_form=said.get("legal_form", ""),
            siret_number=said.get("siret_number", ""),
            department=next((one for one in departments_of(programme).values() if one.code == department), None),
            name=said["name"],
            function=JoinRequest.Function(said["function"]),
            email=said["email"],
            services=[service for service in programme.services.all() if service.code in chosen],
            words=said["words"],
            form=form.form_id,
            by=User.objects.system(),
            at=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return None


@never_cache
def sent(request: HttpRequest, signed: str) -> HttpResponse:
    """Say to which address the link was written; for an hour, to whoever has just sent the form."""
    try:
        reference = signing.loads(signed, salt=SENT, max_age=3600)
    except signing.BadSignature:
        reference = ""
    made = JoinRequest.objects.filter(reference=reference, status=Status.RECEIVED).select_related("programme").first()
    if made is None:
        return _stopped(request, "Cette page ne se montre qu’une heure : le lien reçu suffit pour la suite.", 410)
    return render(request, "public/join_sent.html", {"asked": made})


# --- The links of the letters -----------------------------------------------------------------------------------------
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the address. Opening the link only shows a button: programs that read messages open links."""
    if wait := _too_many_links(request):
        return _stopped(request, wait, 429)
    link, at = email_links.read(token, Purpose.CONFIRM), timezone.now()
    if link is None:
        return _stopped(request, UNKNOWN, 404)
    if reason := rules.why_not_confirm(link, at=at):
        return _stopped(request, reason, 410, programme=link.request.programme)
    if request.method == "POST":
        try:
            made = actions.confirm(link, by=User.objects.system(), at=at)
        except Refused as refusal:
            return _stopped(request, refusal.sentence, 409, programme=link.request.programme)
        messages.success(request, "Votre demande est confirmée. L’accusé de réception part à votre adresse.")
        return redirect("join_follow", email_links.draw(made, Purpose.FOLLOW, at=at))
    return render(request, "public/join_confirm.html", {"asked": link.request, "facts": _facts(link.request)})


@never_cache
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Show where the request stands, to whoever holds a link; one that is too old brings another by e-mail."""
    if wait := _too_many_links(request):
        return _stopped(request, wait, 429)
    link, at = email_links.read(token, Purpose.FOLLOW), timezone.now()
    if link is None:
        return _stopped(request, UNKNOWN, 404)
    if link.is_expired(at):
        return _renew(request, link)
    asked = link.request
    why_not_withdraw = rules.why_not_withdraw(asked, by=User.objects.system(), on=day_of(at))
    if request.method == "POST":
        try:
            if request.POST.get("geste") == "maintenir":
                actions.maintain(asked, by=User.objects.system(), at=at)
                messages.success(request, "Votre demande est maintenue. Merci de l’avoir dit.")
                return redirect("join_follow", token)
            actions.withdraw(asked, by=User.objects.system(), at=at)
        except Refused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, "Votre demande est retirée. Vous pourrez en refaire une quand vous voudrez.")
        return redirect("join_follow", token)
    context = {
        "asked": asked,
        "road": road_of(asked),
        "facts": _facts(asked),
        "why_not_withdraw": why_not_withdraw,
        "why_not_maintain": rules.why_not_maintain(asked, by=User.objects.system(), on=day_of(at)),
        "goes_on": rules.goes_on(asked),
    }
    return render(request, "public/join_follow.html", context)


def _renew(request: HttpRequest, link: JoinLink) -> HttpResponse:
    if request.method == "POST":
        if wait := why_not_yet(f"join-renew:{link.request_id}", limit=3, per=3600):
            return _stopped(request, wait, 429)
        try:
            actions.send_new_link(link.request, by=User.objects.system(), at=timezone.now())
        except Refused as refusal:
            return _stopped(request, refusal.sentence, 410, programme=link.request.programme)
        return _stopped(request, "Un nouveau lien vient de partir à l’adresse de la demande.", 200)
    sentence = "Ce lien a expiré. Un nouveau peut partir à l’adresse de la demande, et à nulle autre."
    return _stopped(request, sentence, 410, can_renew=True)


@never_cache
def object_to(request: HttpRequest, token: str) -> HttpResponse:
    """Let the mairie say that it did not want the request made in its name."""
    if wait := _too_many_links(request):
        return _stopped(request, wait, 429)
    link, at = email_links.read(token, Purpose.OBJECT), timezone.now()
    if link is None:
        return _stopped(request, UNKNOWN, 404)
    if link.is_expired(at):
        return _stopped(request, "Ce lien a expiré : écrivez à l’opérateur du programme.", 410)
    asked = link.request
    if reason := rules.why_not_object(asked):
        return _stopped(request, reason, 409, programme=asked.programme)
    if request.method == "POST":
        try:
            actions.object_to(asked, by=User.objects.system(), at=at)
        except Refused as refusal:
            return _stopped(request, refusal.sentence, 409, programme=asked.programme)
        return _stopped(
            request,
            "Votre opposition est notée. L’opérateur en est prévenu et vous appellera ; rien n’avancera d’ici là.",
            200,
            programme=asked.programme,
        )
    return render(request, "public/join_object.html", {"asked": asked, "facts": _facts(asked)})


def _too_many_links(request: HttpRequest) -> str | None:
    return why_not_yet(f"join-link:{visitor(request)}", limit=60, per=600)


def _facts(asked: JoinRequest) -> list[Fact]:
    facts = [Fact("Référence", asked.reference), Fact("Pour", asked.place_name)]
    if asked.commune is None:
        facts.append(Fact("SIRET", spaced(asked.siret)))
    if asked.name:
        facts.append(Fact("Demandé par", asked.name, asked.get_function_display()))
    wished = ", ".join(service.name for service in asked.services.all())
    facts.append(Fact("Services souhaités", wished or "à choisir avec l’opérateur"))
    if asked.words:
        facts.append(Fact("Message", asked.words))
    return facts


def _stopped(
    request: HttpRequest,
    sentence: str,
    status: int,
    *,
    programme: Programme | None = None,
    can_renew: bool = False,
) -> HttpResponse:
    context = {"sentence": sentence, "programme": programme, "can_renew": can_renew, "is_done": status == 200}
    return render(request, "public/join_stopped.html", context, status=status)
