"""The twin of whoever holds the zones: they are kept in the database, and nobody is asked anything."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

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
        # The types that each name bears, as they become.
        types: dict[str, set[str]] = {one.name: set() for one in sets}
        for name, kind in holder.sets.filter(name__in=list(types)).values_list("name", "type"):
            types[name].add(kind)
        rows, gone = [], Q(pk__in=[])
        for one in sets:
            if not (one.name == zone or one.name.endswith(f".{zone}")):
                raise ZonesError(f"{one.name} n’est pas dans la zone {zone}.", is_lasting=True)
            beside = types[one.name] - {one.type}
            if not one.contents:
                types[one.name] = beside
                gone |= Q(name=one.name, type=one.type)
                continue
            if beside if one.type == "CNAME" else "CNAME" in beside:
                raise ZonesError(f"{one.name} ne peut être un alias et autre chose à la fois.", is_lasting=True)
            types[one.name].add(one.type)
            marks = "\n".join(f"{mark.owner} {mark.digest}" for mark in one.marks)
            contents, remarks = "\n".join(one.contents), "\n".join(one.remarks)
            rows.append(
                SimulatedSet(
                    zone=holder, name=one.name, type=one.type, ttl=one.ttl, contents=contents, marks=marks,
                    remarks=remarks,
                )
            )  # fmt: skip
        holder.sets.filter(gone).delete()
        SimulatedSet.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["zone", "name", "type"],
            update_fields=["ttl", "contents", "marks", "remarks"],
        )  # fmt: skip

    def signed(self, zone: str) -> Signed:
        self._zone(zone)
        digest = hashlib.sha256(zone.encode())
        return Signed(is_signed=True, ds=(f"{int(digest.hexdigest()[:4], 16)} 13 2 {digest.hexdigest()}",))

    def _zone(self, name: str) -> SimulatedZone:
        if (found := SimulatedZone.objects.filter(name=name).first()) is None:
            raise ZonesError(f"La zone {name} n’existe pas.", is_lasting=True)
        return found
