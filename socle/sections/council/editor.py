"""The screens of the council: opened, filled person by person, ordered, its next term."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.sections.council import actions
from socle.sections.council.actions import Seated
from socle.sections.council.models import Councillor, CouncilTerm
from socle.sections.council.presenters import council_of, function_choices
from socle.sections.council.rules import current_term, why_not_cancel_term
from socle.sites.editor.access import author_of, do, website_of
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models.sites import WebSite
from socle.sites.photographs import handed_over

SCREEN = "website_council"


def _day(label: str, help_text: str = "") -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, help_text=help_text, widget=widget)


class OpeningForm(forms.Form):
    """The first term that the site shows."""

    starts_on = _day("Début du mandat", "Le jour de l’installation du conseil, après les élections.")
    with_mayor = forms.BooleanField(label="Inscrire le ou la maire en tête", required=False)

    def __init__(self, data: Any = None, *, mayor: str) -> None:
        super().__init__(data, initial={"with_mayor": bool(mayor)})
        if not mayor:
            del self.fields["with_mayor"]
        else:
            self.fields["with_mayor"].label = f"Inscrire {mayor} en tête de liste"


class TermForm(forms.Form):
    """The next term."""

    starts_on = _day("Début du nouveau mandat")


class CouncillorForm(forms.Form):
    """A person of the council, as one would say it."""

    name = forms.CharField(label="Prénom et nom", max_length=120)
    function = forms.ChoiceField(label="Fonction")
    civility = forms.ChoiceField(
        label="Civilité",
        required=False,
        choices=Councillor.Civility.choices,
        help_text="Pour écrire «\u00a0première adjointe\u00a0» ou «\u00a0premier adjoint\u00a0»\u00a0; elle n’est pas "
        "affichée.",
    )
    delegation = forms.CharField(
        label="Délégation",
        max_length=300,
        required=False,
        help_text="Par exemple\u00a0: «\u00a0finances et travaux\u00a0». Laissez vide s’il n’y en a pas.",
    )
    portrait = ScannedImageField(
        label="Portrait",
        required=False,
        help_text="Facultatif. Une photographie de la personne, prise de face, en hauteur.",
    )
    is_agreed = forms.BooleanField(
        label="La personne accepte que son portrait paraisse sur le site",
        required=False,
        help_text="Le droit à l’image vaut aussi pour les élus et les élues\u00a0: demandez l’accord par écrit et "
        "gardez-le à la mairie. La personne peut le reprendre quand elle veut\u00a0: retirez alors le portrait.",
    )
    drops_portrait = forms.BooleanField(label="Retirer le portrait", required=False)

    def __init__(self, data: Any = None, files: Any = None, *, website: WebSite, who: Councillor | None = None) -> None:
        initial: dict[str, Any] = {"function": Councillor.Function.MEMBER}
        if who is not None:
            initial = {name: getattr(who, name) for name in ("name", "function", "civility", "delegation")}
            initial["is_agreed"] = who.portrait_id is not None
        super().__init__(data, files, initial=initial)
        choices = function_choices(website.beneficiary.commune_id is not None)
        self.fields["function"].choices = choices  # type: ignore[attr-defined]
        if who is None or who.portrait_id is None:
            del self.fields["drops_portrait"]

    def wanted(self) -> Seated:
        """Return what the action wants."""
        data = self.cleaned_data
        return Seated(
            data["name"],
            data["function"],
            data["civility"],
            data["delegation"],
            handed_over(data["portrait"]),
            data["is_agreed"],
            data.get("drops_portrait", False),
        )


class LeavingForm(forms.Form):
    """The day a person left."""

    left_on = _day("A quitté le conseil le")


def _term(website: WebSite) -> CouncilTerm:
    term = current_term(website)
    if term is None:
        raise Http404("Le conseil de ce site n’est pas encore ouvert.")
    return term


def _councillor(request: HttpRequest, councillor_id: int) -> Councillor:
    rows = Councillor.objects.select_related("term", "portrait")
    return get_object_or_404(rows, pk=councillor_id, term__website=website_of(request))


@require_admin_access
def council(request: HttpRequest) -> HttpResponse:
    """See the council as the site shows it, and open it the first time."""
    website = website_of(request)
    now = timezone.now()
    page, term = actions.council_page_of(website), current_term(website)
    if page is None or term is None:
        known = actions.known_mayor(website, on=day_of(now))
        form = OpeningForm(request.POST or None, mayor=known.user.name.strip() if known else "")
        if request.method == "POST" and form.is_valid():
            try:
                actions.open_council(
                    website,
                    starts_on=form.cleaned_data["starts_on"],
                    with_mayor=form.cleaned_data.get("with_mayor", False),
                    by=author_of(request),
                    at=now,
                )
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, "La page du conseil est ouverte\u00a0: elle est dans le menu du site.")
                return redirect(SCREEN)
        return render(request, "websites/editor/council_opening.html", {"form": form, "website": website})
    context = {
        "website": website,
        "page": page,
        "council": council_of(website),
        "departed": actions.departed(website),
        "term": term,
        "term_form": TermForm(),
        "may_cancel": why_not_cancel_term(term) is None,
    }
    return render(request, "websites/editor/council.html", context)


@require_admin_access
def councillor(request: HttpRequest, councillor_id: int | None = None) -> HttpResponse:
    """Write a person in the council, or correct what is said of them."""
    website = website_of(request)
    who = _councillor(request, councillor_id) if councillor_id is not None else None
    term = who.term if who is not None else _term(website)
    form = CouncillorForm(request.POST or None, request.FILES or None, website=website, who=who)
    if request.method == "POST" and form.is_valid():
        given: dict[str, Any] = {"by": author_of(request), "at": timezone.now()}
        try:
            if who is not None:
                actions.correct(who, form.wanted(), **given)
            else:
                actions.seat(term, form.wanted(), **given)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "C’est publié sur la page du conseil.")
            return redirect("website_councillor_new" if "another" in request.POST else SCREEN)
    context = {
        "form": form,
        "website": website,
        "who": who,
        "title": who.name if who is not None else "Ajouter une personne au conseil",
        "leaving": LeavingForm(initial={"left_on": day_of(timezone.now())}),
    }
    return render(request, "websites/editor/councillor.html", context)


@require_admin_access
@require_POST
def move_councillor(request: HttpRequest, councillor_id: int) -> HttpResponse:
    """Put a person before, or after, their neighbour."""
    who = _councillor(request, councillor_id)
    return do(request, actions.move, who, up="up" in request.POST, said="L’ordre est corrigé.", back=SCREEN)


@require_admin_access
@require_POST
def councillor_leaves(request: HttpRequest, councillor_id: int) -> HttpResponse:
    """Say that a person left the council."""
    who = _councillor(request, councillor_id)
    form = LeavingForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Dites le jour du départ.")
        return redirect("website_councillor", who.pk)
    said = "Cette personne n’est plus sur la page. Vous pouvez la remettre, plus bas."
    return do(request, actions.leave, who, left_on=form.cleaned_data["left_on"], said=said, back=SCREEN)


@require_admin_access
@require_POST
def put_back_councillor(request: HttpRequest, councillor_id: int) -> HttpResponse:
    """Show again a person said to have left."""
    who = _councillor(request, councillor_id)
    return do(request, actions.put_back, who, said="Cette personne est de nouveau sur la page.", back=SCREEN)


@require_admin_access
@require_POST
def council_term(request: HttpRequest) -> HttpResponse:
    """Begin a term, or take back one in which nobody is written."""
    website = website_of(request)
    if "cancel" in request.POST:
        said = "Le mandat précédent est de nouveau sur la page."
        return do(request, actions.cancel_term, _term(website), said=said, back=SCREEN)
    form = TermForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Dites le jour où le nouveau mandat a commencé.")
        return redirect(SCREEN)
    said = "Le nouveau mandat est ouvert\u00a0: inscrivez-y les membres du conseil."
    return do(request, actions.begin_term, website, starts_on=form.cleaned_data["starts_on"], said=said, back=SCREEN)
