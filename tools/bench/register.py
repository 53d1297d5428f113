"""The register at scale: agreements made and signed through the platform, workers killed meanwhile, then pages read.

python -m tools.bench.register [--count 905] [--kills 20] [--among 10000]

On PostgreSQL, with the twin of the authorities: what authorities of this machine add is in `tools.bench.signing`.
"""

from __future__ import annotations

import argparse
import random
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from tools.bench.__main__ import machine, ms, table
from tools.bench.screens import time_page
from tools.drills.batches import progress, wait_until_over
from tools.installation import Installation, Running, installation

PAGES = {
    "the register": "/console/conventions/",
    "its second half, by beneficiary": "/console/conventions/?tri=place&page=100",
    "a name searched": "/console/conventions/?q=saint",
    "those concluded by delegation since the last committee": "/console/conventions/?conclues=comite",
    "what falls due": "/console/conventions/echeances/",
    "one agreement": "/console/conventions/{agreement}/",
    "who signed it, each signature checked": "/console/conventions/{agreement}/signatures/",
    "its proof, one PDF": "/console/conventions/{agreement}/preuve.pdf",
}


# --- In a process of the installation ---------------------------------------------------------------------------------
def prepare(codes: list[str]) -> dict[str, float]:
    """Register these communes and their acts; draft, print and keep each agreement, then sign it: seconds of both."""
    from django.utils import timezone
    from django_scopes import scope

    from socle.agreements import actions as agreements
    from socle.people import actions as people
    from socle.people import personas
    from socle.people.models import User
    from socle.programme.models import Programme
    from socle.provisioning import equipping
    from socle.territory.models import Commune

    system, programme = User.objects.system(), Programme.objects.get()
    beneficiaries = []
    for commune in Commune.objects.current().filter(insee_code__in=codes):
        beneficiary = people.register_beneficiary(commune, by=system, at=timezone.now())
        personas.ensure_people_of(beneficiary, by=system, at=timezone.now())
        with scope(beneficiary=beneficiary):
            mayor = beneficiary.memberships.get(role="mayor").user
            people.confirm_siret(beneficiary, siret=beneficiary.siret, by=mayor, at=timezone.now())
            equipping._fictitious_act(beneficiary, mayor, at=timezone.now())
        beneficiaries.append(beneficiary)
    begun = time.perf_counter()
    ready = []
    for beneficiary in beneficiaries:
        with scope(beneficiary=beneficiary):
            draft = agreements.draft(beneficiary, programme=programme, by=system, at=timezone.now())
            ready.append(equipping._complete(draft, lambda *_: None, timezone.now))
    printed = time.perf_counter()
    for agreement in ready:
        with agreement.within():
            mayor = agreement.parties.get(kind="beneficiary").signatory
            assert mayor is not None  # `_complete` has named one.
            agreements.sign(agreement, by=mayor, at=timezone.now())
    return {"printed": printed - begun, "signed": time.perf_counter() - printed}


def codes_to_equip(count: int) -> list[str]:
    """INSEE codes of so many communes that have no agreement yet, by rank."""
    from socle.programme.models import Assessment

    ranked = Assessment.objects.in_force().filter(rank__isnull=False, commune__beneficiary__isnull=True)
    return list(ranked.order_by("rank").values_list("commune__insee_code", flat=True)[:count])


def sign_all(role: str) -> list[int]:
    """Have everybody of this office sign what waits, each in one batch; the numbers of the batches."""
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.agreements.models import Agreement
    from socle.agreements.queries import awaiting
    from socle.batches import actions as batches
    from socle.batches.contract import Subject
    from socle.batches.gestures import gesture_of
    from socle.lib import dates
    from socle.people.models import Membership
    from socle.programme.models import Programme
    from socle.provisioning.desk.selections import list_of
    from socle.signing import readings

    at, made = timezone.now(), []
    for one in Membership.objects.filter(role=role, operator__isnull=False).select_related("user", "operator"):
        with scopes_disabled():  # A measure sees everything.
            waiting = list(
                awaiting(Agreement.objects.all(), one.user, on=dates.day_of(at))
                .select_related("round__current", "beneficiary__commune")
                .prefetch_related("round__slots")
            )
            if not waiting:
                continue
            places = [
                (each.number, next(slot for slot in each.round.slots.all() if not slot.signed_at))
                for each in waiting
                if each.round
            ]
            key = uuid.uuid4()
            readings.keep(places, key=key, sign_in=None, by=one.user, at=at)
            lines = [list_of()[Subject.AGREEMENT].call(each) for each in waiting]
            batch = batches.start(
                gesture_of("sign"), lines, programme=Programme.objects.get(), operator=one.operator, key=key,
                by=one.user, at=at,
            )  # fmt: skip
            made.append(batch.pk)
    return made


def inspect(sample: int) -> dict[str, Any]:
    """Say what is not as wanted of the agreements signed: twice, not at all, without proof, or not verified."""
    from django_scopes import scopes_disabled

    from socle.agreements.models import Agreement, Status
    from socle.documents import actions as documents
    from socle.journal import actions as journal
    from socle.journal.models import Entry
    from socle.signing.models import Evidence, Slot
    from socle.signing.verification import verify

    wrong = []
    with scopes_disabled():  # A drill looks at everything.
        signed = list(Agreement.objects.filter(status=Status.SIGNED).select_related("round__current"))
        others = Agreement.objects.filter(status=Status.READY).count()
        slots = Slot.objects.filter(round__agreement__in=signed)
        if others or slots.filter(signed_at__isnull=True).exists():
            wrong.append(f"{others} agreements are not signed")
        evidence = Evidence.objects.filter(slot__in=slots).count()
        if not evidence == slots.count() == 3 * len(signed):
            wrong.append(f"{evidence} proofs, {slots.count()} places, for {len(signed)} agreements")
        for verb in ("slot.signed", "agreement.signed", "agreement.ready", "agreement.drafted"):
            counts = Counter(Entry.objects.filter(verb=verb).values_list("object_id", flat=True))
            wrong += [f"{verb} written {count} times for {key}" for key, count in counts.items() if count > 1]
        for agreement in random.Random(0).sample(signed, min(sample, len(signed))):
            assert agreement.round is not None  # It is signed.
            if not verify(documents.read(agreement.round.current)).is_sound:
                wrong.append(f"{agreement.number} is not verified")
        journal.seal()
        if not (chain := journal.verify()).is_intact:
            wrong.append(f"the chain is broken at {chain.broken_at}: {chain.reason}")
    return {"signed": len(signed), "wrong": wrong}


def fill_up(total: int) -> int:
    """Write ended agreements of former years, with their parties, signatures and documents, until there are so many."""
    from django.db import connection
    from django_scopes import scopes_disabled

    from socle.agreements.models import Agreement, ChosenService, Party, Status
    from socle.documents.models import Document
    from socle.signing.models import Round, Slot

    def copied(row: Any, **others: Any) -> Any:
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        return type(row)(**{**values, "id": None, **others})

    with scopes_disabled():  # As above.
        models = list(
            Agreement.objects.filter(status=Status.SIGNED)
            .select_related("round__current", "round__original")
            .prefetch_related("parties", "choices", "round__slots")
        )
        lacking = max(0, total - Agreement.objects.count())
        for start in range(0, lacking, 500):
            chosen = [(start + n, models[(start + n) % len(models)]) for n in range(min(500, lacking - start))]
            slots = [slot for _, one in chosen for slot in one.round.slots.all()]
            documents = Document.objects.bulk_create(
                copied(one.round.original, public_id=uuid.uuid4(), sha256=uuid.uuid4().hex * 2) for _, one in chosen
            )
            results = Document.objects.bulk_create(
                copied(one.round.current, public_id=uuid.uuid4(), sha256=uuid.uuid4().hex * 2) for one in slots
            )
            rounds = Round.objects.bulk_create(
                copied(one.round, original_id=kept.pk) for (_, one), kept in zip(chosen, documents, strict=True)
            )
            years = timedelta(days=2190)  # Over for so long that nothing is owed any more.
            made = Agreement.every.bulk_create(
                copied(
                    one, number=f"ANC-{n:06}", status=Status.ENDED, round_id=round_.pk, signed_at=one.signed_at - years,
                    drafted_at=one.drafted_at - years, starts_on=one.starts_on - years, ends_on=one.ends_on - years,
                )
                for (n, one), round_ in zip(chosen, rounds, strict=True)
            )  # fmt: skip
            of = {n: (agreement, round_) for (n, _), agreement, round_ in zip(chosen, made, rounds, strict=True)}
            Slot.objects.bulk_create(
                copied(slot, round_id=of[n][1].pk, result_id=kept.pk)
                for (n, slot), kept in zip(
                    [(n, slot) for n, one in chosen for slot in one.round.slots.all()], results, strict=True
                )
            )
            Party.objects.bulk_create(
                copied(party, agreement_id=of[n][0].pk) for n, one in chosen for party in one.parties.all()
            )
            ChosenService.objects.bulk_create(
                copied(choice, agreement_id=of[n][0].pk) for n, one in chosen for choice in one.choices.all()
            )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return Agreement.objects.count()


# --- Around it --------------------------------------------------------------------------------------------------------
def signed_under_fire(ours: Installation, role: str, *, kills: int, workers: int = 2) -> dict[str, Any]:
    """Sign by batches, killing a worker so many times; the seconds it took, and how many times one was killed."""
    chance = random.Random(0)
    hands: list[Running] = [ours.start("worker") for _ in range(workers)]
    begun, killed = time.monotonic(), 0
    batches = ours.inside("tools.bench.register:sign_all", role)
    while killed < kills:
        time.sleep(chance.uniform(2.5, 5.0))
        if all((now := progress(ours, batch)) and now["status"] != "running" for batch in batches):
            break
        victim = chance.randrange(len(hands))
        hands[victim].kill()
        killed += 1
        hands[victim] = ours.start("worker")
    ended = [wait_until_over(ours, batch, 905) for batch in batches]
    seconds = time.monotonic() - begun
    peak = max(hand.watch() for hand in hands)
    for hand in hands:
        hand.stop()
    return {"seconds": seconds, "killed": killed, "done": sum(one["done"] for one in ended), "peak": peak}


def main() -> None:
    """Make, sign, kill, fill, read, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=905)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--among", type=int, default=10_000)
    asked = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with installation("postgresql") as ours:
        ours.start("scheduler")
        codes = ours.inside("tools.bench.register:codes_to_equip", asked.count)
        with ThreadPoolExecutor(2) as two:
            parts = list(
                two.map(lambda half: ours.inside("tools.bench.register:prepare", half), [codes[::2], codes[1::2]])
            )
        printing, signing = (max(part[step] for part in parts) for step in ("printed", "signed"))
        first = signed_under_fire(ours, "cdg_president", kills=0)
        second = signed_under_fire(ours, "president", kills=asked.kills)
        seen = ours.inside("tools.bench.register:inspect", 50)
        count = len(codes)
        table(
            ["what", "measured"],
            [
                [f"{count} drafted, printed and kept, two processes", f"{count / printing * 60:.0f} a minute"],
                ["each signed by its mayor, B-LT", f"{count / signing * 60:.0f} a minute"],
                ["all three steps", f"{count / (printing + signing) * 60:.0f} a minute"],
                [f"{first['done']} signed by the centres de gestion, two batches", f"{first['seconds']:.0f} s"],
                [f"{second['done']} signed by the president, a worker killed {second['killed']} times",
                 f"{second['seconds']:.0f} s"],
                ["peak memory of a worker", f"{max(first['peak'], second['peak']):.0f} MiB"],
                [f"{seen['signed']} concluded; wrong", "; ".join(seen["wrong"][:5]) or "nothing"],
            ],
        )  # fmt: skip
        total = ours.inside("tools.bench.register:fill_up", asked.among)
        ours.start("web")
        while not ours.answers():
            time.sleep(0.5)
        opened = ours.inside("tools.bench.screens:queries_of_pages", PAGES)
        rows = []
        for page in opened["pages"]:
            median, centile = time_page(ours.address + page["path"], opened["cookie"])
            rows.append(
                [page["label"], ms(median), ms(centile), str(page["queries"]), f"{page['bytes'] / 1000:.0f} kB"]
            )
        print(f"### Among {total} agreements (over HTTP, one at a time)\n")
        table(["page", "median", "p95", "queries", "weight"], rows)


if __name__ == "__main__":
    main()
