"""The communes' websites, made here: a site exists when its pages are live and its host answers."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.lib.refusals import Refused
from socle.people.models import Beneficiary, User
from socle.provisioning.contract import Change, EngineError, Observed, Plan, Wanted
from socle.sites import actions
from socle.sites.hosts import HostMiddleware
from socle.sites.models.names import main_host
from socle.sites.models.sites import WebSite
from socle.sites.publishing.freezing import request_for


class OwnSites:
    """Makes, suspends and reopens the websites of `socle.sites`."""

    is_simulated = False
    service_code = "site-internet"

    def check(self) -> None:
        """Say whether the tree of pages answers; change nothing."""
        try:
            Page.objects.filter(depth=1).exists()
        except DatabaseError as error:
            raise EngineError("La base des sites ne répond pas.") from error

    def observe(self, beneficiary: Beneficiary) -> Observed:
        """Look for the site, its live home, and ask its host for the home as a visitor would."""
        website = self._website(beneficiary)
        if website is None:
            return Observed(False, "Pas encore de site.", details={"state": "absent"})
        if website.archived_at is not None or website.redirects_to_id is not None:
            how = "archivé" if website.archived_at else "redirigé vers celui de la commune héritière"
            return Observed(True, f"Site {how} : {website.host}.", website.root_url + "/", {"state": "live"})
        if website.suspended_at is not None:
            return Observed(False, f"Site suspendu : {website.host}.", website.root_url + "/", {"state": "suspended"})
        if website.host != main_host(website):
            return Observed(False, f"Le site répond encore à {website.host}.", details={"state": "moved"})
        status = self._ask(website)
        if status != 200:
            return Observed(
                False, f"Le site {website.host} répond {status} au lieu de 200.", details={"state": "unanswered"}
            )
        return Observed(True, f"Site en ligne : {website.host}.", website.root_url + "/", {"state": "live"})

    def plan(self, wanted: Wanted, observed: Observed) -> Plan:
        """Say the one step that leads from what is found to what is wanted."""
        state = observed.details["state"]
        if wanted.is_present:
            if state == "live":
                return Plan()
            verb, says = {
                "suspended": ("resume", "Rouvrir le site suspendu"),
                "moved": ("make", "Donner au site son adresse"),
            }.get(state, ("make", "Créer le site et ses pages, remplis des renseignements publics"))
        else:
            if state in ("absent", "suspended"):
                return Plan()
            verb, says = "suspend", "Suspendre le site, sans rien effacer"
        beneficiary = wanted.beneficiary
        key = f"{self.service_code}/{beneficiary.pk}/{verb}"
        return Plan((Change(key, beneficiary, verb, f"{says} : {beneficiary.name}"),))

    def apply(self, change: Change) -> None:
        """Do the step; a step already done changes nothing."""
        by, at = User.objects.system(), timezone.now()
        try:
            website = self._website(change.beneficiary)
            if change.verb == "make":
                made = actions.create_site(change.beneficiary, by=by, at=at)
                actions.reopen_home(made, at=at)
            elif change.verb == "suspend":
                if website is not None and website.suspended_at is None:
                    actions.suspend_site(website, by=by, at=at)
            elif change.verb == "resume":
                if website is not None and website.suspended_at is not None:
                    actions.resume_site(website, by=by, at=at)
            else:
                raise EngineError(f"Étape inconnue : {change.verb}.", is_lasting=True)
        except Refused as refusal:
            raise EngineError(refusal.sentence, is_lasting=True) from refusal

    def _website(self, beneficiary: Beneficiary) -> WebSite | None:
        with scopes_disabled():
            return WebSite.objects.select_related("root_page").filter(beneficiary=beneficiary).first()

    def _ask(self, website: WebSite) -> int:
        """Ask the home as a visitor would, through the middleware that sorts hosts, without leaving the process."""
        status = HostMiddleware(_unsorted)(request_for(website, "/")).status_code
        if status == 500:
            # Making the site again would not mend it. Its trace is in the log.
            raise EngineError(f"La page d’accueil de {website.host} est en erreur (500).")
        return status


def _unsorted(request: HttpRequest) -> HttpResponseBase:
    raise EngineError("L’hôte du site est pris pour un hôte de la plateforme.", is_lasting=True)
