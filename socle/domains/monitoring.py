"""Operator's readings of the names and of their zones."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from socle.domains.actions import zones
from socle.domains.contract import ZonesError
from socle.domains.models import DomainName, Holder
from socle.domains.presenters import name_rows
from socle.lib.text import number
from socle.people.models import Beneficiary
from socle.provisioning.contract import EngineError
from socle.provisioning.monitoring.contract import Own, Seen, Trouble, Watch
from socle.ui.shapes import Fact, Link

LATE = timedelta(hours=1)


class NamesWatch(Watch):
    """Of the zones that the platform writes, and of what the DNS says of the names."""

    code, label, icon = "noms-de-domaine", "Noms de domaine", "pin"
    tasks = ("socle.domains.", "socle.engines.powerdns.")
    trial = "Toutes les cinq minutes, la plateforme demande au serveur de noms s’il répond, avec sa clé."

    def why_none(self) -> str | None:
        if settings.SOCLE_ZONES:
            return None
        return "Aucun serveur de noms n’est confié à la plateforme : chaque zone se tient ailleurs, à la main."

    @property
    def is_simulated(self) -> bool:
        return zones().is_simulated

    def try_it(self) -> None:
        try:
            zones().check()
        except ZonesError as error:
            raise EngineError(error.sentence, is_lasting=error.is_lasting) from error

    def see(self, *, at: datetime) -> Seen:
        counts = DomainName.objects.aggregate(
            every=Count("pk"),
            here=Count("pk", filter=Q(holder=Holder.OPERATOR)),
            right=Count("pk", filter=Q(is_right=True)),
            wrong=Count("pk", filter=Q(is_right=False)),
            blocked=Count("pk", filter=~Q(zone_problem="")),
            waiting=Count("pk", filter=Q(next_zone_at__lte=at)),
            late=Count("pk", filter=Q(next_check_at__lte=at - LATE)),
        )
        url = reverse("console:domain_names")
        troubles = []
        if count := counts["blocked"]:
            said = "Une zone ne s’écrit pas" if count == 1 else f"{number(count)} zones ne s’écrivent pas"
            troubles.append(Trouble(f"{said}.", f"{url}?etat=zone-en-echec"))
        if count := counts["wrong"]:
            said = "Un domaine est à corriger" if count == 1 else f"{number(count)} domaines sont à corriger"
            troubles.append(Trouble(f"{said} dans le DNS.", f"{url}?etat=a-corriger", "alert"))
        if count := counts["late"]:
            said = "Un domaine attend" if count == 1 else f"{number(count)} domaines attendent"
            troubles.append(Trouble(f"{said} sa vérification depuis plus d’une heure.", url, "alert"))
        return Seen(
            facts=(
                Fact("Domaines", number(counts["every"])),
                Fact("Zones tenues ici", number(counts["here"])),
                Fact("Justes dans le DNS", number(counts["right"])),
                Fact("Zones qui attendent d’être écrites", number(counts["waiting"])),
            ),
            troubles=tuple(troubles),
            unmeasured=(
                "Les questions posées au serveur de noms, et leur débit, ne sont pas mesurées ici : PowerDNS les "
                "compte (pdns_control).",
                "La place n’est pas relevée : une zone tient en quelques kilo-octets.",
            ),
            links=(Link("Tous les domaines", url, "list"),),
        )

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        facts, troubles, links = [], [], []
        for row in name_rows(DomainName.objects.filter(beneficiary=beneficiary), at=at):
            name = row.name
            url = reverse("console:domain_name", args=[name.pk])
            facts.append(Fact(name.shown, row.label, name.get_holder_display()))
            links.append(Link(f"{name.shown} : vérifier, écrire, confier", url, "pin"))
            if name.zone_problem:
                troubles.append(Trouble(f"{name.shown} : {name.zone_problem}", url))
        return Own(facts=tuple(facts), troubles=tuple(troubles), links=tuple(links))
