"""What a commune announces until a date: works, jobs, tenders. One silhouette, three nouns.

Each has an index of its own under the home, made when the mairie opens it, and a page by announcement. What is over
leaves the list by itself: works and tenders stay in the archives of their index, a job is simply gone.
"""

# Pages declare their panels and bounds as class attributes of types Wagtail never wrote down.
# mypy: disable-error-code="misc,list-item,assignment,django-manager-missing"

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, Paginator
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Case, F, IntegerField, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import path
from wagtail.fields import StreamField
from wagtail.models import Page

from socle.lib.dates import add_months, at_in_words, day_of, in_days, weekday_in_words
from socle.lib.money import euros
from socle.websites.blocks import Body
from socle.websites.models.pages import DAILY, CommunePage, ListPage, site_path_of, today
from socle.websites.publishing.reads import reads

INDEX_TEMPLATE = "websites/pages/announcement_index.html"
# Further away, a date is a slip of the keyboard.
FURTHEST_MONTHS = 60
OLDEST_YEAR = 1990


def is_far(on: date) -> bool:
    """Say whether a date is so far from today that its year must have been mistyped."""
    return on.year < OLDEST_YEAR or on > add_months(today(), FURTHEST_MONTHS)


FAR = "Cette date est très loin d’aujourd’hui\u00a0: vérifiez l’année."


class AnnouncementPage(CommunePage):
    """One announcement: a title, two sentences, its dates, and more if wanted."""

    summary = models.TextField("en deux phrases", max_length=400, help_text="Ce texte s’affiche aussi dans la liste.")
    body = StreamField(Body(), verbose_name="texte complet et documents", blank=True)

    show_in_menus_default = False
    # The key of what shows announcements of this kind (socle.websites.publishing.reads).
    key: ClassVar[str]

    class Meta:
        abstract = True

    @classmethod
    def under(cls, page: Page) -> models.QuerySet[Any]:
        """Return those that are published under a page."""
        # Nearly all of what these lists say depends on the date.
        reads(cls.key, "day")
        return cls.objects.descendant_of(page).live()

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return those to show first, in the order of the screen."""
        raise NotImplementedError

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return those that are over, the latest first."""
        raise NotImplementedError

    def group(self) -> str:
        """What the list gathers it under."""
        raise NotImplementedError

    def dates(self) -> str:
        """Its dates in words, as a list says them."""
        raise NotImplementedError

    def facts(self) -> list[tuple[str, str]]:
        """What is to be known of it, term by term; what is not known is left out."""
        raise NotImplementedError

    def ended(self) -> str:
        """A few words when it is over; nothing while it is not."""
        raise NotImplementedError

    def shown_as(self) -> set[str]:
        return super().shown_as() | {self.key}

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context(request, *args, **kwargs)
        reads("day")
        context["known"] = [(term, said) for term, said in self.facts() if said]
        context["ended"] = self.ended()
        return context


class AnnouncementIndexPage(ListPage):
    """The list of one kind of announcements: what holds first, and what is over at its own address."""

    introduction = models.CharField("introduction", max_length=300, blank=True)

    parent_page_types: ClassVar[list[str]] = ["websites.HomePage"]
    max_count_per_parent = 1
    menu_group = DAILY
    per_page = 20
    content_panels = [*CommunePage.content_panels, FieldPanel("introduction")]

    has_archives: ClassVar[bool] = True
    nothing: ClassVar[str]
    archives_title: ClassVar[str] = ""

    class Meta:
        abstract = True

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        """Return the class of the announcements of this list."""
        raise NotImplementedError

    def items(self) -> models.QuerySet[Any]:
        return self.kind().current(self, at=timezone.now())

    def past_paginator(self) -> Paginator[Any]:
        return Paginator(self.kind().past(self, at=timezone.now()), self.per_page)

    @path("archives/")
    def archives(self, request: HttpRequest) -> HttpResponse:
        """What is over."""
        return self._past_page(request, 1)

    @path("archives/page/<int:number>/")
    def older_archives(self, request: HttpRequest, number: int) -> HttpResponse:
        """The rest of it, from the second page on."""
        if number < 2:
            raise Http404
        return self._past_page(request, number)

    def _past_page(self, request: HttpRequest, number: int) -> HttpResponse:
        if not self.has_archives:
            raise Http404
        try:
            items = self.past_paginator().page(number)
        except EmptyPage:
            raise Http404 from None
        response: HttpResponse = self.render(
            request,
            context_overrides={"items": items, "here": f"{site_path_of(self)}archives/", "list": site_path_of(self)},
            template="websites/pages/announcement_archives.html",
        )
        return response

    def get_cached_paths(self) -> list[str]:
        found = [*super().get_cached_paths(), "/fil.atom"]
        if self.has_archives:
            pages = self.past_paginator().num_pages
            found += ["/archives/", *(f"/archives/page/{number}/" for number in range(2, pages + 1))]
        return found

    def shown_as(self) -> set[str]:
        return super().shown_as() | {self.kind().key}


# --- Works -----------------------------------------------------------------------------------------------------------
class WorksIndexPage(AnnouncementIndexPage):
    """The works under way and to come."""

    template = INDEX_TEMPLATE
    subpage_types = ["websites.WorksPage"]
    nothing = "Aucun chantier n’est annoncé pour le moment."
    archives_title = "Travaux terminés"

    class Meta:
        verbose_name = "page des travaux"
        verbose_name_plural = "pages des travaux"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return WorksPage


class WorksPage(AnnouncementPage):
    """Works: where, from when to when, what they close, which way round."""

    class Effect(models.TextChoices):
        NONE = "none", "circulation normale"
        PARKING = "parking", "stationnement interdit"
        ALTERNATE = "alternate", "circulation alternée"
        CLOSED = "closed", "voie fermée"

    place = models.CharField("lieu", max_length=200, help_text="Par exemple\u00a0: rue de l’Église, du 3 au 21.")
    starts_on = models.DateField("premier jour")
    ends_on = models.DateField("dernier jour prévu", help_text="Une prévision suffit\u00a0: elle se corrige.")
    effect = models.CharField("circulation", max_length=20, choices=Effect.choices, default=Effect.NONE)
    closed = models.CharField(
        "ce qui est fermé ou gêné",
        max_length=300,
        blank=True,
        help_text="Par exemple\u00a0: la rue, sauf pour les personnes qui y habitent\u00a0; l’arrêt de car.",
    )
    detour = models.CharField("déviation", max_length=300, blank=True, help_text="Par où passer, à pied et en voiture.")
    contact = models.CharField("qui renseigne", max_length=200, blank=True)

    template = "websites/pages/announcement.html"
    parent_page_types: ClassVar[list[str]] = ["websites.WorksIndexPage"]
    key = "works"
    found_as = "Travaux"
    content_panels = [
        FieldPanel("title", heading="Titre"),
        FieldPanel("summary"),
        FieldPanel("place"),
        FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")], heading="Quand"),
        MultiFieldPanel(
            [FieldPanel("effect"), FieldPanel("closed"), FieldPanel("detour")], heading="Ce que cela change"
        ),
        FieldPanel("contact"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "annonce de travaux"
        verbose_name_plural = "annonces de travaux"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="works_end_after_they_start",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            )
        ]

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(ends_on__gte=day_of(at)).order_by("starts_on", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(ends_on__lt=day_of(at)).order_by("-ends_on", "-pk")

    def clean(self) -> None:
        super().clean()
        if self.starts_on is None or self.ends_on is None:
            return
        if is_far(self.starts_on):
            raise ValidationError({"starts_on": FAR})
        if is_far(self.ends_on):
            raise ValidationError({"ends_on": FAR})
        if self.ends_on < self.starts_on:
            raise ValidationError({"ends_on": "Le dernier jour vient après le premier\u00a0: vérifiez les deux dates."})

    def group(self) -> str:
        return "En ce moment" if self.starts_on <= today() else "À venir"

    def dates(self) -> str:
        return f"{in_days(self.starts_on, self.ends_on)}, {self.place}"

    def facts(self) -> list[tuple[str, str]]:
        return [
            ("Où", self.place),
            ("Quand", in_days(self.starts_on, self.ends_on).capitalize()),
            ("Circulation", self.get_effect_display().capitalize()),
            ("Fermé ou gêné", self.closed),
            ("Déviation", self.detour),
            ("Contact", self.contact),
        ]

    def ended(self) -> str:
        return "Ces travaux sont terminés" if self.ends_on < today() else ""


# --- Jobs ------------------------------------------------------------------------------------------------------------
class JobIndexPage(AnnouncementIndexPage):
    """The posts one may apply for."""

    template = INDEX_TEMPLATE
    subpage_types = ["websites.JobPage"]
    has_archives = False
    nothing = "Aucun poste n’est à pourvoir pour le moment."

    class Meta:
        verbose_name = "page des offres d’emploi"
        verbose_name_plural = "pages des offres d’emploi"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return JobPage


class JobPage(AnnouncementPage):
    """A post to fill. Its page answers no more once the last day to apply has passed; the mairie keeps it."""

    class Category(models.TextChoices):
        A = "a", "catégorie A"
        B = "b", "catégorie B"
        C = "c", "catégorie C"
        NONE = "none", "hors catégorie"

    class Contract(models.TextChoices):
        PERMANENT = "permanent", "emploi permanent (titulaire ou, à défaut, contractuel ou contractuelle)"
        OPEN_ENDED = "open_ended", "contrat à durée indéterminée"
        FIXED_TERM = "fixed_term", "contrat à durée déterminée"
        SEASONAL = "seasonal", "contrat saisonnier"
        APPRENTICESHIP = "apprenticeship", "apprentissage"
        CIVIC = "civic", "service civique"
        INTERNSHIP = "internship", "stage"
        HOURLY = "hourly", "vacations"

    category = models.CharField("catégorie", max_length=10, choices=Category.choices, default=Category.C)
    contract = models.CharField("contrat", max_length=20, choices=Contract.choices, default=Contract.PERMANENT)
    hours_per_week = models.DecimalField(
        "heures par semaine",
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.5"))],
        help_text="35 pour un temps complet. Vide si cela varie.",
    )
    starts_on = models.DateField("prise de poste", null=True, blank=True, help_text="Vide\u00a0: dès que possible.")
    place = models.CharField("lieu de travail", max_length=200, blank=True, help_text="Vide\u00a0: la mairie.")
    salary = models.CharField("rémunération", max_length=200, blank=True)
    applications_until = models.DateField(
        "candidatures jusqu’au", help_text="Ce jour compris\u00a0; l’offre disparaît le lendemain."
    )
    how_to_apply = models.TextField(
        "comment postuler",
        max_length=600,
        help_text="Ce qu’il faut envoyer, à qui, à quelle adresse\u00a0; et qui renseigne.",
    )

    template = "websites/pages/job.html"
    parent_page_types: ClassVar[list[str]] = ["websites.JobIndexPage"]
    key = "jobs"
    found_as = "Emploi"
    content_panels = [
        FieldPanel("title", heading="Poste"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("category"), FieldPanel("contract")], heading="Emploi"),
        FieldRowPanel([FieldPanel("hours_per_week"), FieldPanel("starts_on")], heading="Temps et prise de poste"),
        FieldRowPanel([FieldPanel("place"), FieldPanel("salary")], heading="Lieu et rémunération"),
        MultiFieldPanel([FieldPanel("applications_until"), FieldPanel("how_to_apply")], heading="Candidatures"),
        FieldPanel("body"),
    ]

    class Meta:
        verbose_name = "offre d’emploi"
        verbose_name_plural = "offres d’emploi"

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(applications_until__gte=day_of(at)).order_by("applications_until", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).filter(applications_until__lt=day_of(at)).order_by("-applications_until", "-pk")

    @property
    def is_over(self) -> bool:
        """Whether the last day to apply has passed."""
        return self.applications_until < today()

    def clean(self) -> None:
        super().clean()
        errors = {
            name: FAR
            for name in ("applications_until", "starts_on")
            if getattr(self, name) is not None and is_far(getattr(self, name))
        }
        if self.hours_per_week is not None and self.hours_per_week > 48:
            errors["hours_per_week"] = "Cela fait plus de 48 heures par semaine\u00a0: vérifiez le nombre."
        if errors:
            raise ValidationError(errors)

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.is_over and not getattr(request, "is_preview", False):
            raise Http404
        response: HttpResponse = super().serve(request, *args, **kwargs)
        return response

    def get_cached_paths(self) -> list[str]:
        """Return no address once it is over: its file goes at midnight."""
        return [] if self.is_over else ["/"]

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        from socle.websites.daily.jobs import job_data

        context = super().get_context(request, *args, **kwargs)
        if self.applications_until is not None:
            context["structured"] = job_data(self, frame=context["frame"])
        return context

    def group(self) -> str:
        return "Postes à pourvoir"

    def dates(self) -> str:
        return f"candidatures jusqu’au {weekday_in_words(self.applications_until)}"

    @property
    def hours_in_words(self) -> str:
        if self.hours_per_week is None:
            return ""
        whole, rest = divmod(int(self.hours_per_week * 60), 60)
        said = f"{whole}\u00a0h" + (f"\u00a0{rest:02d}" if rest else "")
        return f"{said} par semaine"

    def facts(self) -> list[tuple[str, str]]:
        return [
            ("Emploi", f"{self.get_category_display()}, {self.get_contract_display()}".capitalize()),
            ("Temps de travail", self.hours_in_words),
            ("Prise de poste", weekday_in_words(self.starts_on) if self.starts_on else "dès que possible"),
            ("Lieu", self.place),
            ("Rémunération", self.salary),
            ("Candidatures", f"jusqu’au {weekday_in_words(self.applications_until)}"),
        ]

    def ended(self) -> str:
        return "Cette offre est close" if self.is_over else ""


# --- Tenders ---------------------------------------------------------------------------------------------------------
class TenderIndexPage(AnnouncementIndexPage):
    """The contracts the commune offers, and to whom they went."""

    # Said by each: Wagtail gives a class without a template one by its name.
    template = INDEX_TEMPLATE
    subpage_types = ["websites.TenderPage"]
    nothing = "Aucune consultation n’est en cours."
    archives_title = "Marchés attribués ou sans suite"

    class Meta:
        verbose_name = "page des marchés publics"
        verbose_name_plural = "pages des marchés publics"

    @classmethod
    def kind(cls) -> type[AnnouncementPage]:
        return TenderPage


class TenderPage(AnnouncementPage):
    """A contract offered to firms: what for, until which hour, where to answer, and what became of it."""

    class Procedure(models.TextChoices):
        ADAPTED = "adapted", "procédure adaptée"
        OPEN = "open", "appel d’offres ouvert"
        RESTRICTED = "restricted", "appel d’offres restreint"
        NEGOTIATED = "negotiated", "procédure avec négociation"
        DIALOGUE = "dialogue", "dialogue compétitif"
        CONCESSION = "concession", "concession"
        OTHER = "other", "autre consultation"

    class Nature(models.TextChoices):
        WORKS = "works", "travaux"
        SUPPLIES = "supplies", "fournitures"
        SERVICES = "services", "services"

    class Outcome(models.TextChoices):
        AWARDED = "awarded", "attribué"
        ABANDONED = "abandoned", "sans suite"

    reference = models.CharField("référence", max_length=60, blank=True)
    nature = models.CharField("nature", max_length=20, choices=Nature.choices, default=Nature.WORKS)
    procedure = models.CharField("procédure", max_length=20, choices=Procedure.choices, default=Procedure.ADAPTED)
    deadline_at = models.DateTimeField("réponses avant le", help_text="Le jour et l’heure, à l’heure de Paris.")
    profile_url = models.URLField(
        "page du profil d’acheteur",
        max_length=500,
        blank=True,
        help_text="Où retirer le dossier et répondre. L’adresse commence par https://.",
    )
    outcome = models.CharField(
        "résultat", max_length=20, choices=Outcome.choices, blank=True, help_text="Vide tant que rien n’est décidé."
    )
    awarded_to = models.CharField("attribué à", max_length=200, blank=True)
    awarded_on = models.DateField("attribué le", null=True, blank=True)
    amount = models.DecimalField(
        "montant hors taxes",
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="En euros.",
    )
    # The deadline that the site was told has passed: what the tick still has to say is found by it.
    told_at = models.DateTimeField("échéance dite le", null=True, blank=True, editable=False)

    template = "websites/pages/tender.html"
    parent_page_types: ClassVar[list[str]] = ["websites.TenderIndexPage"]
    key = "tenders"
    found_as = "Marché public"
    content_panels = [
        FieldPanel("title", heading="Objet"),
        FieldPanel("summary"),
        FieldRowPanel([FieldPanel("nature"), FieldPanel("procedure"), FieldPanel("reference")], heading="Consultation"),
        FieldPanel("deadline_at"),
        FieldPanel("profile_url"),
        FieldPanel("body"),
        MultiFieldPanel(
            [
                FieldPanel("outcome"),
                FieldPanel("awarded_to"),
                FieldRowPanel([FieldPanel("awarded_on"), FieldPanel("amount")]),
            ],
            heading="Résultat",
        ),
    ]

    class Meta:
        verbose_name = "avis de marché public"
        verbose_name_plural = "avis de marchés publics"

    @classmethod
    def current(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        """Return the open ones, the nearest deadline first, then those that wait for a decision, the latest first."""
        waiting = Case(When(deadline_at__gt=at, then=0), default=1, output_field=IntegerField())
        when_open = Case(When(deadline_at__gt=at, then=F("deadline_at")))
        undecided = cls.under(page).filter(outcome="")
        return undecided.order_by(waiting, when_open, "-deadline_at", "pk")

    @classmethod
    def past(cls, page: Page, *, at: datetime) -> models.QuerySet[Any]:
        return cls.under(page).exclude(outcome="").order_by("-deadline_at", "-pk")

    def clean(self) -> None:
        super().clean()
        errors: dict[str, str] = {}
        if self.deadline_at is not None and is_far(day_of(self.deadline_at)):
            errors["deadline_at"] = FAR
        if self.profile_url and urlsplit(self.profile_url).scheme != "https":
            errors["profile_url"] = "L’adresse doit commencer par https://."
        is_awarded = self.outcome == self.Outcome.AWARDED
        if is_awarded and not self.awarded_to.strip():
            errors["awarded_to"] = "Dites à qui le marché est attribué, ou videz le résultat."
        if not is_awarded and (self.awarded_to.strip() or self.amount is not None or self.awarded_on is not None):
            errors["outcome"] = "Choisissez «\u00a0attribué\u00a0», ou effacez l’attributaire, la date et le montant."
        if self.awarded_on is not None and self.awarded_on > today():
            errors["awarded_on"] = "Cette date n’est pas encore venue\u00a0: vérifiez-la."
        if errors:
            raise ValidationError(errors)

    @property
    def state(self) -> str:
        """Its state in words, at this instant."""
        if self.outcome:
            return self.get_outcome_display()
        return "consultation ouverte" if self.deadline_at > timezone.now() else "consultation close"

    def group(self) -> str:
        return "Consultations ouvertes" if self.deadline_at > timezone.now() else "Closes, décision attendue"

    def dates(self) -> str:
        if self.outcome:
            return self.result
        return f"réponses avant le {at_in_words(self.deadline_at)}"

    @property
    def result(self) -> str:
        """« Attribué à …, le …, pour … hors taxes », « Sans suite »."""
        if self.outcome != self.Outcome.AWARDED:
            return "sans suite"
        said = f"attribué à {self.awarded_to}"
        if self.awarded_on:
            said += f", {in_days(self.awarded_on, self.awarded_on)}"
        return said + (f", pour {euros(self.amount)} hors taxes" if self.amount is not None else "")

    def facts(self) -> list[tuple[str, str]]:
        result = self.result if self.outcome else ""
        return [
            ("Référence", self.reference),
            ("Nature", self.get_nature_display().capitalize()),
            ("Procédure", self.get_procedure_display().capitalize()),
            ("Réponses", f"avant le {at_in_words(self.deadline_at)}"),
            ("Résultat", result[:1].upper() + result[1:]),
        ]

    def ended(self) -> str:
        return "" if not self.outcome and self.deadline_at > timezone.now() else self.state.capitalize()


# --- At home ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Announced:
    """What the first page shows of one kind."""

    title: str
    url: str
    items: list[AnnouncementPage]


# By the names that the frame gives to the pages of a site.
INDEXES: Mapping[str, type[AnnouncementIndexPage]] = {
    "works": WorksIndexPage,
    "jobs": JobIndexPage,
    "tenders": TenderIndexPage,
}
TITLES = {"works": "Travaux", "jobs": "Offres d’emploi", "tenders": "Marchés publics"}
AT_HOME = 3


def announced(home: Page, urls: Mapping[str, str], *, at: datetime) -> list[Announced]:
    """Return what holds, by kind: one query by kind that the site has opened, none for the others."""
    found = []
    for name, index in INDEXES.items():
        if name in urls and (items := list(index.kind().current(home, at=at)[:AT_HOME])):
            found.append(Announced(TITLES[name], urls[name], items))
    return found


def jobs_over(home: Page, *, on: date) -> list[int]:
    """Return the posts of a site whose page answers no more. A site that has no post does not depend on the date."""
    posts = list(JobPage.objects.descendant_of(home).live().values_list("pk", "applications_until"))
    if posts:
        reads("day")
    return [pk for pk, until in posts if until < on]
