"""Monitoring for the operator: which machines saved, which are late, what their repositories take."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from socle.backups import presenters
from socle.backups.models import Account, Check, Drill, Machine, Repository, Snapshot, Status
from socle.lib.text import number
from socle.people.models import Beneficiary
from socle.provisioning.guides import Figure
from socle.provisioning.monitoring.contract import Own, Seen, Trouble, Watch
from socle.ui.shapes import Fact, Link

A_DAY, A_QUARTER = timedelta(days=1), timedelta(days=92)


class BackupsWatch(Watch):
    """Of the saves of the mairies' machines."""

    code, label, icon = "sauvegardes", "Sauvegardes des machines", "backup"
    tasks = ("socle.backups.", "socle.engines.restic.")
    wiring = (
        "Installez restic et son serveur («\u00a0socle save-server packages\u00a0» nomme ce qui manque), puis relancez "
        "la plateforme\u00a0: guide «\u00a0Tenir la plateforme\u00a0», «\u00a0Brancher les moteurs\u00a0»."
    )
    trial = (
        "Toutes les cinq minutes, la plateforme demande au serveur des sauvegardes s’il répond et s’il peut écrire. "
        "Que l’on puisse restaurer, ce sont les exercices de chaque trimestre qui le prouvent."
    )

    @property
    def is_simulated(self) -> bool:
        return not settings.HAS_MACHINE_BACKUPS

    def see(self, *, at: datetime) -> Seen:
        machines = Machine.objects.aggregate(
            enrolled=Count("pk", filter=Q(status=Status.ENROLLED)), invited=Count("pk", filter=Q(status=Status.INVITED))
        )
        drills = Drill.objects.filter(began_at__gte=at - A_QUARTER).aggregate(
            every=Count("pk"), sound=Count("pk", filter=Q(is_sound=True))
        )
        saved = Snapshot.objects.filter(dated_at__gte=at - A_DAY, vanished_at=None).count()
        living = Repository.objects.filter(erased_at=None)
        url = reverse("console:backups")
        troubles = []
        for count, one, several, where in (
            (living.exclude(failed_at=None).count(), "Un dépôt ne se lit plus", "dépôts ne se lisent plus", url),
            (
                Check.objects.filter(ended_at__gte=at - A_DAY, is_sound=False).count(),
                "Un contrôle a trouvé des données abîmées depuis un jour",
                "contrôles ont trouvé des données abîmées depuis un jour",
                f"{url}?etat=anomalie",
            ),
            (
                Drill.objects.filter(ended_at__gte=at - A_DAY, is_sound=False).count(),
                "Un exercice de restauration est manqué depuis un jour",
                "exercices de restauration sont manqués depuis un jour",
                f"{url}?etat=anomalie",
            ),
        ):
            if count:
                troubles.append(Trouble(f"{one if count == 1 else f'{number(count)} {several}'}.", where))
        return Seen(
            facts=(
                Fact("Machines en service", number(machines["enrolled"])),
                Fact("À installer", number(machines["invited"])),
                Fact("Sauvegardes arrivées depuis un jour", number(saved)),
                Fact(
                    "Exercices réussis depuis un trimestre",
                    f"{number(drills['sound'])} sur {number(drills['every'])}" if drills["every"] else "aucun encore",
                ),
            ),
            troubles=tuple(troubles),
            unmeasured=(
                "Les machines reliées au serveur en ce moment, et leur débit, ne sont pas mesurés : "
                "restic-rest-server ne les dit pas.",
            ),
            links=(
                Link("Toutes les machines", url, "backup"),
                Link("Celles en retard", f"{url}?etat=en-retard", "clock"),
            ),
        )

    def see_own(self, beneficiary: Beneficiary, *, at: datetime) -> Own:
        account = Account.objects.filter(beneficiary=beneficiary).first()
        if account is None:
            return Own()
        rows = presenters.rows_of(presenters.with_states(Machine.objects.filter(beneficiary=beneficiary)), at=at)
        summary = presenters.summary_of(account, rows)
        last = max((row.last_at for row in rows if row.last_at), default=None)
        return Own(
            facts=(
                Fact("État", summary.label, summary.sentence),
                Fact("Dernière sauvegarde", last or "aucune"),
            ),
            figure=Figure("Place prise", summary.usage, min(1.0, account.share)),
            troubles=tuple(
                Trouble(f"{row.machine.name} : {row.label}. {row.sentence}", _page_of(row.machine))
                for row in rows
                if row.is_wrong
            ),
            links=tuple(
                Link(f"{row.machine.name} : contrôler, éprouver, restaurer", _page_of(row.machine), "backup")
                for row in rows
            ),
        )

    def taken(self) -> Mapping[int, int]:
        return dict(Account.objects.values_list("beneficiary", "size"))


def _page_of(machine: Machine) -> str:
    return reverse("console:backup", args=[machine.pk])
