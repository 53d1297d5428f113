"""A document signed elsewhere and handed back: taken when it is ours, filled in one place, by that person."""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import keys, pem, x509
from cryptography import x509 as crypto_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.utils import timezone
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from socle.documents import actions as documents
from socle.documents import typst
from socle.documents.models import Document
from socle.lib.refusals import Refused
from socle.signing import actions, certificates, deposits, examination, fields, pades
from socle.signing.evidence import SignIn
from socle.signing.models import Way
from socle.signing.report import Verdict
from socle.signing.statement import Statement
from socle.signing.verification import verify
from tests import pki
from tests.signing import hostile
from tests.signing.conftest import FIELDS

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


@pytest.fixture(autouse=True)
def installation(operator):
    return operator


@pytest.fixture
def round_(document, people):
    people[0].name = "Claire Exemple"
    people[0].save(update_fields=["name"])
    return actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=timezone.now())


def certificates_of(authorities: pki.Pki, holder: str) -> list[x509.Certificate]:
    """A person's certificate and those that lead to it."""
    read = pem.unarmor(authorities.certificate(holder).read_bytes(), multiple=True)
    return [x509.Certificate.load(der) for _, _, der in read]


def _signer(authorities: pki.Pki, holder: str) -> SimpleSigner:
    """A person's certificate and its chain, as a program of theirs holds them."""
    chain = certificates_of(authorities, holder)
    store = SimpleCertificateStore()
    store.register_multiple(chain)
    _, _, key = pem.unarmor(authorities.key(holder).read_bytes())
    return SimpleSigner(signing_cert=chain[0], signing_key=keys.PrivateKeyInfo.load(key), cert_registry=store)


def signed_elsewhere(
    content: bytes, authorities: pki.Pki, holder: str = "mayor", *, field: str = "beneficiary", certify: bool = False,
    permissions: MDPPerm = MDPPerm.FILL_FORMS, before=None, signer: SimpleSigner | None = None,
) -> bytes:  # fmt: skip
    """The document signed by a program that knows nothing of us, with the person's certificate and its chain."""
    signer = signer or _signer(authorities, holder)
    metadata = PdfSignatureMetadata(
        field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256", certify=certify,
        docmdp_permissions=permissions,
    )  # fmt: skip
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    if before is not None:
        before(writer)
    signed: bytes = PdfSigner(metadata, signer).sign_pdf(writer).getvalue()
    return signed


@pytest.mark.slow
@pytest.mark.both
def test_a_document_signed_with_ones_own_certificate_is_taken_stamped_and_proved_for_long(
    round_, document, people, authorities
):
    first, second, last = round_.slots.all()
    content = signed_elsewhere(documents.read(document), authorities)
    assert content.startswith(documents.read(document))
    prepared = actions.examine(first, content, by=people[0], at=timezone.now())
    taken = actions.fill(first, prepared, by=people[0])
    assert documents.read(taken).startswith(content)
    report = verify(documents.read(taken))
    assert (report.verdict, first.way) == (Verdict.INCOMPLETE, Way.CERTIFICATE)
    assert [(one.signer, one.sealed_by, one.level) for one in report.signatures] == [("Claire Exemple", "", "B-LT")]
    for slot, user in ((second, people[1]), (last, people[2])):
        at = timezone.now()
        actions.sign(slot, by=user, at=at, quality="présidente", sign_in=SignIn("password", at))
    round_.refresh_from_db()
    report = verify(documents.read(round_.current))
    assert report.is_sound, report
    assert [one.sealed_by for one in report.signatures] == ["", "Cachet du syndicat", "Cachet du syndicat"]


def _script(writer):
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {
            generic.pdf_name("/S"): generic.pdf_name("/JavaScript"),
            generic.pdf_name("/JS"): generic.pdf_string("app.alert(1)"),
        }
    )
    writer.update_root()


def _text(writer):
    page = writer.root["/Pages"]["/Kids"][0]
    page["/MediaBox"] = generic.ArrayObject(generic.NumberObject(edge) for edge in (0, 0, 100, 100))
    writer.update_container(page)


def _field(writer):
    from pyhanko.sign.fields import append_signature_field

    append_signature_field(writer, SigFieldSpec("Ailleurs"))


def _then(content: bytes, change) -> bytes:
    """One more proper revision, after the signature."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _other_document() -> bytes:
    layout = Path(__file__).with_name("three_places.typ")
    other = {**FIELDS, "cdg": "Un autre centre de gestion"}
    return fields.place(typst.render(layout, {"fields": list(other)}), fields=other)


def _stating(content: bytes, authorities: pki.Pki) -> bytes:
    """By a program that writes in the signature what a seal of the platform writes in its own."""
    statement = Statement("beneficiary", "Préfecture", "Monsieur le Préfet", "ab" * 32)
    metadata = PdfSignatureMetadata(field_name="beneficiary", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")

    class Stating(PdfSigner):
        def init_signing_session(self, *args, **kwargs):
            session = super().init_signing_session(*args, **kwargs)
            session.cms_writer = pades._Session(session.cms_writer, statement)
            return session

    signed: bytes = (
        Stating(metadata, _signer(authorities, "mayor"))
        .sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), existing_fields_only=True)
        .getvalue()
    )
    return signed


def _dated(content: bytes, authorities: pki.Pki, declared: datetime) -> bytes:
    """By a program whose clock is wrong: what it writes as the date is signed like the rest."""

    class Dated(PdfSigner):
        def init_signing_session(self, *args, **kwargs):
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = declared
            return session

    metadata = PdfSignatureMetadata(field_name="beneficiary", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    signed: bytes = (
        Dated(metadata, _signer(authorities, "mayor"))
        .sign_pdf(IncrementalPdfFileWriter(io.BytesIO(content)), existing_fields_only=True)
        .getvalue()
    )
    return signed


def _broken(content: bytes) -> bytes:
    """One digit of the value of the signature, which ends the CMS before its padding."""
    end = content.index(b">", content.rindex(b"/Contents <"))
    at = len(content[:end].rstrip(b"0")) - 20
    return content[:at] + (b"0" if content[at : at + 1] != b"0" else b"1") + content[at + 1 :]


def _of_a_part(content: bytes, authorities: pki.Pki) -> bytes:
    """A signature whose digest is right, over all of the file but its end."""
    signed = signed_elsewhere(content, authorities)
    hole, end = signed.rindex(b"/Contents <") + len(b"/Contents "), 0
    end = signed.index(b">", hole) + 1
    ranges = re.search(rb"/ByteRange \[([0-9 ]+)\] *", signed[end:])
    covered = len(signed) - end - 60
    shorter = f"/ByteRange [0 {hole} {end} {covered}]".encode().ljust(len(ranges[0]))
    signed = signed[: end + ranges.start()] + shorter + signed[end + ranges.end() :]
    digest = hashlib.sha256(signed[:hole] + signed[end : end + covered]).digest()
    cms = asyncio.run(_signer(authorities, "mayor").async_sign(digest, "sha256", use_pades=True))
    signature = cms.dump().hex().upper().encode()
    return signed[: hole + 1] + signature.ljust(end - hole - 2, b"0") + signed[end - 1 :]


def _self_signed(content: bytes, authorities: pki.Pki) -> bytes:
    """By a certificate that its holder made, in the right name."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = crypto_x509.Name([crypto_x509.NameAttribute(NameOID.COMMON_NAME, "Claire Exemple")])
    made = (
        crypto_x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2044, 1, 1, tzinfo=UTC))
        .add_extension(
            crypto_x509.KeyUsage(True, True, False, False, False, False, False, False, False), critical=True
        ).sign(key, hashes.SHA256())
    )  # fmt: skip
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    own = x509.Certificate.load(made.public_bytes(Encoding.DER))
    signer = SimpleSigner(
        signing_cert=own, signing_key=keys.PrivateKeyInfo.load(der), cert_registry=SimpleCertificateStore()
    )
    return signed_elsewhere(content, authorities, signer=signer)


ELSEWHERE = {
    "not signed": (lambda d, a: d, "pas encore signé"),
    "a revision, no signature": (lambda d, a: _then(d, _field), "pas encore signé"),
    "somebody else": (lambda d, a: signed_elsewhere(d, a, "other"), "est celui de « Une Autre »"),
    "revoked": (lambda d, a: signed_elsewhere(d, a, "revoked"), "est révoqué"),
    "expired": (lambda d, a: signed_elsewhere(d, a, "expired"), "n’est plus valable"),
    "unknown authority": (lambda d, a: signed_elsewhere(d, a, "seal"), "est celui de « Cachet du syndicat »"),
    "self-signed": (_self_signed, "s’est signé lui-même"),
    "the words of a seal": (_stating, "se présente comme un cachet"),
    "a session": (lambda d, a: signed_elsewhere(d, a, "session"), "sert à s’identifier, et non à signer"),
    "no commitment": (lambda d, a: signed_elsewhere(d, a, "plain"), "ne dit pas qu’il engage"),
    "a server": (lambda d, a: signed_elsewhere(d, a, "server"), "celui d’un serveur"),
    "programs": (lambda d, a: signed_elsewhere(d, a, "program"), "signe des programmes"),
    "answers": (lambda d, a: signed_elsewhere(d, a, "answers"), "l’état des autres"),
    "a clock": (lambda d, a: signed_elsewhere(d, a, "clock"), "autorité d’horodatage"),
    "an authority": (lambda d, a: signed_elsewhere(d, a, "authority"), "autorité de certification"),
    "SHA-1": (lambda d, a: signed_elsewhere(d, a, "sha1"), "signé en SHA-1"),
    "RSA 1024": (lambda d, a: signed_elsewhere(d, a, "rsa1024"), "RSA de 1024 bits"),
    "not yet valid": (lambda d, a: signed_elsewhere(d, a, "future"), "n’est pas encore valable"),
    "in 2010": (lambda d, a: _dated(d, a, datetime(2010, 1, 1, tzinfo=UTC)), "précède le document"),
    "in 2039": (lambda d, a: _dated(d, a, datetime(2039, 1, 1, tzinfo=UTC)), "est à venir"),
    "in a quarter of an hour": (
        lambda d, a: _dated(d, a, timezone.now() + timedelta(minutes=15)), "est à venir",
    ),
    "four of one name": (lambda d, a: hostile.signed_by_many(d, 4), "plus de 3 certificats d’autorités du même nom"),
    "eight of one name": (lambda d, a: hostile.signed_by_many(d, 8), "plus de 3 certificats d’autorités du même nom"),
    "fourteen of one name": (lambda d, a: hostile.signed_by_many(d, 14), "plus de 3 certificats d’autorités"),
    "sixty of one name": (lambda d, a: hostile.signed_by_many(d, 60), "plus de 20 certificats"),
    "free objects": (lambda d, a: hostile.many_free_entries(d), "ne se lit pas"),
    "another place": (lambda d, a: signed_elsewhere(d, a, field="cdg"), "n’est pas la vôtre"),
    "two places for one": (lambda d, a: signed_elsewhere(signed_elsewhere(d, a), a, field="cdg"), "Plusieurs places"),
    "a script": (lambda d, a: signed_elsewhere(d, a, before=_script), "Autre chose que votre place"),
    "the text, before": (lambda d, a: signed_elsewhere(d, a, before=_text), "Autre chose que votre place"),
    "the text, after": (lambda d, a: _then(signed_elsewhere(d, a), _text), "Autre chose que votre place"),
    "a script, after": (lambda d, a: _then(signed_elsewhere(d, a), _script), "Autre chose que votre place"),
    "locked": (
        lambda d, a: signed_elsewhere(d, a, certify=True, permissions=MDPPerm.NO_CHANGES), "certifie ou verrouille",
    ),
    "another agreement": (lambda d, a: signed_elsewhere(_other_document(), a), "n’est pas le document à signer"),
    "far more than a signature": (lambda d, a: signed_elsewhere(d, a) + b"%" * deposits.MOST_ADDED, "bien plus qu’une"),
    "a byte of the signature": (lambda d, a: _broken(signed_elsewhere(d, a)), "n’est pas valable|ne se lit pas"),
    "part of the file": (_of_a_part, "ne couvre pas tout"),
    "cut": (lambda d, a: signed_elsewhere(d, a)[:-200], "ne se lit pas|pas encore signé"),
    "bytes": (lambda d, a: d + b"\x00" * 1000, "ne se lit pas|pas encore signé|n’est pas le document"),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_hostile_deposit_is_refused_with_its_reason_and_keeps_nothing(round_, document, people, authorities, case):
    make, sentence = ELSEWHERE[case]
    content = make(documents.read(document), authorities)
    with pytest.raises(Refused) as refused:
        actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())
    assert re.search(sentence, refused.value.sentence.replace("\u00a0", " ")), refused.value.sentence
    round_.refresh_from_db()
    assert round_.current == document


@pytest.mark.slow
def test_what_would_not_be_relied_on_once_kept_is_not_kept(round_, document, people, authorities, monkeypatch):
    """Whatever the rules before it let through, what comes out is verified as anybody will verify it."""
    monkeypatch.setattr(examination, "_why_not_personal", lambda _: None)
    content = _stating(documents.read(document), authorities)
    with pytest.raises(Refused, match="Une fois déposé, ce document ne serait pas reconnu"):
        actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())
    stamp_document = pades.stamp_document
    monkeypatch.setattr(pades, "stamp_document", lambda *given, **others: _broken(stamp_document(*given, **others)))
    honest = signed_elsewhere(documents.read(document), authorities)
    with pytest.raises(Refused, match="Une fois déposé, ce document ne serait pas reconnu"):
        actions.examine(round_.slots.first(), honest, by=people[0], at=timezone.now())


@pytest.mark.parametrize("holder", ["document", "adobe", "microsoft", "mail", "card"])
@pytest.mark.slow
def test_a_certificate_that_signs_signs_whatever_it_opens_besides(round_, document, people, authorities, holder):
    content = signed_elsewhere(documents.read(document), authorities, holder)
    prepared = actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())
    assert prepared.certificate_sha256 == certificates_of(authorities, holder)[0].sha256.hex()


@pytest.mark.parametrize("minutes", [-9, 9])
@pytest.mark.slow
def test_a_clock_a_few_minutes_wrong_is_nobodys_fault(round_, document, people, authorities, minutes):
    now = timezone.now()
    Document.objects.filter(pk=document.pk).update(kept_at=now)
    content = _dated(documents.read(document), authorities, now + timedelta(minutes=minutes))
    assert actions.examine(round_.slots.first(), content, by=people[0], at=now).way is Way.CERTIFICATE


@pytest.mark.slow
def test_an_earlier_version_says_that_somebody_signed_meanwhile(round_, document, people, authorities):
    first, second, _ = round_.slots.all()
    original = documents.read(document)
    actions.sign(first, by=people[0], at=timezone.now(), quality="maire", sign_in=SignIn("password", timezone.now()))
    people[1].name = "Claire Exemple"
    stale = signed_elsewhere(original, authorities, field="cdg")
    with pytest.raises(Refused, match="Une partie a signé depuis"):
        actions.examine(second, stale, by=people[1], at=timezone.now())


@pytest.mark.slow
def test_a_list_of_revocation_out_of_reach_waits(round_, document, people, tmp_path_factory, operator):
    with pki.started(tmp_path_factory.mktemp("gone")) as (made, _):
        pki.seal(operator, made)
        content = signed_elsewhere(documents.read(document), made)
    with pytest.raises(Refused, match="hors d’atteinte"):
        actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())


@pytest.mark.parametrize(
    ("certified", "person", "is_same"),
    [
        ({"common_name": "Claire Exemple"}, "Claire Exemple", True),
        ({"common_name": "EXEMPLE Claire"}, "Claire Exemple", True),
        ({"common_name": "Hélène D’Été"}, "Helene d'ete", True),
        ({"common_name": "x", "given_name": "Anne-Marie", "surname": "Durand"}, "Anne Marie Durand", True),
        ({"common_name": "Claire"}, "Claire Exemple", False),
        ({"common_name": "Claire Exemple Autre"}, "Claire Exemple", False),
        ({"common_name": ""}, "", True),
    ],
)
def test_a_certificate_is_that_of_a_person_by_the_words_of_its_name(certified, person, is_same):
    class Certificate:
        subject = x509.Name.build(certified)

    assert (certificates.why_not_person(Certificate(), [person]) is None) is is_same
