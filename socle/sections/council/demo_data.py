"""The council of a site in a demonstration: people who do not exist, and say so."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from socle.assemblies.models import Member
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import FIRST_NAMES, why_not_make_fictions
from socle.sections.council.actions import Seated, council_page_of, known_mayor, open_council, seat
from socle.sites.models.sites import WebSite

NOTICE = "Une composition inventée pour la démonstration\u00a0: aucune de ces personnes n’existe."
COMMISSION = "<p>Commission des finances (fictive)\u00a0: prépare le budget et suit les dépenses.</p>"
Function, Civility = Member.Function, Member.Civility
SEATED = (
    (Function.DEPUTY, Civility.MRS, "Finances et écoles"),
    (Function.DEPUTY, Civility.MR, "Travaux, voirie et cimetière"),
    (Function.DELEGATED, Civility.MRS, "Vie associative et fêtes"),
    (Function.MEMBER, Civility.MR, ""),
    (Function.MEMBER, Civility.MRS, ""),
    (Function.MEMBER, Civility.UNSAID, ""),
)


@transaction.atomic
def ensure_council(website: WebSite, *, by: User, at: datetime) -> bool:
    """Give a site of a demonstration its council, once; say whether it was done. Raises Refused outside one."""
    refuse(why_not_make_fictions())
    if council_page_of(website) is not None:
        return False
    has_mayor = known_mayor(website, on=at.date()) is not None
    page = open_council(website, with_mayor=has_mayor, by=by, at=at)
    page.introduction, page.body = NOTICE, [("title", {"text": "Commissions"}), ("text", COMMISSION)]
    page.save(update_fields=["introduction", "body"])
    # Other names in each commune, the same each time.
    names = [f"{FIRST_NAMES[(website.pk + rank) % len(FIRST_NAMES)]} Fictif" for rank in range(len(SEATED) + 1)]
    if not has_mayor:
        seat(website, Seated(names[-1], Function.MAYOR), by=by, at=at)
    for name, (function, civility, delegation) in zip(names, SEATED, strict=False):
        seat(website, Seated(name, function, civility, delegation), by=by, at=at)
    return True
