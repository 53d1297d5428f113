"""Trusted lists (ETSI TS 119 612) as a country publishes them: fictitious, signed (XAdES) by the tests' authorities."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from signxml import methods
from signxml.xades import XAdESDataObjectFormat, XAdESSigner

from tests.pki import Pki

URI = "http://uri.etsi.org/TrstSvc"
GRANTED, WITHDRAWN = (f"{URI}/TrustedList/Svcstatus/{status}" for status in ("granted", "withdrawn"))
QUALIFIED, TIME_STAMPS = f"{URI}/Svctype/CA/QC", f"{URI}/Svctype/TSA/QTST"
SINCE = "2020-01-01T00:00:00Z"

LIST = """<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" xmlns:more="http://uri.etsi.org/02231/v2/additionaltypes#"
 Id="liste" TSLTag="http://uri.etsi.org/19612/TSLTag">
<SchemeInformation><TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>
<SchemeInformationURI><URI xml:lang="fr">http://exemple.invalid/liste</URI></SchemeInformationURI>
<SchemeTerritory>{territory}</SchemeTerritory>
{pointers}
<ListIssueDateTime>{issued}</ListIssueDateTime><NextUpdate><dateTime>{next_update}</dateTime></NextUpdate>
</SchemeInformation>
{services}
</TrustServiceStatusList>"""
POINTER = """<PointersToOtherTSL><OtherTSLPointer><ServiceDigitalIdentities><ServiceDigitalIdentity><DigitalId>
<X509Certificate>{signer}</X509Certificate></DigitalId></ServiceDigitalIdentity></ServiceDigitalIdentities>
<TSLLocation>{location}</TSLLocation><AdditionalInformation>
<OtherInformation><SchemeTerritory>{territory}</SchemeTerritory></OtherInformation>
<OtherInformation><more:MimeType>application/vnd.etsi.tsl+xml</more:MimeType></OtherInformation>
</AdditionalInformation></OtherTSLPointer></PointersToOtherTSL>"""
SERVICE = """<TrustServiceProviderList><TrustServiceProvider><TSPServices><TSPService><ServiceInformation>
<ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="fr">Certificats des essais</Name></ServiceName>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{provider}</X509Certificate></DigitalId></ServiceDigitalIdentity>
<ServiceStatus>{status}</ServiceStatus><StatusStartingTime>{since}</StatusStartingTime>
</ServiceInformation></TSPService></TSPServices></TrustServiceProvider></TrustServiceProviderList>"""


class Lists:
    """The list of the lists, and the French one, published in a folder that the authorities serve."""

    def __init__(self, made: Pki) -> None:
        self.made = made
        self.folder = made.folder / "lists"
        self.folder.mkdir(exist_ok=True)
        self.url, self.national = f"{made.url}/lists/europe.xml", f"{made.url}/lists/france.xml"

    def publish(
        self, *, at: datetime, number: int = 12, status: str = GRANTED, kind: str = QUALIFIED, since: str = SINCE,
        provider: str = "interm", territory: str = "FR", signer: str = "lists",
        valid_for: timedelta = timedelta(days=90),
    ) -> None:  # fmt: skip
        """Publish both: the service of `provider` has this status since then."""
        dates = {"issued": _text(at), "next_update": _text(at + valid_for)}
        pointer = POINTER.format(signer=_base64(self._file("lists")), location=self.national, territory="FR")
        europe = LIST.format(number=300, territory="EU", pointers=pointer, services="", **dates)
        self.write(self.signed(europe, "lists"), "europe.xml")
        service = SERVICE.format(kind=kind, provider=_base64(self._file(provider)), status=status, since=since)
        france = LIST.format(number=number, territory=territory, pointers="", services=service, **dates)
        self.write(self.signed(france, signer))

    def signed(self, xml: str, signer: str) -> bytes:
        certificate = x509.load_pem_x509_certificate(self._file(signer).read_bytes())
        maker = XAdESSigner(
            method=methods.enveloped,
            signature_algorithm="ecdsa-sha256",
            data_object_format=XAdESDataObjectFormat(Description="Liste", MimeType="text/xml"),
        )
        key = load_pem_private_key(self.made.key(signer).read_bytes(), None)
        root = maker.sign(etree.fromstring(xml), key=key, cert=[certificate])
        return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))

    def read(self, name: str = "france.xml") -> bytes:
        return (self.folder / name).read_bytes()

    def write(self, content: bytes, name: str = "france.xml") -> None:
        """Publish these bytes, whatever they are."""
        (self.folder / name).write_bytes(content)

    def _file(self, name: str) -> Path:
        return self.made.folder / f"{name}.pem"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _base64(pem: Path) -> str:
    certificate = x509.load_pem_x509_certificate(pem.read_bytes())
    return base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
