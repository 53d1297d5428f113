"""The operator's seal with real authorities: signed outside a demonstration, refused when one of them fails or lies."""

from __future__ import annotations

import asyncio
import io
import socket
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from django.utils import timezone
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.engines.seal import client
from socle.engines.seal.engine import Seal
from socle.lib.refusals import Refused
from socle.operations.doctor import setup
from socle.signing import actions, contexts, pades, timestamps
from socle.signing.contract import SigningError
from socle.signing.evidence import SignIn
from socle.signing.models import Round
from socle.signing.report import Verdict
from socle.signing.timestamps import Tokens
from socle.signing.verification import verify
from tests import pki
from tests.conftest import needed, tool
from tests.signing.conftest import FIELDS

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


@pytest.fixture(autouse=True)
def installation(operator):
    return operator


@pytest.mark.slow
@pytest.mark.both
def test_three_parties_sign_outside_a_demonstration(document, people):
    round_ = actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=timezone.now())
    for slot, user in zip(round_.slots.all(), people, strict=True):
        at = timezone.now()
        actions.sign(slot, by=user, at=at, quality="maire", sign_in=SignIn("password", at))
    round_.refresh_from_db()
    report = verify(documents.read(round_.current))
    assert report.is_sound, report
    assert {one.level for one in report.signatures} == {"B-LT"}
    assert {one.sealed_by for one in report.signatures} == {"Cachet du syndicat"}
    assert len(report.stamps) == 1


def _sign(document, people, rank=0):
    """Ask the first signature of a document, or raise `Refused`."""
    round_ = Round.objects.filter(original=document).first() or actions.open_round(
        document, slots=list(FIELDS.items()), by=people[0], at=timezone.now()
    )
    at = timezone.now()
    return actions.sign(
        round_.slots.all()[rank], by=people[rank], at=at, quality="maire", sign_in=SignIn("password", at)
    )


def _answering(monkeypatch, change: Callable[[tsp.TimeStampReq], tsp.TimeStampReq]) -> None:
    """Let the authority be asked something else than we ask: it lies, with a token that is well signed."""
    asked = client.token

    def token(url: str, query: bytes, headers: dict[str, str]) -> bytes:
        return asked(url, change(tsp.TimeStampReq.load(query)).dump(), headers=headers)

    monkeypatch.setattr(client, "token", token)


def _other(**changed):
    def change(query: tsp.TimeStampReq) -> tsp.TimeStampReq:
        facts = {key: query[key] for key in ("version", "message_imprint", "nonce", "cert_req")}
        return tsp.TimeStampReq(facts | changed)

    return change


def _sealed_by(name: str) -> dict[str, str]:
    return {"SOCLE_SEAL_CERTIFICATE": f"{{folder}}/{name}-chain.pem", "SOCLE_SEAL_KEY": f"{{folder}}/keys/{name}.pem"}


OTHER_DIGEST = tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": b"\x01" * 32})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_other(nonce=42), "a répondu à une autre demande"),
        (_other(message_imprint=OTHER_DIGEST), "a horodaté un autre contenu"),
    ],
)
def test_an_authority_that_answers_something_else_signs_nothing(document, people, monkeypatch, change, sentence):
    _answering(monkeypatch, change)
    _is_refused(document, people, sentence)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SOCLE_TIMESTAMP_URL": "http://127.0.0.1:1999/"}, "ne répond pas"),
        ({"SOCLE_TIMESTAMP_URL": "{url}/nowhere"}, "autre chose qu’un jeton \\(404\\)"),
        ({"SOCLE_TIMESTAMP_URL": "{url}/test/certs/interm/by-label"}, "autre chose"),
        ({"SOCLE_TIMESTAMP_URL": "{url}/test/tsa/oldtsa"}, "certificat de l’autorité d’horodatage n’est pas reconnu"),
        ({"SOCLE_TIMESTAMP_HEADER": "X-Certomancer-Fake-Time: 2025-01-01T00:00:00+00:00"}, "diffèrent de plus de cinq"),
        ({"SOCLE_SIGNING_ROOTS": "{folder}/interm.pem"}, "n’est pas reconnu|validité du cachet"),
        (_sealed_by("revoked"), "La validité du cachet"),
        (_sealed_by("expired"), "La validité du cachet"),
        ({"SOCLE_SEAL_KEY": "{folder}/keys/other.pem"}, "n’est pas celle de son certificat"),
        ({"SOCLE_SEAL_KEY": "{folder}/absent.pem"}, "ne peut pas être lue"),
        ({"SOCLE_SEAL_KEY": "{folder}/roots.pem"}, "chmod 600"),
        ({"SOCLE_SEAL_CERTIFICATE": "{folder}/absent.pem"}, "ne peuvent pas être lus"),
        ({"SOCLE_SEAL_CERTIFICATE": "{folder}/keys/seal.pem"}, "ne contient pas de certificats"),
    ],
)  # fmt: skip
def test_a_seal_or_an_authority_that_fails_signs_nothing(document, people, settings, authorities, changed, sentence):
    for name in ("revoked", "expired"):
        authorities.certificate(name)
    for name, value in changed.items():
        setattr(settings, name, value.format(url=authorities.url, folder=authorities.folder))
    _is_refused(document, people, sentence)


def test_an_authority_inside_the_network_that_no_setting_lets_in_is_said_so(settings):
    settings.OUTGOING_INTERNAL = []
    with pytest.raises(SigningError, match=r"n’est pas appelée \(SOCLE_TIMESTAMP_URL\).* SOCLE_OUTGOING_INTERNAL"):
        client.token("http://127.0.0.1/", b"", headers={})


@pytest.mark.slow
@pytest.mark.both
def test_an_authority_too_slow_signs_nothing(document, people, settings, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.SOCLE_TIMESTAMP_URL = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        monkeypatch.setattr(client, "TIMEOUT", 0.3)
        _is_refused(document, people, "ne répond pas")


def _is_refused(document, people, sentence):
    with pytest.raises(Refused, match=sentence):
        _sign(document, people)
    round_ = Round.objects.get(original=document)
    assert (round_.current, round_.slots.filter(signed_at=None).count()) == (document, 3)
    assert Document.objects.count() == 1


@pytest.mark.slow
@pytest.mark.both
def test_with_every_server_stopped_what_was_sealed_is_still_validated_and_a_mere_time_stamp_is_not(
    document, people, tmp_path_factory, settings
):
    with pki.started(tmp_path_factory.mktemp("stopped")) as (made, _):
        settings.SOCLE_SEAL_CERTIFICATE = str(made.certificate("seal"))
        settings.SOCLE_SEAL_KEY = str(made.key("seal"))
        settings.SOCLE_TIMESTAMP_URL, settings.SOCLE_SIGNING_ROOTS = made.timestamps, str(made.roots)
        sealed = documents.read(_sign(document, people))
        trust = Seal()
        stamped = _time_stamped_only(documents.read(document), trust)
    report = verify(sealed)
    assert (report.verdict, report.signatures[0].level) == (Verdict.INCOMPLETE, "B-LT")
    context = ValidationContext(
        trust_roots=trust.anchors(),
        other_certs=trust.others(),
        crls=[],
        ocsps=[],
        allow_fetching=False,
        revocation_mode="hard-fail",
    )
    (signature,) = PdfFileReader(io.BytesIO(stamped)).embedded_signatures
    assert not validate_pdf_signature(signature, context).trusted
    assert verify(stamped).signatures[0].level == "B-T"


def _time_stamped_only(content: bytes, trust: Seal) -> bytes:
    """The first place signed at level B-T: with a token, and nothing that validates the certificates."""
    metadata = PdfSignatureMetadata(field_name="beneficiary", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    context = contexts.context_of(trust)
    with trust.signer() as signer:
        tokens = Tokens(trust, context, at=timezone.now())
        writer = pades.Writer(io.BytesIO(content))
        return PdfSigner(metadata, signer, timestamper=tokens).sign_pdf(writer, existing_fields_only=True).getvalue()


@pytest.mark.slow
def test_one_token_more_says_how_large_they_are_for_a_quarter_of_an_hour(document, people, authorities, monkeypatch):
    asked: list[bytes] = []
    monkeypatch.setattr(timestamps, "_kept", {})
    ask = client.token
    monkeypatch.setattr(client, "token", lambda url, query, **more: asked.append(query) or ask(url, query, **more))
    for rank in range(3):
        _sign(document, people, rank)
    # Of three signatures and the stamp of the document.
    assert len(asked) == 5
    (known,) = timestamps._kept.values()
    ((certificate, (at, token)),) = known.items()
    known[certificate] = (at - timestamps.KEPT_FOR - timedelta(seconds=1), token)
    asyncio.run(Tokens(Seal(), contexts.context_of(Seal()), at=timezone.now()).async_dummy_response("sha256"))
    assert len(asked) == 6


@pytest.mark.slow
def test_an_authority_that_changes_its_certificate_meanwhile_signs_nothing_once(
    document, people, authorities, monkeypatch, settings
):
    tokens = Tokens(Seal(), contexts.context_of(Seal()), at=timezone.now())
    query = tokens.request_cms(b"\0" * 32, "sha256")[1].dump()
    former = tsp.TimeStampResp.load(client.token(f"{authorities.url}/test/tsa/oldtsa", query, headers={}))
    place = (settings.SOCLE_TIMESTAMP_URL, "sha256")
    known = {place: {b"other": (timezone.now(), former["time_stamp_token"])}}
    monkeypatch.setattr(timestamps, "_kept", known)
    _is_refused(document, people, "validité du cachet, ou celle de l’horodatage")
    assert timestamps._kept == {}
    tokens._register_dummy("sha256", former["time_stamp_token"])
    with pytest.raises(SigningError, match="sous un autre certificat"):
        asyncio.run(tokens.async_timestamp(b"\0" * 32, "sha256"))
    # It is known next time.
    assert len(timestamps._kept[place]) == 1
    asyncio.run(Tokens(Seal(), contexts.context_of(Seal()), at=timezone.now()).async_timestamp(b"\0" * 32, "sha256"))
    _sign(document, people)


@pytest.mark.slow
@pytest.mark.both
def test_tokens_are_those_that_openssl_verifies(document, people, authorities, tmp_path):
    """Beside each signature, and over the document."""
    for rank in range(3):
        content = documents.read(_sign(document, people, rank))
    signed = PdfFileReader(io.BytesIO(content)).embedded_signatures
    (token,) = signed[0].signer_info["unsigned_attrs"][0]["values"]
    stamp = signed[-1]
    first, length, second, rest = map(int, stamp.byte_range)
    covered = content[first : first + length] + content[second : second + rest]
    for name, given, data in (
        ("signature", token.dump(), signed[0].signer_info["signature"].native),
        ("document", stamp.pkcs7_content, covered),
    ):
        (tmp_path / f"{name}.tst").write_bytes(cms.ContentInfo.load(given).dump())
        (tmp_path / name).write_bytes(data)
        told = subprocess.run(
            ["openssl", "ts", "-verify", "-token_in", "-in", tmp_path / f"{name}.tst", "-data", tmp_path / name,
             "-CAfile", authorities.roots],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Verification: OK" in told.stdout + told.stderr, told


@pytest.fixture
def module(tmp_path, authorities, settings, monkeypatch):
    """SoftHSM2, with the seal's key in a token of its own."""
    library = next((path for path in map(Path, MODULES) if path.exists()), None) or needed("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    util = tool("softhsm2-util")
    token = ["--token", "socle", "--label", "cachet", "--id", "01", "--pin", "4321"]
    for asked in (
        ["--init-token", "--free", "--label", "socle", "--pin", "4321", "--so-pin", "8765"],
        ["--import", str(authorities.key("seal")), *token],
    ):
        subprocess.run([util, *asked], check=True, capture_output=True)
    settings.SOCLE_SEAL_KEY = ""
    settings.SOCLE_SEAL_PKCS11_MODULE, settings.SOCLE_SEAL_PKCS11_TOKEN = str(library), "socle"
    settings.SOCLE_SEAL_PKCS11_LABEL, settings.SOCLE_SEAL_PKCS11_PIN = "cachet", "4321"


MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


@pytest.mark.slow
@pytest.mark.both
def test_the_key_may_stay_in_a_module_that_never_gives_it(document, people, module, settings):
    report = verify(documents.read(_sign(document, people)))
    assert (report.verdict, report.signatures[0].sealed_by) == (Verdict.INCOMPLETE, "Cachet du syndicat")
    Seal().check()


def test_a_module_whose_code_is_wrong_signs_nothing(document, people, module, settings):
    settings.SOCLE_SEAL_PKCS11_PIN = "1111"
    _is_refused(document, people, "refuse le code")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({}, "l’autorité d’horodatage répond"),
        ({"SOCLE_TIMESTAMP_URL": ""}, "Aucune autorité d’horodatage"),
        ({"OUTGOING_INTERNAL": []}, "SOCLE_OUTGOING_INTERNAL"),
        ({"SOCLE_TIMESTAMP_URL": "{url}/test/tsa/oldtsa"}, "n’est pas reconnu"),
        ({"SOCLE_SEAL_KEY": "/absent"}, "ne peut pas être lue"),
        ({"SOCLE_SIGNING": ""}, "personne ne signe"),
    ],
)
def test_the_doctor_opens_the_seal_and_asks_for_one_token(settings, authorities, changed, sentence):
    for name, value in changed.items():
        setattr(settings, name, value and value.format(url=authorities.url))
    (found,) = setup.seal()
    assert sentence in found.says


@pytest.mark.slow
def test_a_root_that_cannot_be_read_makes_a_signature_unknown_and_not_altered(document, people, settings):
    sealed = documents.read(_sign(document, people))
    settings.SOCLE_SIGNING_ROOTS = "/absent"
    assert verify(sealed).verdict is Verdict.UNTRUSTED
