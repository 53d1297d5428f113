"""Monitoring for the operator: what the folders hold, which are nearly full, what fails."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Q, Sum

from socle.files import queries
from socle.files.contents import Incoming, contents
from socle.files.models import Content, Entry, Link, Lock, Space, stored_name
from socle.lib.refusals import Refused
from socle.lib.text import bytes_in_french, number
from socle.people.devices.models import DevicePassword
from socle.people.models import Beneficiary
from socle.provisioning.contract import EngineError
from socle.provisioning.guides import Figure
from socle.provisioning.monitoring.contract import Own, Seen, Trouble, Watch
from socle.ui.shapes import Fact

# No space bears this number: the bytes of a trial are named by it, and removed at once.
NOWHERE = 0
SAMPLE = 64 * 1024
A_DAY = timedelta(days=1)
FULL = 0.9


class FilesWatch(Watch):
    """Of the folders of the mairies."""

    code, label, icon = "fichiers", "Dossiers partagés", "folder"
    tasks = ("socle.files.", "socle.engines.own_files.")
    trial = "Toutes les cinq minutes, un fichier d’essai est déposé dans le stockage, relu, comparé et effacé."

    def try_it(self) -> None:
        super().try_it()
        sample = secrets.token_bytes(SAMPLE)
        try:
            incoming = Incoming(SAMPLE)
            try:
                incoming.write(sample)
                incoming.close()
                name = stored_name(NOWHERE, incoming.sha256)
                where = contents()
                where.prepare(incoming, name)
                where.settle(incoming, name)
                try:
                    with where.reader(name) as kept:
                        is_same = kept.read() == sample
                finally:
                    where.remove(name)
            finally:
                incoming.discard()
        except Refused as refusal:
            raise EngineError(refusal.sentence) from refusal
        except OSError as error:
            raise EngineError("Le fichier d’essai n’a pas pu être déposé, ou relu.") from error
        if not is_same:
            raise EngineError("Le fichier d’essai, relu, n’est pas celui qui fut déposé.")

    def see(self, *, at: datetime) -> Seen:
        spaces = Space.objects.aggregate(
            every=Count("pk"),
            suspended=Count("pk", filter=Q(suspended_at__isnull=False)),
            full=Count("pk", filter=Q(used_bytes__gte=F("quota_bytes") * FULL)),
            quota=Sum("quota_bytes"),
        )
        added = Content.objects.filter(added_at__gte=at - A_DAY).aggregate(count=Count("pk"), size=Sum("size"))
        devices = (
            DevicePassword.objects.live()
            .filter(opens_files=True, used_at__gte=at - A_DAY)
            .filter(user__memberships__beneficiary__in=Space.objects.values("beneficiary"))
        )
        full = spaces["full"]
        said = "Un dossier est plein à 90 % ou plus" if full == 1 else f"{number(full)} dossiers sont pleins à 90 %"
        suspended = f", dont {number(spaces['suspended'])} suspendus" if spaces["suspended"] else ""
        return Seen(
            facts=(
                Fact("Dossiers", f"{number(spaces['every'])}{suspended}"),
                Fact("Place accordée", bytes_in_french(spaces["quota"] or 0)),
                Fact(
                    "Déposé depuis un jour", f"{number(added['count'])} fichiers, {bytes_in_french(added['size'] or 0)}"
                ),
                Fact("Tenus en écriture", number(Lock.objects.filter(expires_at__gt=at).count())),
                Fact("Liens ouverts", number(Link.objects.filter(ended_at=None, expires_at__gt=at).count())),
                Fact("Lecteurs réseau vus depuis un jour", number(devices.distinct().count())),
            ),
            troubles=(Trouble(f"{said}.", tone="alert"),) if full else (),
            unmeasured=(
                "Le débit des demandes n’est pas mesuré ici : un outil de mesure le tire de /-/metrics "
                "(socle_requests).",
            ),
        )

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        space = queries.space_of(beneficiary)
        if space is None:
            return Own()
        files = Entry.objects.filter(space=space, is_folder=False).aggregate(
            count=Count("pk", filter=Q(trashed_with=None)), last=Max("modified_at")
        )
        share = space.used_bytes / space.quota_bytes if space.quota_bytes else 1.0
        used = f"{bytes_in_french(space.used_bytes)} sur {bytes_in_french(space.quota_bytes)}"
        return Own(
            facts=(
                Fact("Fichiers", number(files["count"])),
                Fact("Liens ouverts", number(queries.links_of(space, at).count())),
                Fact("Dernier dépôt", files["last"] or "aucun"),
            ),
            figure=Figure("Place occupée", used, min(1.0, share)),
            troubles=(Trouble("Le dossier est plein à 90 % ou plus.", tone="alert"),) if share >= FULL else (),
        )

    def taken(self) -> Mapping[int, int]:
        return dict(Space.objects.values_list("beneficiary", "used_bytes"))
