"""The website of a beneficiary and the facts it shows on every page."""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

import re
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager, scopes_disabled
from wagtail.models import Page

from socle.lib import dates
from socle.lib.compiled import Compiled, Given
from socle.lib.text import folded
from socle.people.models import Beneficiary, User
from socle.sites.publishing.reads import once

# Set by the guard of the editor for the time of a request: the site being edited.
edited: ContextVar[WebSite | None] = ContextVar("edited", default=None)

DAYS = dates.DAYS


is_written_as_a_colour = RegexValidator(
    r"^#[0-9a-f]{6}\Z", "Une couleur s’écrit # puis six chiffres ou lettres de a à f."
)


class Layout(models.TextChoices):
    """How the first page and the head of a site are laid out."""

    MAP = "map", "carte"
    PHOTO = "photo", "photographie"
    SOBER = "sober", "sobre"
    VILLAGE = "village", "village"
    JOURNAL = "journal", "journal"


class Font(models.TextChoices):
    """The characters of a site: those of the reader's device weigh nothing, the others are served from here."""

    DUO = "duo", "deux familles"
    SYSTEM = "system", "les caractères de l’appareil"
    ATKINSON = "atkinson", "Atkinson Hyperlegible"
    LEXEND = "lexend", "Lexend"
    LITERATA = "literata", "Literata"


# All that is chosen of how a site looks.
LOOK = ("layout", "font", "colour", "second_colour", "coat_of_arms_id")


class WebSite(models.Model):
    """The public website of one beneficiary: its Wagtail site, its tree of pages, its collection of images and files.

    `slug` is the first label of its address and the name of its folder of media: once given it is never given to
    another. Nobody holds a Wagtail permission in the database: the editor confers them on each request
    (`socle.sites.editor`), from the beneficiary that is active.
    """

    beneficiary = models.OneToOneField(Beneficiary, models.PROTECT, related_name="website", verbose_name="bénéficiaire")
    slug = models.SlugField("nom dans l’adresse", max_length=63, unique=True)
    host = models.CharField("nom d’hôte", max_length=253, unique=True)
    site = models.OneToOneField("wagtailcore.Site", models.PROTECT, related_name="+", verbose_name="site Wagtail")
    root_page = models.OneToOneField(
        "wagtailcore.Page", models.PROTECT, related_name="+", verbose_name="page d’accueil"
    )
    collection = models.OneToOneField(
        "wagtailcore.Collection", models.PROTECT, related_name="+", verbose_name="collection"
    )
    # Its look. The database fills what an older release does not know.
    layout = models.CharField("mise en page", max_length=10, choices=Layout, default=Layout.MAP, db_default=Layout.MAP)
    font = models.CharField("caractères", max_length=10, choices=Font, default=Font.DUO, db_default=Font.DUO)
    colour = models.CharField("couleur", max_length=7, validators=[is_written_as_a_colour])
    second_colour = models.CharField(
        "seconde couleur", max_length=7, blank=True, default="", db_default="", validators=[is_written_as_a_colour]
    )
    coat_of_arms = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="blason"
    )
    created_at = models.DateTimeField("créé le")
    # Until the mairie opens it, a site answers, correct and bare, and asks search engines to leave it out.
    opened_at = models.DateTimeField("ouvert le", null=True, blank=True)
    suspended_at = models.DateTimeField("suspendu le", null=True, blank=True)
    indexed_at = models.DateTimeField("indexé le", null=True, blank=True)
    # After a merger: visitors are led to another site, or read that this one is an archive. Both can be undone.
    redirects_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="redirigé vers"
    )
    archived_at = models.DateTimeField("archivé le", null=True, blank=True)

    objects = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "site internet"
        verbose_name_plural = "sites internet"
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.host

    @property
    def first_host(self) -> str:
        """The host it is born with, under the operator's domain: it always answers."""
        return f"{self.slug}.{settings.SITES_DOMAIN}"

    @property
    def place(self) -> str:
        """Its main host, with the port when it is not the usual one: what follows `https://`."""
        usual = 443 if settings.IS_HTTPS else 80
        return self.host if usual == settings.SITES_PORT else f"{self.host}:{settings.SITES_PORT}"

    @property
    def root_url(self) -> str:
        """The address of the site without a final slash, in the scheme and on the port of the platform."""
        return f"{'https' if settings.IS_HTTPS else 'http'}://{self.place}"

    @property
    def look(self) -> dict[str, Any]:
        """Return the choices of its look, by the names of its fields."""
        return {name: getattr(self, name) for name in LOOK}

    @property
    def media_folder(self) -> str:
        """The folder of its images and files, relative to the media root."""
        return f"sites/{self.slug}"


HOME_PATH_LENGTH = 2 * Page.steplen


def website_of_path(path: str) -> WebSite | None:
    """Return the site whose tree holds this path of the page tree, with what its pages show."""
    home = path[:HOME_PATH_LENGTH]
    return once(("site", home), lambda: _website_of_home(home))


def _website_of_home(path: str) -> WebSite | None:
    return next(iter(_of_home().ask(path=path)), None)


# Asked for each link to a page of a site.
@cache
def _of_home() -> Compiled[WebSite]:
    path: Any = Given("path", models.CharField())
    with scopes_disabled():
        found = WebSite.objects.filter(root_page__path=path)
    shown = (
        "facts",
        "beneficiary__commune__department",
        "beneficiary__commune__epci",
        "root_page",
        "site",
        "coat_of_arms",
    )
    return Compiled(lambda: found.select_related(*shown))


def website_to_edit(beneficiary: Beneficiary) -> WebSite | None:
    """Return the site of this beneficiary, with what its editor asks of it."""
    return next(iter(_to_edit().ask(beneficiary=beneficiary.pk)), None)


# Asked at each request of the editor.
@cache
def _to_edit() -> Compiled[WebSite]:
    beneficiary: Any = Given("beneficiary", models.BigIntegerField())
    with scopes_disabled():
        found = WebSite.objects.filter(beneficiary=beneficiary)
    asked = "facts", "beneficiary__commune", "root_page", "collection", "site", "coat_of_arms"
    return Compiled(lambda: found.select_related(*asked))


# A site is born with a function there, which names nobody: it never opens with it.
NAMELESS = "Le maire ou la maire de la commune"
FUNCTIONS = frozenset(
    """
    le la les l un une du de des d ou et en m mme monsieur madame maire mairie commune adjoint adjointe premier premiere
    president presidente presidence representant representante organisme etablissement direction directeur directrice
    publication legal
    """.split()  # noqa: SIM905
)


class MunicipalFacts(models.Model):
    """Facts that inhabitants look for first, written once and shown on every page of the site.

    Born from the DILA's directory (`source`, `source_on`); from the first correction by the mairie, the mairie is the
    source (`corrected_at`, `corrected_by`).
    """

    website = models.OneToOneField(WebSite, models.CASCADE, related_name="facts", verbose_name="site internet")
    address = models.CharField("adresse", max_length=250, blank=True)
    postal_code = models.CharField("code postal", max_length=5, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    hours_note = models.CharField("précision sur les horaires", max_length=300, blank=True)
    publication_director = models.CharField("direction de la publication", max_length=150, blank=True, default=NAMELESS)
    data_protection_contact = models.CharField("contact pour la protection des données", max_length=200, blank=True)
    source = models.CharField("source", max_length=200, blank=True)
    source_on = models.DateField("source à la date du", null=True, blank=True)
    corrected_at = models.DateTimeField("corrigé le", null=True, blank=True)
    corrected_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="corrigé par"
    )

    class Meta:
        verbose_name = "renseignements de la mairie"
        verbose_name_plural = "renseignements de la mairie"

    def __str__(self) -> str:
        return f"renseignements, site {self.website_id}"

    @property
    def is_director_named(self) -> bool:
        """Whether somebody is named for the publication, and not a function alone."""
        return bool(set(re.findall(r"\w+", folded(self.publication_director))) - FUNCTIONS)

    @property
    def phone_href(self) -> str:
        """The phone as a `tel:` link wants it: digits and a leading plus only."""
        return "".join(character for character in self.phone if character.isdigit() or character == "+")

    def address_beside(self, name: str) -> str:
        """Return the address as it is said under a name: nothing when it only repeats it."""
        return "" if folded(self.address) == folded(name) else self.address


class WeekOpening(models.Model):
    """One opening of the mairie in its week, local time: Monday is 1."""

    facts = models.ForeignKey(
        MunicipalFacts, models.CASCADE, related_name="openings", verbose_name="renseignements de la mairie"
    )
    day = models.PositiveSmallIntegerField("jour", choices=list(enumerate(DAYS, start=1)))
    opens = models.TimeField("ouvre à")
    closes = models.TimeField("ferme à")
    note = models.CharField("précision", max_length=200, blank=True)

    class Meta:
        verbose_name = "ouverture de la mairie"
        verbose_name_plural = "ouvertures de la mairie"
        ordering = ["day", "opens"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="a_mairie_closes_after_it_opens",
                violation_error_message="La mairie ferme après avoir ouvert : vérifiez les deux heures.",
            ),
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=7), name="a_week_has_seven_days"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.opens:%H:%M}-{self.closes:%H:%M}"
