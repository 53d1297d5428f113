"""The twin of whoever holds the zones: they are kept in the database, and nobody is asked anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction

from socle.domains.contract import Held, Mark, Signed, ZonesError
from socle.engines.simulated.models import SimulatedSet, SimulatedZone


class SimulatedZones:
    """Holds zones that the world does not see, with the manners of a real server."""

    is_simulated = True

    def check(self) -> None:
        SimulatedZone.objects.exists()

    def exists(self, zone: str) -> bool:
        return SimulatedZone.objects.filter(name=zone).exists()

    def make(self, zone: str) -> None:
        SimulatedZone.objects.get_or_create(name=zone)

    def read(self, zone: str, names: Iterable[str]) -> tuple[Held, ...]:
        found = SimulatedSet.objects.filter(zone=self._zone(zone), name__in=list(names))
        return tuple(
            Held(
                one.name,
                one.type,
                one.ttl,
                tuple(one.contents.splitlines()),
                tuple(Mark(*line.split(" ", 1)) for line in one.marks.splitlines()),
                tuple(one.remarks.splitlines()),
            )
            for one in found.order_by("name", "type")
        )

    @transaction.atomic
    def write(self, zone: str, sets: Sequence[Held]) -> None:
        holder = self._zone(zone)
        for one in sets:
            if not (one.name == zone or one.name.endswith(f".{zone}")):
                raise ZonesError(f"{one.name} n’est pas dans la zone {zone}.", is_lasting=True)
            here = SimulatedSet.objects.filter(zone=holder, name=one.name, type=one.type)
            if not one.contents:
                here.delete()
                continue
            beside = SimulatedSet.objects.filter(zone=holder, name=one.name).exclude(type=one.type)
            if beside.exists() if one.type == "CNAME" else beside.filter(type="CNAME").exists():
                raise ZonesError(f"{one.name} ne peut être un alias et autre chose à la fois.", is_lasting=True)
            here.update_or_create(
                zone=holder,
                name=one.name,
                type=one.type,
                defaults={
                    "ttl": one.ttl,
                    "contents": "\n".join(one.contents),
                    "marks": "\n".join(f"{mark.owner} {mark.digest}" for mark in one.marks),
                    "remarks": "\n".join(one.remarks),
                },
            )

    def signed(self, zone: str) -> Signed:
        self._zone(zone)
        digest = hashlib.sha256(zone.encode())
        return Signed(is_signed=True, ds=(f"{int(digest.hexdigest()[:4], 16)} 13 2 {digest.hexdigest()}",))

    def _zone(self, name: str) -> SimulatedZone:
        if (found := SimulatedZone.objects.filter(name=name).first()) is None:
            raise ZonesError(f"La zone {name} n’existe pas.", is_lasting=True)
        return found
