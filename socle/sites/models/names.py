"""The names of a site besides the one it is born with."""

# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from typing import ClassVar, Self

import idna
from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager, scopes_disabled

from socle.people.models import User
from socle.sites.models.sites import WebSite


class Status(models.TextChoices):
    ASKED = "asked", "demandée"
    WAITING = "waiting", "en attente du DNS"
    RIGHT = "right", "bien dirigée, certificat attendu"
    SERVED = "served", "en service"
    REPLACED = "replaced", "remplacée, conduit à la nouvelle"


# One that is withdrawn is erased with what was seen of it: the journal remembers it.
MOVES: dict[Status, tuple[Status, ...]] = {
    Status.ASKED: (Status.WAITING, Status.RIGHT),
    Status.WAITING: (Status.RIGHT,),
    # The DNS may go wrong again at any time: a domain that was not renewed, a change of registrar.
    Status.RIGHT: (Status.SERVED, Status.WAITING),
    Status.SERVED: (Status.REPLACED, Status.WAITING),
    Status.REPLACED: (Status.SERVED, Status.WAITING),
}
# Those under which we answer, and for which a certificate may be obtained: the DNS leads here.
ANSWERING = (Status.RIGHT, Status.SERVED, Status.REPLACED)


class SiteNameQuerySet(models.QuerySet["SiteName"]):
    def answering_at(self, host: str) -> Self:
        """The name that answers at this host, with its `www.` or without."""
        bare = host.removeprefix("www.")
        at = Q(domain=host) if bare == host else Q(domain=host) | Q(domain=bare, has_www=True)
        return self.filter(at, status__in=ANSWERING)

    def with_place(self) -> Self:
        """Read with what a list shows of it."""
        return self.select_related("website__beneficiary__commune", "website__beneficiary__department")


SiteNameManager = models.Manager.from_queryset(SiteNameQuerySet)


class SiteName(models.Model):
    """A name of its own that a commune gives to its site: `prisches.fr`, which answers at `www.prisches.fr` as well.

    The name a site is born with (`WebSite.first_host`) is none of these: it always answers. At most one is the main
    one, where the others lead.
    """

    website = models.ForeignKey(WebSite, models.CASCADE, related_name="names", verbose_name="site internet")
    # In ASCII, as the DNS has it, without `www.`.
    domain = models.CharField("nom de domaine", max_length=249, unique=True)
    # A name directly under a registry's extension has a `www.` too; « mairie.prisches.fr » has none.
    has_www = models.BooleanField("avec www")
    is_www_first = models.BooleanField("l’adresse principale commence par www", default=True)
    # As soon as it is served, it becomes the main one.
    wanted_main = models.BooleanField("deviendra l’adresse principale", default=True)
    is_main = models.BooleanField("adresse principale", default=False)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.ASKED)
    asked_at = models.DateTimeField("demandée le")
    asked_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="demandée par"
    )
    served_at = models.DateTimeField("en service depuis le", null=True, blank=True)
    main_at = models.DateTimeField("principale depuis le", null=True, blank=True)
    # From then on, browsers are told that what leads to it does so for good.
    settled_at = models.DateTimeField("définitive depuis le", null=True, blank=True)
    # The DNS leads elsewhere again, although it led here.
    wrong_at = models.DateTimeField("mal dirigée depuis le", null=True, blank=True)
    certificate_until = models.DateTimeField("certificat valable jusqu’au", null=True, blank=True)
    problem = models.CharField("ce qui manque au certificat", max_length=300, blank=True)

    objects: ClassVar[SiteNameManager[SiteName]] = ScopedManager(
        beneficiary="website__beneficiary", _manager_class=SiteNameManager
    )

    class Meta:
        verbose_name = "nom d’un site"
        verbose_name_plural = "noms des sites"
        ordering = ["domain"]
        constraints = [
            models.UniqueConstraint(fields=["website"], condition=Q(is_main=True), name="one_main_name_per_site")
        ]

    def __str__(self) -> str:
        return self.domain

    @property
    def host(self) -> str:
        """The host under which it is shown."""
        return f"www.{self.domain}" if self.has_www and self.is_www_first else self.domain

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host at which it answers."""
        return (self.domain, f"www.{self.domain}") if self.has_www else (self.domain,)

    @property
    def shown(self) -> str:
        """The host as people read it, with its accents."""
        try:
            return str(idna.decode(self.host))
        except idna.IDNAError:
            return self.host

    @property
    def is_answering(self) -> bool:
        return self.status in ANSWERING


def main_host(website: WebSite) -> str:
    """The host where this site is to be shown: that of its main name, else the one it is born with."""
    with scopes_disabled():  # One site, named by the caller.
        main = SiteName.objects.filter(website=website, is_main=True).first()
    return main.host if main is not None else website.first_host
