"""Forms of the desk of an assembly. Forms read and shape; the rules of the room judge."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from socle.assemblies.functions import function_choices
from socle.assemblies.models import Assembly, Item, Meeting, Member, Posting, StatuteRule
from socle.deliberations.matters import codes, name_of
from socle.deliberations.models import Act, Incoming, TransmissionAccount
from socle.deliberations.transmission_rules import BODY_NATURES, replies_to
from socle.documents.fields import PdfField, ScannedFileField
from socle.lib import photographs
from socle.people.models import Beneficiary, Operator
from socle.ui.fields import DayField, DayInput, MomentField
from socle.ui.meanwhile import Filled

# How the devices are called on a screen; what a simulated one sends goes nowhere.
TRANSMITTERS = {"s2low": "S²LOW", "simulated": "Dispositif simulé de la démonstration : rien ne part"}
WANTED = {"required": "Ce renseignement est nécessaire."}


class MeetingForm(forms.Form):
    """When and where a meeting is held."""

    starts_at = MomentField(
        label="Jour et heure", wants_hour=True, error_messages={"required": "Indiquez le jour et l’heure."}
    )
    place = forms.CharField(label="Lieu", max_length=200, required=False)


class ConvocationForm(Filled, MeetingForm):
    """When, where, and what the convocation says besides the agenda."""

    note = forms.CharField(
        label="Note explicative de synthèse",
        required=False,
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Exigée à partir de 3\u00a0500 habitants.",
    )
    urgency = forms.CharField(
        label="Motif de l’urgence",
        required=False,
        max_length=300,
        help_text="Seulement si le délai est abrégé\u00a0: le conseil se prononcera à l’ouverture de la séance.",
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        names = ("starts_at", "place", "note", "urgency")
        kwargs.setdefault("initial", {name: getattr(meeting, name) for name in names})
        super().__init__(*args, **kwargs)


class SubjectsForm(forms.Form):
    """Items to write on the agenda, one a line."""

    subjects = forms.CharField(
        label="Points à inscrire",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Un par ligne. Leur exposé et leurs articles s’écrivent ensuite.",
        error_messages={"required": "Écrivez au moins un point."},
    )


class MemberChoice(forms.ModelChoiceField[Member]):
    """A member, under their name."""

    def label_from_instance(self, obj: Member) -> str:
        return obj.titled


class ItemForm(Filled, forms.Form):
    """An item of the agenda."""

    subject = forms.CharField(label="Objet", max_length=499, error_messages=WANTED)
    grounds = forms.CharField(
        label="Exposé",
        required=False,
        max_length=60000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Pourquoi\u00a0: une ligne vide sépare deux paragraphes.",
    )
    decision = forms.CharField(
        label="Ce qui est décidé",
        required=False,
        max_length=60000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Un article par ligne\u00a0: ils seront numérotés.",
    )
    kind = forms.ChoiceField(label="Nature", choices=Item.Kind.choices)
    matter = forms.ChoiceField(
        label="Matière",
        required=False,
        help_text="Pour la préfecture et les données ouvertes\u00a0; proposée d’après l’objet.",
    )
    reporter = MemberChoice(
        label="Rapporteur ou rapporteure",
        queryset=Member.objects.none(),
        required=False,
        empty_label="Personne en particulier",
    )
    proposer = forms.CharField(label="À la demande de", max_length=120, required=False)
    college = forms.CharField(
        label="Collège qui vote", max_length=120, required=False, help_text="Vide\u00a0: toute l’assemblée."
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(item, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        matter, reporter = self.fields["matter"], self.fields["reporter"]
        assert isinstance(matter, forms.ChoiceField)
        assert isinstance(reporter, forms.ModelChoiceField)
        matter.choices = [("", "D’après l’objet"), *((code, name_of(code)) for code in codes())]
        members = item.meeting.assembly.members.in_office(item.meeting.held_on)
        reporter.queryset = members
        if not members.exclude(college="").exists():
            del self.fields["college"]

    def clean_college(self) -> str:
        return " ".join(self.cleaned_data["college"].split())


class MembersForm(forms.Form):
    """Members to write, one a line."""

    names = forms.CharField(
        label="Membres",
        max_length=20000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=(
            "Un par ligne, dans l’ordre du tableau, avec l’adresse électronique si elle est connue. Exemple\u00a0: "
            "«\u00a0Mme Claire Exemple, maire, claire@exemple.fr\u00a0»."
        ),
        error_messages={"required": "Écrivez au moins un nom."},
    )


class MemberForm(Filled, forms.Form):
    """A member of the assembly."""

    name = forms.CharField(label="Prénom et nom", max_length=120, error_messages=WANTED)
    civility = forms.ChoiceField(label="Civilité", choices=Member.Civility.choices, required=False)
    function = forms.ChoiceField(label="Fonction")
    delegation = forms.CharField(label="Délégation", max_length=300, required=False)
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        help_text="La convocation y part\u00a0; sans elle, elle s’imprime.",
    )
    college = forms.CharField(label="Collège", max_length=120, required=False)
    born_on = forms.DateField(
        label="Date de naissance",
        required=False,
        widget=DayInput(),
        help_text="Ne sert qu’à une nomination à égalité de voix.",
    )
    came_on = forms.DateField(label="En exercice depuis le", required=False, widget=DayInput())

    def __init__(self, *args: Any, member: Member, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(member, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
        function = self.fields["function"]
        assert isinstance(function, forms.ChoiceField)
        function.choices = function_choices(member.assembly.is_commune)


class AssemblyForm(Filled, forms.Form):
    """The form of an assembly, and the population of its last general renewal."""

    name = forms.CharField(label="Nom de l’assemblée", max_length=120, error_messages=WANTED)
    kind = forms.ChoiceField(label="Forme de l’organisme", choices=Assembly.Kind.choices)
    population = forms.IntegerField(
        label="Population au dernier renouvellement général",
        required=False,
        min_value=0,
        max_value=100_000_000,
        help_text="Le délai de convocation en dépend. Pour un EPCI, celle de sa commune la plus peuplée.",
    )
    place = forms.CharField(label="Lieu habituel", max_length=200, required=False)
    district = forms.CharField(
        label="Arrondissement",
        max_length=80,
        required=False,
        help_text="Comme «\u00a0Avesnes-sur-Helpe\u00a0»\u00a0: en tête des papiers. Vide, rien n’est écrit.",
    )
    appeal = forms.CharField(
        label="Voies et délais de recours",
        max_length=600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Écrits au bas de chaque délibération, tels quels. Exemple, à faire vérifier\u00a0: «\u00a0La "
        "présente délibération peut faire l’objet d’un recours devant le tribunal administratif de …, dans un délai de "
        "deux mois à compter de sa publication.\u00a0»",
    )
    has_rejected_in_register = forms.BooleanField(label="Écrire au registre les délibérations rejetées", required=False)

    def __init__(self, *args: Any, assembly: Assembly, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(assembly, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)


class ArmsField(ScannedFileField):
    """The coat of arms of a body: a PNG or a JPEG, of which `cleaned_data` holds a small PNG."""

    most_bytes = 5 * 1024 * 1024
    # The size at which the papers draw it, three points of the file to one of the paper, and what is opened at most.
    BOX, MOST_POINTS = (180, 240), 25_000_000

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploaded = super().clean(data, initial)
        if not isinstance(uploaded, UploadedFile):
            return None
        if (uploaded.size or 0) > self.most_bytes:
            raise forms.ValidationError("Cette image dépasse 5\u00a0Mo\u00a0: réduisez-la.")
        content = uploaded.read()
        try:
            # Before any library opens it: of pieces without end, theirs is a minute of work.
            photographs.check(content)
            with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as picture:
                if picture.width * picture.height > self.MOST_POINTS:
                    raise forms.ValidationError("Cette image a trop de points\u00a0: réduisez-la.")
                small = picture.convert("RGBA")
        except (
            photographs.Endless,
            photographs.NotAPhotograph,
            Image.DecompressionBombError,
            OSError,
            ValueError,
        ) as error:
            raise forms.ValidationError(
                "Cette image ne se lit pas\u00a0: déposez les armoiries en PNG ou en JPEG."
            ) from error
        small.thumbnail(self.BOX)
        drawn = BytesIO()
        small.save(drawn, "PNG", optimize=True)
        return drawn.getvalue()


class ArmsForm(forms.Form):
    """The coat of arms of a body, at the head of its papers."""

    arms = ArmsField(
        label="Armoiries",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        help_text="PNG ou JPEG, 5\u00a0Mo au plus. En tête des papiers qui seront faits ensuite.",
        error_messages={"required": "Choisissez le fichier."},
    )


class StatuteForm(forms.ModelForm[StatuteRule]):
    """A rule of the statutes."""

    class Meta:
        model = StatuteRule
        fields = ("topic", "comparison", "numerator", "denominator", "source", "first_on")
        widgets = {"first_on": DayInput()}


class PostingForm(forms.Form):
    """A paper of a meeting that was posted, from a day to another."""

    what = forms.ChoiceField(
        label="Ce qui a été affiché", choices=[(one.value, one.label.capitalize()) for one in Posting.What]
    )
    first_on = DayField(label="Du", error_messages=WANTED)
    last_on = DayField(label="Au", error_messages=WANTED)
    has_copy = forms.BooleanField(
        label="Un exemplaire sur papier est à la disposition du public",
        required=False,
        help_text="Du procès-verbal, la loi le veut.",
    )


class StampedForm(forms.Form):
    """The copies that the prefecture stamped, scanned in one file, and their day."""

    received_on = DayField(label="Date du tampon", error_messages={"required": "Indiquez cette date."})
    document = PdfField(label="Exemplaires tamponnés, numérisés")


class ElsewhereForm(forms.Form):
    """The receipt of an act that was sent on another platform."""

    act = forms.ChoiceField(label="Acte")
    received_on = DayField(label="Reçu en préfecture le", error_messages={"required": "Indiquez cette date."})
    document = PdfField(label="Accusé de réception")
    identifier = forms.CharField(
        label="Identifiant de l’accusé",
        max_length=60,
        required=False,
        help_text="Par exemple : 059-200039386-20211123-2021_16-DE.",
    )

    def __init__(self, *args: Any, acts: Sequence[Act], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["act"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(act.pk), act.name) for act in acts]


class ReplyForm(forms.Form):
    """The answer to a letter of the prefecture: which, where there is a choice, and its PDF."""

    flow = forms.ChoiceField(
        label="Votre réponse", widget=forms.RadioSelect, error_messages={"required": "Choisissez ce que vous répondez."}
    )
    document = PdfField(label="La réponse et ses pièces, en un PDF")

    def __init__(self, *args: Any, letter: Incoming, **kwargs: Any) -> None:
        # Several letters have their forms on one page.
        kwargs["prefix"] = f"lettre-{letter.pk}"
        super().__init__(*args, **kwargs)
        field, flows = self.fields["flow"], replies_to(letter)
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(flow.value, str(flow.label).capitalize()) for flow in reversed(flows)]
        if len(flows) == 1:
            field.widget = forms.HiddenInput()
            field.initial = flows[0].value


class CancelForm(forms.Form):
    """That somebody means to have a sending cancelled."""

    confirmed = forms.BooleanField(
        label="Je demande l’annulation de cette transmission",
        error_messages={"required": "Cochez la case pour confirmer\u00a0: la réception est effacée à l’accord."},
    )


class AccountForm(Filled, forms.Form):
    """How a body sends electronically, as its convention with the prefecture says."""

    agreed_on = DayField(label="Convention avec la préfecture signée le")
    transmitter = forms.ChoiceField(label="Dispositif de transmission")
    device = forms.CharField(label="Trigramme du dispositif", max_length=3)
    address = forms.URLField(label="Adresse du dispositif", required=False, assume_scheme="https")
    siren = forms.CharField(label="SIREN", max_length=9)
    department = forms.CharField(label="Département", max_length=3, help_text="Sur trois caractères : 059.")
    district = forms.CharField(label="Arrondissement", max_length=1, help_text="Un chiffre, que dit la convention.")
    nature = forms.ChoiceField(label="Nature de l’organisme", choices=list(BODY_NATURES.items()))
    email = forms.EmailField(label="Adresse des réponses de la préfecture")
    referent = forms.CharField(label="Personne à joindre", max_length=120, required=False)
    phone = forms.CharField(label="Téléphone", max_length=20, required=False)
    login = forms.CharField(label="Identifiant", max_length=120, required=False)
    password = forms.CharField(
        label="Mot de passe",
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Vide : celui d’avant reste.",
    )
    is_compulsory = forms.BooleanField(
        label="La transmission électronique est obligatoire pour cet organisme", required=False
    )

    def __init__(self, *args: Any, owner: Beneficiary | Operator, **kwargs: Any) -> None:
        account = TransmissionAccount.of(owner)
        shown = [name for name in self.base_fields if name != "password"]
        initial: dict[str, Any] = {"siren": owner.siret[:9]}
        if isinstance(owner, Beneficiary):
            initial |= {"department": owner.department.code.zfill(3), "nature": "31"}
        kwargs.setdefault("initial", {name: getattr(account, name) for name in shown} if account else initial)
        super().__init__(*args, is_kept=account is not None, **kwargs)
        transmitter = self.fields["transmitter"]
        assert isinstance(transmitter, forms.ChoiceField)
        transmitter.choices = [(code, TRANSMITTERS.get(code, code)) for code in settings.SOCLE_TRANSMITTERS]


class CertificateForm(forms.Form):
    """The certificate of the body and its key, as its device gave them."""

    certificate = ScannedFileField(label="Certificat (.p12 ou .pem)")
    certificate_password = forms.CharField(
        label="Mot de passe du fichier", required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )


class RoundsField(forms.CharField):
    """The rounds of an appointment: « Claire Exemple : 9 » a line, an empty line between two rounds."""

    LINE = re.compile(r"(?P<name>.+?)\s*[:=]\s*(?P<voices>[0-9]{1,4})")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label="Voix de chaque candidat ou candidate", max_length=10000, required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the voices of each candidate, by name, round by round."""
        rounds: list[dict[str, int]] = [{}]
        for line in super().clean(value).splitlines():
            if not line.strip():
                rounds.append({})
                continue
            match = self.LINE.fullmatch(line.strip())
            if match is None:
                raise forms.ValidationError(
                    f"«\u00a0{line.strip()[:60]}\u00a0» ne se lit pas\u00a0: écrivez un nom, deux-points, ses voix."
                )
            rounds[-1][match["name"]] = int(match["voices"])
        return [one for one in rounds if one]


class RoundsForm(forms.Form):
    """An appointment, as it went."""

    rounds = RoundsField()


HEAD = "À égalité, la présidence a voté"
HEAD_VOTES = [("", "Sans objet"), ("for", "Pour"), ("against", "Contre"), ("none", "Ni pour, ni contre")]


class VoteForm(forms.Form):
    """The voices that are not for; all the others are."""

    against = forms.IntegerField(label="Contre", min_value=0, max_value=1000, required=False)
    abstentions = forms.IntegerField(label="Abstentions, blancs et nuls", min_value=0, max_value=1000, required=False)
    head = forms.ChoiceField(label=HEAD, required=False, choices=HEAD_VOTES)


class BallotForm(forms.Form):
    """A public or a secret ballot: how many of those present ask for each, and the figures of a secret one."""

    public = forms.IntegerField(
        label="Membres qui demandent le scrutin public", min_value=0, max_value=1000, required=False
    )
    secret = forms.IntegerField(
        label="Membres qui demandent le scrutin secret", min_value=0, max_value=1000, required=False
    )
    against = forms.IntegerField(label="Contre", min_value=0, max_value=1000, required=False)
    abstentions = forms.IntegerField(label="Abstentions, blancs et nuls", min_value=0, max_value=1000, required=False)
    head = forms.ChoiceField(
        label=HEAD,
        required=False,
        choices=HEAD_VOTES,
        help_text="Au scrutin public, si elle n’est pas parmi les votants. Au scrutin secret, sans objet.",
    )

    def given(self) -> dict[str, Any]:
        """The figures, nought where nothing is said, and how whoever presides voted."""
        said = dict(self.cleaned_data)
        head = said.pop("head")
        return {name: value or 0 for name, value in said.items()} | {"head": head}


class AnnexForm(forms.Form):
    """A PDF to join to an item."""

    title = forms.CharField(label="Titre de l’annexe", max_length=200, error_messages=WANTED)
    document = PdfField(label="Annexe")


class SignedForm(forms.Form):
    """An act of the meeting, signed with a certificate of one's own."""

    signed = PdfField(label="L’acte signé")
