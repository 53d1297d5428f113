"""Forms of the screens of the mairie. Forms read and shape; the rules of the rooms below judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet

from socle.deliberations.matters import grouped
from socle.deliberations.models import Act
from socle.deliberations.rules import why_not_kind
from socle.documents.fields import PdfField
from socle.eliminations.models import SlipArticle
from socle.eliminations.queries import ended_by_slip
from socle.inbox.models import ContactMessage, Status
from socle.lib import siret as siret_numbers
from socle.lib.text import folded
from socle.people.models import Beneficiary, Membership
from socle.programme.models import Service
from socle.ui.fields import DayInput
from socle.ui.meanwhile import Filled

DATE_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]
WRONG_DATE = "Cette date ne se lit pas\u00a0: écrivez-la jour, mois, année, comme 25/11/2026."
WANTED = "Ce renseignement est nécessaire."


class DayField(forms.DateField):
    """A day: the browser's calendar where there is one, typed in French anywhere."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", DayInput())
        kwargs.setdefault("error_messages", {"invalid": WRONG_DATE, "required": "Indiquez cette date."})
        super().__init__(input_formats=DATE_FORMATS, **kwargs)


class SiretForm(forms.Form):
    """The SIRET, as people read and type it: with spaces."""

    siret = forms.CharField(
        label="SIRET",
        max_length=25,
        help_text="14 chiffres, avec ou sans espaces.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"required": "Indiquez le SIRET.", "max_length": "Un SIRET compte 14 chiffres."},
    )

    def __init__(self, *args: Any, beneficiary: Beneficiary, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"siret": siret_numbers.spaced(beneficiary.siret)})
        super().__init__(*args, **kwargs)


class ServicesForm(Filled, forms.Form):
    """The services taken, out of the offer."""

    services = forms.TypedMultipleChoiceField(
        label="Services",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Cochez au moins un service.",
            "invalid_choice": "Un des services cochés n’est plus dans l’offre : rechargez la page.",
        },
    )

    def __init__(self, *args: Any, offer: list[Service], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["services"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(service.pk, service.name) for service in offer]


class KindForm(forms.Form):
    """The kind of an act."""

    kind = forms.ChoiceField(
        label="Nature",
        choices=[("", "À choisir"), *Act.QUALIFIED],
        error_messages=dict.fromkeys(("required", "invalid_choice"), str(why_not_kind(""))),
    )


# How an act is published otherwise than by the platform.
MODES = [
    (Act.Mode.POSTED.value, "Affiché à la mairie"),
    (Act.Mode.PAPER.value, "Sur papier, à lire à la mairie"),
    (Act.Mode.ELECTRONIC.value, "En ligne, ailleurs que sur ce site"),
]


class DescriptionForm(Filled, forms.Form):
    """Who answers for an act, and its matter: names, never codes. Unsaid, the mayor and what the subject calls for."""

    author_name = forms.CharField(
        label="Prénom et nom de l’auteur ou de l’autrice",
        required=False,
        max_length=120,
        help_text="Le public le lit avec l’acte, comme la loi le veut.",
        error_messages={"max_length": "120 caractères au plus."},
    )
    author_quality = forms.CharField(
        label="Sa qualité",
        required=False,
        max_length=120,
        help_text="Par exemple\u00a0: maire.",
        error_messages={"max_length": "120 caractères au plus."},
    )
    matter = forms.ChoiceField(
        label="Matière",
        required=False,
        choices=[("", "D’après l’objet"), *((name, list(matters)) for name, matters in grouped())],
        help_text="La rubrique de l’acte pour la préfecture et les données ouvertes.",
        error_messages={"invalid_choice": "Choisissez une matière de la liste."},
    )


class ActForm(KindForm, DescriptionForm):
    """An act, its road, and its text."""

    number = forms.CharField(
        label="Numéro de l’acte",
        max_length=30,
        help_text="Tel qu’il figure sur l’acte, comme 2026-12.",
        error_messages={"required": "Indiquez le numéro.", "max_length": "Le numéro compte 30 caractères au plus."},
    )
    subject = forms.CharField(
        label="Objet",
        max_length=500,
        error_messages={"required": "Indiquez l’objet.", "max_length": "L’objet compte 500 caractères au plus."},
    )
    adopted_on = DayField(label="Adopté le", help_text="Le jour de la séance, ou de la signature d’un arrêté.")
    received_on = DayField(
        label="Reçu en préfecture le",
        required=False,
        help_text="La date de l’accusé de réception. Laissez vide si vous ne l’avez pas encore.",
    )
    not_transmissible_because = forms.CharField(
        label="S’il n’a pas à être transmis, pourquoi",
        required=False,
        max_length=300,
        help_text="Laissez vide dans le cas ordinaire\u00a0: l’acte est transmis à la préfecture.",
        error_messages={"max_length": "Le motif compte 300 caractères au plus."},
    )
    published_on = DayField(
        label="Publié le",
        required=False,
        help_text="Affiché ou mis en ligne. Le public lit cette date comme déclarée par la mairie. Laissez vide si ce "
        "n’est pas fait. Pour un acte individuel\u00a0: le jour où il a été notifié.",
    )
    mode = forms.ChoiceField(label="Comment a-t-il été publié", required=False, choices=[("", "Non précisé"), *MODES])
    document = PdfField(
        label="Texte de l’acte",
        required=False,
        help_text="Un PDF de 20\u00a0Mo au plus. Vous pourrez le déposer plus tard.",
    )
    attach = forms.BooleanField(
        label="Rattacher cette délibération à la convention",
        required=False,
        initial=True,
        help_text="C’est elle qui permet de signer.",
    )

    def __init__(self, *args: Any, can_attach: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can_attach:
            del self.fields["attach"]


class ReceptionForm(forms.Form):
    """The day the prefecture received the act."""

    received_on = DayField(label="Reçu en préfecture le", help_text="La date de l’accusé de réception.")


class NotificationForm(forms.Form):
    """The day an individual act was notified."""

    notified_on = DayField(label="Notifié le", help_text="Le jour où la personne l’a reçu.")


class HeldBackForm(forms.Form):
    """The personal data that an act holds; empty, the public reads it."""

    because = forms.CharField(
        label="Quelles données personnelles contient-il\u00a0?",
        max_length=300,
        required=False,
        help_text="Par exemple\u00a0: le nom et l’adresse d’une personne aidée. N’écrivez pas ces données ici.",
        error_messages={"max_length": "300 caractères au plus."},
    )


class PublicationForm(forms.Form):
    """The day the act was published, and how."""

    published_on = DayField(label="Publié le", help_text="Le public lit cette date comme déclarée par la mairie.")
    mode = forms.ChoiceField(
        label="Comment",
        choices=MODES,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choisissez comment il a été publié."),
    )
    certificate = forms.CharField(
        label="Ce qui le prouve",
        max_length=1000,
        help_text="Par exemple\u00a0: affiché à la porte de la mairie du 3 au 20\u00a0octobre, certificat du garde "
        "champêtre.",
        required=False,
        error_messages={"max_length": "1\u202f000 caractères au plus."},
    )
    proof = PdfField(label="Ou le certificat d’affichage, en PDF", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # One of the two is wanted: neither is said to be optional.
        for name in ("certificate", "proof"):
            self.fields[name].is_answered = True  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            not cleaned.get("certificate")
            and not cleaned.get("proof")
            and not {"certificate", "proof"} & self.errors.keys()
        ):
            self.add_error("certificate", "Dites ce qui le prouve, ou joignez le certificat.")
        return cleaned


class DocumentForm(forms.Form):
    """The text of an act, handed over."""

    document = PdfField(label="Texte de l’acte")


class MembershipField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Not generic when it runs.
    """Someone who holds an office, shown by name and quality."""

    def label_from_instance(self, obj: Membership) -> str:
        return f"{obj.user.name}, {obj.quality or obj.get_role_display()}"


class SignatoryForm(Filled, forms.Form):
    """Who signs for the beneficiary, among those who may."""

    membership = MembershipField(
        label="Qui signera",
        queryset=Membership.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": "Choisissez une personne.", "invalid_choice": "Cette personne ne peut pas signer."},
    )

    def __init__(self, *args: Any, memberships: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["membership"]
        assert isinstance(field, MembershipField)
        field.queryset = Membership.objects.select_related("user").filter(pk__in=[one.pk for one in memberships])


class SignForm(forms.Form):
    """The consent: one signs what one has read."""

    has_read = forms.BooleanField(
        label="J’ai lu la convention et je la signe au nom de mon organisme",
        error_messages={"required": "Cochez cette case pour signer\u00a0: on signe ce qu’on a lu."},
    )
    # What was shown is what is signed: another version printed meanwhile is refused.
    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)


class MessageFilters(forms.Form):
    """Filters read from the address: one that cannot be understood is left out, and the list still shows."""

    q = forms.CharField(label="Chercher", required=False, max_length=80)
    etat = forms.ChoiceField(label="État", required=False)

    STATES: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {
        "": ("À traiter et répondus", (Status.NEW, Status.ANSWERED)),
        "a-traiter": ("À traiter", (Status.NEW,)),
        "repondus": ("Répondus", (Status.ANSWERED,)),
        "classes": ("Classés", (Status.CLOSED,)),
        "indesirables": ("Indésirables", (Status.SPAM,)),
        "tous": ("Tous", tuple(Status)),
    }
    PAST = ("au-terme", "Au terme de leur durée")

    def __init__(self, *args: Any, with_past: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["etat"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, label) for code, (label, _) in self.STATES.items()]
        if with_past:
            field.choices = [*field.choices, self.PAST]
        if not self.is_valid():
            self.errors.clear()

    @property
    def is_used(self) -> bool:
        return any(self.cleaned_data.values())

    @property
    def asks_past(self) -> bool:
        """Whether those whose period is over are asked for: another list, which few read."""
        return bool(self.cleaned_data.get("etat") == self.PAST[0])

    def narrow(self, found: QuerySet[ContactMessage]) -> QuerySet[ContactMessage]:
        """Keep what the filters ask for; words are looked for in the names, the addresses and the messages."""
        said = self.cleaned_data
        for word in folded(said.get("q", "").replace("\0", "")).split():
            found = found.filter(search_text__contains=word)
        return found if self.asks_past else found.filter(status__in=self.STATES[said.get("etat", "")][1])


class NameForm(forms.Form):
    """A domain, as people write it, what it is to serve, and how the site is shown under it."""

    domain = forms.CharField(
        label="Nom de domaine de la commune",
        max_length=300,
        help_text="Celui que la commune a acheté, par exemple prisches.fr. Le www s’ajoute de lui-même.",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Écrivez le nom de domaine.", "max_length": "Ce nom est trop long."},
    )
    uses = forms.MultipleChoiceField(
        label="À quoi il sert",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choisissez à quoi ce nom sert."},
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

    def __init__(self, *args: Any, uses: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = [code for code, _ in uses]
        if len(uses) > 1:
            self.fields["uses"].choices = uses  # type: ignore[attr-defined]
        else:
            del self.fields["uses"]
        if "site" not in self.offered:
            del self.fields["is_www_first"], self.fields["wanted_main"]

    @property
    def chosen(self) -> list[str]:
        """The codes of what the name is to serve."""
        return list(self.cleaned_data.get("uses", self.offered))


ARCHIVES_SERVICE: dict[str, Any] = {
    "max_length": 120,
    "error_messages": {"required": "Écrivez le nom du service d’archives."},
}


class VisaForm(forms.Form):
    """The visa, as the slip bears it."""

    visa_on = DayField(label="Date du visa")
    visa_from = forms.CharField(
        label="Service qui a visé",
        help_text="Par exemple\u00a0: Archives départementales du Pas-de-Calais.",
        **ARCHIVES_SERVICE,
    )
    reference = forms.CharField(label="Référence, s’il y en a une", max_length=80, required=False)
    refused = forms.MultipleChoiceField(
        label="Articles que les archives refusent", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, articles: Iterable[SlipArticle], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["refused"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(one.rank), f"Article {one.rank}") for one in articles]


class AgreementForm(forms.Form):
    """An agreement given once by the archives, for one kind of archives."""

    rule = forms.ChoiceField(
        label="Ce que l’accord couvre",
        error_messages={"required": "Choisissez dans la liste.", "invalid_choice": "Choisissez dans la liste."},
    )
    service = forms.CharField(label="Service d’archives", **ARCHIVES_SERVICE)
    reference = forms.CharField(
        label="Référence de l’accord", max_length=80, error_messages={"required": "Écrivez la référence de l’accord."}
    )
    signed_on = DayField(label="Signé le")
    ends_on = DayField(label="Valable jusqu’au", required=False, help_text="Rien s’il n’a pas de terme.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["rule"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choisissez"), *((one.code, one.what) for one in ended_by_slip())]
