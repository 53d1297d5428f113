"""Forms of the desk of an assembly. Forms read and shape; the rules of the room judge."""

from __future__ import annotations

from typing import Any

from django import forms

from socle.assemblies.functions import function_choices
from socle.assemblies.models import Assembly, Item, Meeting, Member, StatuteRule
from socle.deliberations.matters import codes, name_of
from socle.ui.fields import DayInput, MomentField

WANTED = {"required": "Ce renseignement est nécessaire."}


class MeetingForm(forms.Form):
    """When and where a meeting is held."""

    starts_at = MomentField(label="Jour et heure", error_messages={"required": "Indiquez le jour et l’heure."})
    place = forms.CharField(label="Lieu", max_length=200, required=False)


class ConvocationForm(MeetingForm):
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


class ItemForm(forms.Form):
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
        help_text="Un par ligne, dans l’ordre du tableau. Exemple\u00a0: «\u00a0Mme Claire Exemple, maire\u00a0».",
        error_messages={"required": "Écrivez au moins un nom."},
    )


class MemberForm(forms.Form):
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


class AssemblyForm(forms.Form):
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

    def __init__(self, *args: Any, assembly: Assembly, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(assembly, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)


class StatuteForm(forms.ModelForm[StatuteRule]):
    """A rule of the statutes."""

    class Meta:
        model = StatuteRule
        fields = ("topic", "comparison", "numerator", "denominator", "source", "first_on")
        widgets = {"first_on": DayInput()}


class VoteForm(forms.Form):
    """The voices that are not for; all the others are."""

    against = forms.IntegerField(label="Contre", min_value=0, max_value=1000, required=False)
    abstentions = forms.IntegerField(label="Abstentions, blancs et nuls", min_value=0, max_value=1000, required=False)
    is_secret = forms.BooleanField(label="Scrutin secret", required=False)
    head_in_favour = forms.NullBooleanField(
        label="À égalité, la présidence a voté",
        required=False,
        widget=forms.Select(choices=[("", "Sans objet"), ("true", "Pour"), ("false", "Contre")]),
    )
