"""Procedures as a site shows them: the catalogue, with what the mairie says of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from socle.lib.dates import in_words
from socle.sites.models.procedures import LocalProcedure
from socle.sites.models.sites import WebSite
from socle.sites.procedures.catalogue import Group, OfficialPage, Place, Procedure, catalogue, will_change
from socle.sites.publishing.reads import depend_on, once
from socle.territory import stations
from socle.territory.stations import NearStation

# What the page of a procedure changes with.
KEY = "procedures"


@dataclass(frozen=True)
class ShownProcedure:
    """One procedure on one site. `here` is what the mairie adds; `where` replaces what the catalogue knows."""

    procedure: Procedure
    where: str
    here: str

    @property
    def code(self) -> str:
        return self.procedure.code

    @property
    def title(self) -> str:
        return self.procedure.title

    @property
    def is_at_office(self) -> bool:
        """Whether one comes to the mairie itself, whose address is then said."""
        return self.procedure.place == Place.OFFICE and not self.where

    @property
    def is_elsewhere(self) -> bool:
        """Whether one goes to a mairie that issues identity papers."""
        return self.procedure.place == Place.EQUIPPED and not self.where

    @property
    def dated(self) -> str:
        """The day of the text: « 3 décembre 2026 »."""
        return in_words(self.procedure.version)

    def in_text(self) -> Iterator[str]:
        """Yield all that may be read of it, then the words by which it is looked for."""
        one = self.procedure
        yield from (one.summary, *one.steps, self.here, self.where, one.when, *one.bring, one.delay, one.cost)
        for each in one.numbers:
            yield f"{each.number}\u00a0: {each.who}."
        yield one.words


def procedures_of(website: WebSite, *, on: date) -> list[ShownProcedure]:
    """Return the procedures that a site shows, in the order of the catalogue: one query."""
    depend_on(KEY)
    if will_change(on=on):
        depend_on("day")
    return once(("procedures", website.pk, on), lambda: _procedures(website, on))


def _procedures(website: WebSite, on: date) -> list[ShownProcedure]:
    local = {one.code: one for one in LocalProcedure.objects.filter(website=website)}
    commune = website.beneficiary.commune
    epci = commune.epci.name if commune is not None and commune.epci else "votre intercommunalité"
    found = []
    for procedure in catalogue(on=on):
        own = local.get(procedure.code)
        if (commune is None and not procedure.is_for_all) or (own is not None and own.is_hidden):
            continue
        named = replace(
            procedure,
            summary=procedure.summary.replace("{epci}", epci),
            steps=tuple(step.replace("{epci}", epci) for step in procedure.steps),
        )
        found.append(said(named, own))
    return found


def said(procedure: Procedure, own: LocalProcedure | None) -> ShownProcedure:
    """Return a procedure of the catalogue with what a mairie says of it."""
    if own is None:
        return ShownProcedure(procedure, "", "")
    bring = tuple(line.strip("-• ") for line in own.bring.splitlines() if line.strip("-• "))
    changed = replace(
        procedure,
        when=own.when or procedure.when,
        bring=bring or procedure.bring,
        delay=own.delay or procedure.delay,
        cost=own.cost or procedure.cost,
        links=((OfficialPage("La page de la commune", own.link), *procedure.links) if own.link else procedure.links),
    )
    return ShownProcedure(changed, own.where, own.here)


def stations_near(website: WebSite) -> list[NearStation]:
    """Return the equipped mairies nearest to that of a site, none when no list was loaded: two queries."""
    commune = website.beneficiary.commune
    return stations.nearest(commune) if commune is not None else []


def by_group(procedures: list[ShownProcedure]) -> list[tuple[Group, list[ShownProcedure]]]:
    """Return them under their groups, in the order of the groups."""
    order = list(Group)
    ranked = sorted(procedures, key=lambda one: order.index(one.procedure.group))
    return [(group, list(those)) for group, those in groupby(ranked, key=lambda one: one.procedure.group)]
