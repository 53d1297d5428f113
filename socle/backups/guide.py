"""How a mairie saves its machines: what its page of services says."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from socle.backups import presenters
from socle.backups.models import Account, Machine
from socle.people.models import Beneficiary, User
from socle.provisioning.guides import Figure, Guide, Way
from socle.ui.shapes import Link


def give(beneficiary: Beneficiary, *, by: User, at: datetime) -> Guide:
    """Return how the saves are and how to add a machine; nothing when the beneficiary has no place there yet."""
    account = Account.objects.filter(beneficiary=beneficiary).first()
    if account is None:
        return Guide()
    rows = presenters.rows_of(presenters.with_states(Machine.objects.filter(beneficiary=beneficiary)), at=at)
    summary = presenters.summary_of(account, rows)
    add = Link("Ajouter une machine", reverse("mairie:backup_machine_add"), "plus")
    return Guide(
        links=(Link("Voir les sauvegardes", reverse("mairie:backups"), "backup"), add),
        ways=(
            Way(
                "Mettre un ordinateur à l’abri",
                (
                    "Dites son système, les dossiers à sauvegarder et le rythme.",
                    "Prenez le script, et lancez-le une fois sur l’ordinateur, en administrateur.",
                    "Recopiez la clé qu’il montre à la fin, et gardez-la au coffre de la mairie.",
                ),
                "safe",
                links=(add,),
            ),
            Way(
                "Retrouver ce qui est perdu",
                (
                    "Sur l’ordinateur, la clé gardée au coffre rouvre n’importe quelle sauvegarde.",
                    "S’il est perdu ou volé, demandez à votre opérateur : il lui faut l’accord de deux personnes.",
                    "Chaque trimestre, un exercice prouve que l’on peut restaurer : son attestation se montre.",
                ),
                "box",
                links=(Link("Les attestations", reverse("mairie:backups"), "document"),),
            ),
        ),
        figures=(Figure("Place prise", summary.usage, account.share),),
        says=f"{summary.label}. {summary.sentence}",
    )
