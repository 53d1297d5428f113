"""The places that a commune opens to the public, and the rooms it lends or lets: a page, and a file of open data."""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from wagtail.admin.panels import FieldPanel

from socle.websites.models.pages import DAILY, CommunePage, site_path_of
from socle.websites.models.sites import WebSite


class Theme(models.TextChoices):
    """The ten families of the national schema (SCDL « équipements » 0.1.5), in the order of the screen."""

    ADMINISTRATIVE = "administrative", "équipement administratif"
    SOCIAL = "social", "équipement social et d’animation"
    SPORT = "sport", "équipement sportif et de loisirs"
    CULTURE = "culture", "équipement culturel"
    SCHOOL = "school", "équipement d’enseignement"
    HEALTH = "health", "équipement sanitaire"
    WORSHIP = "worship", "équipement cultuel"
    MOBILITY = "mobility", "équipement de mobilité"
    JUSTICE = "justice", "équipement de justice"
    OTHER = "other", "autre équipement"


is_nomenclature_code = RegexValidator(r"^[0-9]{8}\Z", "Le code de la nomenclature s’écrit en huit chiffres.")


class EquipmentQuerySet(models.QuerySet["Equipment"]):
    """Questions about the equipment of a commune."""

    def kept(self) -> EquipmentQuerySet:
        """What was not taken off."""
        return self.filter(removed_at=None)


class Equipment(models.Model):
    """One place open to the public: where it is, when, for whom; if it is lent or let, how many people, how much."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="equipment", verbose_name="site internet")
    # Given once, in the order of creation, and never again: it identifies the place in the open data.
    number = models.PositiveSmallIntegerField("numéro d’ordre", editable=False)
    position = models.PositiveSmallIntegerField("rang", editable=False)
    name = models.CharField("nom", max_length=150)
    theme = models.CharField("famille", max_length=15, choices=Theme.choices)
    kind = models.CharField("type", max_length=140)
    code = models.CharField("code de la nomenclature", max_length=8, blank=True, validators=[is_nomenclature_code])
    street_number = models.CharField("numéro dans la voie", max_length=20, blank=True)
    street = models.CharField("voie ou lieu-dit", max_length=150)
    postal_code = models.CharField("code postal", max_length=5)
    city = models.CharField("commune", max_length=100)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    hours = models.CharField("horaires", max_length=300, blank=True)
    accessibility = models.CharField("accessibilité", max_length=300, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    link = models.CharField("page internet", max_length=300, blank=True)
    capacity = models.PositiveIntegerField("nombre de personnes", null=True, blank=True)
    price = models.CharField("tarif", max_length=300, blank=True)
    booking = models.CharField("comment réserver", max_length=400, blank=True)
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="photographie"
    )
    picture_alternative = models.CharField("description de la photographie", max_length=200, blank=True)
    added_at = models.DateTimeField("ajouté le")
    removed_at = models.DateTimeField("retiré le", null=True, blank=True)

    objects = EquipmentQuerySet.as_manager()

    class Meta:
        verbose_name = "équipement"
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["website", "number"], name="an_equipment_keeps_its_number"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
                name="an_equipment_is_on_the_earth",
                violation_error_message="Cette position n’existe pas\u00a0: vérifiez la latitude et la longitude.",
            ),
        ]

    def __str__(self) -> str:
        return f"équipement {self.pk}, site {self.website_id}"

    @property
    def anchor(self) -> str:
        """Where it is in its page, whatever its name becomes."""
        return f"equipement-{self.number}"

    @property
    def address(self) -> str:
        """In one line."""
        line = " ".join(part for part in (self.street_number, self.street) if part)
        return f"{line}, {self.postal_code} {self.city}"

    @property
    def phone_href(self) -> str:
        """The phone as a `tel:` link wants it: digits and a leading plus only."""
        return "".join(character for character in self.phone if character.isdigit() or character == "+")

    @property
    def map_link(self) -> str:
        """A plain link to a map of the place; nothing is loaded from it."""
        if self.latitude is None or self.longitude is None:
            return ""
        place = f"{self.latitude}/{self.longitude}"
        return f"https://www.openstreetmap.org/?mlat={self.latitude}&mlon={self.longitude}#map=18/{place}"


class EquipmentPage(CommunePage):
    """The places and the rooms, in the order the mairie wants, and the file that others reuse. Made when wanted."""

    introduction = models.TextField("introduction", max_length=400, blank=True)

    template = "websites/pages/equipment.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    class Meta:
        verbose_name = "page des équipements"
        verbose_name_plural = "pages des équipements"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.equipment.open_data import FILE, rows_of
        from socle.websites.equipment.shown import equipment_of

        context = super().get_context(request, *args, **kwargs)
        website = context["frame"].website
        equipment = list(equipment_of(website))
        context["equipment"] = equipment
        # No file without a line: nothing leads to it, and it is not published.
        context["file"] = FILE if rows_of(website, equipment) else ""
        return context

    def found_inside(self) -> Iterator[tuple[str, str, str]]:
        """Each place is found by itself, where it is in the page."""
        from socle.websites.equipment.shown import equipment_of

        website = self.website()
        assert website is not None
        for one in equipment_of(website):
            said = (one.kind, one.address, one.hours, one.accessibility, one.price, one.booking, one.phone)
            yield f"{site_path_of(self)}#{one.anchor}", one.name, ". ".join(filter(None, said))
