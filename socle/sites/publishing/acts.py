"""The acts of a body on its site: at which addresses, and what is served there now (`SOCLE_ACTS_PUBLISHER`)."""

from __future__ import annotations

from collections.abc import Iterable

from django_scopes import scopes_disabled

from socle.deliberations.models import Act
from socle.sites.frame import act_path
from socle.sites.models.publication import PublishedFile
from socle.sites.models.sites import WebSite


class OnSites:
    """Serves acts on the site of their body."""

    def roots(self, beneficiaries: Iterable[int]) -> dict[int, str]:
        """Return the address of the site of each of these, those that have none left out."""
        with scopes_disabled():  # What is public, of the bodies that the caller names.
            found = WebSite.objects.filter(beneficiary_id__in=set(beneficiaries))
            return {one.beneficiary_id: one.root_url for one in found}

    def path_of(self, act: Act) -> str:
        """Return « /actes/12/acte-12.pdf »."""
        return act_path(act)

    def served(self, beneficiary: int) -> dict[str, str]:
        """Return the SHA-256 of each file of an act that its site serves."""
        files = PublishedFile.objects.filter(website__beneficiary=beneficiary, path__startswith="/actes/")
        return dict(files.values_list("path", "sha256"))
