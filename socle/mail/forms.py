"""Forms of the screens of the mail. Forms read and shape; the rules judge."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from socle.mail.models.boxes import Kind
from socle.mail.queries import GIGABYTE
from socle.people.forms import day_field
from socle.people.models import User
from socle.ui.meanwhile import Filled

# The quotas one gives to a box, in gigabytes: a choice rather than a number to type.
SIZES = (1, 2, 5, 10, 20, 50)


def sizes(*more: int) -> list[tuple[str, str]]:
    """The quotas offered, in bytes, with those that boxes have already."""
    offered = sorted({size * GIGABYTE for size in SIZES} | {one for one in more if one})
    return [(str(one), f"{one / GIGABYTE:g} Go".replace(".", ",")) for one in offered]


def address_field(**options: Any) -> forms.CharField:
    """The start of an address: typed without its domain, never corrected by a phone."""
    attributes = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(max_length=120, widget=forms.TextInput(attrs=attributes), **options)


class BoxForm(forms.Form):
    """A box: for one person, or shared."""

    kind = forms.ChoiceField(
        label="Pour qui ?",
        choices=[
            (Kind.SHARED, "Pour un service de la mairie, ouverte à plusieurs personnes"),
            (Kind.PERSONAL, "Pour une personne, ouverte à elle seule"),
        ],
        initial=Kind.SHARED,
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez à qui est cette boîte.", "invalid_choice": "Choisissez l’un des deux."},
    )
    person = forms.ModelChoiceField(
        label="Cette personne",
        queryset=User.objects.none(),
        required=False,
        empty_label="Personne (boîte partagée)",
        help_text="Seulement pour une boîte personnelle. Elle doit avoir une fonction à la mairie.",
        error_messages={"invalid_choice": "Cette personne n’a pas de fonction à la mairie aujourd’hui."},
    )
    local_part = address_field(
        label="Début de l’adresse",
        error_messages={
            "required": "Écrivez le début de l’adresse.",
            "max_length": "Il est trop long.",
        },
    )
    display_name = forms.CharField(
        label="Nom que verront les destinataires",
        max_length=120,
        help_text="Par exemple Urbanisme – Mairie de Prisches, ou prénom et nom.",
        error_messages={"required": "Donnez ce nom.", "max_length": "Ce nom compte 120 caractères au plus."},
    )
    quota = forms.TypedChoiceField(
        label="Place",
        coerce=int,
        error_messages={"required": "Choisissez la place.", "invalid_choice": "Choisissez une des places offertes."},
    )

    def __init__(self, *args: Any, people: Iterable[User], domain: str, quota: int, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"kind": Kind.SHARED, "quota": str(quota)})
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(pk__in=[one.pk for one in people]).order_by("name")  # type: ignore[attr-defined]
        self.fields["quota"].choices = sizes(quota)  # type: ignore[attr-defined]
        self.fields["local_part"].help_text = (
            f"Ce qui précède @{domain}\u00a0: urbanisme, accueil, prenom.nom… Lettres sans accent, chiffres, points et "
            "traits d’union."
        )


class NameForm(Filled, forms.Form):
    """The name that recipients see."""

    display_name = forms.CharField(
        label="Nom que verront les destinataires",
        max_length=120,
        error_messages={"required": "Donnez ce nom.", "max_length": "Ce nom compte 120 caractères au plus."},
    )


class SizeForm(Filled, forms.Form):
    """The quota of a box."""

    quota = forms.TypedChoiceField(label="Place", coerce=int, error_messages={"required": "Choisissez la place."})

    def __init__(self, *args: Any, quota: int, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"quota": str(quota)})
        super().__init__(*args, **kwargs)
        self.fields["quota"].choices = sizes(quota)  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    """Somebody of the mairie, and whether they write under the address."""

    person = forms.ModelChoiceField(
        label="Ouvrir à",
        queryset=User.objects.none(),
        empty_label="Choisissez une personne",
        error_messages={
            "required": "Choisissez une personne.",
            "invalid_choice": "Cette personne n’a pas de fonction à la mairie aujourd’hui.",
        },
    )
    may_send = forms.BooleanField(label="Elle peut aussi écrire sous cette adresse", required=False, initial=True)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(pk__in=[one.pk for one in people]).order_by("name")  # type: ignore[attr-defined]


class AbsenceForm(Filled, forms.Form):
    """The answer of a box during an absence."""

    starts_on = day_field("Premier jour d’absence")
    ends_on = day_field("Dernier jour d’absence", "Laissez vide si vous ne le connaissez pas encore.", required=False)
    subject = forms.CharField(
        label="Objet",
        max_length=150,
        error_messages={"required": "Écrivez l’objet.", "max_length": "L’objet compte 150 caractères au plus."},
    )
    text = forms.CharField(
        label="Réponse",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="Chaque personne qui vous écrit la reçoit une seule fois.",
        error_messages={"required": "Écrivez la réponse.", "max_length": "La réponse compte 2 000 caractères au plus."},
    )


class ForwardForm(Filled, forms.Form):
    """The address to which a box is forwarded."""

    destination = forms.CharField(
        label="Vers l’adresse",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Écrivez l’adresse.", "max_length": "Cette adresse est trop longue."},
    )
    is_copy_kept = forms.BooleanField(
        label="Garder une copie dans cette boîte",
        required=False,
        initial=True,
        help_text="Conseillé\u00a0: la mairie garde ce qu’elle a reçu.",
    )


class RestoreForm(forms.Form):
    """The day of which a box is restored."""

    as_of = day_field("Telle qu’elle était le soir du")


class AliasForm(forms.Form):
    """An address that leads to others."""

    is_group = forms.TypedChoiceField(
        label="Que voulez-vous créer ?",
        choices=[
            ("no", "Une autre adresse pour une boîte (par exemple, accueil@ mène à mairie@)"),
            ("yes", "Un groupe de personnes (par exemple, conseil@ mène à tout le conseil)"),
        ],
        coerce=lambda value: value == "yes",
        initial="no",
        widget=forms.RadioSelect,
        error_messages={"required": "Choisissez l’un des deux.", "invalid_choice": "Choisissez l’un des deux."},
    )
    local_part = address_field(
        label="Début de l’adresse",
        error_messages={
            "required": "Écrivez le début de l’adresse.",
            "max_length": "Il est trop long.",
        },
    )
    name = forms.CharField(
        label="Nom", max_length=120, required=False, help_text="Pour vous y retrouver\u00a0: Conseil municipal."
    )
    destinations = forms.CharField(
        label="Ce qui y est écrit va à",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=(
            "Une adresse par ligne. Pour une boîte de la mairie, le début suffit\u00a0: mairie. Vers l’extérieur, "
            "rien ne part avant que la personne ait donné son accord."
        ),
        error_messages={
            "required": "Indiquez au moins une adresse.",
            "max_length": "Cette liste est trop longue\u00a0: 50 adresses au plus.",
        },
    )

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["local_part"].help_text = f"Ce qui précède @{domain}."

    def clean_destinations(self) -> list[str]:
        text = str(self.cleaned_data["destinations"]).replace(",", "\n").replace(";", "\n")
        return [line.strip() for line in text.splitlines() if line.strip()]


class DestinationForm(forms.Form):
    """One more destination of an alias."""

    address = forms.CharField(
        label="Ajouter une adresse",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="Le début suffit pour une boîte de la mairie.",
        error_messages={"required": "Écrivez l’adresse.", "max_length": "Cette adresse est trop longue."},
    )
    name = forms.CharField(label="Nom de la personne", max_length=120, required=False)


class ActivateForm(forms.Form):
    """Why a domain is put in service although its mail does not arrive here yet."""

    reason = forms.CharField(
        label="Raison",
        min_length=15,
        max_length=300,
        help_text="En une phrase, qui reste au journal\u00a0: par exemple, bascule convenue avec la mairie ce soir.",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={
            "required": "Écrivez la raison en une phrase\u00a0: elle reste au journal.",
            "min_length": "Écrivez la raison en une phrase entière\u00a0: elle reste au journal.",
            "max_length": "La raison est trop longue\u00a0: 300 caractères au plus.",
        },
    )


class ImportForm(forms.Form):
    """An old box, at another provider."""

    login = forms.CharField(
        label="Ancienne adresse électronique",
        max_length=254,
        help_text="Celle de l’ancienne boîte, entière\u00a0: mairie.prisches@wanadoo.fr.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Écrivez l’ancienne adresse.", "max_length": "Cette adresse est trop longue."},
    )
    password = forms.CharField(
        label="Son mot de passe",
        max_length=300,
        strip=False,
        help_text="Il sert à cette reprise seulement, rangé chiffré, et s’efface dès qu’elle est finie.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Écrivez le mot de passe.", "max_length": "Ce mot de passe est trop long."},
    )
    host = forms.CharField(
        label="Serveur IMAP",
        max_length=253,
        required=False,
        help_text="Laissez vide pour Orange, Wanadoo, Free, SFR, La Poste ou Nordnet\u00a0: nous le connaissons.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": "Ce nom de serveur est trop long."},
    )


class PasswordForm(forms.Form):
    """The old password again, when an import stopped."""

    password = forms.CharField(
        label="Mot de passe de l’ancienne boîte",
        max_length=300,
        strip=False,
        required=False,
        help_text="Laissez vide s’il n’a pas changé et que la reprise l’a encore.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


class AllowanceForm(Filled, forms.Form):
    """The quota of one mairie, and why it is not everybody's."""

    total = forms.IntegerField(
        label="Place en tout, en Go",
        min_value=1,
        max_value=2000,
        error_messages={
            "required": "Écrivez la place, en Go.",
            "invalid": "Écrivez un nombre entier de Go.",
            "min_value": "Au moins 1\u00a0Go.",
            "max_value": "Au plus 2\u00a0000\u00a0Go.",
        },
    )
    reason = forms.CharField(label="Raison", max_length=300, error_messages={"required": "Dites pourquoi."})


class ReasonForm(forms.Form):
    """Why an officer acts without waiting."""

    reason = forms.CharField(label="Raison", max_length=300, error_messages={"required": "Dites pourquoi."})
