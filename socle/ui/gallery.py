"""The gallery of components, in all their states. Open in a demonstration or in development, closed elsewhere."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from socle.lib.dates import PARIS
from socle.ui import components, shapes
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled


class ExampleForm(forms.Form):
    """Every kind of field once."""

    siret = forms.CharField(label="SIRET", help_text="14 chiffres : les 9 du SIREN, puis les 5 de l’établissement.")
    start = forms.DateField(label="Prend effet le", widget=DayInput())
    kind = forms.ChoiceField(label="Nature", choices=[("commune", "Commune"), ("other", "Autre établissement public")])
    services = forms.MultipleChoiceField(
        label="Services",
        choices=[("site", "Site internet"), ("mail", "Messagerie"), ("files", "Fichiers partagés")],
        widget=forms.CheckboxSelectMultiple,
        help_text="Cochez ceux que le conseil municipal a retenus.",
    )
    ready = forms.ChoiceField(
        label="Le conseil a délibéré", choices=[("yes", "Oui"), ("no", "Non")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    confirmed = forms.BooleanField(label="J’ai vérifié le SIRET sur l’avis de situation", required=True)


class FilledExampleForm(Filled, forms.Form):
    """A form that two people fill."""

    place = forms.CharField(label="Lieu")
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"rows": 3}))


# The gallery's clock stands still: a picture of it is the same every day.
_THEN = datetime(2026, 11, 25, 14, 5, tzinfo=PARIS)


def examples(request: HttpRequest) -> dict[str, Any]:
    """Return what the examples draw."""
    columns = (
        shapes.Column("Commune", sort="name"),
        shapes.Column("Habitants", sort="population", is_number=True),
        shapes.Column("État"),
        shapes.Column("Gestes", is_hidden=True),
    )
    return {
        "form": ExampleForm(),
        "wrong_form": ExampleForm({"siret": "", "kind": "commune"}, auto_id="wrong_%s"),
        "meanwhile_form": FilledExampleForm(
            {"lu": "ce que la page montrait", "place": "Salle des fêtes", "note": "Venir à 18 h."},
            initial={"place": "Mairie", "note": "Venir à 18 h."},
            auto_id="meanwhile_%s",
        ),
        "columns": columns,
        "sorting": shapes.Sorting.asked(request, columns, default="name"),
        "rows": [
            {"name": "Prisches", "population": 1000, "state": "Signée", "tone": "ok"},
            {"name": "Abancourt", "population": 461, "state": "À la signature", "tone": "wait"},
            {"name": "Wissant", "population": 867, "state": "Éligible", "tone": "neutral"},
        ],
        "page": Paginator(range(900), 50).get_page(request.GET.get("page", "7")),
        "journey": shapes.road(shapes.JOURNEY, 3, ["905e rang", "12 novembre 2026", "14 novembre 2026"]),
        "journey_start": shapes.road(shapes.JOURNEY, 0),
        "journey_end": shapes.road(shapes.JOURNEY, 6),
        "journey_failed": [
            *shapes.road(shapes.JOURNEY, 4)[:4],
            shapes.Step("En service", "failed", "Nouvel essai à 14 h 30"),
            shapes.Step("Site en ligne", "todo"),
        ],
        "bars": [
            shapes.Bar("Éligibles", 905, tone="neutral"),
            shapes.Bar("Conventions en projet", 210, tone="wait", url="#bars"),
            shapes.Bar("Conventions signées", 148, tone="info"),
            shapes.Bar("Sites en ligne", 131, tone="ok"),
        ],
        "slots": [
            shapes.Slot("lundi 23 novembre 2026", 0.55, "288 essais réussis", "ok"),
            shapes.Slot("mardi 24 novembre 2026", 1, "12 échecs sur 288 essais", "danger"),
            shapes.Slot("mercredi 25 novembre 2026", 0.06, "aucun essai", "neutral"),
        ],
        "facts": [
            shapes.Fact("SIRET", "215 904 749 00012", "proposé, à confirmer par la commune"),
            shapes.Fact("Siège", "1 Grand Place, 59550 Prisches"),
            shapes.Fact("Téléphone", ""),
        ],
        "files": [shapes.Link("XLSX", "#exports"), shapes.Link("CSV", "#exports")],
        "crumbs": [
            shapes.Link("Console", "#"),
            shapes.Link("Communes", "#"),
            shapes.Link("Prisches"),
        ],
        "events": [
            {
                "label": "Site mis en ligne",
                "at": _THEN,
                "detail": "prisches.localhost",
                "tone": "ok",
                "url": "#timeline",
            },
            {"label": "Convention signée par les trois parties", "at": _THEN - timedelta(days=2), "tone": "info"},
            {"label": "Projet de convention rédigé", "at": _THEN - timedelta(days=13)},
        ],
        "key": [
            {"tone": "neutral", "label": "éligible", "count": 905},
            {"tone": "wait", "label": "à la signature", "count": 62},
            {"tone": "ok", "label": "site en ligne", "count": 131},
        ],
    }


def show(request: HttpRequest) -> HttpResponse:
    """Show every component: what it is, its options, its states; and every icon."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    shown = []
    for component in components.all_components():
        example = components.GALLERY / f"{component.name}.html"
        shown.append(
            {
                "component": component,
                "example": f"ui/gallery/{component.name}.html",
                "source": example.read_text(encoding="utf-8").removeprefix("{% load ui %}").strip(),
            }
        )
    return render(
        request,
        "ui/gallery.html",
        {"shown": shown, "icons": components.all_icons(), "drawings": components.all_drawings(), **examples(request)},
    )
