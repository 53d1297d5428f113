"""Events a webhook may be told of: a list of the journal's verbs, and what is sent about each line. Never a name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.conf import settings

from socle.journal.models import Entry
from socle.journal.verbs import label_of
from socle.lib.text import whole
from socle.people.models import Beneficiary, Operator
from socle.programme.models import Partner

# The groups and their order are those of the form. A verb that is taken away from here is no longer told, a new one is
# offered to whoever edits their webhook: nobody receives what they did not choose.
EVENTS: dict[str, tuple[str, ...]] = {
    "Bénéficiaires": ("beneficiary.registered", "beneficiary.siret_confirmed"),
    "Conventions": (
        "agreement.drafted",
        "agreement.services_chosen",
        "agreement.ready",
        "agreement.party_signed",
        "agreement.signed",
        "agreement.reopened",
        "agreement.cancelled",
        "agreement.carried",
        "agreement.amendment_drafted",
        "agreement.amendment_signed",
        "agreement.amended",
        "agreement.renewed",
        "agreement.terminated",
        "agreement.termination_withdrawn",
        "agreement.suspended",
        "agreement.suspension_lifted",
        "agreement.ended",
    ),
    "Délibérations": (
        "act.recorded",
        "act.received",
        "act.published",
        "act.put_online",
        "act.held_back",
        "act.shown_again",
        "act.described",
        "act.mode_chosen",
        "act.qualified",
        "act.removed",
    ),
    "Séances": (
        "meeting.convened",
        "meeting.cancelled",
        "meeting.closed",
        "meeting.failed",
        "meeting.minutes_arrested",
    ),
    "Services": (
        "right.opened",
        "right.closed",
        "right.reopened",
        "right.moved",
        "installation.live",
        "installation.failed",
        "installation.suspended",
    ),
    "Sites internet": (
        "website.created",
        "website.suspended",
        "website.resumed",
        "website.redirected",
        "website.archived",
        "page.published",
        "page.unpublished",
    ),
    "Préfecture": ("act.sent", "act.sending_refused", "act.reception_cancelled", "prefecture.heard"),
}
# What no mairie is a party to.
EVENTS_OF_OPERATORS: dict[str, tuple[str, ...]] = {"Conventions entre opérateurs": ("agreement.operators_signed",)}
# Lines about no beneficiary: read by whoever leads the programme, and by nobody else.
EVENTS_OF_THE_LEAD: dict[str, tuple[str, ...]] = {
    "Programme et territoire": (
        "programme.loaded",
        "territory.imported",
        "merger.applied",
        "merger.undone",
        "batch.finished",
    ),
}
TRIAL = "webhook.tried"

# Where a program reads what it is told of: the machines' door (a test follows these addresses).
ROOT = "/api/v1"
_ACT, _AGREEMENT, _INSTALLATION = "deliberations.act", "agreements.agreement", "provisioning.installation"


def groups_of(owner: Operator | Beneficiary) -> dict[str, tuple[str, ...]]:
    """The verbs this organisation may follow, by subject."""
    if not isinstance(owner, Operator):
        return EVENTS
    is_lead = Partner.objects.filter(operator=owner, part=Partner.Part.LEAD).exists()
    return {**EVENTS, **EVENTS_OF_OPERATORS, **(EVENTS_OF_THE_LEAD if is_lead else {})}


def offered_to(owner: Operator | Beneficiary) -> tuple[str, ...]:
    """The verbs this organisation may follow."""
    return tuple(verb for verbs in groups_of(owner).values() for verb in verbs)


def agreements_in(entries: Sequence[Entry]) -> list[int]:
    """The identifiers of the agreements these lines are about."""
    found = (whole(entry.object_id) for entry in entries if entry.object_type == _AGREEMENT)
    return [pk for pk in found if pk is not None]


def body_of(entry: Entry, numbers: Mapping[int, str]) -> str:
    """Write what is sent about a line: identifiers, and where to read the rest. `numbers`: of agreements, by id."""
    links = {"journal": _url("journal", entry.pk)}
    beneficiary, object_id = whole(entry.beneficiary_ref), whole(entry.object_id)
    if beneficiary is not None:
        links["beneficiary"] = _url("beneficiaries", entry.beneficiary_ref)
    if entry.object_type == _AGREEMENT and object_id is not None and object_id in numbers:
        links["object"] = _url("agreements", numbers[object_id])
    elif entry.object_type == _ACT and beneficiary is not None:
        links["object"] = _url("acts", entry.object_id)
    elif entry.object_type == _INSTALLATION:
        links["object"] = _url("installations", entry.object_id)
    data = {
        "journal": entry.pk,
        "object": f"{entry.object_type}:{entry.object_id}",
        "beneficiary": beneficiary,
        "links": links,
    }
    return _written(entry.verb, entry.at, data)


def body_of_trial(at: datetime) -> str:
    """Write what a trial sends: the same shape, about nothing."""
    return _written(TRIAL, at, {"journal": None, "object": None, "beneficiary": None, "links": {}})


def label(verb: str) -> str:
    """The verb in French."""
    return label_of(verb)


def _written(verb: str, at: datetime, data: dict[str, object]) -> str:
    sent = {"type": verb, "timestamp": at.isoformat(), "data": data}
    return json.dumps(sent, ensure_ascii=False, separators=(",", ":"))


def _url(*parts: object) -> str:
    return f"{settings.PLATFORM_URL}{ROOT}/{'/'.join(str(part) for part in parts)}"
