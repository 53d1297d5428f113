"""Reads the trusted lists (ETSI TS 119 612): the European list of the lists, then those of the territories it names.

pyHanko reads them; signxml checks the signature of each (XAdES), the first by the certificates that the settings or
pyHanko give, the others by those that the first one names. What a signature does not cover is not read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.parsers import expat

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate
from lxml import etree  # type: ignore[import-untyped]
from pyhanko.sign.validation.qualified.eutl_parse import (
    LOTL_RULE,
    TLReference,
    latest_known_lotl_tlso_certs,
    parse_lotl_unsafe,
    trust_list_to_registry_unsafe,
)
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

from socle.engines.seal import client
from socle.signing.contract import PublishedList, SigningError

logger = logging.getLogger(__name__)
TSL = "{http://uri.etsi.org/02231/v2#}"
# A list is eleven deep, its widest element has six attributes, its signature two references. Reading one of a hundred
# thousand attributes takes a minute, and each reference sums up the whole list once more.
DEEPEST, MOST_ATTRIBUTES, MOST_REFERENCES = 100, 60, 60
COUNTED = tuple(f"http://www.w3.org/2000/09/xmldsig# {name}" for name in ("Reference", "Transform", "Signature"))
WANTED = XAdESSignatureConfiguration(require_x509=True, expect_references=True)


def published(url: str, *, signers: Sequence[x509.Certificate], territories: Sequence[str]) -> list[PublishedList]:
    """Return the lists of these territories (codes such as « FR »), each with its signature checked.

    `url` is the list of the lists, `signers` the certificates that may sign it: those that pyHanko knows when there are
    none. Raises `SigningError` when none is read; one that is out of reach, or is not what it should be, is left out.
    """
    lists = _checked(client.trusted_list(url), signers or latest_known_lotl_tlso_certs())
    try:
        references = parse_lotl_unsafe(lists.content).references
    except Exception as error:  # Signed by whom we believe, and unreadable all the same: nothing of it is kept.
        raise SigningError("La liste européenne des listes de confiance est illisible.") from error
    found: list[PublishedList] = []
    for territory in territories:
        try:
            found.append(_of(territory, references))
        except SigningError as error:
            logger.warning("trusted_lists.left_out territory=%s %s", territory, error.sentence)
            failure = error
    if not found and territories:
        raise failure
    return found


def _of(territory: str, references: Sequence[TLReference]) -> PublishedList:
    named = [one for one in references if one.territory == territory and LOTL_RULE not in one.scheme_rules]
    if not named:
        raise SigningError(f"La liste européenne ne nomme aucune liste pour «\u00a0{territory}\u00a0».")
    checked = _checked(client.trusted_list(named[0].location_uri), named[0].tlso_certs)
    if checked.territory != territory:
        raise SigningError(f"La liste reçue pour «\u00a0{territory}\u00a0» est celle d’un autre territoire.")
    try:
        trust_list_to_registry_unsafe(checked.content)
    except Exception as error:
        raise SigningError(f"La liste de confiance de «\u00a0{territory}\u00a0» est illisible.") from error
    return checked


def _checked(content: bytes, signers: Sequence[x509.Certificate]) -> PublishedList:
    """Return what one of these certificates signed in this file; `SigningError` too when the list is past."""
    if not _is_within_bounds(content):
        raise SigningError("Une liste de confiance n’est pas du XML, ou demande bien plus que n’en demande une liste.")
    for signer in sorted(signers, key=lambda one: one.not_valid_before, reverse=True):
        certificate = load_der_x509_certificate(signer.dump())
        try:
            results = XAdESVerifier().verify(content, x509_cert=certificate, expect_config=WANTED)
        except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError):
            continue
        for result in results:
            if result.signed_xml is not None and result.signed_xml.tag == f"{TSL}TrustServiceStatusList":
                return _dated(result.signed_data, hashlib.sha256(content).hexdigest())
    raise SigningError("La signature d’une liste de confiance n’est pas valable, ou n’est pas de qui la publie.")


def _is_within_bounds(content: bytes) -> bool:
    """Say whether this may be given to what checks signatures: looked at, nothing of it is kept."""
    depth = references = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth, references
        depth += 1
        references += name in COUNTED
        if depth > DEEPEST or len(attributes) > 2 * MOST_ATTRIBUTES or references > MOST_REFERENCES:
            raise ValueError(name)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*said: object) -> None:
        raise ValueError(said)

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.ordered_attributes = True
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = start, end, doctype
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        return False
    return True


def _dated(signed: bytes, sha256: str) -> PublishedList:
    try:
        root = etree.fromstring(signed, etree.XMLParser(resolve_entities=False, no_network=True))
        about = root.find(f"{TSL}SchemeInformation")
        made = PublishedList(
            territory=about.findtext(f"{TSL}SchemeTerritory"),
            content=signed.decode(),
            number=int(about.findtext(f"{TSL}TSLSequenceNumber")),
            issued_at=_instant(about.findtext(f"{TSL}ListIssueDateTime")),
            expires_at=_instant(about.findtext(f"{TSL}NextUpdate/{TSL}dateTime")),
            sha256=sha256,
        )
    except (etree.LxmlError, ValueError, TypeError, AttributeError) as error:
        raise SigningError("Une liste de confiance ne dit pas son numéro, sa date ou la prochaine.") from error
    if made.expires_at < datetime.now(UTC):
        raise SigningError(f"La liste de confiance reçue pour «\u00a0{made.territory}\u00a0» n’est plus la dernière.")
    return made


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
