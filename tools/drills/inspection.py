"""Run inside an installation: says whether a batch equipped every commune, and each once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.utils import timezone
from django_scopes import scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.batches.models import BatchLine, LineState
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.people.models import Beneficiary
from socle.provisioning.models import Installation, Right, State
from socle.signing.models import Slot
from socle.sites.models import WebSite
from socle.territory.models import Commune


def inspect(batch_id: int) -> dict[str, Any]:
    """Count what the lines of this batch left behind; `wrong` holds a sentence for each thing that is not as wanted."""
    wrong: list[str] = []
    with scopes_disabled():  # A drill looks at everything.
        lines = BatchLine.objects.filter(batch=batch_id)
        states = Counter(lines.values_list("state", flat=True))
        if set(states) != {LineState.DONE}:
            wrong.append(f"lines: {dict(states)}")
        codes = list(lines.values_list("code", flat=True))
        communes = Commune.objects.current().filter(insee_code__in=codes)
        beneficiaries = list(Beneficiary.objects.filter(commune__in=communes))
        if len(beneficiaries) != len(codes):
            wrong.append(f"{len(beneficiaries)} beneficiaries for {len(codes)} communes")
        for beneficiary in beneficiaries:
            agreements = list(Agreement.objects.filter(beneficiary=beneficiary))
            if [one.status for one in agreements] != [Status.SIGNED]:
                wrong.append(f"{beneficiary}: agreements {[one.status for one in agreements]}")
                continue
            [agreement] = agreements
            slots = Slot.objects.filter(round=agreement.round)
            if slots.count() != 3 or slots.filter(signed_at__isnull=True).exists():
                wrong.append(f"{beneficiary}: not signed three times")
            rights = Counter(Right.objects.filter(beneficiary=beneficiary).values_list("service", flat=True))
            if not rights or max(rights.values()) > 1 or len(rights) != agreement.choices.count():
                wrong.append(f"{beneficiary}: rights {dict(rights)}")
            installations = Installation.objects.filter(beneficiary=beneficiary)
            if not installations or installations.exclude(state=State.LIVE).exists():
                wrong.append(f"{beneficiary}: not everything is live")
            if WebSite.objects.filter(beneficiary=beneficiary).count() != 1:
                wrong.append(f"{beneficiary}: {WebSite.objects.filter(beneficiary=beneficiary).count()} sites")
        for verb in ("agreement.signed", "agreement.ready", "agreement.drafted"):
            per_agreement = Counter(Entry.objects.filter(verb=verb).values_list("object_id", flat=True))
            wrong += [f"{verb} written {count} times for {key}" for key, count in per_agreement.items() if count > 1]
        numbers = Counter(Agreement.objects.values_list("number", flat=True))
        wrong += [f"number {number} given {count} times" for number, count in numbers.items() if count > 1]
        journal.seal()
        chain = journal.verify()
        if not chain.is_intact:
            wrong.append(f"the chain is broken at {chain.broken_at}: {chain.reason}")
        missing = [
            one.round.current.file.name
            for one in Agreement.objects.filter(round__isnull=False)
            if not one.round.current.file.storage.exists(one.round.current.file.name)
        ]
        wrong += [f"the file {name} is missing" for name in missing]
    return {
        "lines": len(codes),
        "equipped": len(beneficiaries),
        "entries": chain.sealed,
        "at": timezone.now().isoformat(timespec="seconds"),
        "wrong": wrong,
    }
