"""The mairies' machines whose saves are not what they seem: left out, damaged, gone. A late one is its mairie's."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django_scopes import scopes_disabled

from socle.backups import presenters
from socle.backups.emails import OURS
from socle.backups.models import Machine, Status
from socle.lib.findings import Finding, fine, warning

LEFT_OUT = ("Dossier introuvable", "Incomplète")


def machines() -> Iterator[Finding]:
    """Say of each machine what its last save left out, or what was found of its repository."""
    with scopes_disabled():  # The operator's examination, over every beneficiary.
        enrolled = presenters.with_states(Machine.objects.filter(status=Status.ENROLLED))
        rows = presenters.rows_of(enrolled.order_by("beneficiary_id", "name"), at=timezone.now())
        wrong = [row for row in rows if row.label in (*LEFT_OUT, *OURS)]
        for row in wrong[:5]:
            where = f"{settings.PLATFORM_URL}{reverse('console:backup', args=[row.machine.pk])}"
            named = f"{row.machine.beneficiary.name}, «\u00a0{row.machine.name}\u00a0»"
            yield warning(
                f"{named}\u00a0: {row.label.lower()}. {row.sentence}",
                f"La page de cette machine dit quoi faire, et à qui\u00a0: {where}",
            )
    if wrong[5:]:
        listed = f"{settings.PLATFORM_URL}{reverse('console:backups')}"
        yield warning(
            f"{len(wrong) - 5} autres machines ont une sauvegarde à regarder.", f"Elles sont là\u00a0: {listed}"
        )
    if not wrong:
        yield fine("Ce que les machines des mairies ont sauvegardé est entier.")
