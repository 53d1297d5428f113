"""Acts sent to the prefecture's twin: one from its words to its checked archive, then many, their worker killed.

python -m tools.bench.sending [--acts 1000] [--bodies 50] [--kills 3]

On PostgreSQL. What is sent twice is counted at the twin, which writes each act that it is handed in its ledger.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import statistics
import tarfile
import time
from datetime import date
from typing import Any

from tools.bench.__main__ import machine, ms, table
from tools.installation import Installation, installation, wait_for

WORDS = "Le conseil, après en avoir délibéré, approuve la dépense et autorise la signature des pièces.\n\n" * 12
# What is asked and not yet handed over.
LEFT = "SELECT count(*) FROM deliberations_transmission WHERE status IN ('asked', 'leaving')"


# --- In a process of the installation ---------------------------------------------------------------------------------
def asked(acts: int, bodies: int) -> dict[str, float]:
    """Register communes that send by the twin, then set, record and ask for so many acts; seconds, and peak memory."""
    from django.db import transaction
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.deliberations import sending
    from socle.people.models import User

    system, at = User.objects.system(), timezone.now()
    with scopes_disabled():  # A measure sees everything.
        owners = _owners(bodies)
        begun = time.perf_counter()
        made = [_act(owners[rank % bodies], f"L-{rank}") for rank in range(acts)]
        set_, worked = time.perf_counter(), time.process_time()
        for act in made:
            with transaction.atomic():
                sending.send_electronically(act, by=system, at=at)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "set": set_ - begun, "asked": time.perf_counter() - set_, "processor": time.process_time() - worked,
        "peak": peak,
    }  # fmt: skip


def one(times: int) -> dict[str, list[float]]:
    """Seconds, of the clock and of the processor, of one act from its words to an archive made, read again, checked."""
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from socle.deliberations import sending
    from socle.deliberations.models import TransmissionAccount
    from socle.people.models import User

    system, clock, processor = User.objects.system(), [], []
    with scopes_disabled():  # As above.
        [owner] = _owners(1)
        account = TransmissionAccount.of(owner)
        assert account is not None
        for rank in range(times + 1):
            begun, worked = time.perf_counter(), time.process_time()
            act = _act(owner, f"U-{rank}")
            sent = sending.send_electronically(act, by=system, at=timezone.now())
            with sending.packed(sent, account, at=timezone.now()) as parcel, tarfile.open(parcel.archive) as tar:
                inside = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]
                assert set(parcel.sending.files) < set(inside)
                [name] = parcel.sending.files
                assert act.document is not None
                assert hashlib.sha256(inside[name]).hexdigest() == act.document.sha256
            clock.append(time.perf_counter() - begun)
            processor.append(time.process_time() - worked)
            sending.take_back(sent, by=system, at=timezone.now())
    return {"clock": clock[1:], "processor": processor[1:]}  # The first one opens what the others find open.


def _owners(count: int) -> list[Any]:
    from django.utils import timezone

    from socle.deliberations import accounts
    from socle.deliberations.models import TransmissionAccount
    from socle.deliberations.transmission_rules import AccountFacts
    from socle.people import actions as people
    from socle.people.models import Beneficiary, User
    from socle.territory.models import Commune

    system, at = User.objects.system(), timezone.now()
    lacking = count - Beneficiary.objects.filter(transmission__device="abc").count()
    free = Commune.objects.current().filter(beneficiary__isnull=True).exclude(siren="").order_by("pk")
    for commune in free[: max(0, lacking)]:
        owner = people.register_beneficiary(commune, by=system, at=at)
        facts = AccountFacts(
            siren=owner.siret[:9], department=owner.department.code.zfill(3), district="1", nature="31",
            email="actes@exemple.invalid", agreed_on=date(2026, 1, 1), transmitter="simulated", device="abc",
        )  # fmt: skip
        accounts.read_classification(accounts.set_account(owner, facts, by=system, at=at), by=system, at=at)
    assert TransmissionAccount._base_manager.filter(device="abc").count() >= count
    return list(Beneficiary.objects.filter(transmission__device="abc").order_by("pk")[:count])


def _act(owner: Any, number: str) -> Any:
    """An act of this body, recorded with its text, set as PDF from its words."""
    from django.utils import timezone

    from socle.deliberations import actions
    from socle.deliberations.text import compose
    from socle.documents import actions as documents
    from socle.people.models import User

    system, at, subject = User.objects.system(), timezone.now(), "Travaux de voirie (mesure)"
    content = compose(
        WORDS, body=owner.name, author="conseil municipal", title=f"Délibération n° {number}", subject=subject,
        adopted_on=date(2026, 3, 2), at=at,
    )  # fmt: skip
    document = documents.keep(content, title=number, filename="acte.pdf", beneficiary=owner, by=system, at=at)
    return actions.record_act(
        owner, kind="deliberation", body="conseil municipal", number=number, subject=subject, matter="8.3",
        adopted_on=date(2026, 3, 2), document=document, is_fictitious=True, by=system, at=at,
    )  # fmt: skip


# --- Around it --------------------------------------------------------------------------------------------------------
def left_under_fire(ours: Installation, acts: int, kills: int) -> dict[str, float]:
    """Let one worker hand them over, killed so many times on the way; seconds, peak memory, tries beyond the first."""
    ours.start("scheduler")
    hand, begun, peak = ours.start("worker"), time.monotonic(), 0.0
    for rank in range(kills):
        goal = acts * (kills - rank) // (kills + 1)
        wait_for(lambda goal=goal: ours.ask(LEFT)[0][0] <= goal, seconds=600, what="acts that leave", every=0.05)
        hand.kill()
        peak, hand = max(peak, hand.peak), ours.start("worker")
    wait_for(lambda: not ours.ask(LEFT)[0][0], seconds=600, what="the last act")
    seconds = time.monotonic() - begun
    peak = max(peak, hand.watch())
    [(again,)] = ours.ask("SELECT count(*) FROM deliberations_transmission WHERE tries > 1")
    return {"seconds": seconds, "peak": peak, "again": again}


def main() -> None:
    """Ask, kill, count at the twin, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--acts", type=int, default=1000)
    parser.add_argument("--bodies", type=int, default=50)
    parser.add_argument("--kills", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with installation("postgresql") as ours:
        single = ours.inside("tools.bench.sending:one", 100)
        many = ours.inside("tools.bench.sending:asked", chosen.acts, chosen.bodies)
        left = left_under_fire(ours, chosen.acts, chosen.kills)
        [(held, different)] = ours.ask(
            "SELECT count(*), count(DISTINCT key) FROM engines_simulated_ledgerline WHERE position('-L_' IN key) > 0"
        )
        [(refused,)] = ours.ask("SELECT count(*) FROM deliberations_transmission WHERE status = 'refused'")
        table(
            ["one act, from its words to an archive read again", "median", "worst"],
            [
                [name, ms(statistics.median(single[name])), ms(max(single[name]))]
                for name in ("clock", "processor")
            ],
        )  # fmt: skip
        table(
            [f"{chosen.acts} acts of {chosen.bodies} bodies", "measured"],
            [
                ["set as PDF and recorded", f"{many['set']:.0f} s"],
                ["asked; of the processor", f"{many['asked']:.0f} s; {many['processor']:.0f} s"],
                [f"handed over by one worker, killed {chosen.kills} times", f"{left['seconds']:.0f} s"],
                ["taken up again after a kill", f"{left['again']}"],
                ["in the twin’s ledger; different; refused", f"{held}; {different}; {refused}"],
                ["peak memory: who asked; the worker", f"{many['peak']:.0f} MiB; {left['peak']:.0f} MiB"],
            ],
        )
        assert (held, different, refused) == (chosen.acts, chosen.acts, 0), "something was sent twice, or not at all"


if __name__ == "__main__":
    main()
