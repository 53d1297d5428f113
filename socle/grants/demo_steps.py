"""Demonstration steps of this room: idempotent, quick when nothing is missing, says what it did."""

from __future__ import annotations

from socle.grants import demo_data, react_eu
from socle.grants.models import Operation
from socle.lib.declared import Say, Step
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.people.personas import why_not_make_fictions
from socle.programme.models import Programme


def _operations(say: Say) -> None:
    refuse(why_not_make_fictions())
    by = User.objects.system()
    for programme in Programme.objects.filter(schemes__code="react-eu"):
        if Operation.objects.filter(programme=programme, name=demo_data.NAME).exists():
            continue
        for operation in (react_eu.play(programme, by=by), demo_data.ensure_running(programme, by=by)):
            say(operation.name)


OPERATIONS = Step("Subventions fictives\u00a0: une opération soldée, une en cours", _operations)
