"""The audience of the sites: what the web servers in front write of the pages read is readable, and is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from socle.lib.findings import Finding, error, fine, warning
from socle.quality.audience.reading import LogFile, files_of
from socle.quality.models.audience import AccessLog

# The tick reads every five minutes (socle.operations.scheduler), and sites are read every day.
SILENCE = timedelta(days=2)


def audience() -> Iterator[Finding]:
    """Each folder is read; what is in it was read lately, and written lately."""
    if not settings.SOCLE_ACCESS_LOGS:
        yield fine("Les pages lues ne sont pas comptées (SOCLE_ACCESS_LOGS est vide).")
        return
    files: list[LogFile] = []
    wrong = False
    for folder in settings.SOCLE_ACCESS_LOGS:
        try:
            found = files_of(Path(folder))
        except OSError as failure:
            wrong = True
            yield error(
                f"Le dossier des pages lues, «\u00a0{folder}\u00a0», ne se lit pas ({type(failure).__name__}).",
                "Vérifiez SOCLE_ACCESS_LOGS. «\u00a0deploy/one-machine/install\u00a0», relancée, refait ce dossier et "
                "met le compte de Socle dans son groupe (socle-audience)\u00a0; relancez ensuite "
                "«\u00a0socle.target\u00a0».",
            )
            continue
        files += found
        if closed := [file.path for file in found if not os.access(file.path, os.R_OK)]:
            wrong = True
            yield error(
                f"Des fichiers de pages lues ne se lisent pas\u00a0: {len(closed)}, dont «\u00a0{closed[0]}\u00a0».",
                f"«\u00a0chmod g+r {closed[0].parent}/*.log*\u00a0», et un serveur frontal de cette version "
                "(UMask=0027 dans socle-front.service).",
            )
    if not wrong:
        yield _lately(files)


def _lately(files: list[LogFile]) -> Finding:
    """Whether what is written is read, and whether something is written at all."""
    now = timezone.now()
    last = AccessLog.objects.aggregate(last=Max("read_at"))["last"]
    is_read = last is not None and now - last <= SILENCE
    if not files:
        if is_read:
            return fine("Les pages lues sont comptées par une autre machine.")
        return warning(
            "Le serveur web n’a encore écrit aucune page lue.",
            "Relancez-le avec la configuration de cette version («\u00a0systemctl restart socle-front\u00a0»), et "
            "vérifiez que FRONT_AUDIENCE n’y vaut pas «\u00a0off\u00a0». Pour ne rien compter, videz "
            "SOCLE_ACCESS_LOGS.",
        )
    written = [datetime.fromtimestamp(file.modified, UTC) for file in files]
    if not is_read and now - (last or min(written)) > SILENCE:
        since = f"depuis le {timezone.localtime(last):%d/%m/%Y à %H:%M}" if last else "une seule fois"
        return warning(
            f"Les pages lues n’ont pas été comptées {since}.",
            "Lancez «\u00a0socle read-audience\u00a0», qui dit ce qui l’en empêche, et vérifiez que "
            "«\u00a0socle worker\u00a0» et «\u00a0socle scheduler\u00a0» tournent.",
        )
    if now - max(written) > SILENCE:
        return warning(
            "Aucune page lue n’a été écrite depuis deux jours\u00a0: personne ne lit les sites, ou rien ne "
            "s’écrit plus.",
            "Ouvrez un site, puis regardez si le fichier «\u00a0access.log\u00a0» change\u00a0; sinon, relancez le "
            "serveur frontal.",
        )
    return fine("Les pages lues sont comptées.")
