"""The documents themselves. Pure: an address or a domain in, bytes out; no secret is in any of them.

Sources: Mozilla's « Autoconfiguration » (config-v1.1), Microsoft's MS-OXDSCLI (the « outlook/responseschema/2006a »
answer of Autodiscover), Apple's « Configuration Profile Reference » (com.apple.mail.managed), RFC 8461 (MTA-STS).
"""

from __future__ import annotations

import plistlib
import uuid

from django.conf import settings
from lxml import etree  # type: ignore[import-untyped]
from lxml.builder import ElementMaker  # type: ignore[import-untyped]

from socle.mail.configuring.servers import settings_of
from socle.mail.models import Domain, Mailbox
from socle.mail.records import mta_sts_policy, servers

OUTLOOK_ANSWER = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
AUTODISCOVER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
# Every profile of the same box replaces the one before: its identifiers are drawn from the box.
PROFILES = uuid.UUID("5b7bd0e6-2f6d-4c52-9d7e-3c5a4c0e1f58")


def _written(tree: etree._Element) -> bytes:
    return bytes(etree.tostring(tree, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def autoconfig(domain: Domain) -> bytes:
    """Return the document that Thunderbird and its kin read: the whole address as the login, a password of its own."""
    servers, e = settings_of(), ElementMaker()

    def server(kind: str, role: str, host: str, port: int) -> etree._Element:
        return e(
            role,
            e.hostname(host),
            e.port(str(port)),
            e.socketType("SSL"),
            e.authentication("password-cleartext"),
            e.username("%EMAILADDRESS%"),
            type=kind,
        )

    return _written(
        e.clientConfig(
            e.emailProvider(
                e.domain(domain.name),
                e.displayName(domain.beneficiary.name),
                e.displayShortName(domain.shown),
                server("imap", "incomingServer", servers.imap_host, servers.imap_port),
                server("smtp", "outgoingServer", servers.smtp_host, servers.smtp_port),
                e.documentation(
                    e.descr("Comment régler cet appareil", lang="fr"), url=f"{settings.PLATFORM_URL}/compte/appareils/"
                ),
                id=domain.name,
            ),
            version="1.1",
        )
    )


def autodiscover(address: str, domain: Domain) -> bytes:
    """Return the document that Outlook reads. `address` was judged: it is at this domain."""
    servers = settings_of()
    e = ElementMaker(namespace=OUTLOOK_ANSWER, nsmap={None: OUTLOOK_ANSWER})

    def protocol(kind: str, host: str, port: int) -> etree._Element:
        return e.Protocol(
            e.Type(kind),
            e.Server(host),
            e.Port(str(port)),
            e.LoginName(address),
            e.DomainRequired("off"),
            e.SPA("off"),
            e.SSL("on"),
            e.AuthRequired("on"),
        )

    response = e.Response(
        e.User(e.DisplayName(domain.beneficiary.name)),
        e.Account(
            e.AccountType("email"),
            e.Action("settings"),
            protocol("IMAP", servers.imap_host, servers.imap_port),
            protocol("SMTP", servers.smtp_host, servers.smtp_port),
        ),
    )
    outer = ElementMaker(namespace=AUTODISCOVER, nsmap={None: AUTODISCOVER})
    return _written(outer.Autodiscover(response))


# What a request may weigh, and what we read in it.
LARGEST_REQUEST = 16 * 1024


def address_asked(body: bytes) -> str:
    """The address in an autodiscover request, or nothing: no entity is read, nothing is fetched, no tree runs deep."""
    if len(body) > LARGEST_REQUEST or b"<!" in body.replace(b"<!--", b""):
        return ""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        tree = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    for element in tree.iter():
        if isinstance(element.tag, str) and etree.QName(element).localname == "EMailAddress":
            return (element.text or "").strip()[:320]
    return ""


def apple_profile(mailbox: Mailbox, *, host: str = "") -> bytes:
    """A profile that sets the mail of an iPhone, an iPad or a Mac; the device asks for its password itself."""
    servers = settings_of()
    drawn = uuid.uuid5(PROFILES, str(mailbox.store))
    mail = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"socle.mail.{drawn}.account",
        "PayloadUUID": str(uuid.uuid5(drawn, "account")).upper(),
        "PayloadDisplayName": mailbox.address,
        "EmailAccountType": "EmailTypeIMAP",
        "EmailAccountDescription": mailbox.address,
        "EmailAccountName": mailbox.display_name,
        "EmailAddress": mailbox.address,
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": servers.imap_host,
        "IncomingMailServerPortNumber": servers.imap_port,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": mailbox.address,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": servers.smtp_host,
        "OutgoingMailServerPortNumber": servers.smtp_port,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": mailbox.address,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"socle.mail.{drawn}",
            "PayloadUUID": str(drawn).upper(),
            "PayloadDisplayName": f"Messagerie {mailbox.address}",
            "PayloadDescription": "Règle la messagerie de cet appareil. Il demandera son mot de passe d’appareil.",
            "PayloadOrganization": mailbox.beneficiary.name,
            "PayloadRemovalDisallowed": False,
            "PayloadContent": [mail],
        }
    )


def mta_sts() -> bytes:
    """The policy by which others know our servers and refuse what is not safe (RFC 8461, 3.2): lines end with CR LF."""
    # The DNS announces an identifier drawn from these very words (`mail.records.mta_sts_identifier`).
    return mta_sts_policy(servers()).encode()
