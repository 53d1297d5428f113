"""A public-key infrastructure as an operator buys one: a root, an intermediate, OCSP, revocation lists, time stamps.

certomancer plays every authority, over HTTP on this machine, in a thread of the tests: it starts in under a second, and
stops when a test wants nobody to answer.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.sign.ades import qualified_asn1  # noqa: F401  (names the statements of a qualified certificate)
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

# What a certificate says of itself (ETSI EN 319 412-5), which only a trusted list makes true.
STATEMENTS = {
    "qualified": "{statement_id: qc_compliance}, {statement_id: qc_sscd}",
    "certified": "{statement_id: qc_compliance}",
    "body": "{statement_id: qc_compliance}, {statement_id: qc_sscd}, "
    "{statement_id: qc_type, statement_info: [qct_eseal]}",
}
# What a certificate of Claire Exemple's says that it is for (extended key usages), by holder.
PURPOSES = {
    "document": '"1.3.6.1.5.5.7.3.36"',
    "adobe": '"1.2.840.113583.1.1.5"',
    "microsoft": '"1.3.6.1.4.1.311.10.3.12"',
    "mail": "email_protection",
    "card": "email_protection, client_auth, microsoft_smart_card_logon",
    "session": "client_auth, microsoft_smart_card_logon",
    "server": "email_protection, server_auth",
    "program": "email_protection, code_signing",
    "answers": "email_protection, ocsp_signing",
    "clock": "email_protection, time_stamping",
}
# Others of hers that are not to be relied on: no commitment, an authority's, weak, or not yet valid.
WEAK = ("plain", "authority", "sha1", "rsa1024", "future")
HOLDERS = ("seal", "mayor", "other", "revoked", "expired", *STATEMENTS, *PURPOSES, *WEAK)
NAMES = ("root", "interm", "ocsp", "tsa", "oldtsa", "lists", *HOLDERS)
PEOPLE = """
      {name}:
        subject: {name}
        issuer: interm
        validity: {{valid-from: "{since}T00:00:00+0000", valid-to: "{until}T00:00:00+0000"}}
{profile}        extensions:
          - {{id: crl_distribution_points, smart-value: {{schema: crl-dist-url, params: {{crl-repo-names: [interm]}}}}}}
          - id: authority_information_access
            smart-value: {{schema: aia-urls, params: {{ocsp-responder-names: [interm]}}}}
{statements}{revocation}"""
CONFIG = """
external-url-prefix: {url}
keysets:
  k:
    path-prefix: keys
    keys:
{keys}
pki-architectures:
  test:
    keyset: k
    entity-defaults: {{country-name: FR, organization-name: Autorité des essais}}
    entities:
      root: {{common-name: Racine des essais}}
      interm: {{common-name: Autorité intermédiaire}}
      ocsp: {{common-name: Répondeur}}
      tsa: {{common-name: Horodatage des essais}}
      oldtsa: {{common-name: Horodatage périmé}}
      seal: {{common-name: Cachet du syndicat, organization-name: Syndicat mixte}}
      mayor: {{common-name: Claire Exemple, organization-name: Commune}}
      other: {{common-name: Une Autre, organization-name: Commune}}
      revoked: {{common-name: Claire Exemple, organization-name: Commune}}
      expired: {{common-name: Claire Exemple, organization-name: Commune}}
      qualified: {{common-name: Claire Exemple, organization-name: Commune}}
      certified: {{common-name: Claire Exemple, organization-name: Commune}}
      body: {{common-name: Claire Exemple, organization-name: Commune}}
{entities}
      lists: {{common-name: Éditeur des listes}}
    certs:
      root:
        subject: root
        issuer: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2045-01-01T00:00:00+0000"}}
        profiles: [{{id: simple-ca, params: {{crl-repo: root}}}}]
      interm:
        subject: interm
        issuer: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2044-01-01T00:00:00+0000"}}
        profiles: [{{id: simple-ca, params: {{crl-repo: root, max-path-len: 0}}}}]
      ocsp:
        subject: ocsp
        issuer: interm
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2043-01-01T00:00:00+0000"}}
        profiles: [{{id: ocsp-responder}}]
      tsa: &tsa
        subject: tsa
        issuer: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2043-01-01T00:00:00+0000"}}
        extensions:
          - {{id: key_usage, critical: true, smart-value: {{schema: key-usage, params: [digital_signature]}}}}
          - {{id: extended_key_usage, critical: true, value: [time_stamping]}}
          - {{id: crl_distribution_points, smart-value: {{schema: crl-dist-url, params: {{crl-repo-names: [root]}}}}}}
      oldtsa:
        <<: *tsa
        subject: oldtsa
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2021-01-01T00:00:00+0000"}}
      lists:
        subject: lists
        issuer: root
        validity: {{valid-from: "2020-01-01T00:00:00+0000", valid-to: "2043-01-01T00:00:00+0000"}}
        extensions:
          - {{id: key_usage, critical: true, smart-value: {{schema: key-usage, params: [digital_signature]}}}}
{people}
    services:
      crl-repo:
        root: {{for-issuer: root, signing-key: root, simulated-update-schedule: P90D}}
        interm: {{for-issuer: interm, signing-key: interm, simulated-update-schedule: P30D, issuer-cert: interm}}
      ocsp:
        interm: {{for-issuer: interm, responder-cert: ocsp, signing-key: ocsp}}
      time-stamping:
        tsa: {{signing-key: tsa, signing-cert: tsa}}
        oldtsa: {{signing-key: oldtsa, signing-cert: oldtsa}}
"""
SINCE, UNTIL = "2020-06-01", "2043-01-01"
STATED = "          - {{id: qc_statements, value: [{}]}}\n"
PURPOSE = "          - {{id: extended_key_usage, value: [{}]}}\n"
CLAIRE = "      {}: {{common-name: Claire Exemple, organization-name: Commune}}"
COMMITS = "        profiles: [{id: digsig-commitment}]\n"
PROFILES = {
    "plain": "",
    "authority": "        profiles: [{id: simple-ca, params: {crl-repo: interm}}]\n",
    "sha1": f"        digest-algo: sha1\n{COMMITS}",
}
AUTHENTICATES = (
    "          - {id: key_usage, critical: true, smart-value: {schema: key-usage, params: [digital_signature]}}\n"
)
REVOKED = '        revocation: {revoked-since: "2024-01-01T00:00:00+0000", reason: key_compromise}\n'


class Pki:
    """The files that an operator receives, and the addresses of the authorities."""

    def __init__(self, folder: Path, url: str, asked: list[str]) -> None:
        # The paths that anybody asked of the authorities, in order.
        self.folder, self.url, self.asked = folder, url, asked
        self.timestamps, self.old_timestamps = f"{url}/test/tsa/tsa", f"{url}/test/tsa/oldtsa"
        self.roots = self._certificates("roots.pem", "root")

    def certificate(self, name: str) -> Path:
        """The certificate of this holder, followed by the intermediate one."""
        return self._certificates(f"{name}-chain.pem", name, "interm")

    def key(self, name: str) -> Path:
        return self.folder / "keys" / f"{name}.pem"

    def _certificates(self, name: str, *holders: str) -> Path:
        path = self.folder / name
        path.write_bytes(b"".join((self.folder / f"{holder}.pem").read_bytes() for holder in holders))
        return path


class _Quiet(WSGIRequestHandler):
    def log(self, *args: object) -> None:
        pass


@contextmanager
def started(folder: Path) -> Iterator[tuple[Pki, BaseWSGIServer]]:
    """Make the keys and the certificates, and serve the authorities until the end."""
    (folder / "keys").mkdir(parents=True)
    for name in NAMES:
        key = rsa.generate_private_key(65537, 1024) if name == "rsa1024" else ec.generate_private_key(ec.SECP256R1())
        path = folder / "keys" / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        path.chmod(0o600)
    served: list[Animator] = []
    asked: list[str] = []
    lists = folder / "lists"

    def answer(environ: Any, start_response: Any) -> Any:
        """Trusted lists are files; everything else is asked of an authority."""
        asked.append(environ["PATH_INFO"])
        path = lists / environ["PATH_INFO"].removeprefix("/lists/")
        if path.parent == lists and path.is_file():
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [path.read_bytes()]
        return served[0](environ, start_response)

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    config = CONFIG.format(
        url=url,
        keys="\n".join(f"      {name}: {{path: {name}.pem}}" for name in NAMES),
        entities="\n".join(CLAIRE.format(name) for name in (*PURPOSES, *WEAK)),
        people="".join(
            PEOPLE.format(
                name=name,
                profile=PROFILES.get(name, COMMITS),
                since="2020-01-01" if name == "expired" else "2042-01-01" if name == "future" else SINCE,
                until="2022-01-01" if name == "expired" else UNTIL,
                revocation=REVOKED if name == "revoked" else "",
                statements="".join(
                    (
                        STATED.format(STATEMENTS[name]) if name in STATEMENTS else "",
                        PURPOSE.format(PURPOSES[name]) if name in PURPOSES else "",
                        AUTHENTICATES if name == "plain" else "",
                    )
                ),
            )
            for name in HOLDERS
        ),
    )
    known = CertomancerConfig.from_yaml(config, key_search_dir=str(folder))
    architecture = known.get_pki_arch(ArchLabel("test"))
    served.append(Animator(AnimatorArchStore({ArchLabel("test"): architecture}), with_web_ui=False))
    for name in NAMES:
        certificate = architecture.get_cert(CertLabel(name))
        pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificate.dump()) + b"-----END CERTIFICATE-----\n"
        (folder / f"{name}.pem").write_bytes(pem)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Pki(folder, url, asked), server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def seal(settings: Any, made: Pki) -> None:
    """Let an installation that is no demonstration sign with the seal and the authorities of `made`."""
    settings.DEMO = False
    settings.SOCLE_SIGNING = "socle.engines.seal.engine.Seal"
    settings.SOCLE_SEAL_CERTIFICATE = str(made.certificate("seal"))
    settings.SOCLE_SEAL_KEY = str(made.key("seal"))
    settings.SOCLE_TIMESTAMP_URL = made.timestamps
    settings.SOCLE_SIGNING_ROOTS = str(made.roots)
    settings.OUTGOING_INTERNAL = ["127.0.0.1"]
