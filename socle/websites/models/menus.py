"""The menus of the canteen, day by day, as families read them and as the national schema says them.

A writing (a week filled in, a file imported) replaces the days that it says; the days it replaced stay, so that the
last writing can be undone.
"""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.fields import StreamField

from socle.websites.blocks import Body
from socle.websites.models.pages import DAILY, CommunePage, site_path_of, today
from socle.websites.models.sites import WebSite


class Course(models.TextChoices):
    """The kinds of dishes, in the order of a meal; the labels are the values of the national schema (1.2.3)."""

    STARTER = "starter", "entrée"
    MAIN = "main", "plat principal"
    SIDE = "side", "garniture"
    DAIRY = "dairy", "produit laitier"
    DESSERT = "dessert", "dessert"
    BREAD = "bread", "pain"
    OTHER = "other", "autre"


class Mark(models.TextChoices):
    """What is said of a dish: its allergens, its official signs, the diet it suits. In the order of the screen."""

    GLUTEN = "gluten", "gluten"
    CRUSTACEANS = "crustaceans", "crustacés"
    EGGS = "eggs", "œufs"
    FISH = "fish", "poissons"
    PEANUTS = "peanuts", "arachides"
    SOYA = "soya", "soja"
    MILK = "milk", "lait"
    NUTS = "nuts", "fruits à coques"
    CELERY = "celery", "céleri"
    MUSTARD = "mustard", "moutarde"
    SESAME = "sesame", "sésame"
    SULPHITES = "sulphites", "sulfites"
    LUPIN = "lupin", "lupin"
    MOLLUSCS = "molluscs", "mollusques"
    ORGANIC = "organic", "bio"
    PDO = "pdo", "AOP"
    AOC = "aoc", "AOC"
    PGI = "pgi", "IGP"
    TSG = "tsg", "STG"
    RED_LABEL = "red_label", "Label Rouge"
    VEGETARIAN = "vegetarian", "végétarien"
    MEATLESS = "meatless", "sans viande"
    NO_ADDED_SUGAR = "no_added_sugar", "sans sucre ajouté"


# The fourteen of annex II to regulation (EU) no 1169/2011, as the schema lists them.
ALLERGENS: tuple[str, ...] = tuple(Mark.values[: Mark.values.index(Mark.MOLLUSCS) + 1])
DIETS: tuple[str, ...] = (Mark.VEGETARIAN, Mark.MEATLESS, Mark.NO_ADDED_SUGAR)
SIGNS: tuple[str, ...] = tuple(value for value in Mark.values if value not in (*ALLERGENS, *DIETS))
LONGEST_NAME = 160

is_siret = RegexValidator(r"^[0-9]{14}\Z", "Un SIRET s’écrit en quatorze chiffres, sans espace.")
is_school_code = RegexValidator(r"^[0-9]{7}[A-Z]\Z", "Un code UAI s’écrit en sept chiffres et une lettre majuscule.")


class MenuWriting(models.Model):
    """One gesture that wrote menus: what it replaced can be put back, as long as it is the last one."""

    class Kind(models.TextChoices):
        WEEK = "week", "semaine saisie"
        IMPORT = "import", "fichier importé"

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="+", verbose_name="site internet")
    kind = models.CharField("manière", max_length=10, choices=Kind.choices)
    at = models.DateTimeField("le")
    undone_at = models.DateTimeField("annulée le", null=True, blank=True)

    class Meta:
        verbose_name = "saisie de menus"
        verbose_name_plural = "saisies de menus"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"saisie de menus {self.pk}, site {self.website_id}"


class MenuDayQuerySet(models.QuerySet["MenuDay"]):
    """Questions about the days of a canteen."""

    def kept(self) -> MenuDayQuerySet:
        """What is said now: no later writing replaced it."""
        return self.filter(replaced_by=None)

    def whole(self) -> MenuDayQuerySet:
        """With their dishes and what is said of each: two queries more, whatever the number."""
        return self.prefetch_related("dishes__marks")


class MenuDay(models.Model):
    """One day of the canteen: its dishes, or that no meal is served."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="+", verbose_name="site internet")
    served_on = models.DateField("jour")
    is_closed = models.BooleanField("pas de repas", default=False)
    reason = models.CharField("motif", max_length=120, blank=True)
    written_by = models.ForeignKey(MenuWriting, models.CASCADE, related_name="days", verbose_name="écrit par")
    replaced_by = models.ForeignKey(
        MenuWriting, models.SET_NULL, null=True, blank=True, related_name="replaced", verbose_name="remplacé par"
    )

    objects = MenuDayQuerySet.as_manager()

    class Meta:
        verbose_name = "jour de cantine"
        verbose_name_plural = "jours de cantine"
        ordering = ["served_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["website", "served_on"], condition=Q(replaced_by=None), name="one_menu_by_day_of_canteen"
            )
        ]

    def __str__(self) -> str:
        return f"jour de cantine {self.pk}, site {self.website_id}"


class Dish(models.Model):
    """One dish of a day."""

    day = models.ForeignKey(MenuDay, models.CASCADE, related_name="dishes", verbose_name="jour")
    course = models.CharField("type de plat", max_length=10, choices=Course.choices)
    rank = models.PositiveSmallIntegerField("rang")
    name = models.CharField("nom", max_length=LONGEST_NAME)
    # Free, as the schema has it: « Mangez local ; Bleu-Blanc-Cœur ».
    labels = models.CharField("autres labels", max_length=200, blank=True)

    class Meta:
        verbose_name = "plat"
        ordering = ["rank"]

    def __str__(self) -> str:
        return f"plat {self.pk}"

    def _said(self, among: tuple[str, ...]) -> list[str]:
        kept = {mark.code for mark in self.marks.all()}
        return [str(Mark(code).label) for code in among if code in kept]

    @property
    def allergens(self) -> list[str]:
        return self._said(ALLERGENS)

    @property
    def badges(self) -> list[str]:
        """Its signs and diets in short, then its other labels."""
        return [*self._said(SIGNS), *self._said(DIETS), *filter(None, (one.strip() for one in self.labels.split(";")))]


class DishMark(models.Model):
    """One thing said of a dish."""

    dish = models.ForeignKey(Dish, models.CASCADE, related_name="marks", verbose_name="plat")
    code = models.CharField("mention", max_length=20, choices=Mark.choices)

    class Meta:
        verbose_name = "mention d’un plat"
        verbose_name_plural = "mentions des plats"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dish", "code"], name="a_mark_is_said_once_of_a_dish")]

    def __str__(self) -> str:
        return str(self.get_code_display())


class MenuPage(RoutablePageMixin, CommunePage):
    """« Menus de la cantine »: this week first, then those already known. A week that is over leaves by itself."""

    class Place(models.TextChoices):
        """The kinds of restaurants of the schema (menuRestaurantType)."""

        NURSERY = "nursery", "crèche"
        INFANT = "infant", "maternelle"
        PRIMARY = "primary", "élémentaire"
        LEISURE = "leisure", "centre de loisirs"
        SENIOR = "senior", "résidence sénior"
        HOME = "home", "repas à domicile"
        OTHER = "other", "autre"

    introduction = models.CharField("introduction", max_length=300, blank=True)
    restaurant = models.CharField(
        "nom du restaurant", max_length=120, blank=True, help_text="Par exemple\u00a0: cantine de l’école du Bourg."
    )
    place = models.CharField("qui y mange", max_length=10, choices=Place.choices, default=Place.PRIMARY)
    cook = models.CharField(
        "qui prépare les repas",
        max_length=120,
        blank=True,
        help_text="La mairie, un syndicat ou une entreprise. Vide\u00a0: la commune.",
    )
    cook_siret = models.CharField("SIRET de qui les prépare", max_length=14, blank=True, validators=[is_siret])
    school_code = models.CharField(
        "code UAI de l’école", max_length=8, blank=True, validators=[is_school_code], help_text="Par exemple 0590001A."
    )
    body = StreamField(Body(), verbose_name="inscriptions, tarifs et documents", blank=True)

    template = "websites/pages/menus.html"
    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    content_panels = [
        *CommunePage.content_panels,
        FieldPanel("introduction"),
        MultiFieldPanel(
            [FieldPanel(name) for name in ("restaurant", "place", "cook", "cook_siret", "school_code")],
            heading="La cantine",
        ),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "page des menus de la cantine"
        verbose_name_plural = "pages des menus de la cantine"

    def shown_as(self) -> set[str]:
        return super().shown_as() | {"menus"}

    def _site(self) -> WebSite:
        website = self.website()
        assert website is not None
        return website

    @path("")
    def coming(self, request: HttpRequest) -> HttpResponse:
        """This week, and those that follow."""
        from socle.websites.canteen import open_data
        from socle.websites.canteen.shown import menu_data, weeks_of

        website = self._site()
        weeks = weeks_of(website, on=today())
        file = open_data.FILE if open_data.is_given(website, on=today()) else ""
        response: HttpResponse = self.render(
            request,
            context_overrides={"weeks": weeks, "file": file, "data": menu_data(self, weeks[:1], website=website)},
        )
        return response

    @path("semaine/<int:year>-<int:number>/")
    def one_week(self, request: HttpRequest, year: int, number: int) -> HttpResponse:
        """One week, to print and to pin up."""
        from socle.websites.canteen.shown import weeks_of

        weeks = [one for one in weeks_of(self._site(), on=today()) if one.key == (year, number)]
        if not weeks:
            raise Http404
        response: HttpResponse = self.render(
            request, context_overrides={"weeks": weeks, "week": weeks[0]}, template="websites/pages/menu_week.html"
        )
        return response

    def get_cached_paths(self) -> list[str]:
        from socle.websites.canteen.shown import weeks_of

        return ["/", *(f"/{week.path}" for week in weeks_of(self._site(), on=today()))]

    def found_inside(self) -> Iterator[tuple[str, str, str]]:
        """Each week is found by its dishes."""
        from socle.websites.canteen.shown import weeks_of

        for week in weeks_of(self._site(), on=today()):
            names = (dish.name for shown in week.days for _, dishes in shown.courses for dish in dishes)
            yield f"{site_path_of(self)}#{week.anchor}", f"{self.title}, {week.name}", ". ".join(names)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        context["today"] = today()
        return context
