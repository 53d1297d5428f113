"""Archives of a mairie at the end of their time, when a slip is worth preparing; or the slip that waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from socle.eliminations.models import Status
from socle.eliminations.queries import count_due, is_time_to_propose, latest
from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability


def _archives(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    slip = latest(mairie.beneficiary)
    if slip is not None and slip.is_open:
        is_prepared = slip.status == Status.PREPARED
        what = "visa des archives à noter" if is_prepared else "à éliminer"
        label = f"Bordereau d’élimination n°\u00a0{slip.number}\u00a0: {what}"
        yield ToDo(label, reverse("mairie:elimination", args=[slip.pk]), since=slip.made_at)
    elif is_time_to_propose(slip, at=at) and (count := count_due(mairie.beneficiary, at=at)):
        over = f"{count} dossiers au terme de leur durée" if count > 1 else "Un dossier au terme de sa durée"
        yield ToDo(f"{over}\u00a0: bordereau d’élimination à préparer", reverse("mairie:eliminations"))


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.ADMINISTER, _archives),)
