"""Three requests for a demonstration: real communes of the programme, fictitious people, three states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from socle.joining import actions, email_links, emails
from socle.joining.models import JoinLink, JoinRequest
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people import personas
from socle.people.models import User
from socle.programme.models import Programme
from socle.territory.models import Commune

Function = JoinRequest.Function


@dataclass(frozen=True)
class Scene:
    """One request: for which commune, by whom, and how far an officer brought it."""

    insee_code: str
    login: str
    name: str
    function: JoinRequest.Function
    services: tuple[str, ...]
    steps: int


WORDS = "Demande fictive, pour montrer ce que lit l’opérateur."
SCENES = (
    # The mairie publishes its address: it was told, and the officer has still to call it.
    Scene("59072", "demande.bersillies", "Noa Exemple", Function.SECRETARY, ("site-internet", "messagerie"), 0),
    # The address it publishes seems to be a person's: nobody writes there, the officer called.
    Scene("62518", "demande.linzeux", "Swann Exemple", Function.ELECTED, ("site-internet", "sauvegardes"), 1),
    # One of the communes of the fictitious secretary: it has a door already, where the request shows.
    Scene("59186", "demande.eccles", "Ange Exemple", Function.MAYOR, (), 2),
)


@transaction.atomic
def ensure_requests(*, by: User, at: datetime) -> list[JoinRequest]:
    """Make the requests of the demonstration, once, and return those just made. Raises Refused outside of one."""
    refuse(personas.why_not_make_fictions())
    programme = Programme.objects.order_by("pk").first()
    officer = User.objects.filter(email=f"{personas.OPERATORS[0].login}@{personas.DOMAIN}").first()
    made = []
    for scene in SCENES:
        commune = Commune.objects.current().filter(insee_code=scene.insee_code).first()
        is_known = JoinRequest.objects.filter(form_sha256=email_links.digest(scene.login)).exists()
        if programme is None or officer is None or commune is None or is_known:
            continue
        made.append(_play(scene, programme, commune, officer, by=by, at=at))
    return made


def _play(
    scene: Scene, programme: Programme, commune: Commune, officer: User, *, by: User, at: datetime
) -> JoinRequest:
    request = actions.ask(
        programme,
        commune=commune,
        name=scene.name,
        function=scene.function,
        email=f"{scene.login}@{personas.DOMAIN}",
        services=programme.services.filter(code__in=scene.services),
        words=WORDS,
        form=scene.login,
        is_fictitious=True,
        by=by,
        at=at,
    )
    token = email_links.draw(request, JoinLink.Purpose.CONFIRM, at=at)
    link = email_links.read(token, JoinLink.Purpose.CONFIRM)
    assert link is not None  # It was drawn just above.
    request = actions.confirm(link, by=by, at=at)
    if scene.steps:
        if not request.is_identified:
            actions.verify(request, by=officer, at=at)
        request = actions.qualify(request, by=officer, at=at)
    if scene.steps > 1:
        day = dates.day_of(at) + timedelta(days=60)
        request = actions.plan(request, planned_on=day, wave="Avesnois", by=officer, at=at)
    # Kept in the outbox: a demonstration sends nothing.
    emails.send_due(at=at)
    return JoinRequest.objects.select_related("commune").get(pk=request.pk)
