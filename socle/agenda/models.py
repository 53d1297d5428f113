"""Calendars, address books and venues: what they are and who they are for. What they hold is in files, by the store."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from socle.people.models import BENEFICIARY_ROLES, Beneficiary, Role, User

# How a collection is called in its address: by us, or by the program of a person (a UUID, most often).
SLUG_PATTERN = re.compile(r"^[A-Za-z0-9_@~-][A-Za-z0-9._@~-]{0,99}$")
SLUG = RegexValidator(SLUG_PATTERN.pattern, "Ce nom ne peut pas servir d’adresse.")
COLOUR_PATTERN = re.compile(r"^#[0-9a-f]{6}$")
COLOUR = RegexValidator(COLOUR_PATTERN.pattern, "Une couleur s’écrit comme #1d6a65.")


class Agenda(models.Model):
    """The calendars and contacts of a beneficiary as a whole: they exist, open or closed."""

    beneficiary = models.OneToOneField(Beneficiary, models.PROTECT, related_name="agenda", verbose_name="bénéficiaire")
    opened_at = models.DateTimeField("ouvert le")
    suspended_at = models.DateTimeField("suspendu le", null=True, blank=True)

    objects: ClassVar[models.Manager[Agenda]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "agendas d’un bénéficiaire"
        verbose_name_plural = "agendas des bénéficiaires"

    def __str__(self) -> str:
        return f"agendas de {self.beneficiary_id}"


class Collection(models.Model):
    """Base of calendars and address books: a name, an address, and perhaps a person it is of."""

    slug = models.CharField("nom dans l’adresse", max_length=100, validators=[SLUG])
    name = models.CharField("nom", max_length=120)
    made_at = models.DateTimeField("fait le")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Kind(models.TextChoices):
    MAIRIE = "mairie", "agenda de la mairie"
    CONSEIL = "conseil", "agenda du conseil"
    VENUE = "venue", "réservations d’une salle"
    PERSONAL = "personal", "agenda personnel"


class Calendar(Collection):
    """A calendar. Its events are files of the store, in the folder of its beneficiary, under its slug."""

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="calendars", verbose_name="bénéficiaire")
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)
    colour = models.CharField("couleur", max_length=7, default="#1d6a65", validators=[COLOUR])
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="calendars", verbose_name="personne"
    )
    is_public = models.BooleanField("public", default=False)

    objects: ClassVar[models.Manager[Calendar]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "agenda"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "slug"], name="one_calendar_per_slug"),
            models.CheckConstraint(
                condition=Q(kind="personal", owner__isnull=False, is_public=False)
                | (~Q(kind="personal") & Q(owner__isnull=True)),
                name="a_personal_calendar_is_of_someone_and_not_public",
            ),
        ]


class CalendarAccess(models.Model):
    """Who reads a calendar, and whether they write it: a role at its mairie, or one person."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="accesses", verbose_name="agenda")
    role = models.CharField("rôle", max_length=20, choices=[(r.value, r.label) for r in BENEFICIARY_ROLES], blank=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="personne")
    may_write = models.BooleanField("peut écrire", default=False)

    objects: ClassVar[models.Manager[CalendarAccess]] = ScopedManager(beneficiary="calendar__beneficiary")

    class Meta:
        verbose_name = "droit sur un agenda"
        verbose_name_plural = "droits sur les agendas"
        constraints = [
            models.CheckConstraint(
                condition=Q(role="", user__isnull=False) | (~Q(role="") & Q(user__isnull=True)),
                name="a_calendar_access_is_of_a_role_or_of_a_person",
            ),
            models.UniqueConstraint(
                fields=["calendar", "role"], condition=~Q(role=""), name="one_calendar_access_per_role"
            ),
            models.UniqueConstraint(
                fields=["calendar", "user"], condition=Q(user__isnull=False), name="one_calendar_access_per_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role or self.user_id} sur {self.calendar_id}"


class AddressBook(Collection):
    """An address book: the mairie's, shared by its people, or a person's own."""

    beneficiary = models.ForeignKey(
        Beneficiary, models.PROTECT, related_name="address_books", verbose_name="bénéficiaire"
    )
    owner = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="address_books", verbose_name="personne"
    )

    objects: ClassVar[models.Manager[AddressBook]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "carnet d’adresses"
        verbose_name_plural = "carnets d’adresses"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["beneficiary", "slug"], name="one_address_book_per_slug")]


class Venue(models.Model):
    """A hall or a thing that one books: between which hours, how long before, who agrees."""

    # As the journal and the programs that read it have always called it.
    journal_label = "agenda.room"

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="venues", verbose_name="bénéficiaire")
    calendar = models.OneToOneField(Calendar, models.PROTECT, related_name="venue", verbose_name="agenda")
    name = models.CharField("nom", max_length=120)
    place = models.CharField("adresse ou précision", max_length=200, blank=True)
    capacity = models.PositiveIntegerField(
        "nombre de places", null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(20000)]
    )
    opens_at = models.TimeField("se réserve à partir de", default=time(8))
    closes_at = models.TimeField("se réserve jusqu’à", default=time(23))
    notice_hours = models.PositiveSmallIntegerField("combien d’heures avant, au plus tard", default=0)
    approver = models.CharField(
        "qui accepte les réservations",
        max_length=20,
        choices=[("", "personne : la réservation vaut aussitôt"), *((r.value, r.label) for r in BENEFICIARY_ROLES)],
        blank=True,
    )
    closed_at = models.DateTimeField("ne se réserve plus depuis", null=True, blank=True)

    objects: ClassVar[models.Manager[Venue]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "salle"
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "name"], name="one_venue_per_name"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")),
                name="a_venue_closes_after_it_opens",
                violation_error_message="L’heure de fin vient après l’heure de début.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def approver_role(self) -> Role | None:
        """The role that agrees, or None when a booking holds at once."""
        return Role(self.approver) if self.approver else None


class BookingStatus(models.TextChoices):
    ASKED = "asked", "à accepter"
    CONFIRMED = "confirmed", "confirmée"
    REFUSED = "refused", "refusée"
    CANCELLED = "cancelled", "annulée"


# One that was refused or cancelled gives its hours back; the same hours are booked anew.
MOVES: dict[BookingStatus, tuple[BookingStatus, ...]] = {
    BookingStatus.ASKED: (BookingStatus.CONFIRMED, BookingStatus.REFUSED, BookingStatus.CANCELLED),
    BookingStatus.CONFIRMED: (BookingStatus.CANCELLED,),
    BookingStatus.REFUSED: (),
    BookingStatus.CANCELLED: (),
}
HOLDING = (BookingStatus.ASKED, BookingStatus.CONFIRMED)


class BookingQuerySet(models.QuerySet["Booking"]):
    def holding(self) -> BookingQuerySet:
        """Bookings that hold their hours: asked or confirmed."""
        return self.filter(status__in=HOLDING)

    def during(self, start: datetime, end: datetime) -> BookingQuerySet:
        """Bookings that hold a quarter of an hour between these instants."""
        return self.filter(quarters__starts_at__gte=start, quarters__starts_at__lt=end).distinct()


BookingManager = models.Manager.from_queryset(BookingQuerySet)


class Booking(models.Model):
    """Someone has a venue for some hours, once or several times. It is also an event of the venue's calendar."""

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="bookings", verbose_name="bénéficiaire")
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="bookings", verbose_name="salle")
    href = models.CharField("fichier de l’événement", max_length=255)
    purpose = models.CharField("objet", max_length=200)
    for_whom = models.CharField("pour qui", max_length=200, blank=True)
    contact = models.CharField("comment joindre", max_length=200, blank=True)
    starts_at = models.DateTimeField("début de la première fois")
    ends_at = models.DateTimeField("fin de la dernière fois", db_index=True)
    times = models.PositiveSmallIntegerField("nombre de fois", default=1)
    status = models.CharField("état", max_length=10, choices=BookingStatus.choices, default=BookingStatus.CONFIRMED)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="demandée par")
    asked_at = models.DateTimeField("demandée le")
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="décidée par"
    )
    decided_at = models.DateTimeField("décidée le", null=True, blank=True)

    objects: ClassVar[BookingManager[Booking]] = ScopedManager(beneficiary="beneficiary", _manager_class=BookingManager)

    class Meta:
        verbose_name = "réservation"
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "href"], condition=Q(status__in=HOLDING), name="one_holding_booking_per_event"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="a_booking_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"réservation {self.pk}"


class HeldQuarter(models.Model):
    """A quarter of an hour that a booking holds. The same quarter of the same venue is never held twice."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="+", verbose_name="salle")
    booking = models.ForeignKey(Booking, models.CASCADE, related_name="quarters", verbose_name="réservation")
    starts_at = models.DateTimeField("début")

    objects: ClassVar[models.Manager[HeldQuarter]] = ScopedManager(beneficiary="venue__beneficiary")

    class Meta:
        verbose_name = "quart d’heure réservé"
        verbose_name_plural = "quarts d’heure réservés"
        constraints = [
            models.UniqueConstraint(fields=["venue", "starts_at"], name="a_quarter_of_a_venue_is_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.venue_id} à {self.starts_at}"


class RemovedItem(models.Model):
    """An event or a card that was removed from our pages, as it was: it can be put back for some time."""

    beneficiary = models.ForeignKey(Beneficiary, models.PROTECT, related_name="+", verbose_name="bénéficiaire")
    calendar = models.ForeignKey(
        Calendar, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="agenda"
    )
    address_book = models.ForeignKey(
        AddressBook, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="carnet d’adresses"
    )
    href = models.CharField("fichier", max_length=255)
    text = models.TextField("contenu")
    removed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="supprimé par")
    removed_at = models.DateTimeField("supprimé le")
    put_back_at = models.DateTimeField("rétabli le", null=True, blank=True)

    objects: ClassVar[models.Manager[RemovedItem]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "élément supprimé d’un agenda"
        verbose_name_plural = "éléments supprimés des agendas"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(calendar__isnull=False, address_book__isnull=True)
                | Q(calendar__isnull=True, address_book__isnull=False),
                name="what_is_removed_was_somewhere",
            )
        ]

    def __str__(self) -> str:
        return f"{self.href} ({self.removed_at:%Y-%m-%d})"
