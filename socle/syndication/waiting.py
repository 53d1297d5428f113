"""Contents proposed to the site of a mairie, that it has not answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from socle.lib.declared import MairieReader, ToDo, WaitingAtMairie
from socle.people.capabilities import Capability
from socle.syndication.offered import waiting_offers


def _offers(mairie: MairieReader, at: datetime) -> Iterator[ToDo]:
    """All in one line. Nobody has to answer: it has no day."""
    if mairie.website is None:
        return
    offers = list(waiting_offers(mairie.website, at=at).values_list("offered_at", flat=True))
    if offers:
        said = f"{len(offers)} contenus proposés à votre site" if len(offers) > 1 else "Un contenu proposé à votre site"
        yield ToDo(said, reverse("website_shares"), since=min(offers))


AT_MAIRIE: tuple[WaitingAtMairie, ...] = (WaitingAtMairie(Capability.PUBLISH, _offers),)
