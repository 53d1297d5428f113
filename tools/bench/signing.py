"""Signing, measured: agreements composed and sealed by each party, with real authorities on this machine.

python -m tools.bench.signing [--count 200] [--processes 2]

The database is left out: what is timed is the document, the seal, the tokens, the validation data, and the check.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

OURS = "0123456789abcdef" * 4


def _installed(folder: str) -> tuple[Any, Callable[[], bytes]]:
    """Set Django up on an installation that signs; return its trust, and what composes an unsigned agreement."""
    os.environ.update(DJANGO_SETTINGS_MODULE="socle.config.settings", SOCLE_DATA_DIR=f"{folder}/data-{os.getpid()}")
    os.environ.update(
        SOCLE_SEAL_CERTIFICATE=f"{folder}/seal-chain.pem",
        SOCLE_SEAL_KEY=f"{folder}/keys/seal.pem",
        SOCLE_SIGNING_ROOTS=f"{folder}/roots.pem",
        SOCLE_TIMESTAMP_URL=Path(folder, "url").read_text() + "/test/tsa/tsa",
        SOCLE_OUTGOING_INTERNAL="127.0.0.1",
    )
    import django

    django.setup()
    from socle.agreements.document import render_agreement
    from socle.documents import texts
    from socle.signing.contract import trust
    from tests.agreements.facts import agreement

    data = agreement()
    body = next(seed.body for seed in texts.seeds() if seed.name == data.model_name)
    return trust(), lambda: render_agreement(data, body)


def _sealed(trust: Any, content: bytes, places: int) -> bytes:
    from django.utils import timezone

    from socle.signing import pades
    from socle.signing.statement import Statement

    for rank, field in enumerate(("beneficiary", "cdg", "lead")[:places]):
        content, _ = pades.seal(
            content, trust=trust, statement=Statement(field, "Commune", "Camille Exemple", OURS),
            at=timezone.now(), quality="maire", place="Prisches", is_first=rank == 0, is_last=rank == 2,
        )  # fmt: skip
    return content


def _work(folder: str, count: int) -> tuple[float, float, float]:
    """Compose and seal so many agreements by three parties; seconds for the documents, for the seals, MiB at most."""
    trust, compose = _installed(folder)
    _sealed(trust, compose(), 3)
    begun = time.perf_counter()
    unsigned = [compose() for _ in range(count)]
    composed = time.perf_counter()
    for content in unsigned:
        _sealed(trust, content, 3)
    ended = time.perf_counter()
    return composed - begun, ended - composed, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _signed_elsewhere(folder: str, content: bytes) -> bytes:
    """The document signed by a program that knows nothing of us, with the certificate of a person and its chain."""
    from asn1crypto import keys, pem, x509
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    read = pem.unarmor(Path(folder, "mayor-chain.pem").read_bytes(), multiple=True)
    chain = [x509.Certificate.load(der) for _, _, der in read]
    _, _, key = pem.unarmor(Path(folder, "keys/mayor.pem").read_bytes())
    signer = SimpleSigner(
        signing_cert=chain[0],
        signing_key=keys.PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore.from_certs(chain),
    )
    metadata = PdfSignatureMetadata(field_name="beneficiary", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signed: bytes = sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), metadata, signer=signer).getvalue()
    return signed


def _alone(folder: str, times: int) -> dict[str, float]:
    """One signature of ours beside the library's own call with the same level, and one check; medians in seconds."""
    from django.utils import timezone
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner

    trust, compose = _installed(folder)
    from socle.signing import contexts, deposits, pades
    from socle.signing.timestamps import Tokens
    from socle.signing.verification import verify

    unsigned = compose()

    def library() -> bytes:
        context = contexts.context_of(trust)
        metadata = PdfSignatureMetadata(
            field_name="beneficiary", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256",
            embed_validation_info=True, validation_context=context, dss_settings=pades.DSS,
        )  # fmt: skip
        with trust.signer() as signer:
            made = PdfSigner(metadata, signer, timestamper=Tokens(trust, context, at=timezone.now()))
            return bytes(made.sign_pdf(pades.Writer(io.BytesIO(unsigned)), existing_fields_only=True).getvalue())

    signed, elsewhere = _sealed(trust, unsigned, 3), _signed_elsewhere(folder, unsigned)

    def deposited() -> object:
        return deposits.take(
            elsewhere, current=unsigned, former=[], field_name="beneficiary", names=["Claire Exemple"], trust=trust,
            since=None, at=timezone.now(),
        )  # fmt: skip

    found: dict[str, list[float]] = {}
    for _ in range(times):
        for name, do in (
            ("composed", compose),
            ("ours, B-LT, with its stamp", lambda: _sealed(trust, unsigned, 1)),
            ("the library’s own call, B-LT", library),
            ("verified, three signatures and a stamp", lambda: verify(signed)),
            ("a deposit, signed by a person’s own certificate, taken and stamped", deposited),
        ):
            begun = time.perf_counter()
            do()
            found.setdefault(name, []).append(time.perf_counter() - begun)
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def main() -> None:
    """Start the authorities, measure, print."""
    from tests import pki
    from tools.bench.__main__ import machine, ms, table

    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print(f"{machine()}\n", flush=True)
    # Spawned: what has composed once must not be forked.
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, pki.started(Path(folder, "pki")) as (made, _):
        made.certificate("seal")
        made.certificate("mayor")
        (made.folder / "url").write_text(made.url)
        with context.Pool(1) as pool:
            alone = pool.apply(_alone, (str(made.folder), 15))
        share = asked.count // asked.processes
        with context.Pool(asked.processes) as pool:
            parts = pool.starmap(_work, [(str(made.folder), share)] * asked.processes)
    ratio = alone["ours, B-LT, with its stamp"] / alone["the library’s own call, B-LT"]
    composing, sealing = max(part[0] for part in parts), max(part[1] for part in parts)
    done = share * asked.processes
    table(
        ["what", "measured"],
        [
            *[[name, ms(seconds)] for name, seconds in alone.items()],
            ["ours, of the library’s own call", f"{ratio:.2f}"],
            [f"composed, {asked.processes} processes", f"{done / composing * 60:.0f} a minute"],
            [f"three B-LT seals and the stamp, {asked.processes} processes", f"{done / sealing * 60:.0f} a minute"],
            ["peak memory of one", f"{max(part[2] for part in parts):.0f} MiB"],
        ],
    )


if __name__ == "__main__":
    main()
