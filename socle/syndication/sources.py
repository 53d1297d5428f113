"""Who proposes: an EPCI, or an operator in its own name. A mairie chooses what it does with each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from socle.people.models import Operator
from socle.programme.models import Partner
from socle.sites.models.sites import WebSite
from socle.syndication.models import Share, ShareOffer, SharingChoice
from socle.territory.models import Epci

# How the official code abbreviates the kinds of EPCI, and how one says them.
KINDS = {
    "CC": "la communauté de communes",
    "CA": "la communauté d’agglomération",
    "CU": "la communauté urbaine",
}


@dataclass(frozen=True)
class Source:
    """One who proposes: exactly one of an EPCI and an operator."""

    epci: Epci | None = None
    operator: Operator | None = None

    @property
    def code(self) -> str:
        """How an address or a form names it: « epci-12 », « operateur-3 »."""
        return f"epci-{self.epci.pk}" if self.epci else f"operateur-{self.operator.pk if self.operator else 0}"

    @property
    def name(self) -> str:
        """How a sentence names it."""
        if self.epci is not None:
            return said_name(self.epci)
        return self.operator.name if self.operator else ""

    def choices(self) -> Q:
        """The rows of choices about it."""
        return Q(epci=self.epci, operator=self.operator)


def said_name(epci: Epci) -> str:
    """« la communauté de communes du Pays de Mormal » for « CC du Pays de Mormal »; a métropole has its own name."""
    said = KINDS.get(epci.kind)
    if said is None:
        return f"la {epci.name[:1].lower()}{epci.name[1:]}" if epci.name.startswith("Métropole") else epci.name
    name = epci.name.replace("'", "’")
    rest = re.sub(rf"\A{epci.kind}\s+", "", name)
    return f"{said} {rest}" if rest != name else name


def source_of(share: Share) -> Source:
    """Return who proposes this."""
    return Source(epci=share.epci) if share.epci is not None else Source(operator=share.operator)


def sources_of(website: WebSite) -> list[Source]:
    """Return those who may propose something to a site, and those who did: few queries, whatever their number."""
    found: dict[str, Source] = {}

    def add(sources: Iterable[Source]) -> None:
        for source in sources:
            found.setdefault(source.code, source)

    commune = website.beneficiary.commune
    if commune is not None and commune.epci is not None:
        add([Source(epci=commune.epci)])
    offers = ShareOffer.objects.filter(website=website).values("share")
    shares = Share.objects.filter(pk__in=offers).order_by()
    choices = SharingChoice.objects.filter(website=website)
    add(
        Source(epci=epci)
        for epci in Epci.objects.filter(Q(pk__in=shares.values("epci")) | Q(pk__in=choices.values("epci")))
    )
    partners = Partner.objects.filter(departments=website.beneficiary.department_id)
    # An operator that proposes in the name of an EPCI is not chosen about by that.
    own = shares.filter(epci=None).values("operator")
    known = Q(pk__in=partners.values("operator")) | Q(pk__in=choices.values("operator")) | Q(pk__in=own)
    add(Source(operator=operator) for operator in Operator.objects.filter(known).order_by("name"))
    return list(found.values())
