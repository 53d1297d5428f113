"""A grant at scale: expenses imported, controlled, claimed and exported; its pages; an archive of evidence of many GiB.

python -m tools.bench.grants [--lines 100000] [--gib 5] [--database postgresql]

Memory is the peak of each process, and of the archive what it takes beyond the process that is about to write it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.bench.__main__ import machine, ms, table
from tools.bench.screens import time_page
from tools.installation import Installation, installation, wait_for

PARTS = 4  # Partners, alike.
PIECE_OF = 100 * 1024 * 1024


def peak() -> float:
    """The most that this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- In a process of the installation ---------------------------------------------------------------------------------
def _operation() -> Any:
    from django.utils import timezone

    from socle.documents.models import Document
    from socle.grants import demo_data
    from socle.grants.actions import operations
    from socle.grants.models import Contract, Operation
    from socle.people.models import Operator, User
    from socle.programme.models import Programme

    by, at = User.objects.system(), timezone.now()
    known = Operation.objects.filter(name="Mesure").first()
    if known is not None:
        return known
    one = demo_data.ensure_running(Programme.objects.get(), by=by)
    one.name, one.grant = "Mesure", Decimal(10**9)
    one.save(update_fields=["name", "grant"])
    for code in ("cdg62", "somme-numerique"):
        operations.add_partner(one, Operator.objects.get(code=code), by=by, at=at)
    document = Document.objects.filter(rule="pieces-subventions").first()
    for partner in one.partners.all():
        contract = Contract(
            partner=partner, number="MESURE", subject="Mesure", supplier="Fournisseur fictif",
            supplier_siret="99999801600011", amount=Decimal(10**8),
            procedure="adapted", threshold="seuil", publicity="oui",
            awarded_on=one.spend_from, notified_on=one.spend_from, document=document,
        )  # fmt: skip
        operations.record_contract(contract, by=by, at=at)
    return one


def imported(lines: int, folder: str) -> dict[str, float]:
    """Import so many expenses, a file for each partner, as each would; seconds and peak."""
    from django.utils import timezone

    from socle.grants.actions import expenses
    from socle.people.models import User

    operation, by, at = _operation(), User.objects.system(), timezone.now()
    day = operation.spend_from.isoformat()
    header = (
        "Catégorie;Objet;Fournisseur;SIRET du fournisseur;Facture;Date de la facture;Montant HT;TVA;Part imputée (%);"
        "Marché;Mandat;Bordereau;Mandatée le;Payée le;Article;Section\n"
    )
    paths = []
    for partner in operation.partners.all():
        path = Path(folder) / f"{partner.pk}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write(header)
            for n in range(lines // PARTS):
                file.write(
                    f"materiel;Achat de mesure {n};Fournisseur fictif;99999801600011;P{partner.pk}-{n};{day};"
                    f"{100 + n % 900},{n % 100:02};{20 + n % 180},{n % 100:02};;MESURE;{n};B1;{day};{day};2183;inv\n"
                )
        paths.append((partner, path))
    before, begun = peak(), time.perf_counter()
    for partner, path in paths:
        with path.open("rb") as file:
            expenses.import_expenses(partner, file, by=by, at=at)
    return {"seconds": time.perf_counter() - begun, "peak": peak(), "before": before}


def proved() -> dict[str, float]:
    """Give each expense its two pieces, out of the measure, and judge them all: seconds, peak."""
    from django.utils import timezone

    from socle.documents.models import Document
    from socle.grants.judging import judge_again
    from socle.grants.models import Evidence, Expense
    from socle.people.models import User

    operation, by, at = _operation(), User.objects.system(), timezone.now()
    document = Document.objects.filter(rule="pieces-subventions").first()
    rows = []
    for pk in Expense.objects.filter(partner__operation=operation, contract__number="MESURE").values_list(
        "pk", flat=True
    ):
        rows += [
            Evidence(expense_id=pk, kind=kind, document=document, added_by=by, added_at=at)
            for kind in ("invoice", "service")
        ]
    Evidence.objects.bulk_create(rows, batch_size=2000)
    del rows
    begun = time.perf_counter()
    changed = judge_again(operation)
    return {"seconds": time.perf_counter() - begun, "peak": peak(), "changed": changed}


def claimed() -> dict[str, float]:
    """Prepare the claim: each line judged anew, and frozen."""
    from django.utils import timezone

    from socle.grants.actions import claims
    from socle.people.models import User

    begun = time.perf_counter()
    claim = claims.prepare(_operation(), by=User.objects.system(), at=timezone.now())
    return {"seconds": time.perf_counter() - begun, "peak": peak(), "lines": claim.lines.count()}


def exported(folder: str) -> dict[str, float]:
    """Write the statement (XLSX, PDF) and the lines (CSV) of the claim."""
    from django.utils import timezone

    from socle.grants import exports

    claim, found = _operation().claims.get(), {}
    begun = time.perf_counter()
    with (Path(folder) / "statement.xlsx").open("wb") as file:
        exports.write_statement(claim, file)
    found["xlsx"] = time.perf_counter() - begun
    begun = time.perf_counter()
    with (Path(folder) / "lines.csv").open("wb") as file:
        exports.write_lines(claim, file)
    found["csv"] = time.perf_counter() - begun
    begun = time.perf_counter()
    (Path(folder) / "statement.pdf").write_bytes(exports.whole_pdf(claim, at=timezone.now()))
    return {**found, "pdf": time.perf_counter() - begun, "peak": peak()}


def heavy(gib: int) -> int:
    """Keep pieces of this weight in all, each of its own bytes, and prepare the claim of an operation that has them."""
    from io import BytesIO

    from django.utils import timezone

    from socle.documents import actions as documents
    from socle.grants.actions import claims
    from socle.grants.models import Evidence, Expense
    from socle.people.models import User

    operation, by, at = _operation(), User.objects.system(), timezone.now()
    for claim in operation.claims.filter(status="prepared"):
        claims.cancel(claim, by=by, at=at)
    count = gib * 1024**3 // PIECE_OF
    for rank, expense in enumerate(
        Expense.objects.filter(partner__operation=operation, contract__number="MESURE")[:count]
    ):
        content = BytesIO(b"%PDF-1.7\n" + os.urandom(PIECE_OF))
        document = documents.keep(
            content, title=f"Pièce {rank}", filename="p.pdf", by=by, at=at, rule="pieces-subventions",
            neutral_title="Pièce",
        )  # fmt: skip
        Evidence.objects.create(expense=expense, kind="invoice", document=document, added_by=by, added_at=at)
    Expense.objects.filter(partner__operation=operation).exclude(evidence__document__title__startswith="Pièce ").update(
        withdrawn_at=at
    )
    claims.prepare(operation, by=by, at=at)
    return count


def archived(folder: str, kill_after: int) -> dict[str, float]:
    """Write the archive of evidence; killed after so many seconds when it is not nought."""
    import signal

    from django.utils import timezone

    from socle.grants import exports

    claim = _operation().claims.filter(status="prepared").get()
    before, begun = peak(), time.perf_counter()
    if kill_after:
        signal.signal(signal.SIGALRM, lambda *_: os._exit(9))
        signal.alarm(kill_after)
    path = Path(folder) / "evidence.zip"
    exports.write_evidence(claim, path, at=timezone.now())
    return {
        "seconds": time.perf_counter() - begun, "beyond": peak() - before, "gib": path.stat().st_size / 1024**3,
    }  # fmt: skip


def verified(folder: str) -> dict[str, float]:
    """Read the archive from end to end: its faults, and its files."""
    from socle.lib.archives import check

    found = check(Path(folder) / "evidence.zip")
    return {"faults": len(found.faults), "files": found.files}


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--gib", type=int, default=5)
    parser.add_argument("--database", default="postgresql")
    chosen = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    with installation(chosen.database) as ours:
        folder = str(ours.directory)
        one = ours.inside("tools.bench.grants:imported", chosen.lines, folder)
        two = ours.inside("tools.bench.grants:proved")
        three = ours.inside("tools.bench.grants:claimed")
        four = ours.inside("tools.bench.grants:exported", folder)
        whole = one["seconds"] + two["seconds"] + three["seconds"] + four["xlsx"] + four["csv"] + four["pdf"]
        table(
            [f"{chosen.lines} lines", "seconds", "peak (MiB)"],
            [
                ["imported", f"{one['seconds']:.1f}", f"{one['peak']:.0f}"],
                ["controlled", f"{two['seconds']:.1f}", f"{two['peak']:.0f}"],
                [f"claimed ({three['lines']:.0f} lines)", f"{three['seconds']:.1f}", f"{three['peak']:.0f}"],
                [
                    "exported: XLSX, CSV, PDF",
                    f"{four['xlsx']:.1f} + {four['csv']:.1f} + {four['pdf']:.1f}",
                    f"{four['peak']:.0f}",
                ],
                ["in all (aim 60 s, 1 GiB)", f"{whole:.1f}", ""],
            ],
        )
        _pages(ours)
        if chosen.gib:
            ours.inside("tools.bench.grants:heavy", chosen.gib)
            with contextlib.suppress(Exception):
                ours.inside("tools.bench.grants:archived", folder, 4)
            last = ours.inside("tools.bench.grants:archived", folder, 0)
            read = ours.inside("tools.bench.grants:verified", folder)
            table(
                ["the archive of evidence, killed once then resumed", "measured"],
                [
                    ["weight (GiB)", f"{last['gib']:.1f}"],
                    ["seconds, the second time", f"{last['seconds']:.0f}"],
                    ["memory beyond the process (MiB, aim 128)", f"{last['beyond']:.0f}"],
                    ["files, faults", f"{read['files']:.0f}, {read['faults']:.0f}"],
                ],
            )


def cookie() -> dict[str, str]:
    """A session of the finance officer."""
    from django.conf import settings
    from django.test import Client

    from socle.people.models import Role, User

    client = Client(SERVER_NAME="localhost")
    person = User.objects.filter(memberships__role=Role.FINANCE_OFFICER).first()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {"cookie": f"sessionid={client.cookies['sessionid'].value}"}


def _pages(ours: Installation) -> None:
    [(operation,)] = ours.ask("SELECT id FROM grants_operation WHERE name = 'Mesure'")
    pages = {
        "the three lists": "",
        "the operation": f"{operation}/",
        "its expenses": f"{operation}/depenses/",
        "its expenses, page 1,000": f"{operation}/depenses/?page=1000",
        "what the next claim would hold": f"{operation}/demandes/preparer/",
        "its claim": f"{operation}/demandes/1/",
    }
    ours.start("web")
    wait_for(ours.answers, seconds=60, what="the web process")
    held = ours.inside("tools.bench.grants:cookie")["cookie"]
    rows = []
    for name, path in pages.items():
        median, centile = time_page(f"{ours.address}/console/subventions/{path}", held)
        rows.append([name, ms(median), ms(centile)])
    table(["page, as the finance officer", "median", "p95"], rows)


if __name__ == "__main__":
    main()
