"""Who is qualified: what the trusted lists say, read from their publisher, kept, and written in the evidence."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from socle.documents import actions as documents
from socle.engines.seal.engine import Seal
from socle.operations.doctor import setup
from socle.signing import actions
from socle.signing.contract import SigningError
from socle.signing.models import TrustedList
from socle.signing.qualification import Status
from socle.signing.tasks import renew_trusted_lists
from socle.signing.verification import verify
from tests.signing.conftest import FIELDS
from tests.signing.test_deposits import signed_elsewhere
from tests.trusted_lists import TIME_STAMPS, WITHDRAWN, Lists

pytestmark = [pytest.mark.django_db, pytest.mark.seals]


@pytest.fixture
def published(operator, authorities) -> Lists:
    """The lists of today, that this installation follows."""
    made = Lists(authorities)
    made.publish(at=timezone.now())
    operator.SOCLE_TRUSTED_LISTS_URL = made.url
    operator.SOCLE_TRUSTED_LISTS_SIGNERS = str(authorities.folder / "lists.pem")
    operator.SOCLE_TRUSTED_LISTS = ["FR"]
    return made


@pytest.fixture
def deposited(document, people, authorities):
    """Give back a document signed with the certificate of this holder; returns its place and the file that is kept."""

    def go(holder: str):
        people[0].name = "Claire Exemple"
        people[0].save(update_fields=["name"])
        slots = actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=timezone.now()).slots
        content = signed_elsewhere(documents.read(document), authorities, holder)
        prepared = actions.examine(slots.get(rank=1), content, by=people[0], at=timezone.now())
        kept = actions.fill(slots.get(rank=1), prepared, by=people[0])
        return slots.get(rank=1), documents.read(kept)

    return go


@pytest.mark.parametrize(
    ("holder", "said", "status", "words"),
    [
        ("qualified", {}, Status.QUALIFIED, "Signature qualifiée, d’après la liste de confiance FR n°\u00a012 du "),
        ("certified", {}, Status.CERTIFICATE, "mais rien ne dit que sa clé est dans un dispositif qualifié"),
        ("mayor", {}, Status.NOT_QUALIFIED, "Certificat non qualifié, d’après la liste de confiance FR"),
        ("body", {}, Status.NOT_QUALIFIED, "Certificat non qualifié"),  # For the seal of a body, not for a signature.
        # The word of a certificate is worth nothing when the list does not say the same.
        ("qualified", {"status": WITHDRAWN}, Status.NOT_QUALIFIED, "non qualifié"),
        ("qualified", {"provider": "root"}, Status.QUALIFIED, "qualifiée"),
        ("qualified", {"provider": "tsa"}, Status.NOT_QUALIFIED, "non qualifié"),
        ("qualified", {"provider": "tsa", "kind": TIME_STAMPS}, Status.NOT_QUALIFIED, "non qualifié"),
        ("qualified", {"since": "2100-01-01T00:00:00Z"}, Status.NOT_QUALIFIED, "non qualifié"),
    ],
)
@pytest.mark.slow
def test_a_signature_is_qualified_when_the_list_says_so_and_only_then(
    published, deposited, holder, said, status, words
):
    published.publish(at=timezone.now(), **said)
    renew_trusted_lists.call()
    slot, content = deposited(holder)
    facts = json.loads(slot.evidence.body)["qualification"]
    kept = TrustedList.objects.get()
    assert (facts["status"], facts["number"], facts["sha256"]) == (status, "12", kept.sha256)
    [signature] = verify(content).signatures
    assert words in signature.qualification


@pytest.mark.slow
def test_without_a_list_nothing_is_said(operator, deposited):
    slot, content = deposited("qualified")
    assert json.loads(slot.evidence.body)["qualification"] == {}
    assert verify(content).signatures[0].qualification == ""


@pytest.mark.parametrize("is_read", [False, True], ids=["never read", "past"])
@pytest.mark.slow
def test_a_list_that_is_missing_or_past_says_nothing_of_anybody(published, deposited, is_read):
    if is_read:
        renew_trusted_lists.call()
        TrustedList.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    slot, content = deposited("qualified")
    assert json.loads(slot.evidence.body)["qualification"] == {"status": "unknown"}
    [signature] = verify(content).signatures
    assert signature.qualification == (
        "Rien ne dit si cette signature est qualifiée\u00a0: la liste de confiance est hors d’atteinte."
    )


@pytest.mark.slow
def test_what_is_said_is_of_the_place_and_never_of_somebody_else_s_signature(published, deposited):
    renew_trusted_lists.call()
    slot, content = deposited("qualified")
    type(slot).objects.filter(pk=slot.pk).update(certificate_sha256="0" * 64)
    [signature] = verify(content).signatures
    assert (signature.is_of_its_place, signature.qualification) == (False, "")


@pytest.mark.slow
def test_a_list_is_kept_until_a_newer_one_is_read(published, caplog):
    renew_trusted_lists.call()
    first = TrustedList.objects.get()
    published.publish(at=timezone.now(), number=13)
    renew_trusted_lists.call()
    newer = TrustedList.objects.get()
    assert (first.number, newer.pk, newer.number) == (12, first.pk, 13)
    # An older one, replayed, or none at all: what is kept stays.
    published.publish(at=timezone.now(), number=11)
    renew_trusted_lists.call()
    published.write(b"")
    renew_trusted_lists.call()
    assert TrustedList.objects.get().number == 13
    assert "older_than_kept" in caplog.text
    assert "kept_as_they_were" in caplog.text


def _moved(content: bytes) -> bytes:
    return content.replace(b"Certificats des essais", b"Certificats des autres")


def _wrapped(content: bytes) -> bytes:
    """The signed list inside of another that nobody signed, which gives its own number and its own services."""
    inner = content.partition(b"?>")[2].strip()
    outer = inner.partition(b"<SchemeInformation>")
    around = b'<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><SchemeInformation>'
    forged = outer[2].partition(b"</SchemeInformation>")[0].replace(b">12<", b">99<")
    return around + forged + b"</SchemeInformation>" + inner + b"</TrustServiceStatusList>"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><TrustServiceStatusList>&c;</TrustServiceStatusList>"""


REFERENCE = r"<ds:Reference (?:(?!</ds:Reference>).)*</ds:Reference>"
TRANSFORMS = r"<ds:Transforms>"
XSLT = (
    '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">'
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
    "<xsl:value-of select=\"document('{url}')\"/></xsl:template></xsl:stylesheet></ds:Transform>"
)
XPATH = (
    '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath>count(//* | //*//* | //*//*//*) = 0</ds:XPath></ds:Transform>"
)

WIDE = "<a " + " ".join(f"b{rank}=''" for rank in range(100_000)) + "/>"


def _changed(made, pattern: str, to: str) -> bytes:
    """The French list, with what matches in its signature written otherwise; `{}` is what was there."""
    content = made.read().decode()
    assert re.search(pattern, content, re.DOTALL), content
    return re.sub(
        pattern, lambda met: to.replace("{}", met[0]).replace("{url}", made.url), content, count=1, flags=re.DOTALL
    ).encode()


@pytest.mark.parametrize(
    "published_as",
    [
        lambda made: _changed(made, REFERENCE, "{}" * 20_000),
        lambda made: _changed(made, TRANSFORMS, XSLT),
        lambda made: _changed(made, TRANSFORMS, XPATH),
        lambda made: _changed(made, TRANSFORMS, "{}" + '<ds:Transform Algorithm="urn:exemple"/>' * 20_000),
        lambda made: _changed(made, "<ds:KeyInfo[^>]*>", '{}<ds:RetrievalMethod URI="{url}"/>'),
        lambda made: _changed(made, "xmldsig-more#ecdsa-sha256", "xmldsig-more#hmac-sha256"),
        lambda made: _changed(made, "xmldsig-more#ecdsa-sha256", "xmldsig-more#ecdsa-sha1"),
        lambda made: _changed(made, "<ds:SignatureValue>", "{}" + "A" * 4_000_000),
        lambda made: _changed(made, "<ds:Signature .*</ds:Signature>", "{}{}"),
        lambda made: _changed(made, "<SchemeInformation>", '<SchemeInformation Id="liste"/>{}'),
        lambda made: _changed(made, "<SchemeInformation>", "<a>" * 100_000 + "{}"),
        lambda made: _changed(made, "<SchemeInformation>", WIDE + "{}"),
        lambda made: made.read().replace(b"?>", b'?><!DOCTYPE l SYSTEM "' + made.url.encode() + b'">', 1),
    ],
    ids=[
        "references", "xslt", "xpath", "transforms", "retrieval", "hmac", "sha1", "long value", "signed twice",
        "one name twice", "deep", "attributes", "type elsewhere",
    ],
)  # fmt: skip
def test_a_list_whose_signature_is_made_to_cost_or_to_lead_elsewhere_is_refused(published, published_as, authorities):
    published.write(published_as(published))
    begun, before = time.process_time(), len(authorities.asked)
    with pytest.raises(SigningError):
        Seal().trusted_lists()
    assert time.process_time() - begun < 10  # A runaway would take hours.
    assert authorities.asked[before:] == ["/lists/europe.xml", "/lists/france.xml"]


@pytest.mark.parametrize(
    ("name", "published_as"),
    [
        ("france.xml", lambda made: b""),
        ("france.xml", lambda made: b"\x00\xff" * 1000),
        ("france.xml", lambda made: b"<html>en maintenance</html>"),
        ("france.xml", lambda made: BOMB),
        ("france.xml", lambda made: _moved(made.read())),
        ("france.xml", lambda made: made.read("europe.xml")),
        ("france.xml", lambda made: made.read()[: len(made.read()) // 2]),
        ("europe.xml", lambda made: b"<html>en maintenance</html>"),
        ("europe.xml", lambda made: made.read()),
        ("europe.xml", lambda made: made.read("europe.xml").replace(b"france.xml", b"autre.xml")),
    ],
)
def test_a_list_that_is_not_what_its_publisher_signed_is_not_kept(published, name, published_as):
    published.write(published_as(published), name)
    with pytest.raises(SigningError):
        Seal().trusted_lists()


def test_of_a_list_wrapped_in_another_only_what_was_signed_is_read(published):
    forged = _wrapped(published.read())
    assert b">99<" in forged
    published.write(forged)
    [found] = Seal().trusted_lists()
    assert found.number == 12
    assert "99" not in found.content.partition("</TSLSequenceNumber>")[0]


@pytest.mark.parametrize(
    "said",
    [
        {"signer": "mayor"},
        {"territory": "BE"},
        {"valid_for": timedelta(seconds=-1)},
    ],
    ids=["signed by another", "of another country", "past"],
)
def test_a_list_signed_by_another_or_past_is_not_kept(published, said):
    published.publish(at=timezone.now(), **said)
    with pytest.raises(SigningError):
        Seal().trusted_lists()


def test_a_territory_that_the_european_list_does_not_name_is_said(published, operator):
    operator.SOCLE_TRUSTED_LISTS = ["BE"]
    with pytest.raises(SigningError, match="BE"):
        Seal().trusted_lists()
    # It hinders no other.
    operator.SOCLE_TRUSTED_LISTS = ["FR", "BE"]
    assert [one.territory for one in Seal().trusted_lists()] == ["FR"]


def test_without_certificates_of_ours_the_european_list_is_believed_by_those_that_are_published(published, operator):
    operator.SOCLE_TRUSTED_LISTS_SIGNERS = ""
    with pytest.raises(SigningError, match="La signature d’une liste de confiance n’est pas valable"):
        Seal().trusted_lists()


def test_the_diagnosis_says_which_list_says_nothing(published):
    assert ["«\u00a0FR\u00a0»" in one.says for one in setup.seal() if one.remedy] == [True]
    renew_trusted_lists.call()
    assert [one for one in setup.seal() if one.remedy] == []
