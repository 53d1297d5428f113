"""Forms for whoever gives a name to a site. Rules judge; the form reads."""

from __future__ import annotations

from django import forms


class NameForm(forms.Form):
    """A domain, as people write it, and how the site is shown under it."""

    domain = forms.CharField(
        label="Nom de domaine de la commune",
        max_length=300,
        help_text="Celui que la commune a acheté, par exemple prisches.fr. Le www s’ajoute de lui-même.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Écrivez le nom de domaine.", "max_length": "Ce nom est trop long."},
    )
    is_www_first = forms.TypedChoiceField(
        label="Adresse que vos visiteurs verront",
        choices=[("yes", "Avec www (www.prisches.fr)"), ("no", "Sans www (prisches.fr)")],
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect,
        help_text="Les deux fonctionnent\u00a0: l’une conduit à l’autre.",
        error_messages={"required": "Choisissez l’une des deux."},
    )
    wanted_main = forms.BooleanField(
        label="Dès qu’elle fonctionne, en faire l’adresse principale du site",
        required=False,
        initial=True,
        help_text="L’adresse actuelle continue de fonctionner, et conduit à la nouvelle.",
    )


class MainForm(forms.Form):
    """Which form of a name becomes the main one."""

    avec_www = forms.ChoiceField(choices=[("oui", "oui"), ("non", "non")])
