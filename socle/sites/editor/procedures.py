"""The screens where a mairie says how each procedure is done in its commune."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.dates import day_of
from socle.sites.editor.access import do, done, website_of
from socle.sites.models.procedures import LocalProcedure
from socle.sites.procedures import actions
from socle.sites.procedures.catalogue import Procedure, catalogue
from socle.sites.procedures.shown import by_group, said
from socle.ui.meanwhile import Filled


class ProcedureForm(Filled, forms.ModelForm):  # type: ignore[type-arg]
    """How one procedure is done here; each field says below what the site says without it."""

    link = forms.URLField(label="Une page à ouvrir", required=False, max_length=300, assume_scheme="https")

    class Meta:
        model = LocalProcedure
        fields = actions.WRITTEN
        labels = {
            "here": "Dans votre commune",
            "where": "Où",
            "when": "Quand",
            "bring": "À apporter, une chose par ligne",
            "delay": "Délai",
            "cost": "Coût",
        }
        widgets = {"here": forms.Textarea(attrs={"rows": 4}), "bring": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, data: Any = None, *, procedure: Procedure, own: LocalProcedure) -> None:
        super().__init__(data, instance=own)
        self.fields[
            "here"
        ].help_text = "Ajouté au texte\u00a0: qui s’en occupe, les tarifs, ce qui est particulier ici."
        self.fields["link"].help_text = "Par exemple la page de l’intercommunalité. Elle commence par https://."
        kept = {
            "where": "l’adresse de la mairie" if procedure.place == "office" else "",
            "when": procedure.when,
            "bring": "\u00a0; ".join(procedure.bring),
            "delay": procedure.delay,
            "cost": procedure.cost,
        }
        for name, words in kept.items():
            self.fields[name].help_text = (
                f"Vide, le site dit\u00a0: {words}" if words else "Vide, le site n’en dit rien."
            )


def _procedure(code: str) -> Procedure:
    found = next((one for one in catalogue(on=day_of(timezone.now())) if one.code == code), None)
    if found is None:
        raise Http404
    return found


@require_admin_access
def procedures(request: HttpRequest) -> HttpResponse:
    """List the procedures of the site: those the mairie completed, those it hides."""
    website = website_of(request)
    own = {one.code: one for one in LocalProcedure.objects.filter(website=website)}
    is_commune = website.beneficiary.commune_id is not None
    those = [
        said(one, own.get(one.code)) for one in catalogue(on=day_of(timezone.now())) if is_commune or one.is_for_all
    ]
    context = {
        "website": website,
        "groups": by_group(those),
        "hidden": {code for code, one in own.items() if one.is_hidden},
        "written": {code for code, one in own.items() if any(getattr(one, name) for name in actions.WRITTEN)},
    }
    return render(request, "websites/editor/procedures.html", context)


@require_admin_access
def procedure(request: HttpRequest, procedure_code: str) -> HttpResponse:
    """Say how one is done here."""
    website = website_of(request)
    one = _procedure(procedure_code)
    own = LocalProcedure.objects.filter(website=website, code=one.code).first()
    form = ProcedureForm(request.POST or None, procedure=one, own=own or LocalProcedure(website=website, code=one.code))

    def write(**who: Any) -> None:
        actions.write(website, one.code, form.cleaned_data, **who)

    if done(request, form, write, f"«\u00a0{one.title}\u00a0» dit maintenant comment faire dans la commune."):
        return redirect("website_procedures")
    return render(request, "websites/editor/procedure.html", {"website": website, "form": form, "procedure": one})


@require_admin_access
@require_POST
def show(request: HttpRequest, procedure_code: str) -> HttpResponse:
    """Leave one out of the site, or put it back."""
    one = _procedure(procedure_code)
    is_shown = request.POST.get("montrer") == "oui"
    said = f"«\u00a0{one.title}\u00a0» {'est de nouveau' if is_shown else 'n’est plus'} sur le site."
    return do(
        request, actions.show, website_of(request), one.code, said=said, back="website_procedures", is_shown=is_shown
    )
