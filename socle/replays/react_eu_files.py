"""The files of the replayed operation: a summary for programs, and those of each claim."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from socle.grants import exports
from socle.grants.models import Claim, Operation

NOTHING = Decimal("0.00")


def write(operation: Operation, folder: Path) -> list[Path]:
    """Write the summary of an operation whose claims are answered, and the files of each; return where they are."""
    written = []
    claims = list(operation.claims.exclude(accepted=None).order_by("number"))
    for claim in claims:
        written += _of_claim(claim, folder / "claims" / str(claim.number))
    path = folder / "summary.json"
    path.write_text(json.dumps(summary(operation, claims), ensure_ascii=False, indent=2) + "\n", "utf-8")
    return [path, *written]


def summary(operation: Operation, claims: list[Claim]) -> dict[str, Any]:
    """Plain values: amounts are texts in euros, with their cents. The own share is what the aid leaves of the cost."""
    cost = sum((one.accepted or NOTHING for one in claims), NOTHING)
    aid = sum((one.aid_due or NOTHING for one in claims), NOTHING)
    return {
        "is_fictitious": operation.is_fictitious,
        "operation": operation.name,
        "rate": f"{operation.rate:.2f}",
        "cost": f"{cost:f}",
        "aid": f"{aid:f}",
        "own_share": f"{cost - aid:f}",
        "claims": [
            {
                "number": one.number,
                "eligible": f"{one.eligible:f}",
                "aid": f"{one.aid:f}",
                "capped": one.is_capped,
                "accepted": f"{one.accepted:f}",
                "aid_due": f"{one.aid_due:f}",
            }
            for one in claims
        ],
    }


def _of_claim(claim: Claim, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    # The day of its answer: the same facts give the same bytes.
    on = claim.answered_on or claim.prepared_at.date()
    at = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    paths = [folder / name for name in ("statement.xlsx", "lines.csv", "statement.pdf", "evidence.zip")]
    book, lines, pdf, archive = paths
    with book.open("wb") as file:
        exports.write_statement(claim, file)
    with lines.open("wb") as file:
        exports.write_lines(claim, file)
    pdf.write_bytes(exports.whole_pdf(claim, at=at))
    archive.unlink(missing_ok=True)
    exports.write_evidence(claim, archive, at=at)
    return paths
