"""The acts of the beneficiary: what to decide, what was decided, what it is, and its road."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from socle.agreements import actions as agreements
from socle.agreements.models import Agreement, Party, Status
from socle.assemblies.models import Assembly
from socle.deliberations import actions, sending
from socle.deliberations.matters import name_of, only_suggested, suggested, two_levels_of
from socle.deliberations.models import Act, Author, Road, Transmission, TransmissionAccount
from socle.deliberations.open_data import why_left_out
from socle.deliberations.rules import (
    next_number,
    why_empowers_nobody,
    why_not_choose,
    why_not_may_record,
    why_not_put_online,
    why_not_show,
)
from socle.deliberations.text import compose
from socle.deliberations.transmission_presenters import sent_under
from socle.deliberations.transmission_rules import why_not_electronic, why_not_go
from socle.documents import actions as documents
from socle.documents.models import Document
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.lib.text import folded
from socle.mairie.access import act_or_404, acts_of, gesture, mairie_view, person
from socle.mairie.files import leave
from socle.mairie.forms import (
    ActForm,
    DescriptionForm,
    DocumentForm,
    HeldBackForm,
    KindForm,
    NotificationForm,
    PublicationForm,
    ReceptionForm,
)
from socle.mairie.publishing.access import site_of
from socle.mairie.publishing.forms import OnlineActForm
from socle.people.acting import opens
from socle.people.capabilities import Capability
from socle.people.exports import in_portions
from socle.people.models import Beneficiary, Role, User
from socle.sites.frame import act_path
from socle.ui.shapes import files_of
from socle.ui.submit import refusal_shown_in

PER_PAGE = 30
# An act, and the numbers of the agreements that stand on it.
SHEET: Sheet[tuple[Act, str]] = Sheet(
    "acts",
    "deliberations",
    "Délibérations",
    (
        Field("Numéro", lambda row: row[0].number, Kind.CODE),
        Field("Assemblée", lambda row: row[0].body),
        Field("Objet", lambda row: row[0].subject),
        Field("Adoptée le", lambda row: row[0].adopted_on, Kind.DAY),
        Field("Reçue en préfecture le", lambda row: row[0].received_on, Kind.DAY),
        Field("Publiée le", lambda row: row[0].published_on, Kind.DAY),
        Field("Non transmissible", lambda row: row[0].not_transmissible_because),
        Field("Exécutoire le", lambda row: row[0].executory_on, Kind.DAY),
        Field("Rattachée à la convention", lambda row: row[1]),
        Field("Texte déposé", lambda row: row[0].document_id is not None, Kind.YES_NO),
        Field("Fictive", lambda row: row[0].is_fictitious, Kind.YES_NO),
        Field("Nature", lambda row: row[0].get_kind_display()),
        Field("Mise en ligne le", lambda row: row[0].put_online_at, Kind.INSTANT),
        Field("Mode de publication", lambda row: row[0].get_mode_display()),
        Field("Notifiée le", lambda row: row[0].notified_on, Kind.DAY),
        Field("Matière", lambda row: name_of(row[0].matter)),
        Field("Auteur ou autrice", lambda row: str(row[0].author)),
    ),
)


def assembly_of(beneficiary: Beneficiary) -> str:
    """Name the assembly, as its acts do."""
    return "conseil municipal" if beneficiary.kind == Beneficiary.Kind.COMMUNE else "assemblée délibérante"


def author_of(beneficiary: Beneficiary, kind: str) -> str:
    """Name whose act one of this kind is: the assembly's, or what is signed by whoever presides."""
    if kind in (Act.Kind.REGULATION, Act.Kind.DECISION, Act.Kind.INDIVIDUAL):
        return "maire" if beneficiary.kind == Beneficiary.Kind.COMMUNE else "présidence"
    return assembly_of(beneficiary)


def mayor_of(beneficiary: Beneficiary, *, on: date) -> Author:
    """Who answers for the acts of this body, when it is known: its mayor, or whoever represents it."""
    held = beneficiary.memberships.active_on(on).filter(role=Role.MAYOR, user__is_active=True)
    found = held.select_related("user").order_by("pk").first()
    if found is None:
        return Author()
    usual = "maire" if beneficiary.kind == Beneficiary.Kind.COMMUNE else "représentant légal"
    return Author(found.user.name, found.quality or usual)


def _author_in(facts: dict[str, Any], beneficiary: Beneficiary, *, on: date) -> Author:
    """Who was typed, or else the mayor."""
    typed = Author(facts["author_name"].strip(), facts["author_quality"].strip())
    return typed or mayor_of(beneficiary, on=on)


def _draft() -> Agreement | None:
    """The draft an act may be attached to, if there is one."""
    draft: Agreement | None = Agreement.every.filter(status=Status.DRAFT).select_related("beneficiary").first()
    return draft


@mairie_view
def show_all(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Show the acts recorded; when there is none, what to deliberate and a model of it."""
    on = dates.day_of(timezone.now())
    every = acts_of(request, beneficiary)
    page = Paginator(_asked(request, beneficiary).select_related("document"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    acts = list(page.object_list)
    return render(
        request,
        "mairie/acts.html",
        {
            "beneficiary": beneficiary,
            "assembly": assembly_of(beneficiary),
            "acts": acts,
            "page": page,
            "q": request.GET.get("q", "")[:100],
            "has_acts": bool(acts) or every.exists(),
            "to_qualify": every.filter(kind=Act.Kind.UNQUALIFIED).count(),
            "left_out": why_left_out(Act.objects.public().filter(beneficiary=beneficiary), on=on),
            "kind": KindForm(),
            "attached": set(Party.objects.filter(act__in=acts).values_list("act_id", flat=True)),
            "has_draft": _draft() is not None,
            "today": on,
            "files": files_of(request, "mairie:acts_file"),
        },
    )


def _asked(request: HttpRequest, beneficiary: Beneficiary) -> QuerySet[Act]:
    """The acts that this person reads, those that the search finds."""
    return acts_of(request, beneficiary).found_by(request.GET.get("q", ""))


@mairie_view
def export(request: HttpRequest, beneficiary: Beneficiary, format: str) -> HttpResponse:
    """Give the acts recorded as a file; their texts are read one by one."""
    rows = in_portions(_asked(request, beneficiary), _with_agreements)
    return leave(request, beneficiary, SHEET, rows, format)


def _with_agreements(acts: list[Act]) -> list[tuple[Act, str]]:
    """Each act with the numbers of the agreements that stand on it; one query, whatever their number."""
    numbers: dict[int, list[str]] = {}
    for act_id, number in Party.objects.filter(act__in=acts).values_list("act_id", "agreement__number"):
        numbers.setdefault(act_id, []).append(number)
    return [(act, ", ".join(sorted(numbers.get(act.pk, [])))) for act in acts]


@mairie_view
def record(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Record an act, with its text when one has it, and attach it to the draft."""
    user, at = person(request), timezone.now()
    if reason := why_not_may_record(user, beneficiary, on=dates.day_of(at)):
        raise PermissionDenied(reason)
    draft = _draft()
    mayor = mayor_of(beneficiary, on=dates.day_of(at))
    initial = {"author_name": mayor.name, "author_quality": mayor.quality}
    if draft is not None:
        subject = f"Convention tripartite «\u00a0{draft.programme.name}\u00a0»"
        initial |= {"kind": Act.Kind.DELIBERATION.value, "subject": subject}
    form = ActForm(
        request.POST or None, request.FILES or None, can_attach=draft is not None, initial=initial, is_kept=False
    )
    if request.method == "POST" and form.is_valid():
        try:
            act = _record(form, beneficiary, draft, user)
        except Refused as refusal:
            if known := _recorded_already(form, beneficiary):
                messages.info(request, f"Cet acte est déjà enregistré\u00a0: {known.name}.")
                return redirect("mairie:act", known.pk)
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"Acte enregistré\u00a0: {act.name}.")
            return redirect("mairie:act", act.pk)
    return render(
        request,
        "mairie/act_form.html",
        {"beneficiary": beneficiary, "assembly": assembly_of(beneficiary), "form": form},
        status=422 if form.errors else 200,
    )


@documents.unless_refused()
def _record(form: ActForm, beneficiary: Beneficiary, draft: Agreement | None, user: User) -> Act:
    facts, at = form.cleaned_data, timezone.now()
    document = None
    if facts["document"]:
        document = _keep(facts["document"], facts["number"], beneficiary, user)
    is_individual = facts["kind"] in Act.HELD_BACK
    act = actions.record_act(
        beneficiary,
        kind=facts["kind"],
        body=author_of(beneficiary, facts["kind"]),
        number=facts["number"],
        subject=facts["subject"],
        adopted_on=facts["adopted_on"],
        received_on=facts["received_on"],
        published_on=None if is_individual else facts["published_on"],
        notified_on=facts["published_on"] if is_individual else None,
        mode=facts["mode"],
        matter=facts["matter"] or only_suggested(facts["subject"]),
        author=_author_in(facts, beneficiary, on=dates.day_of(at)),
        not_transmissible_because=facts["not_transmissible_because"],
        document=document,
        by=user,
        at=at,
    )
    # The box is about a deliberation: ticked beforehand, it says nothing of an act of another kind.
    if draft is not None and facts.get("attach") and why_empowers_nobody(act) is None:
        agreements.complete_party(draft, kind=Party.Kind.BENEFICIARY, act=act, by=user, at=at)
    return act


def _keep(content: bytes, number: str, beneficiary: Beneficiary, user: User) -> Document:
    return documents.keep(
        content,
        title=f"Acte {number}, {beneficiary.name}",
        filename=f"acte-{number}.pdf",
        beneficiary=beneficiary,
        by=user,
        at=timezone.now(),
    )


def _recorded_already(form: ActForm, beneficiary: Beneficiary) -> Act | None:
    """The very same act, sent twice by two clicks: it is shown, not refused."""
    facts = form.cleaned_data
    day = "notified_on" if facts["kind"] in Act.HELD_BACK else "published_on"
    return Act.objects.filter(
        beneficiary=beneficiary,
        number=facts["number"].strip(),
        subject=facts["subject"],
        adopted_on=facts["adopted_on"],
        received_on=facts["received_on"],
        **{day: facts["published_on"]},
    ).first()


@mairie_view
def put_online(request: HttpRequest, beneficiary: Beneficiary) -> HttpResponse:
    """Record an act with its text, and ask the site to show it; what must not go online is kept, and why is said."""
    user, at = person(request), timezone.now()
    if reason := why_not_may_record(user, beneficiary, on=dates.day_of(at), capability=Capability.PUBLISH):
        raise PermissionDenied(reason)
    if site_of(beneficiary) is None:
        messages.info(
            request, "Votre organisme n’a pas encore de site\u00a0: l’acte s’enregistre, et s’affiche ailleurs."
        )
        return redirect("mairie:act_record" if opens(request, Capability.ADMINISTER) else "mairie:acts")
    mayor = mayor_of(beneficiary, on=dates.day_of(at))
    initial = {
        "number": next_number(beneficiary, on=dates.day_of(at)),
        "author_name": mayor.name,
        "author_quality": mayor.quality,
    }
    form = OnlineActForm(request.POST or None, request.FILES or None, initial=initial, is_kept=False)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            act = _put_online(form.cleaned_data, beneficiary, user)
            if not request.POST.get("subject", "").strip():
                messages.info(request, f"Objet repris du fichier\u00a0: «\u00a0{act.subject}\u00a0».")
            if act.put_online_asked_at is None:
                messages.warning(request, f"{act.name} est gardé, et n’est pas mis en ligne.")
            return redirect("mairie:act", act.pk)
    context = {"beneficiary": beneficiary, "form": form}
    return render(request, "mairie/publishing/act.html", context, status=422 if form.errors else 200)


@documents.unless_refused()
def _put_online(facts: dict[str, Any], beneficiary: Beneficiary, user: User) -> Act:
    at = timezone.now()
    shown = {"kind": facts["kind"], "number": facts["number"].strip(), "subject": facts["subject"]}
    author = author_of(beneficiary, facts["kind"])
    content = facts["document"] or compose(
        facts["words"],
        body=beneficiary.name,
        author=author,
        title=Act(**shown).name,
        subject=facts["subject"],
        adopted_on=facts["adopted_on"],
        at=at,
    )
    document = _keep(content, shown["number"], beneficiary, user)
    act = actions.record_act(
        beneficiary,
        **shown,
        body=author,
        adopted_on=facts["adopted_on"],
        matter=facts["matter"] or only_suggested(facts["subject"]),
        author=_author_in(facts, beneficiary, on=dates.day_of(at)),
        document=document,
        by=user,
        at=at,
    )
    return act if act.kind in Act.HELD_BACK else actions.ask_online(act, by=user, at=at)


@gesture
def ask_online(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Ask the site to show an act recorded before."""
    # The page of the act says by itself how far it is: asked, or online since when.
    act, at = act_or_404(request, beneficiary, act_id), timezone.now()
    act = actions.ask_online(act, author=mayor_of(beneficiary, on=dates.day_of(at)), by=person(request), at=at)
    return redirect("mairie:act", act.pk)


@gesture
def describe(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Say whose act it is, and its matter; a form that asks one of the two leaves the other."""
    act = act_or_404(request, beneficiary, act_id)
    mayor = mayor_of(beneficiary, on=dates.day_of(timezone.now()))
    form = _description_of(act, mayor, request.POST)
    if not form.is_valid():
        return _page(request, beneficiary, act, description=form)
    author = Author(form.cleaned_data["author_name"].strip(), form.cleaned_data["author_quality"].strip())
    actions.describe(
        act,
        matter=form.cleaned_data["matter"] or only_suggested(act.subject),
        author=author if "author_name" in form.data else act.author,
        by=person(request),
        at=timezone.now(),
    )
    messages.success(request, "C’est noté.")
    return redirect("mairie:act", act.pk)


@gesture
def hold_back(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Keep the act from the public for the personal data it holds, or show it again."""
    act = act_or_404(request, beneficiary, act_id)
    form = HeldBackForm(request.POST)
    if not form.is_valid():
        return _page(request, beneficiary, act, held_back=form)
    act = actions.hold_back(act, because=form.cleaned_data["because"], by=person(request), at=timezone.now())
    messages.success(request, "Le public ne le lit plus." if act.held_back_because else "Le public peut le lire.")
    return redirect("mairie:act", act.pk)


@gesture
def choose(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Note how this deliberation chose that the acts are published from now on."""
    act, at = act_or_404(request, beneficiary, act_id), timezone.now()
    choice = actions.choose_mode(
        act,
        mode=request.POST.get("mode", ""),
        population=_population_of(beneficiary),
        starts_on=dates.day_of(at),
        by=person(request),
        at=at,
    )
    messages.success(
        request, f"À partir d’aujourd’hui, vos actes se publient ainsi\u00a0: {choice.get_mode_display()}."
    )
    return redirect("mairie:act", act.pk)


def _population_of(beneficiary: Beneficiary) -> int | None:
    """The population by which the mode of publication is chosen: that of the last general renewal, once it is said."""
    assembly = Assembly.of(beneficiary)
    if assembly is not None and not assembly.needs_population:
        return None  # No such choice for an open syndicate: its acts are published online.
    if assembly is not None and assembly.population is not None:
        return assembly.population
    return beneficiary.commune.population if beneficiary.commune else None


@mairie_view
def show(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Show an act, its road, and what remains to be done."""
    return _page(request, beneficiary, act_or_404(request, beneficiary, act_id))


def _page(
    request: HttpRequest,
    beneficiary: Beneficiary,
    act: Act,
    *,
    reception: ReceptionForm | None = None,
    publication: PublicationForm | None = None,
    notification: NotificationForm | None = None,
    description: DescriptionForm | None = None,
    held_back: HeldBackForm | None = None,
    document: DocumentForm | None = None,
) -> HttpResponse:
    forms = (reception, publication, notification, description, held_back, document)
    wrong = next((form for form in forms if form is not None and form.errors), None)
    draft = _draft()
    attached = [party.agreement for party in Party.objects.filter(act=act).select_related("agreement")]
    on = dates.day_of(timezone.now())
    website = site_of(beneficiary)
    mayor = mayor_of(beneficiary, on=on)
    why_not_online = why_not_put_online(act, author=mayor, by=person(request), on=on)
    can_attach = draft is not None and draft not in attached and why_empowers_nobody(act) is None
    sent = Transmission.objects.filter(act=act).select_related("act").first()
    return render(
        request,
        "mairie/act.html",
        {
            "beneficiary": beneficiary,
            "act": act,
            "agreements": attached,
            # An agreement not signed yet waits for it.
            "is_awaited": any(agreement.status in (Status.DRAFT, Status.READY) for agreement in attached),
            "why_not_show": why_not_show(act, on=on),
            "matter": name_of(act.matter),
            "matters": _suggestions(act),
            "can_choose": _may_choose(act, beneficiary, by=person(request), on=on),
            "modes": Act.Mode.choices,
            "choice": act.choices.first(),
            "can_put_online": website is not None and why_not_online is None,
            # Said only where nothing else is missing: it is filled in beside.
            "lacks_author": website is not None and why_not_online is not None and _lacks_its_author(act, mayor),
            "online_at": f"{website.root_url}{act_path(act)}" if website is not None and act.put_online_at else "",
            "kind": KindForm(initial={"kind": act.kind}),
            "draft": draft if can_attach else None,
            "reception": reception or ReceptionForm(),
            "publication": publication or PublicationForm(),
            "notification": notification or NotificationForm(),
            "description": description or _description_of(act, mayor),
            "held_back": held_back or HeldBackForm(initial={"because": act.held_back_because}),
            "document": document or DocumentForm(),
            "sent": sent,
            "sent_under": sent_under(sent) if sent is not None else "",
            "can_send": bool(act.document_id) and why_not_go(act, by=person(request), on=on) is None,
            "is_electronic": why_not_electronic(TransmissionAccount.of(beneficiary), at=timezone.now()) is None,
            "wrong": wrong,
            "today": on,
        },
        status=422 if wrong else 200,
    )


def _suggestions(act: Act) -> list[tuple[str, str]]:
    """The matters between which its people choose: those that its subject calls for, when they are several."""
    found = suggested(act.subject) if act.kind == Act.Kind.DELIBERATION and not act.matter else ()
    return [(code, name_of(code)) for code in found] if len(found) > 1 else []


def _lacks_its_author(act: Act, mayor: Author) -> bool:
    is_before = act.published_on is None and act.put_online_asked_at is None
    return bool(act.document_id and is_before and not act.is_held_back and not (act.author or mayor))


def _description_of(act: Act, mayor: Author, data: Any = None) -> DescriptionForm:
    author = act.author or mayor
    return DescriptionForm(
        data,
        initial={"author_name": author.name, "author_quality": author.quality, "matter": two_levels_of(act.matter)},
    )


def _may_choose(act: Act, beneficiary: Beneficiary, *, by: User, on: date) -> bool:
    # Of the others, the page says nothing: they decide something else.
    if not {"publication", "publicite", "affichage"} & set(folded(act.subject).split()):
        return False
    population = _population_of(beneficiary)
    return why_not_choose(act, mode=Act.Mode.POSTED, population=population, starts_on=on, by=by, on=on) is None


@gesture
def qualify(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Say what the act is."""
    act = act_or_404(request, beneficiary, act_id)
    act = actions.qualify(act, kind=request.POST.get("kind", ""), by=person(request), at=timezone.now())
    messages.success(request, f"Acte n°\u00a0{act.number}\u00a0: {act.get_kind_display()}.")
    return redirect("mairie:acts")


@gesture
def receive(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Note the day the prefecture received the act."""
    act = act_or_404(request, beneficiary, act_id)
    form = ReceptionForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form, "received_on"):
            actions.receive(act, received_on=form.cleaned_data["received_on"], by=person(request), at=timezone.now())
            messages.success(request, "Réception en préfecture notée.")
            return redirect("mairie:act", act.pk)
    return _page(request, beneficiary, act_or_404(request, beneficiary, act_id), reception=form)


@gesture
def send(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Send an act to the prefecture as those of a session leave: by the device, or on paper with its slip."""
    act = act_or_404(request, beneficiary, act_id)
    (left,) = sending.send([act], by=person(request), at=timezone.now())
    if left.road == Road.PAPER:
        messages.success(
            request, "Le bordereau est prêt, sous «\u00a0Sa transmission\u00a0»\u00a0: imprimez-le avec l’acte."
        )
    else:
        messages.success(request, f"{act.name} est en route, par le dispositif de transmission.")
    return redirect("mairie:act", act.pk)


@gesture
def publish(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Certify the day the act was published."""
    act = act_or_404(request, beneficiary, act_id)
    form = PublicationForm(request.POST, request.FILES)
    if form.is_valid():
        with refusal_shown_in(form, "published_on"):
            _certify(act, form.cleaned_data, beneficiary, person(request))
            messages.success(request, "Publication notée.")
            return redirect("mairie:act", act.pk)
    return _page(request, beneficiary, act_or_404(request, beneficiary, act_id), publication=form)


@documents.unless_refused()
def _certify(act: Act, facts: dict[str, Any], beneficiary: Beneficiary, user: User) -> None:
    at, proof = timezone.now(), None
    if facts["proof"]:
        proof = documents.keep(
            facts["proof"],
            title=f"Publication de l’acte {act.number}, {beneficiary.name}",
            filename=f"publication-{act.number}.pdf",
            beneficiary=beneficiary,
            by=user,
            at=at,
        )
    actions.certify_publication(
        act,
        published_on=facts["published_on"],
        certificate=facts["certificate"],
        mode=facts["mode"],
        proof=proof,
        by=user,
        at=at,
    )


@gesture
def notify(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Note the day an individual act was notified."""
    act = act_or_404(request, beneficiary, act_id)
    form = NotificationForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form, "notified_on"):
            actions.notify(act, notified_on=form.cleaned_data["notified_on"], by=person(request), at=timezone.now())
            messages.success(request, "Notification notée.")
            return redirect("mairie:act", act.pk)
    return _page(request, beneficiary, act_or_404(request, beneficiary, act_id), notification=form)


@gesture
def hand_over(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Join its text to an act that has none."""
    act = act_or_404(request, beneficiary, act_id)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        with refusal_shown_in(form, "document"):
            with documents.unless_refused():
                document = _keep(form.cleaned_data["document"], act.number, beneficiary, person(request))
                actions.attach_document(act, document=document, by=person(request), at=timezone.now())
            messages.success(request, "Texte de l’acte déposé.")
            return redirect("mairie:act", act.pk)
    return _page(request, beneficiary, act_or_404(request, beneficiary, act_id), document=form)


@gesture
def attach(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Attach the act to the draft: it is the one that empowers."""
    act = act_or_404(request, beneficiary, act_id)
    draft = _draft()
    if draft is None:
        raise Refused("Il n’y a pas de projet de convention auquel rattacher cette délibération.")
    agreements.complete_party(draft, kind=Party.Kind.BENEFICIARY, act=act, by=person(request), at=timezone.now())
    messages.success(request, f"Délibération rattachée à la convention n°\u00a0{draft.number}.")
    return redirect("mairie:act", act.pk)


@gesture
def remove(request: HttpRequest, beneficiary: Beneficiary, act_id: int) -> HttpResponse:
    """Take away an act recorded by mistake."""
    act = act_or_404(request, beneficiary, act_id)
    number = act.number
    actions.remove(act, by=person(request), at=timezone.now())
    messages.success(request, f"Acte n°\u00a0{number} retiré.")
    return redirect("mairie:acts")
