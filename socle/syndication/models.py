"""Contents that an operator proposes to the sites of its territory, their answers, and what each accepts beforehand.

The words are written once, here: a site that shows them keeps its answer, never a copy.
"""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from datetime import date, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from socle.lib.dates import day_of
from socle.people.models import Operator, User
from socle.sites.models.notices import Alert
from socle.sites.models.sites import WebSite
from socle.sites.occurrences import Rhythm, Timing
from socle.sites.publishing.reads import depend_on
from socle.territory.models import Commune, Department, Epci


class Kind(models.TextChoices):
    NEWS = "news", "actualité"
    EVENT = "event", "événement"
    ALERT = "alert", "alerte"


class Audience(models.TextChoices):
    """Whose sites it is for; whatever is chosen, never beyond the departments of the operator."""

    ALL = "all", "tous les sites du programme"
    DEPARTMENT = "department", "un département"
    EPCI = "epci", "une intercommunalité"
    COMMUNES = "communes", "des communes, une par une"


class Answer(models.TextChoices):
    WAITING = "waiting", "à décider"
    ACCEPTED = "accepted", "acceptée"
    REFUSED = "refused", "refusée"


# A mairie may always choose otherwise.
MOVES: dict[Answer, tuple[Answer, ...]] = {
    Answer.WAITING: (Answer.ACCEPTED, Answer.REFUSED),
    Answer.ACCEPTED: (Answer.REFUSED,),
    Answer.REFUSED: (Answer.ACCEPTED,),
}


class Policy(models.TextChoices):
    """Choices of a mairie on the contents of a source."""

    ASK = "ask", "me demander chaque fois"
    ACCEPT = "accept", "tout accepter"
    REFUSE = "refuse", "tout refuser"


class ShareQuerySet(models.QuerySet["Share"]):
    """Questions about what is shared."""

    def current(self, at: datetime) -> ShareQuerySet:
        """Those that are neither withdrawn nor over; some have not appeared yet."""
        return self.filter(withdrawn_at=None, disappears_at__gt=at)

    def shown(self, at: datetime) -> ShareQuerySet:
        """Those that readers of a site that accepted them see at this instant."""
        return self.current(at).filter(appears_at__lte=at)

    def accepted_under(self, path: str) -> ShareQuerySet:
        """Those that the site whose first page has this path in the tree has accepted, while it is online."""
        return self.filter(
            offers__website__root_page__path=path,
            offers__website__suspended_at=None,
            offers__website__archived_at=None,
            offers__website__redirects_to=None,
            offers__answer=Answer.ACCEPTED,
            offers__left_at=None,
        )


class Share(models.Model):
    """A news item, an event or an alert, of an EPCI or of an operator, proposed to the sites of communes."""

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="shares", verbose_name="opérateur")
    # In whose name; without one, the operator's own.
    epci = models.ForeignKey(Epci, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="au nom de")
    from_name = models.CharField("nom montré sur les sites", max_length=160)
    audience = models.CharField("pour", max_length=12, choices=Audience.choices)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="département"
    )
    audience_epci = models.ForeignKey(
        Epci, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="intercommunalité"
    )
    communes = models.ManyToManyField(Commune, related_name="+", blank=True, verbose_name="communes")

    kind = models.CharField("nature", max_length=8, choices=Kind.choices)
    title = models.CharField("titre", max_length=300)
    summary = models.TextField("en deux phrases", max_length=400, blank=True)
    text = models.TextField("texte complet", max_length=6000, blank=True)
    link = models.CharField("lien", max_length=500, blank=True)
    link_words = models.CharField("texte du lien", max_length=80, blank=True)
    picture = models.ForeignKey(
        "websites.CommuneImage", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="image"
    )
    picture_alternative = models.CharField("description de l’image", max_length=200, blank=True)
    # Of an event.
    starts_on = models.DateField("jour", null=True, blank=True)
    start_time = models.TimeField("heure de début", null=True, blank=True)
    ends_on = models.DateField("dernier jour", null=True, blank=True)
    end_time = models.TimeField("heure de fin", null=True, blank=True)
    place = models.CharField("lieu", max_length=200, blank=True)
    # Of an alert.
    gravity = models.PositiveSmallIntegerField("gravité", choices=Alert.Gravity.choices, default=1)
    is_safety = models.BooleanField("alerte de sécurité", default=False)

    appears_at = models.DateTimeField("paraît le")
    disappears_at = models.DateTimeField("disparaît le")
    offered_at = models.DateTimeField("proposé le")
    offered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="proposé par"
    )
    corrected_at = models.DateTimeField("corrigé le", null=True, blank=True)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)
    # The sites were told that it appears, then that it disappears.
    appeared_at = models.DateTimeField("paru le", null=True, blank=True)
    disappeared_at = models.DateTimeField("disparu le", null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    # What an event of a site may have besides, and these never.
    picture_is_decorative = False
    is_free = False
    price = ""
    contact = ""

    class Meta:
        verbose_name = "contenu partagé"
        verbose_name_plural = "contenus partagés"
        ordering = ["-offered_at", "-pk"]
        indexes = [
            models.Index(fields=["operator", "disappears_at"], name="share_of_operator_by_end"),
            models.Index(fields=["disappears_at"], name="share_still_current", condition=Q(withdrawn_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(disappears_at__gt=F("appears_at")),
                name="a_share_disappears_after_it_appears",
                violation_error_message="Il disparaît après avoir paru\u00a0: vérifiez les deux moments.",
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.EVENT) | Q(starts_on__isnull=False),
                name="a_shared_event_has_its_day",
                violation_error_message="Donnez le jour de l’événement.",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="a_shared_event_ends_after_it_starts",
                violation_error_message="Le dernier jour vient après le premier\u00a0: vérifiez les deux dates.",
            ),
            models.CheckConstraint(
                condition=Q(audience=Audience.DEPARTMENT, department__isnull=False, audience_epci__isnull=True)
                | Q(audience=Audience.EPCI, department__isnull=True, audience_epci__isnull=False)
                | Q(audience__in=[Audience.ALL, Audience.COMMUNES], department=None, audience_epci=None),
                name="a_share_says_whom_it_is_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def origin(self) -> str:
        """Return the words that name its source on a site."""
        return f"Proposé par {self.from_name}"

    @property
    def own_path(self) -> str:
        """The address of its page, the same on each site that accepted it; whoever writes it shows the share."""
        depend_on(f"share:{self.pk}")
        return f"/propose/{self.pk}/"

    @property
    def feed_id(self) -> str:
        """Return the identifier that names it for ever in the feeds of the sites that show it."""
        return f"partage-{self.pk}"

    @property
    def uid(self) -> str:
        """Return the identifier of an event: one name for all the sites, so that a reader of two sees it once."""
        return f"{self.feed_id}@{urlsplit(settings.PLATFORM_URL).hostname}"

    @property
    def published_on(self) -> date:
        """The day a list of news shows."""
        return day_of(self.appears_at)

    @property
    def last_published_at(self) -> datetime:
        """When its words were last written."""
        return self.corrected_at or self.offered_at

    @property
    def first_published_at(self) -> datetime:
        return self.offered_at

    @property
    def timing(self) -> Timing:
        """When an event takes place."""
        first = self.starts_on or day_of(self.appears_at)
        return Timing(first, self.ends_on or first, self.start_time, self.end_time, Rhythm.ONCE)

    def skipped(self) -> set[date]:
        """The days on which an event that comes back does not: it comes once."""
        return set()

    @property
    def words(self) -> str:
        """Return the words of an alert."""
        return self.title

    @property
    def starts_at(self) -> datetime:
        return self.appears_at

    @property
    def tone(self) -> str:
        """The look of an alert."""
        return Alert.TONES[self.gravity]


class ShareOffer(models.Model):
    """One share proposed to one site, and what its mairie answered.

    A site that the share is no longer for (its commune changed EPCI, it left) keeps its answer and shows nothing.
    """

    share = models.ForeignKey(Share, models.CASCADE, related_name="offers", verbose_name="contenu partagé")
    website = models.ForeignKey(WebSite, models.CASCADE, related_name="share_offers", verbose_name="site internet")
    answer = models.CharField("réponse", max_length=8, choices=Answer.choices, default=Answer.WAITING)
    is_automatic = models.BooleanField("réponse donnée d’avance", default=False)
    offered_at = models.DateTimeField("proposé le")
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="répondu par"
    )
    left_at = models.DateTimeField("n’est plus pour ce site depuis le", null=True, blank=True)

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "proposition faite à un site"
        verbose_name_plural = "propositions faites aux sites"
        ordering = ["-offered_at", "-pk"]
        indexes = [models.Index(fields=["website", "answer"], name="share_offer_by_answer")]
        constraints = [models.UniqueConstraint(fields=["share", "website"], name="a_share_is_offered_once_to_a_site")]

    def __str__(self) -> str:
        return f"proposition {self.pk}, site {self.website_id}"


class SharingChoice(models.Model):
    """Choice of a mairie on the contents of a source. Without a row, it is asked each time."""

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="sharing_choices", verbose_name="site internet")
    epci = models.ForeignKey(
        Epci, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="intercommunalité"
    )
    operator = models.ForeignKey(
        Operator, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="opérateur"
    )
    policy = models.CharField("choix", max_length=8, choices=Policy.choices, default=Policy.ASK)
    is_safety_accepted = models.BooleanField("alertes de sécurité acceptées d’avance", default=False)
    chosen_at = models.DateTimeField("choisi le")

    objects = ScopedManager(beneficiary="website__beneficiary")

    class Meta:
        verbose_name = "choix d’une mairie envers une origine"
        verbose_name_plural = "choix des mairies envers les origines"
        constraints = [
            models.UniqueConstraint(
                fields=["website", "epci"], condition=Q(epci__isnull=False), name="one_choice_by_site_and_epci"
            ),
            models.UniqueConstraint(
                fields=["website", "operator"],
                condition=Q(operator__isnull=False),
                name="one_choice_by_site_and_operator",
            ),
            models.CheckConstraint(
                condition=Q(epci__isnull=True, operator__isnull=False) | Q(epci__isnull=False, operator__isnull=True),
                name="a_sharing_choice_is_about_one_source",
            ),
        ]

    def __str__(self) -> str:
        return f"choix {self.pk}, site {self.website_id}"
