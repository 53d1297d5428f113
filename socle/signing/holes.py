"""The hole where a signature lies in its file: the only bytes that it does not cover, held to one form."""

from __future__ import annotations

from collections.abc import Collection

from asn1crypto import cms, x509
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

ALTERED = "Les octets où se trouve la signature elle-même ont été modifiés."


def why_not_canonical(
    signature: EmbeddedPdfSignature, content: bytes, *, token_path: Collection[x509.Certificate]
) -> str | None:
    """Say in French why the hole of a signature, or of a stamp, holds anything but the CMS we write, or None.

    Hexadecimal case, padding, superfluous certificates, the case of a name or unsigned attributes could otherwise be
    changed there without any trace. So the CMS is built again from its parts that are bound to one another (the
    certificate by the signed attributes, those by the signature, a time-stamp token by the signature that it stamps),
    and must come out byte for byte the same. Other certificates of a token must be of the path that was validated
    (`token_path`). Only the last one of a file needs this: the holes before it are covered by it. Others' signatures
    hold more; ours are made so.
    """
    start, length, restart, _ = (int(value) for value in signature.byte_range)
    hole = content[start + length : restart]
    if hole[:1] != b"<" or hole[-1:] != b">" or hole not in (hole.lower(), hole.upper()):
        return ALTERED
    try:
        raw = bytes.fromhex(hole[1:-1].decode("ascii"))
        data = cms.ContentInfo.load(raw)["content"]
        if signature.sig_object_type == "/DocTimeStamp":
            rebuilt = _token(data, token_path)
        else:
            rebuilt = _signature(data, token_path)
    except (ValueError, KeyError, TypeError):
        return ALTERED
    if rebuilt is None:
        return ALTERED
    expected = rebuilt.dump()
    return None if raw == expected + bytes(len(raw) - len(expected)) else ALTERED


def _signature(data: cms.SignedData, token_path: Collection[x509.Certificate]) -> cms.ContentInfo | None:
    (signer,) = data["signer_infos"]
    certificates = [choice.chosen for choice in data["certificates"]]
    # A signer whose key is in a module writes its certificate twice.
    if len({certificate.sha256 for certificate in certificates}) != 1:
        return None
    unsigned = signer["unsigned_attrs"]
    attributes = None
    if len(unsigned):
        (attribute,) = unsigned
        (found,) = attribute["values"]
        token = _token(found["content"], token_path)
        if attribute["type"].native != "signature_time_stamp_token" or token is None:
            return None
        attributes = cms.CMSAttributes([cms.CMSAttribute({"type": "signature_time_stamp_token", "values": [token]})])
    return _rebuilt(
        version="v1",
        signer=signer,
        certificate=certificates[0],
        certificates=data["certificates"],
        encapsulated={"content_type": "data"},
        unsigned=attributes,
    )


def _token(data: cms.SignedData, path: Collection[x509.Certificate]) -> cms.ContentInfo | None:
    (signer,) = data["signer_infos"]
    certificates = [choice.chosen for choice in data["certificates"]]
    known = {certificate.sha256 for certificate in path}
    if any(certificate.sha256 not in known for certificate in certificates):
        return None
    serial = signer["sid"].chosen["serial_number"].native
    (own,) = (certificate for certificate in certificates if certificate.serial_number == serial)
    # The set as it was read: its order is the authority's, its bytes are those of the certificates just recognised.
    return _rebuilt(
        version="v3",
        signer=signer,
        certificate=own,
        certificates=data["certificates"],
        encapsulated=data["encap_content_info"],
        unsigned=None,
    )


def _rebuilt(
    *,
    version: str,
    signer: cms.SignerInfo,
    certificate: x509.Certificate,
    certificates: object,
    encapsulated: object,
    unsigned: cms.CMSAttributes | None,
) -> cms.ContentInfo:
    named = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    facts = {
        "version": "v1",
        "sid": named,
        "digest_algorithm": signer["digest_algorithm"],
        "signed_attrs": signer["signed_attrs"],
        "signature_algorithm": signer["signature_algorithm"],
        "signature": signer["signature"],
    }
    if unsigned is not None:
        facts["unsigned_attrs"] = unsigned
    return cms.ContentInfo(
        {
            "content_type": "signed_data",
            "content": cms.SignedData(
                {
                    "version": version,
                    "digest_algorithms": [signer["digest_algorithm"]],
                    "encap_content_info": encapsulated,
                    "certificates": certificates,
                    "signer_infos": [cms.SignerInfo(facts)],
                }
            ),
        }
    )
