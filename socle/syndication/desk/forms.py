"""The form by which an officer proposes a news item, an event or an alert to the sites of communes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from socle.lib.dates import PARIS, day_of
from socle.lib.text import folded
from socle.provisioning.desk.access import Access
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models import Alert
from socle.sites.photographs import handed_over
from socle.syndication.actions import WRITTEN, For
from socle.syndication.models import Audience, Kind, Share
from socle.syndication.rules import why_not_aim, why_not_say
from socle.syndication.sources import said_name
from socle.territory.models import Commune, Epci
from socle.ui.fields import DayInput, HourField, MomentField
from socle.ui.meanwhile import Filled

# How long a news item stays, unless one says otherwise; an alert.
STAYS = {Kind.NEWS: timedelta(days=60), Kind.EVENT: timedelta(days=90), Kind.ALERT: timedelta(days=3)}
OWN = "operateur"
MOST_COMMUNES = 1000


def said_first(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, str]]:
    """Write each label as the beginning of a line."""
    return [(value, str(label)[:1].upper() + str(label)[1:]) for value, label in choices]


class ShareForm(Filled, forms.Form):
    """Who proposes, whom it is for, the words, the moments. What a kind does not have is not asked."""

    source = forms.ChoiceField(label="Au nom de")
    from_name = forms.CharField(
        label="Nom montré sur les sites",
        max_length=160,
        required=False,
        help_text="Après «\u00a0Proposé par\u00a0». Vide\u00a0: «\u00a0la communauté de communes…\u00a0» ou le nom de "
        "l’opérateur.",
    )
    audience = forms.ChoiceField(label="Pour", choices=said_first(Audience.choices), widget=forms.RadioSelect)
    department = forms.ChoiceField(label="Département", required=False, help_text="Si c’est pour un département.")
    audience_epci = forms.ChoiceField(
        label="Intercommunalité", required=False, help_text="Si c’est pour les communes d’une intercommunalité."
    )
    communes = forms.CharField(
        label="Communes",
        max_length=60_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Si c’est pour des communes choisies, une par ligne\u00a0: son nom, ou son code INSEE.",
    )
    title = forms.CharField(label="Titre", max_length=300)
    summary = forms.CharField(
        label="En deux phrases",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 400}),
        help_text="C’est ce que montrent les listes et l’accueil des sites.",
    )
    starts_on = forms.DateField(label="Jour", widget=DayInput, help_text="Le premier jour, s’il dure.")
    start_time = HourField(label="Heure de début", required=False)
    ends_on = forms.DateField(
        label="Dernier jour", required=False, widget=DayInput, help_text="Vide\u00a0: le même jour."
    )
    end_time = HourField(label="Heure de fin", required=False)
    place = forms.CharField(label="Lieu", max_length=200, help_text="Par exemple\u00a0: salle des fêtes, Le Quesnoy.")
    gravity = forms.TypedChoiceField(
        label="Gravité", coerce=int, choices=said_first(Alert.Gravity.choices), widget=forms.RadioSelect, initial=1
    )
    is_safety = forms.BooleanField(
        label="Alerte de sécurité",
        required=False,
        help_text="Un danger pour les personnes. Elle paraît aussitôt sur les sites dont la mairie l’a voulu d’avance.",
    )
    text = forms.CharField(
        label="Texte complet",
        max_length=6000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Une ligne vide sépare deux paragraphes.",
    )
    picture = ScannedImageField(label="Image", required=False)
    picture_alternative = forms.CharField(
        label="Description de l’image",
        max_length=200,
        required=False,
        help_text="Pour qui ne la voit pas. Une affiche\u00a0: tout ce qu’on y lit.",
    )
    drops_picture = forms.BooleanField(label="Retirer l’image", required=False)
    link = forms.CharField(label="Lien", max_length=500, required=False, help_text="Une adresse en https://.")
    link_words = forms.CharField(
        label="Texte du lien",
        max_length=80,
        required=False,
        help_text="Où il mène\u00a0: «\u00a0le programme complet\u00a0».",
    )
    appears_at = MomentField(label="Paraît", help_text="Vide\u00a0: tout de suite.", required=False)
    disappears_at = MomentField(label="Disparaît", help_text="À ce moment, plus aucun site ne le montre.")

    OF = {
        Kind.EVENT: ("starts_on", "start_time", "ends_on", "end_time", "place"),
        Kind.ALERT: ("gravity", "is_safety"),
    }
    NOT_OF_AN_ALERT = ("summary", "text", "picture", "picture_alternative", "drops_picture")

    def __init__(
        self, data: Any = None, files: Any = None, *, access: Access, kind: str, at: datetime, kept: Share | None = None
    ) -> None:
        self.access, self.kind, self.at, self.kept = access, kind, at, kept
        super().__init__(data, files, initial=self._initial(), is_kept=kept is not None)
        self.epcis = {str(one.pk): one for one in _epcis(access)}
        named = [(pk, said_name(one)) for pk, one in self.epcis.items()]
        self._offer("source", [(OWN, access.operator.name), *named])
        self._offer("department", [("", "–"), *((str(one.pk), str(one)) for one in access.departments)])
        self._offer("audience_epci", [("", "–"), *named])
        for of, names in self.OF.items():
            if of != kind:
                self._leave(*names)
        if kind == Kind.ALERT:
            self._leave(*self.NOT_OF_AN_ALERT)
            self.fields["title"] = forms.CharField(
                label="Message",
                max_length=300,
                widget=forms.Textarea(attrs={"rows": 3, "maxlength": 300}),
                help_text="Ce qui se passe, où, et ce qu’il faut faire. 300\u00a0signes au plus.",
            )
            self.order_fields(("source", "from_name", "audience", "department", "audience_epci", "communes", "title"))
        elif kept is None or kept.picture_id is None:
            self._leave("drops_picture")
        if kept is not None:
            # What a mairie accepts beforehand depends on it.
            self._leave("source")

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _leave(self, *names: str) -> None:
        for name in names:
            self.fields.pop(name, None)

    def _initial(self) -> dict[str, Any]:
        kept = self.kept
        if kept is None:
            evening = datetime.combine(day_of(self.at) + STAYS[Kind(self.kind)], time(18), PARIS)
            return {"audience": Audience.ALL, "disappears_at": evening}
        return {
            **{name: getattr(kept, name) for name in WRITTEN},
            "from_name": kept.from_name,
            "audience": kept.audience,
            "department": kept.department_id or "",
            "audience_epci": kept.audience_epci_id or "",
            "communes": "\n".join(f"{one.insee_code} {one.name}" for one in kept.communes.all()),
        }

    def clean_communes(self) -> list[Commune]:
        """Read a commune a line: its code, its name, or both."""
        lines = [" ".join(line.split()) for line in self.cleaned_data["communes"].splitlines()]
        lines = list(dict.fromkeys(line for line in lines if line))
        if self.data.get("audience") != Audience.COMMUNES or not lines:
            return []
        if len(lines) > MOST_COMMUNES:
            raise forms.ValidationError(f"Mille communes au plus\u00a0: il y en a {len(lines)}.")
        by_code: dict[str, Commune] = {}
        by_name: dict[str, list[Commune]] = {}
        for commune in self.access.communes():
            by_code[commune.insee_code] = commune
            by_name.setdefault(commune.search_name, []).append(commune)
        found: list[Commune] = []
        unknown: list[str] = []
        twice: list[str] = []
        for line in lines:
            named = by_name.get(folded(line), [])
            if (coded := by_code.get(line.split()[0].upper())) is not None:
                found.append(coded)
            elif len(named) == 1:
                found.append(named[0])
            else:
                (twice if named else unknown).append(line)
        if unknown:
            names = ", ".join(f"«\u00a0{line[:60]}\u00a0»" for line in unknown[:5])
            said = f"Inconnu sur votre territoire\u00a0: {names}. Vérifiez le nom ou le code INSEE."
            raise forms.ValidationError(said)
        if twice:
            raise forms.ValidationError(f"Plusieurs communes s’appellent {twice[0][:60]}\u00a0: donnez le code INSEE.")
        return list(dict.fromkeys(found))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned["appears_at"] = cleaned.get("appears_at") or (self.kept.appears_at if self.kept else self.at)
        has_picture = cleaned.get("picture") or (
            self.kept is not None and self.kept.picture_id and not cleaned.get("drops_picture")
        )
        if has_picture and not cleaned.get("picture_alternative") and "picture_alternative" in self.fields:
            self.add_error("picture_alternative", "Décrivez l’image en une phrase, pour qui ne la voit pas.")
        if self.errors:
            return cleaned
        whom = self.for_whom()
        if reason := why_not_aim(
            whom.audience, department=whom.department, epci=whom.epci, communes=list(whom.communes)
        ):
            self.add_error(
                {Audience.DEPARTMENT: "department", Audience.EPCI: "audience_epci"}.get(
                    Audience(whom.audience), "communes"
                ),
                reason,
            )
        elif reason := why_not_say(self.kind, self.said(), at=self.at):
            self.add_error(None, reason)
        return cleaned

    # --- What the action wants ---
    def said(self) -> dict[str, Any]:
        """Return the words and the moments."""
        return {name: self.cleaned_data[name] for name in WRITTEN if name in self.cleaned_data}

    def epci(self) -> Epci | None:
        """Return the EPCI in whose name it is proposed; None when it is the operator itself."""
        return self.kept.epci if self.kept is not None else self.epcis.get(self.cleaned_data["source"])

    def for_whom(self) -> For:
        """Return whom it is for."""
        data = self.cleaned_data
        departments = {str(one.pk): one for one in self.access.departments}
        audience = data["audience"]
        return For(
            audience,
            department=departments.get(data.get("department", "")) if audience == Audience.DEPARTMENT else None,
            epci=self.epcis.get(data.get("audience_epci", "")) if audience == Audience.EPCI else None,
            communes=tuple(data.get("communes") or ()) if audience == Audience.COMMUNES else (),
        )

    def given(self) -> dict[str, Any]:
        """Return all that the action takes by name."""
        return {
            "epci": self.epci(),
            "from_name": self.cleaned_data["from_name"],
            "for_whom": self.for_whom(),
            "picture": handed_over(self.cleaned_data.get("picture")),
        }


def _epcis(access: Access) -> Any:
    return Epci.objects.filter(pk__in=access.communes().order_by().values("epci")).order_by("name")
