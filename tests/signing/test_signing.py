"""Signing in order, once, without touching what was signed before."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ReauthenticationRequired
from cryptography import x509
from django.contrib.sessions.backends.db import SessionStore

from socle.documents import actions as documents
from socle.documents.models import Document
from socle.engines.simulated import authority
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.signing import actions, fields, pades
from socle.signing.evidence import SignIn
from socle.signing.identified import sign_in_of
from socle.signing.models import Evidence, Slot, Way
from socle.signing.rules import why_not_in_product, why_not_sign
from tests.signing.conftest import AT, FIELDS

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


def sign(slot, user, **changes):
    return actions.sign(slot, by=user, **{"at": AT, "quality": "maire", "place": "Prisches"} | changes)


@pytest.mark.slow
@pytest.mark.both
def test_three_people_sign_in_order_and_the_last_closes_the_round(round_, people, sign_all):
    versions = sign_all()
    round_.refresh_from_db()
    assert round_.current == versions[-1]
    assert round_.closed_at == AT
    assert [slot.signed_by for slot in round_.slots.all()] == people
    assert all(len(slot.certificate_sha256) == 64 for slot in round_.slots.all())
    assert fields.empty_fields(documents.read(versions[-1])) == []


@pytest.mark.slow
@pytest.mark.both
def test_each_version_starts_with_the_whole_of_the_one_before(document, sign_all):
    contents = [documents.read(document), *(documents.read(version) for version in sign_all())]
    for before, after in pairwise(contents):
        assert after.startswith(before)
        assert len(after) > len(before)


def test_a_later_place_waits_for_the_earlier_ones(round_, people):
    last = round_.slots.last()
    with pytest.raises(Refused, match="Signature attendue d’abord\u00a0: Signature de la commune de Prisches"):
        sign(last, people[2])
    assert Document.objects.count() == 1


def test_the_slots_of_a_round_are_read_anew(round_, people):
    """Those that were read before are of another moment: somebody signed meanwhile."""
    first, second, _ = round_.read_slots().values()
    assert why_not_sign(second, by=people[1])
    sign(Slot.objects.get(pk=first.pk), people[0])
    _, second, _ = round_.read_slots().values()
    assert why_not_sign(second, by=people[1]) is None


def test_a_place_is_signed_once(round_, people):
    first = round_.slots.first()
    sign(first, people[0])
    with pytest.raises(
        Refused, match="déjà signée, par Camille Exemple, le 25\u00a0novembre\u00a02026 à 10\u00a0h\u00a030"
    ):
        sign(first, people[1])
    assert first.signed_by == people[0]


def test_a_stale_copy_of_the_place_does_not_allow_a_second_signature(round_, people):
    first, copy = round_.slots.first(), round_.slots.first()
    sign(first, people[0])
    assert copy.signed_at is None
    with pytest.raises(Refused, match="déjà signée"):
        sign(copy, people[1])


def test_nothing_is_signed_in_a_closed_round(round_, people):
    round_.closed_at = AT
    round_.save()
    assert "clos depuis le 25\u00a0novembre\u00a02026" in why_not_sign(round_.slots.first(), by=people[0])


def test_a_closed_account_does_not_sign(round_, people):
    people[0].is_active = False
    assert "fermé" in why_not_sign(round_.slots.first(), by=people[0])


def test_time_does_not_go_backwards(round_, people):
    sign(round_.slots.first(), people[0])
    with pytest.raises(Refused, match="horloge"):
        sign(round_.slots.all()[1], people[1], at=AT - timedelta(minutes=1))


def test_a_failure_in_the_middle_leaves_the_round_as_it_was(round_, people, monkeypatch):
    first = round_.slots.first()
    monkeypatch.setattr(pades, "seal", lambda *args, **kwargs: (b"%PDF-1.7 broken", b"certificate"))
    monkeypatch.setattr(
        actions.journal, "record", lambda verb, *args, **kwargs: (_ for _ in ()).throw(OSError("disk full"))
    )
    before = Document.objects.count()
    with pytest.raises(OSError, match="disk full"):
        sign(first, people[0])
    first.refresh_from_db()
    round_.refresh_from_db()
    assert first.signed_at is None
    assert Document.objects.count() == before
    assert round_.current == round_.original


@pytest.mark.slow
@pytest.mark.both
def test_the_journal_holds_identifiers_and_never_a_name(round_, people, sign_all):
    sign_all()
    lines = Entry.objects.filter(verb__in=["round.opened", "slot.signed", "round.closed"])
    assert [line.verb for line in lines.order_by("id")] == [
        "round.opened", "slot.signed", "slot.signed", "slot.signed", "round.closed",
    ]  # fmt: skip
    for line in lines:
        assert not any(user.name in str(line.facts) for user in people)


def test_a_round_wants_the_fields_it_names(document, people):
    with pytest.raises(Refused, match="pas de place libre pour la signature de Un inconnu"):
        actions.open_round(document, slots=[("stranger", "Un inconnu")], by=people[0], at=AT)


def test_a_document_has_one_round(round_, document, people):
    with pytest.raises(Refused, match="déjà demandées"):
        actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=AT)


def test_the_twin_of_a_seal_signs_nothing_outside_a_demonstration(round_, people, settings):
    settings.DEMO = False
    with pytest.raises(Refused, match="n’est pas une démonstration"):
        sign(round_.slots.first(), people[0], sign_in=SignIn("password", AT))


def test_a_name_keeps_the_same_certificate_and_a_key_nobody_else_reads(settings):
    first = authority.credentials_of("Cachet", organisation="Socle")
    assert authority.credentials_of("Cachet", organisation="Socle") == first
    assert authority.credentials_of("Cachet", organisation="Autre") != first
    keys = list(settings.PKI_DIR.rglob("*.key"))
    assert len(keys) == 3
    assert all(key.stat().st_mode & 0o077 == 0 for key in keys)


def test_a_long_or_strange_name_still_makes_a_certificate():
    name = "Anne-\x00Marie " + "de La Très Longue Lignée " * 10
    assert authority.credentials_of(name, organisation="É" * 200).certificate


SIGNS = {"digital_signature", "content_commitment"}
CERTIFIES = {"key_cert_sign", "crl_sign"}


def test_a_certificate_says_who_for_how_long_and_for_what_use(settings):
    credentials = authority.credentials_of("Camille Exemple", organisation="Commune de Prisches")
    own, root = x509.load_der_x509_certificate(credentials.certificate), authority.root()
    own.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    names = {one.rfc4514_attribute_name: one.value for one in own.subject}
    unit = "DÉMONSTRATION - sans valeur juridique"
    assert names == {"C": "FR", "O": "Commune de Prisches", "OU": unit, "CN": "Camille Exemple"}
    names = {one.rfc4514_attribute_name: one.value for one in root.subject}
    assert names == {"C": "FR", "O": "Socle", "OU": unit, "CN": "Autorité de DÉMONSTRATION"}
    for certificate, uses, basic in (
        (own, SIGNS, x509.BasicConstraints(ca=False, path_length=None)),
        (root, CERTIFIES, x509.BasicConstraints(ca=True, path_length=0)),
    ):
        assert certificate.not_valid_before_utc == datetime(2020, 1, 1, tzinfo=UTC)
        assert certificate.not_valid_after_utc == datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)
        found = {one.oid: one for one in certificate.extensions}
        usage = found[x509.KeyUsage.oid]
        others = {"key_encipherment", "data_encipherment", "key_agreement"}
        assert {name for name in (*SIGNS, *CERTIFIES, *others) if getattr(usage.value, name)} == uses
        assert found[x509.BasicConstraints.oid].value == basic
        critical = {oid for oid, one in found.items() if one.critical}
        assert critical == {x509.KeyUsage.oid, x509.BasicConstraints.oid}
        key = x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
        assert found[x509.SubjectKeyIdentifier.oid].value == key
    purposes = own.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {one.dotted_string for one in purposes} == {"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4"}
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    assert own.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value == issuer
    modes = {path.suffix: path.stat().st_mode & 0o777 for path in settings.PKI_DIR.rglob("*.*")}
    assert modes == {".key": 0o600, ".der": 0o644, ".crl": 0o644}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("x" * 64, "x" * 64),
        ("x" * 65, "x" * 61 + "…"),
        ("é" * 32, "é" * 32),
        ("é" * 33, "é" * 30 + "…"),
        ("a\x00 b", "a b"),
    ],
)
def test_a_name_holds_in_sixty_four_bytes(text, short):
    assert authority._short(text) == short


@pytest.mark.slow
@pytest.mark.both
def test_a_signature_writes_its_place_its_round_and_its_lines(round_, document, people):
    first, last = round_.slots.all()[0], round_.slots.all()[2]
    assert [(slot.rank, slot.field_name, slot.label) for slot in round_.slots.all()] == [
        (rank, name, label) for rank, (name, label) in enumerate(FIELDS.items(), 1)
    ]
    result = sign(first, people[0])
    round_.refresh_from_db()
    assert (round_.current, round_.original, round_.opened_at, round_.closed_at) == (result, document, AT, None)
    assert (first.signed_by, first.signed_at, first.result) == (people[0], AT, result)
    seal = authority.credentials_of(authority.SEAL_NAME, organisation=authority.OPERATOR)
    certificate = hashlib.sha256(seal.certificate).hexdigest()
    assert (first.way, first.certificate_sha256) == (Way.SEAL, certificate)
    evidence = first.evidence.recomputed
    assert (result.title, result.beneficiary, result.file.name.endswith("-signature-1.pdf")) == (
        document.title,
        None,
        True,
    )
    told = {"document": result.pk, "sha256": result.sha256}
    lines = list(Entry.objects.filter(verb__in=["round.opened", "slot.signed"]).order_by("id"))
    assert [line.facts for line in lines] == [
        {"document": document.pk, "sha256": document.sha256, "slots": list(FIELDS)},
        {
            "round": round_.pk,
            **told,
            "way": "seal",
            "certificate_sha256": certificate,
            "evidence_sha256": evidence,
        },
    ]
    assert [(line.object_id, line.by_ref) for line in lines] == [
        (str(thing.pk), f"people.user:{people[0].pk}") for thing in (round_, first)
    ]
    sign(round_.slots.all()[1], people[1])
    final = sign(last, people[2])
    round_.refresh_from_db()
    assert (round_.current, round_.closed_at) == (final, AT)
    line = Entry.objects.get(verb="round.closed")
    assert (line.facts, line.object_id) == ({"document": final.pk, "sha256": final.sha256}, str(round_.pk))


IDENTIFIED = SignIn("password", AT - timedelta(minutes=1), "cd" * 32, "192.0.2.7", "ef" * 32)


def test_the_evidence_says_who_when_from_which_sign_in_and_which_bytes(round_, document, people):
    first = round_.slots.first()
    sign(first, people[0], sign_in=IDENTIFIED)
    assert json.loads(Evidence.objects.get(slot=first).body) == {
        "account": people[0].pk,
        "document_sha256": document.sha256,
        "field": "beneficiary",
        "identified": {
            "method": "password",
            "at": "2026-11-25T09:29:00+00:00",
            "session_sha256": "cd" * 32,
            "address": "192.0.2.7",
            "list_sha256": "ef" * 32,
        },
        "party": "Signature de la commune de Prisches",
        "person": "Camille Exemple",
        "quality": "maire",
        "said": "J’ai lu ce document et je le signe.",
        "signed_at": "2026-11-25T09:30:00+00:00",
    }


@pytest.mark.parametrize(
    ("is_demonstration", "sign_in", "reason"),
    [
        (True, None, None),
        (False, None, "Identifiez-vous de nouveau pour signer."),
        (False, SignIn("password", AT), None),
        (False, SignIn("password", AT - timedelta(minutes=10)), None),
        (False, SignIn("password", AT - timedelta(minutes=10, seconds=1)), "plus de dix minutes"),
        (True, SignIn("password", AT - timedelta(minutes=10, seconds=1)), "plus de dix minutes"),
    ],
)
def test_whoever_signs_was_identified_again(round_, settings, is_demonstration, sign_in, reason):
    settings.DEMO = is_demonstration
    found = why_not_in_product(round_.slots.first(), sign_in=sign_in, at=AT)
    assert (reason in found) if reason else found is None


@pytest.mark.parametrize(("seconds", "is_asked_again"), [(600, False), (601, True)])
def test_the_platform_asks_again_after_ten_minutes(rf, people, settings, time_machine, seconds, is_asked_again):
    settings.DEMO = False
    people[0].set_password("une phrase assez longue pour moi")
    request = rf.get("/")
    request.user, request.session = people[0], SessionStore()
    then = AT - timedelta(seconds=seconds)
    time_machine.move_to(then, tick=False)
    record_authentication(request, people[0], "password")
    if is_asked_again:
        with pytest.raises(ReauthenticationRequired):
            sign_in_of(request, at=AT)
    else:
        found = sign_in_of(request, at=AT)
        assert (found.method, found.at) == ("password", then)


def test_nobody_signs_where_no_seal_is_set_nor_in_a_round_begun_on_paper(round_, people, settings):
    second = round_.slots.all()[1]
    round_.slots.filter(rank=1).update(way=Way.PAPER)
    assert "s’y achève" in why_not_in_product(second, sign_in=None, at=AT)
    settings.SOCLE_SIGNING = ""
    assert "pas de cachet" in why_not_in_product(second, sign_in=None, at=AT)
    round_.slots.update(way="")
    with pytest.raises(Refused, match="pas de cachet"):
        sign(round_.slots.first(), people[0])
