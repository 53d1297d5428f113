"""The screens of the council: opened, filled person by person, ordered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.assemblies.functions import function_choices
from socle.assemblies.models import Member
from socle.lib.dates import day_of
from socle.sections.council import actions
from socle.sections.council.actions import Seated
from socle.sections.council.models import Councillor
from socle.sections.council.presenters import council_of
from socle.sites.editor.access import do, done, gesture, website_of
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models.sites import WebSite
from socle.sites.photographs import handed_over
from socle.ui.meanwhile import Filled

SCREEN = "website_council"


class CouncillorForm(Filled, forms.Form):
    """A person of the council, as one would say it."""

    name = forms.CharField(label="Prénom et nom", max_length=120)
    function = forms.ChoiceField(label="Fonction")
    civility = forms.ChoiceField(
        label="Civilité",
        required=False,
        choices=Member.Civility.choices,
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
        initial: dict[str, Any] = {"function": Member.Function.MEMBER}
        if who is not None:
            initial = {name: getattr(who, name) for name in ("name", "function", "civility", "delegation")}
            initial["is_agreed"] = who.portrait_id is not None
        super().__init__(data, files, initial=initial, is_kept=who is not None)
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


@require_admin_access
def council(request: HttpRequest) -> HttpResponse:
    """See the council as the site shows it, and open it the first time."""
    website = website_of(request)
    now = timezone.now()
    page = actions.council_page_of(website)
    if page is None and request.method == "POST":
        with_mayor = "with_mayor" in request.POST
        said = "La page du conseil est ouverte\u00a0: elle est dans le menu du site."
        return do(request, actions.open_council, website, with_mayor=with_mayor, said=said, back=SCREEN)
    if page is None:
        known = actions.known_mayor(website, on=day_of(now))
        context: dict[str, Any] = {"mayor": known.user.name.strip() if known else "", "website": website}
        return render(request, "websites/editor/council_opening.html", context)
    context = {"website": website, "page": page, "council": council_of(website)}
    return render(request, "websites/editor/council.html", context)


@require_admin_access
def councillor(request: HttpRequest, councillor_id: int | None = None) -> HttpResponse:
    """Write a person in the council, or correct what is said of them."""
    website = website_of(request)
    if actions.council_page_of(website) is None:
        return redirect(SCREEN)
    who = None
    if councillor_id is not None:
        who = get_object_or_404(
            Councillor.objects.select_related("portrait", "member__assembly", "website"),
            pk=councillor_id,
            website=website,
        )
    form = CouncillorForm(request.POST or None, request.FILES or None, website=website, who=who)

    def keep(**given: Any) -> None:
        if who is not None:
            actions.correct(who, form.wanted(), **given)
        else:
            actions.seat(website, form.wanted(), **given)

    if done(request, form, keep, "C’est publié sur la page du conseil."):
        return redirect("website_councillor_new" if "another" in request.POST else SCREEN)
    title = who.name if who is not None else "Ajouter une personne au conseil"
    context = {"form": form, "website": website, "who": who, "title": title}
    return render(request, "websites/editor/councillor.html", context)


@require_admin_access
@require_POST
def move_councillor(request: HttpRequest, councillor_id: int) -> HttpResponse:
    """Put a person before, or after, their neighbour."""
    who = get_object_or_404(Councillor, pk=councillor_id, website=website_of(request))
    return do(request, actions.move, who, up="up" in request.POST, said="L’ordre est corrigé.", back=SCREEN)


remove_councillor = gesture(Councillor, actions.remove, said="Cette personne n’est plus sur la page.", back=SCREEN)
