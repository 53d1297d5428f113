"""The merger of a demonstration: a real one of the map, carried by a plan whose agreement and people are fictitious."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django_scopes import scopes_disabled

from socle.lib.refusals import refuse
from socle.mergers import actions
from socle.mergers.models import MergerPlan
from socle.people import actions as people
from socle.people.models import User
from socle.people.personas import DOMAIN, OPERATORS, why_not_make_fictions
from socle.programme.models import Programme
from socle.provisioning.equipping import Unfinished, equip
from socle.territory.models import Commune

# Bermeries joined Amfroipret, which took the name of L'Orée de Mormal, between the two vintages we ship.
MERGED = "59070"


@transaction.atomic
def ensure_merger(programme: Programme, *, by: User, at: datetime) -> MergerPlan | None:
    """Equip the merged commune as it was before, then draft its plan, once; None when the map does not know it.

    All or nothing: for the time of the transaction the commune is given back its place, and nobody else sees it.
    Raises Refused outside a demonstration.
    """
    refuse(why_not_make_fictions())
    commune = Commune.objects.filter(insee_code=MERGED, merged_into__isnull=False).first()
    if commune is None:
        return None
    with scopes_disabled():  # The map is everybody's: every beneficiary in turn.
        known = MergerPlan.objects.filter(beneficiary__commune=commune).first()
        if known is None:
            _equip_as_before(commune, programme, by=by, at=at)
            actions.draft_missing_plans(by=by, at=at)
            known = MergerPlan.objects.get(beneficiary__commune=commune)
            officer = User.objects.filter(email=f"{OPERATORS[0].login}@{DOMAIN}").first()
            if officer is not None:
                known = actions.entrust(known, to=officer, by=by, at=at)
    return known


def _equip_as_before(commune: Commune, programme: Programme, *, by: User, at: datetime) -> None:
    rows = Commune.objects.filter(pk=commune.pk)
    gone_in, merged_into = commune.gone_in, commune.merged_into
    rows.update(gone_in=None, merged_into=None)
    commune.refresh_from_db()
    beneficiary = people.register_beneficiary(commune, by=by, at=at)
    if not beneficiary.seat:
        # Its mairie is in no directory any more; a convention names a seat.
        beneficiary.seat = f"Mairie de {commune.name}"
        beneficiary.save(update_fields=["seat"])
    # An engine that fails for a moment is an ordinary day: the plan shows what there is.
    with suppress(Unfinished):
        equip(commune.insee_code, programme=programme, say=lambda step, sentence: None)
    rows.update(gone_in=gone_in, merged_into=merged_into)
