"""Contents that the operator proposes to the communes' sites: the list, the mairies' answers, the actions."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from socle.lib import dates
from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people.exports import PORTION
from socle.provisioning.desk import journal_lines
from socle.provisioning.desk.access import Access, console_view, forbid, gesture, here
from socle.provisioning.desk.listing import ListColumn, Listing, on_page
from socle.provisioning.desk.lists import PER_PAGE, Filters, choice, leave, text
from socle.sites.public import send_file
from socle.syndication import actions, rules
from socle.syndication.desk.forms import ShareForm
from socle.syndication.models import Answer, Audience, Share, ShareOffer
from socle.syndication.models import Kind as ShareKind
from socle.syndication.presenters import small_picture
from socle.ui.shapes import Column, Fact, Link, files_of
from socle.ui.submit import refusal_shown_in

COLUMNS: tuple[ListColumn[Any], ...] = (
    ListColumn(header="Nature", cell=lambda one: one.get_kind_display()),
    ListColumn("Titre", lambda one: one.title, sort="title"),
    ListColumn("Au nom de", lambda one: one.from_name),
    ListColumn(header="Pour", cell=lambda one: one.get_audience_display()),
    ListColumn(header="Proposé le", cell=lambda one: one.offered_at, kind=Kind.INSTANT),
    ListColumn("Paraît", lambda one: one.appears_at, Kind.INSTANT, "Paraît le", sort="appears_at"),
    ListColumn("Disparaît", lambda one: one.disappears_at, Kind.INSTANT, "Disparaît le", sort="disappears_at"),
    ListColumn(header="Corrigé le", cell=lambda one: one.corrected_at, kind=Kind.INSTANT),
    ListColumn(header="Retiré le", cell=lambda one: one.withdrawn_at, kind=Kind.INSTANT),
    ListColumn("Acceptées", lambda one: one.accepted, Kind.NUMBER, sort="accepted", is_number=True),
    ListColumn("Refusées", lambda one: one.refused, Kind.NUMBER, sort="refused", is_number=True),
    ListColumn("En attente", lambda one: one.waiting, Kind.NUMBER, sort="waiting", is_number=True),
)
ANSWER_COLUMNS = (Column("Commune"), Column("Réponse"), Column("Le"), Column("Donnée d’avance"))
KINDS = {"actualite": ShareKind.NEWS, "evenement": ShareKind.EVENT, "alerte": ShareKind.ALERT}
NEW = {"actualite": "Proposer une actualité", "evenement": "Proposer un événement", "alerte": "Proposer une alerte"}
NOT_ONE = "Ce contenu partagé n’existe pas, ou n’est pas de votre opérateur."


def state_of(share: Share, *, at: Any) -> tuple[str, str]:
    """Say how a share stands, with the tone of its badge."""
    if share.withdrawn_at is not None:
        return "retiré", "neutral"
    if share.disappears_at <= at:
        return "fini", "neutral"
    return ("proposé", "ok") if share.appears_at <= at else ("à paraître", "wait")


def _counted(access: Access) -> models.QuerySet[Any]:
    """Those of this operator, with how many mairies answered what: one query, whatever their number."""

    def count(answer: Answer) -> Count:
        return Count("offers", filter=Q(offers__answer=answer, offers__left_at=None))

    shares = Share.objects.filter(operator=access.operator).select_related("epci", "operator")
    return shares.annotate(
        accepted=count(Answer.ACCEPTED), refused=count(Answer.REFUSED), waiting=count(Answer.WAITING)
    )


ANSWERS: Sheet[ShareOffer] = Sheet(
    "share_answers",
    "reponses-des-mairies",
    "Réponses des mairies",
    (
        Field("Bénéficiaire", lambda one: one.website.beneficiary.name),
        Field("Code INSEE", lambda one: one.website.beneficiary.insee_code, Kind.CODE),
        Field("Adresse", lambda one: f"{one.website.root_url}/"),
        Field("Réponse", lambda one: one.get_answer_display()),
        Field("Répondu le", lambda one: one.answered_at, Kind.INSTANT),
        Field("Donnée d’avance", lambda one: one.is_automatic, Kind.YES_NO),
    ),
)


class ShareFilters(Filters):
    code, view, title = "shares", here("shares"), "Contenus partagés"
    columns = on_page(COLUMNS)
    q = text("Recherche", placeholder="Titre, ou au nom de qui")
    nature = choice("Nature", ShareKind.choices)
    etat = choice(
        "État",
        [("current", "proposé ou à paraître"), ("over", "fini"), ("withdrawn", "retiré")],
        every="Tous",
    )

    def apply(self, shares: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Narrow the list to what is asked for."""
        at = timezone.now()
        if kind := self.chosen("nature"):
            shares = shares.filter(kind=kind)
        if state := self.chosen("etat"):
            shares = shares.filter(
                {
                    "current": Q(withdrawn_at=None, disappears_at__gt=at),
                    "over": Q(withdrawn_at=None, disappears_at__lte=at),
                    "withdrawn": Q(withdrawn_at__isnull=False),
                }[state]
            )
        if wanted := self.chosen("q").strip():
            shares = shares.filter(Q(title__icontains=wanted) | Q(from_name__icontains=wanted))
        return shares


SHARES: Listing[Any] = Listing(
    ShareFilters, COLUMNS, lambda access, filters: filters.apply(_counted(access)),
    "shares_file", "contenus-partages", "Contenus partagés", default="-appears_at",
)  # fmt: skip


def _why_not(access: Access) -> str | None:
    return rules.why_not_share(access.operator, by=access.user, on=dates.day_of(timezone.now()))


@console_view
def show_all(request: HttpRequest, access: Access) -> HttpResponse:
    """List what the operator proposed to the sites, with what the mairies answered."""
    context, at = SHARES.context(request, access), timezone.now()
    context |= {
        "access": access,
        "rows": [(one, state_of(one, at=at)) for one in context["page"]],
        "why_not_share": _why_not(access),
        "new": [(reverse(here("share_new"), args=[slug]), label) for slug, label in NEW.items()],
    }
    return render(request, "syndication/shares.html", context)


@console_view
def export(request: HttpRequest, access: Access, format: str) -> HttpResponse:
    """Give the list as filtered, whole, as a file."""
    return SHARES.export(request, access, format)


def share_or_404(access: Access, share_id: int) -> Any:
    """Return what this operator proposed under this number, or answer 404."""
    found = _counted(access).select_related("picture", "department", "audience_epci").filter(pk=share_id).first()
    if found is None:
        raise Http404(NOT_ONE)
    return found


def _answers(request: HttpRequest, share: Share) -> models.QuerySet[Any]:
    """The answers of the mairies it is for, as filtered by `?reponse=`."""
    offers: models.QuerySet[Any] = ShareOffer.objects.filter(share=share, left_at=None)
    asked = request.GET.get("reponse", "")
    if asked in Answer.values:
        offers = offers.filter(answer=asked)
    related = offers.select_related("website__beneficiary__commune")
    return related.order_by("website__beneficiary__commune__search_name", "website__beneficiary__name", "pk")


def _audience_words(share: Share) -> str:
    match share.audience:
        case Audience.DEPARTMENT:
            return f"les sites du département {share.department}"
        case Audience.EPCI:
            return f"les communes de l’intercommunalité {share.audience_epci}"
        case Audience.COMMUNES:
            return ", ".join(share.communes.order_by("search_name").values_list("name", flat=True)[:40])
    return str(share.get_audience_display())


@console_view
def show(request: HttpRequest, access: Access, share_id: int) -> HttpResponse:
    """Show what is proposed, how many mairies accepted, refused, wait, and each one's answer."""
    share = share_or_404(access, share_id)
    at = timezone.now()
    page = Paginator(_answers(request, share), PER_PAGE).get_page(request.GET.get("page"))
    entries = access.entries().filter(object_type=Share._meta.label_lower, object_id=str(share.pk))
    facts = [
        Fact("Proposé par", share.from_name),
        Fact("Pour", _audience_words(share)),
        Fact("Paraît", dates.at_in_words(share.appears_at)),
        Fact("Disparaît", dates.at_in_words(share.disappears_at)),
    ]
    if share.kind == ShareKind.EVENT:
        facts.insert(2, Fact("A lieu", f"{share.timing.in_words(share.timing.starts_on)}, {share.place}"))
    if share.kind == ShareKind.ALERT:
        safety = ", alerte de sécurité" if share.is_safety else ""
        facts.insert(2, Fact("Gravité", f"{share.get_gravity_display()}{safety}"))
    context = {
        "access": access,
        "share": share,
        "state": state_of(share, at=at),
        "facts": facts,
        "page": page,
        "rows": [(one, one.website.beneficiary.place_name) for one in page],
        "columns": ANSWER_COLUMNS,
        "files": files_of(request, here("share_file"), share.pk),
        "counts": [
            ("accepted", "ont accepté", share.accepted, "ok"),
            ("refused", "ont refusé", share.refused, "neutral"),
            ("waiting", "n’ont pas répondu", share.waiting, "wait"),
        ],
        "asked": request.GET.get("reponse", ""),
        "why_not_correct": _why_not(access) or rules.why_not_correct(share, at=at),
        "why_not_withdraw": _why_not(access) or rules.why_not_withdraw(share, at=at),
        "why_not_restore": _why_not(access) or rules.why_not_restore(share, at=at),
        "lines": journal_lines.read(entries[:20]),
        "crumbs": [Link("Contenus partagés", reverse(here("shares"))), Link(share.title)],
    }
    return render(request, "syndication/share.html", context)


@console_view
def export_answers(request: HttpRequest, access: Access, share_id: int, format: str) -> HttpResponse:
    """Give the answers of the mairies, as filtered, whole, as a file."""
    rows = _answers(request, share_or_404(access, share_id)).iterator(chunk_size=PORTION)
    return leave(request, access, ANSWERS, rows, format)


@console_view
def picture(request: HttpRequest, access: Access, share_id: int) -> HttpResponse:
    """Send the picture of what is proposed, small."""
    share = share_or_404(access, share_id)
    if share.picture is None:
        raise Http404(NOT_ONE)
    # A door takes both, by what they have in common.
    return cast(HttpResponse, send_file(small_picture(share.picture)))


@console_view
def propose(request: HttpRequest, access: Access, share_kind: str) -> HttpResponse:
    """Propose a news item, an event or an alert."""
    forbid(_why_not(access))
    if share_kind not in KINDS:
        raise Http404("On propose une actualité, un événement ou une alerte.")
    kind, at = KINDS[share_kind], timezone.now()
    form = ShareForm(request.POST or None, request.FILES or None, access=access, kind=kind, at=at)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            share = actions.offer(access.operator, kind, form.said(), **form.given(), by=access.user, at=at)
            count = ShareOffer.objects.filter(share=share).count()
            said = f"C’est proposé à {count} sites." if count > 1 else f"C’est proposé à {count} site."
            nobody = "Aucun site n’est concerné pour l’instant\u00a0: vérifiez pour qui."
            messages.success(request, said if count else nobody)
            return redirect(here("share"), share.pk)
    return _form(request, form, title=NEW[share_kind], back=reverse(here("shares")), does="Proposer aux sites")


@console_view
def correct(request: HttpRequest, access: Access, share_id: int) -> HttpResponse:
    """Correct what is proposed: it follows on each site that shows it."""
    share = share_or_404(access, share_id)
    forbid(_why_not(access))
    at = timezone.now()
    if reason := rules.why_not_correct(share, at=at):
        raise Refused(reason)
    form = ShareForm(request.POST or None, request.FILES or None, access=access, kind=share.kind, at=at, kept=share)
    if request.method == "POST" and form.is_valid():
        drops = form.cleaned_data.get("drops_picture", False)
        with refusal_shown_in(form):
            actions.correct(share, form.said(), **form.given(), drops_picture=drops, by=access.user, at=at)
            messages.success(request, "C’est corrigé\u00a0: les sites qui le montrent suivent bientôt.")
            return redirect(here("share"), share.pk)
    back = reverse(here("share"), args=[share.pk])
    return _form(request, form, title=f"Corriger «\u00a0{share.title}\u00a0»", back=back, does="Corriger partout")


def _form(request: HttpRequest, form: ShareForm, *, title: str, back: str, does: str) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "back": back,
        "does": does,
        "crumbs": [Link("Contenus partagés", reverse(here("shares"))), Link(title)],
    }
    return render(request, "syndication/share_form.html", context, status=422 if form.errors else 200)


@gesture
def withdraw(request: HttpRequest, access: Access, share_id: int) -> HttpResponse:
    """Take it off all the sites."""
    share = share_or_404(access, share_id)
    forbid(_why_not(access))
    actions.withdraw(share, by=access.user, at=timezone.now())
    messages.success(request, "C’est retiré\u00a0: les sites ne le montrent plus. Vous pouvez le rétablir.")
    return redirect(here("share"), share.pk)


@gesture
def restore(request: HttpRequest, access: Access, share_id: int) -> HttpResponse:
    """Propose again what was withdrawn."""
    share = share_or_404(access, share_id)
    forbid(_why_not(access))
    actions.restore(share, by=access.user, at=timezone.now())
    messages.success(request, "C’est rétabli\u00a0: les sites qui l’avaient accepté le montrent de nouveau.")
    return redirect(here("share"), share.pk)
