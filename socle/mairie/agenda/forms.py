"""Forms of the pages of the agendas, the contacts and the venues. Forms read and shape; the rules of the room judge."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from socle.agenda.actions import COLOURS
from socle.agenda.bookings import Asked
from socle.agenda.cards import Card
from socle.agenda.guests import MOST_GUESTS
from socle.agenda.models import Calendar, Venue
from socle.agenda.writing import Rhythm, Wanted
from socle.documents.fields import ScannedFileField
from socle.mairie.forms import WANTED, DayField
from socle.people.models import BENEFICIARY_ROLES, Role, User
from socle.ui.meanwhile import Filled

COLOUR_NAMES = ("vert", "brique", "bleu", "ocre", "violet", "feuille", "rouge", "gris")
COLOUR_CHOICES = list(zip(COLOURS, COLOUR_NAMES, strict=True))
WRONG_TIME = "Cette heure ne se lit pas\u00a0: écrivez-la comme 14:30."
TIMES = ["%H:%M", "%H:%M:%S", "%Hh%M", "%Hh", "%H h %M", "%H h"]


class HourField(forms.TimeField):
    """An hour: the browser's own field where there is one, typed « 14h30 » anywhere."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
        kwargs.setdefault("error_messages", {"invalid": WRONG_TIME, "required": "Indiquez cette heure."})
        super().__init__(input_formats=TIMES, **kwargs)


def _words(label: str, longest: int, *, required: bool = False, **kwargs: Any) -> forms.CharField:
    messages = {"required": WANTED, "max_length": f"{longest} caractères au plus."}
    return forms.CharField(label=label, max_length=longest, required=required, error_messages=messages, **kwargs)


class EventForm(Filled, forms.Form):
    """One event: what, when, where, for whom."""

    title = _words("Titre", 200, required=True)
    calendar = forms.TypedChoiceField(
        label="Agenda",
        coerce=int,
        error_messages={"required": "Choisissez l’agenda.", "invalid_choice": "Choisissez un agenda de la liste."},
    )
    first_day = DayField(label="Jour")
    start_time = HourField(label="Heure de début", required=False, help_text="Vide\u00a0: toute la journée.")
    last_day = DayField(label="Dernier jour", required=False, help_text="Vide\u00a0: le même jour.")
    end_time = HourField(label="Heure de fin", required=False, help_text="Vide\u00a0: une heure après le début.")
    place = _words("Lieu", 200)
    rhythm = forms.ChoiceField(label="A lieu", choices=Rhythm.choices, initial=Rhythm.ONCE)
    until = DayField(label="Jusqu’au", required=False, help_text="S’il se répète. Vide\u00a0: sans fin prévue.")
    words = _words("Notes", 4000, widget=forms.Textarea(attrs={"rows": 4}))
    guests = forms.CharField(
        label="Inviter par courriel",
        required=False,
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Une adresse par ligne. Chaque personne reçoit l’événement, et un lien pour répondre sans compte.",
    )
    is_private = forms.BooleanField(
        label="Ne jamais le montrer au public",
        required=False,
        help_text="Utile dans un agenda que le site de la commune affiche.",
    )

    def __init__(self, *args: Any, calendars: list[Calendar], keeps_rhythm: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["calendar"]
        assert isinstance(choice, forms.TypedChoiceField)
        choice.choices = [(one.pk, one.name) for one in calendars]
        if not keeps_rhythm:
            rhythm = self.fields["rhythm"]
            assert isinstance(rhythm, forms.ChoiceField)
            rhythm.choices = [one for one in Rhythm.choices if one[0] != Rhythm.OTHER]

    def clean_guests(self) -> tuple[str, ...]:
        """Read the addresses, however they are separated."""
        found = [one for one in re.split(r"[\s,;]+", self.cleaned_data["guests"]) if one]
        if len(found) > MOST_GUESTS:
            raise ValidationError(f"{MOST_GUESTS} personnes au plus\u00a0: pour davantage, écrivez-leur autrement.")
        for one in found:
            try:
                validate_email(one)
            except ValidationError as error:
                raise ValidationError(f"«\u00a0{one[:80]}\u00a0» n’est pas une adresse électronique.") from error
        return tuple(dict.fromkeys(one.lower() for one in found))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        first, last = given.get("first_day"), given.get("last_day")
        start, end = given.get("start_time"), given.get("end_time")
        if first and not last:
            last = given["last_day"] = first
        if end and not start and "start_time" not in self.errors:
            self.add_error("start_time", "Donnez l’heure de début, ou effacez l’heure de fin.")
        if start and not end and first and last and "end_time" not in self.errors:
            # An hour later, and the same day when that is all there is of it.
            end = time(23, 59) if start.hour == 23 else time(start.hour + 1, start.minute)
            given["end_time"] = end
        if first and last and last < first:
            self.add_error("last_day", "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.")
        elif start and end and first == last and end < start:
            self.add_error(
                "end_time", "Il finit après avoir commencé\u00a0: s’il finit après minuit, donnez le dernier jour."
            )
        until = given.get("until")
        if until and given.get("rhythm") == Rhythm.ONCE:
            self.add_error("until", "Dites à quel rythme il se répète, ou effacez cette date.")
        if until and first and until < first:
            self.add_error("until", "Il se répète jusqu’à un jour d’avant le premier\u00a0: vérifiez les dates.")
        return given

    def wanted(self) -> Wanted:
        """Return the values of the form."""
        given = self.cleaned_data
        return Wanted(
            title=given["title"].strip(),
            first_day=given["first_day"],
            last_day=given["last_day"],
            start_time=given["start_time"],
            end_time=given["end_time"],
            place=given["place"].strip(),
            words=given["words"].strip(),
            rhythm=Rhythm(given["rhythm"]),
            until=given["until"],
            is_private=given["is_private"],
            guests=given["guests"],
        )


class CalendarForm(Filled, forms.Form):
    """The name and the colour of a calendar, and whether everybody reads it."""

    name = _words("Nom", 120, required=True)
    colour = forms.ChoiceField(label="Couleur", choices=COLOUR_CHOICES, widget=forms.RadioSelect)
    is_public = forms.BooleanField(
        label="Le montrer à tout le monde",
        required=False,
        help_text="Sur l’agenda du site de la commune, et à une adresse où chacun peut s’abonner. Les événements "
        "marqués «\u00a0ne jamais le montrer\u00a0» et les personnes invitées n’y paraissent pas.",
    )

    def __init__(self, *args: Any, calendar: Calendar, may_publish: bool, **kwargs: Any) -> None:
        kwargs.setdefault(
            "initial", {"name": calendar.name, "colour": calendar.colour, "is_public": calendar.is_public}
        )
        super().__init__(*args, **kwargs)
        colour = self.fields["colour"]
        assert isinstance(colour, forms.ChoiceField)
        if calendar.colour not in COLOURS:
            colour.choices = [(calendar.colour, "celle de son logiciel"), *COLOUR_CHOICES]
        if not may_publish:
            del self.fields["is_public"]


NONE, READS, WRITES = "", "lit", "ecrit"
LEVELS = [(NONE, "ne le voit pas"), (READS, "le lit"), (WRITES, "le lit et y écrit")]


class AnsweredField(forms.ChoiceField):
    """A list whose every choice is an answer, the first one too: nothing of it is optional, though it may be empty."""

    is_answered = True


class SharingForm(Filled, forms.Form):
    """Who reads a calendar, who writes in it."""

    def __init__(self, *args: Any, calendar: Calendar, people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = {(one.role or one.user_id): WRITES if one.may_write else READS for one in calendar.accesses.all()}
        self.people = [one for one in people if one.pk != calendar.owner_id]
        for role in BENEFICIARY_ROLES:
            self._ask(f"role_{role.value}", f"Qui est {Role(role).label}", given.get(role.value, NONE))
        for one in self.people:
            self._ask(f"person_{one.pk}", one.name, given.get(one.pk, NONE))

    def _ask(self, name: str, label: str, initial: str) -> None:
        self.fields[name] = AnsweredField(label=label, choices=LEVELS, required=False)
        self.initial[name] = initial

    def roles(self) -> dict[Role, bool]:
        """Return the access of each role: whether it writes; none: it does not read."""
        given = {role: self.cleaned_data.get(f"role_{role.value}") for role in BENEFICIARY_ROLES}
        return {role: level == WRITES for role, level in given.items() if level}

    def named(self) -> dict[int, bool]:
        """Return the access of each person besides their role."""
        given = {one.pk: self.cleaned_data.get(f"person_{one.pk}") for one in self.people}
        return {pk: level == WRITES for pk, level in given.items() if level}


class CardForm(Filled, forms.Form):
    """A contact."""

    first_name = _words("Prénom", 100)
    last_name = _words("Nom", 100)
    organisation = _words("Organisme ou entreprise", 200)
    title = _words("Fonction", 200)
    email = forms.EmailField(
        label="Adresse électronique",
        required=False,
        error_messages={"invalid": "Cette adresse n’est pas complète\u00a0: vérifiez-la."},
    )
    phone = _words("Téléphone", 40, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    mobile = _words("Téléphone portable", 40, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    street = _words("Adresse", 200)
    postal_code = _words("Code postal", 12, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    city = _words("Ville", 100)
    words = _words("Notes", 4000, widget=forms.Textarea(attrs={"rows": 4}))
    book = forms.TypedChoiceField(
        label="Carnet", coerce=int, error_messages={"invalid_choice": "Choisissez un carnet de la liste."}
    )

    def __init__(self, *args: Any, books: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        book = self.fields["book"]
        assert isinstance(book, forms.TypedChoiceField)
        book.choices = books
        if len(books) == 1:
            book.widget = forms.HiddenInput()
            book.initial = books[0][0]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (
            not any(given.get(name) for name in ("first_name", "last_name", "organisation", "email"))
            and not self.errors
        ):
            self.add_error("last_name", "Donnez au moins un nom, un organisme ou une adresse électronique.")
        return given

    def card(self) -> Card:
        """Return the values of the form."""
        names = [name for name in self.fields if name != "book"]
        return Card(**{name: self.cleaned_data[name].strip() for name in names})


class CardsForm(forms.Form):
    """A file of contacts to bring in."""

    file = ScannedFileField(
        label="Fichier vCard (.vcf)",
        help_text="Exporté d’un téléphone, de Thunderbird, d’Outlook ou d’un autre carnet. Un contact déjà présent "
        "est mis à jour, sans être doublé.",
        widget=forms.ClearableFileInput(attrs={"accept": ".vcf,text/vcard"}),
        error_messages={"required": "Choisissez le fichier.", "empty": "Ce fichier est vide."},
    )


class VenueForm(Filled, forms.Form):
    """A venue that one books."""

    name = _words("Nom", 120, required=True)
    place = _words("Adresse ou précision", 200)
    capacity = forms.IntegerField(
        label="Nombre de places", required=False, min_value=1, max_value=20000,
        error_messages={
            "invalid": "Un nombre entier.",
            "min_value": "Une place au moins.",
            "max_value": "20\u00a0000 au plus.",
        },
    )  # fmt: skip
    opens_at = HourField(label="Se réserve à partir de", initial=time(8))
    closes_at = HourField(label="Se réserve jusqu’à", initial=time(23))
    notice_hours = forms.IntegerField(
        label="Combien d’heures avant, au plus tard", initial=0, min_value=0, max_value=1000, required=False,
        help_text="0\u00a0: jusqu’au dernier moment. 48\u00a0: deux jours avant.",
        error_messages={"invalid": "Un nombre entier.", "min_value": "0 ou plus.", "max_value": "1000 au plus."},
    )  # fmt: skip
    approver = AnsweredField(
        label="Qui accepte les réservations", choices=Venue._meta.get_field("approver").choices or [], required=False
    )
    is_closed = forms.BooleanField(
        label="Ne plus la proposer", required=False, help_text="Ce qui est réservé le reste."
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["notice_hours"] = given.get("notice_hours") or 0
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "L’heure de fin vient après l’heure de début.")
        return given


class BookingForm(forms.Form):
    """Someone has a venue for some hours."""

    purpose = _words(
        "Pour quoi faire", 200, required=True, help_text="Par exemple\u00a0: répétition, assemblée générale."
    )
    for_whom = _words("Pour qui", 200, help_text="Association, service ou personne.")
    contact = _words("Comment joindre", 200, help_text="Un téléphone ou un courriel.")
    on = DayField(label="Jour")
    start_time = HourField(label="De", help_text="Par quarts d’heure.")
    end_time = HourField(label="À")
    rhythm = forms.ChoiceField(
        label="Se répète",
        choices=[one for one in Rhythm.choices if one[0] not in (Rhythm.OTHER, Rhythm.YEARLY)],
        initial=Rhythm.ONCE,
    )
    until = DayField(label="Jusqu’au", required=False, help_text="Si elle se répète.")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("until") and given.get("rhythm") == Rhythm.ONCE:
            self.add_error("until", "Dites à quel rythme elle se répète, ou effacez cette date.")
        return given

    def asked(self) -> Asked:
        """Return the values of the form."""
        given = self.cleaned_data
        return Asked(
            purpose=given["purpose"].strip(),
            on=given["on"],
            start_time=given["start_time"],
            end_time=given["end_time"],
            for_whom=given["for_whom"].strip(),
            contact=given["contact"].strip(),
            rhythm=Rhythm(given["rhythm"]),
            until=given["until"],
        )


def initial_day(asked: str, *, today: date) -> date:
    """The day that an address names, or today."""
    try:
        on = date.fromisoformat(asked)
    except ValueError:
        return today
    return on if abs(on - today) < timedelta(days=3660) else today
