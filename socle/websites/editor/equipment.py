"""The screens of the equipment: opened, each place written, corrected, ordered, taken off, put back, taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import Field, Kind, Sheet
from socle.people import exports
from socle.websites.directory.rules import why_not_website
from socle.websites.editor.forms import ScannedImageField
from socle.websites.editor.gestures import author_of, do, website_of
from socle.websites.equipment import actions
from socle.websites.equipment.actions import WRITTEN
from socle.websites.equipment.open_data import NOMENCLATURE, why_not_exported
from socle.websites.equipment.shown import equipment_of
from socle.websites.models.equipment import Equipment, Theme
from socle.websites.models.sites import WebSite
from socle.websites.photographs import handed_over

SCREEN = "website_equipment"
HELP = {
    "name": "Celui que les gens emploient\u00a0: Salle des fêtes, Stade du Moulin.",
    "kind": "Ce que c’est, en un mot ou deux\u00a0: salle polyvalente, bibliothèque, terrain de football.",
    "street": "Ou le lieu-dit.",
    "hours": "En toutes lettres\u00a0: tous les jours, de 8\u00a0h à 22\u00a0h.",
    "accessibility": "Rampe, place réservée, boucle magnétique, toilettes adaptées\u00a0; ou ce qui manque.",
    "capacity": "Pour une salle\u00a0: combien de personnes peuvent s’y tenir.",
    "price": "Par exemple\u00a0: 120\u00a0€ la journée pour qui habite la commune, 200\u00a0€ sinon.",
    "booking": "À qui s’adresser, combien de temps avant, ce qu’il faut apporter.",
    "latitude": "Par exemple\u00a0: 50.0812. Celle de la mairie, à déplacer, est proposée.",
    "longitude": "Par exemple\u00a0: 3.7705.",
    "code": "Huit chiffres, pour les données ouvertes. Sans lui, l’équipement est sur la page et pas dans le fichier.",
}


class EquipmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """One place, in plain words."""

    picture = ScannedImageField(label="Photographie", required=False)
    picture_alternative = forms.CharField(
        label="Description de la photographie",
        max_length=200,
        required=False,
        help_text="Pour qui ne la voit pas\u00a0: «\u00a0La salle vue de l’entrée, une estrade au fond\u00a0».",
    )
    drops_picture = forms.BooleanField(label="Retirer la photographie", required=False)

    class Meta:
        model = Equipment
        fields = (
            "name", "theme", "kind", "street_number", "street", "postal_code", "city", "hours", "accessibility",
            "capacity", "price", "booking", "phone", "email", "link", "latitude", "longitude", "code",
        )  # fmt: skip
        help_texts = HELP

    def __init__(self, data: Any = None, files: Any = None, *, website: WebSite, kept: Equipment | None = None) -> None:
        facts = website.facts
        initial: dict[str, Any] = {}
        if kept is None:
            initial = {
                "postal_code": facts.postal_code,
                "city": facts.city,
                "latitude": facts.latitude,
                "longitude": facts.longitude,
                "phone": facts.phone,
                "email": facts.email,
            }
        self.had_picture = kept is not None and kept.picture_id is not None
        alternative = kept.picture_alternative if kept else ""
        # A row of its own: a form refused leaves the one that is kept as it was.
        instance = Equipment.objects.get(pk=kept.pk) if kept else None
        super().__init__(data, files, instance=instance, initial={**initial, "picture_alternative": alternative})
        self.fields["theme"].choices = [  # type: ignore[attr-defined]
            (code, str(label).capitalize()) for code, label in Theme.choices
        ]
        for name in ("latitude", "longitude"):
            self.fields[name].widget = forms.NumberInput(attrs={"step": "any"})
        if not self.had_picture:
            del self.fields["drops_picture"]

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and (reason := why_not_website(link)):
            raise forms.ValidationError(reason)
        return link

    def clean_postal_code(self) -> str:
        code: str = self.cleaned_data["postal_code"]
        if not (code.isascii() and code.isdigit() and len(code) == 5):
            raise forms.ValidationError("Un code postal s’écrit en cinq chiffres.")
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        latitude, longitude = cleaned.get("latitude"), cleaned.get("longitude")
        if (latitude is None) != (longitude is None) and not {"latitude", "longitude"} & set(self.errors):
            self.add_error("latitude", "Donnez la latitude et la longitude, ou effacez les deux.")
        shows = cleaned.get("picture") or (self.had_picture and not cleaned.get("drops_picture"))
        if shows and not cleaned.get("picture_alternative"):
            self.add_error("picture_alternative", "Décrivez la photographie en une phrase, pour qui ne la voit pas.")
        return cleaned


def _equipment(request: HttpRequest, equipment_id: int) -> Equipment:
    rows = Equipment.objects.select_related("picture")
    return get_object_or_404(rows, pk=equipment_id, website=website_of(request))


@require_admin_access
def equipment(request: HttpRequest) -> HttpResponse:
    """See the equipment as the site shows it, and open its page the first time."""
    website = website_of(request)
    if request.method == "POST":
        said = "La page des équipements est ouverte\u00a0: elle est dans le menu du site."
        return do(request, actions.open_equipment, website, said=said, back=SCREEN)
    page = actions.equipment_page_of(website)
    if page is None:
        return render(request, "websites/editor/equipment_opening.html", {"website": website})
    rows = list(equipment_of(website))
    context = {
        "website": website,
        "page": page,
        "rows": [(one, why_not_exported(one)) for one in rows],
        "removed": Equipment.objects.filter(website=website, removed_at__isnull=False).order_by("-removed_at"),
        "nomenclature": NOMENCLATURE,
        "has_siret": bool(website.beneficiary.siret),
    }
    return render(request, "websites/editor/equipment.html", context)


@require_admin_access
def one_equipment(request: HttpRequest, equipment_id: int | None = None) -> HttpResponse:
    """Add a place, or correct one."""
    website = website_of(request)
    kept = _equipment(request, equipment_id) if equipment_id is not None else None
    form = EquipmentForm(request.POST or None, request.FILES or None, website=website, kept=kept)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        author, now = author_of(request), timezone.now()
        try:
            actions.open_equipment(website, by=author, at=now)
            actions.keep(
                website,
                {name: data[name] for name in WRITTEN},
                equipment=kept,
                picture=handed_over(data["picture"]),
                picture_alternative=data["picture_alternative"],
                drops_picture=data.get("drops_picture", False),
                by=author,
                at=now,
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "C’est publié sur la page des équipements.")
            return redirect("website_equipment_new" if "another" in request.POST else SCREEN)
    context = {"form": form, "website": website, "kept": kept, "nomenclature": NOMENCLATURE}
    return render(request, "websites/editor/one_equipment.html", context)


@require_admin_access
@require_POST
def move_equipment(request: HttpRequest, equipment_id: int) -> HttpResponse:
    """Put a place before, or after, its neighbour."""
    one = _equipment(request, equipment_id)
    return do(request, actions.move, one, up="up" in request.POST, said="L’ordre est corrigé.", back=SCREEN)


@require_admin_access
@require_POST
def remove_equipment(request: HttpRequest, equipment_id: int) -> HttpResponse:
    """Take a place off the page."""
    said = "L’équipement est retiré de la page. Vous pouvez le remettre, plus bas."
    return do(request, actions.remove, _equipment(request, equipment_id), said=said, back=SCREEN)


@require_admin_access
@require_POST
def put_back_equipment(request: HttpRequest, equipment_id: int) -> HttpResponse:
    """Show again what was taken off."""
    said = "L’équipement est de nouveau sur la page."
    return do(request, actions.put_back, _equipment(request, equipment_id), said=said, back=SCREEN)


SHEET: Sheet[Equipment] = Sheet(
    "equipment",
    "equipements",
    "Équipements et salles",
    (
        Field("Nom", lambda one: one.name),
        Field("Famille", lambda one: one.get_theme_display()),
        Field("Type", lambda one: one.kind),
        Field("Adresse", lambda one: one.address),
        Field("Horaires", lambda one: one.hours),
        Field("Accessibilité", lambda one: one.accessibility),
        Field("Nombre de personnes", lambda one: one.capacity, Kind.NUMBER),
        Field("Tarif", lambda one: one.price),
        Field("Comment réserver", lambda one: one.booking),
        Field("Téléphone", lambda one: one.phone, Kind.CODE),
        Field("Adresse électronique", lambda one: one.email),
        Field("Page internet", lambda one: one.link),
        Field("Code de la nomenclature", lambda one: one.code, Kind.CODE),
    ),
)


@require_admin_access
def equipment_file(request: HttpRequest, format: str) -> HttpResponse:
    """Give the equipment as a spreadsheet."""
    website = website_of(request)
    rows = list(equipment_of(website))
    return exports.leave(request, SHEET, rows, format=format, owner=website.beneficiary, by=author_of(request))
