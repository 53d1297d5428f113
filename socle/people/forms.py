"""Forms, at both doors, to invite someone and to end a role: forms read and shape, rules judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from socle.people.capabilities import SAYS
from socle.people.invitation_rules import MOST_NOTED, Check
from socle.people.models import BENEFICIARY_ROLES, Checked, Membership, Role, User
from socle.ui.fields import DayInput


def noted(note: str) -> Check | None:
    """The check that a call is, as its note says it, or None when nothing was noted."""
    return Check(Checked.CALL, note) if note.strip() else None


DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
WRONG_DAY = "Cette date ne se lit pas\u00a0: écrivez-la jour, mois, année, comme 25/11/2026."


def day_field(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    """A day: the browser's calendar where there is one, typed in French anywhere."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        input_formats=DAY_FORMATS,
        widget=DayInput(),
        error_messages={"invalid": WRONG_DAY, "required": "Indiquez cette date."},
    )


class InvitationForm(forms.Form):
    """Whom one invites, as what, until when."""

    name = forms.CharField(
        label="Nom et prénom",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Indiquez le nom.", "max_length": "Le nom compte 120 caractères au plus."},
    )
    email = forms.EmailField(
        label="Adresse électronique",
        max_length=254,
        help_text="L’invitation y sera envoyée\u00a0; ce sera aussi l’identifiant de la personne.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez l’adresse électronique.",
            "invalid": "Cette adresse électronique n’est pas complète\u00a0: elle s’écrit comme mairie@exemple.fr.",
        },
    )
    role = forms.ChoiceField(
        label="Fonction",
        error_messages={"required": "Choisissez la fonction.", "invalid_choice": "Choisissez une des fonctions."},
    )
    quality = forms.CharField(
        label="Qualité, telle qu’elle s’écrit dans un acte",
        max_length=120,
        required=False,
        help_text="Par exemple\u00a0: Maire, Première adjointe, Secrétaire de mairie.",
    )
    first_day = day_field(
        "Premier jour",
        "Avant ce jour, la personne n’a accès à rien. Sans date, l’accès s’ouvre dès qu’elle accepte l’invitation.",
        required=False,
    )
    last_day = day_field(
        "Dernier jour",
        "Pour un remplacement ou un contrat\u00a0: la personne n’aura plus accès le lendemain.",
        required=False,
    )
    has_box = forms.BooleanField(label="Lui ouvrir une boîte aux lettres à son nom", required=False, initial=True)
    note = forms.CharField(
        label="Appel à la mairie, si la personne signera pour elle",
        max_length=MOST_NOTED,
        required=False,
        help_text="Qui a répondu, quel jour. Sans cet appel, l’invitation à signer attend d’être confirmée.",
        error_messages={"max_length": f"La note de l’appel compte {MOST_NOTED} caractères au plus."},
    )

    def __init__(self, *args: Any, roles: Sequence[Role], notes_calls: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not notes_calls:
            del self.fields["note"]
        field = self.fields["role"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(role.value, str(role.label).capitalize()) for role in roles]
        if not set(roles) & set(BENEFICIARY_ROLES):
            del self.fields["has_box"]
        # What each opens; the operators' are told elsewhere.
        self.says = [(str(role.label).capitalize(), SAYS[role]) for role in roles if role in SAYS]

    @property
    def check(self) -> Check | None:
        """The call that was noted, once the form is valid."""
        return noted(self.cleaned_data.get("note", ""))


class SignatoryForm(forms.Form):
    """Whom a mairie says to invite: who signs for it, in which quality, at which address of their own."""

    name = forms.CharField(
        label="Nom et prénom de la personne qui signera",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Indiquez son nom.", "max_length": "Le nom compte 120 caractères au plus."},
    )
    quality = forms.CharField(
        label="Sa qualité, telle qu’elle s’écrit dans un acte",
        max_length=120,
        help_text="Par exemple : Maire, Première adjointe.",
        error_messages={"required": "Indiquez sa qualité.", "max_length": "La qualité compte 120 caractères au plus."},
    )
    email = forms.EmailField(
        label="Son adresse électronique",
        max_length=254,
        help_text="À son nom, et qu’elle seule ouvre : l’adresse de la mairie n’est pas acceptée.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Indiquez son adresse électronique.",
            "invalid": "Cette adresse n’est pas complète : elle s’écrit comme prenom.nom@exemple.fr.",
        },
    )


class DepartureForm(forms.Form):
    """The last day of a role, and who takes over."""

    last_day = day_field("Dernier jour", "La personne garde son accès ce jour-là, et le perd le lendemain.")
    successor = forms.TypedChoiceField(
        label="Qui prend la suite",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="Une personne déjà en fonction ici. Vous pourrez changer jusqu’au dernier jour.",
        error_messages={"invalid_choice": "Cette personne n’est plus en fonction ici : choisissez-en une autre."},
    )

    def __init__(self, *args: Any, successors: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["successor"]
        assert isinstance(field, forms.TypedChoiceField)
        named = [(one.user_id, f"{one.user.name}, {one.quality or one.get_role_display()}") for one in successors]
        field.choices = [("", "Personne pour l’instant : à attribuer plus tard"), *named]
        self._people = {one.user_id: one.user for one in successors}

    @property
    def chosen_successor(self) -> User | None:
        """Who takes over, or None to leave it to be given."""
        return self._people.get(self.cleaned_data["successor"])


class HelpForm(forms.Form):
    """Why one is helped, and until when."""

    motive = forms.CharField(
        label="Pourquoi",
        max_length=300,
        help_text="Par exemple : préparer la délibération, reprendre le site pendant un congé.",
        error_messages={"required": "Dites pourquoi.", "max_length": "Le motif compte 300 caractères au plus."},
    )
    last_day = day_field("Dernier jour", "L’accès se ferme de lui-même le lendemain.")
