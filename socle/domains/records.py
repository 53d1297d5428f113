"""Records of a domain name: what they are, how a zone file and the form of a registrar write them. Pure.

Contents are written as a zone file has them: names end with a dot, texts are quoted strings of 255 bytes at most
(RFC 1035). What each upper room wants is its own matter; `wanted_records` gathers it (`socle.domains.uses`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

TTL = 3600
# Before the name that it proves: nobody else's record is there.
PROOF_LABEL = "_socle"
# A string of a TXT record counts its bytes in one byte (RFC 1035, 3.3.14).
LONGEST_STRING = 255
LONGEST_NAME = 253
# The most that we put before a domain: « _autodiscover._tcp. », or a selector of 63 and « ._domainkey. ».
LONGEST_PREFIX = 63 + len("._domainkey.")
LONGEST_DOMAIN = LONGEST_NAME - LONGEST_PREFIX


class When(StrEnum):
    """When a record may be written at a domain whose mail still arrives elsewhere."""

    # Changes nothing to the mail that arrives today.
    NOW = "now"
    # Leads the mail here, or judges what others send: on the day of the move.
    MOVE = "move"


@dataclass(frozen=True)
class Record:
    """One record. `name` is whole, without a final dot; `why` says in French what it is for."""

    name: str
    type: str
    ttl: int
    content: str
    why: str
    when: When = When.NOW
    # All works without it: its absence is an advice, not a fault.
    is_advised: bool = False
    # Of an alias that visitors follow, where it leads: these addresses written instead are as good.
    addresses: tuple[str, ...] | None = None
    # The code of the use that wants it (`socle.domains.contract.Use`); empty when every one does.
    use: str = ""
    # What somebody else wrote in its stead stands, and stops nothing.
    gives_way: bool = False

    def label(self, zone: str) -> str:
        """Return the name as the form of a registrar has it: `@` for the domain itself, `_dmarc`."""
        return label_of(self.name, zone)

    @property
    def text(self) -> str:
        """The text of a TXT record, as a form wants it: without quotes, in one piece."""
        return read_text(self.content) if self.type == "TXT" else self.content

    @property
    def is_leading(self) -> bool:
        """Whether it leads visitors to our web servers: judged with the addresses of its host."""
        return self.type in ("A", "AAAA") or self.addresses is not None


def label_of(name: str, zone: str) -> str:
    """Return a name of this zone as the form of a registrar has it: `@` for the zone itself, `www`."""
    return "@" if name == zone else name.removesuffix(f".{zone}")


def is_under(name: str, domain: str) -> bool:
    """Whether a name is this domain, or is under it."""
    return name == domain or name.endswith(f".{domain}")


def at_addresses(name: str, addresses: Iterable[str], why: str) -> list[Record]:
    """The records that lead a name to these addresses."""
    return [Record(name, "AAAA" if ":" in one else "A", TTL, one, why) for one in addresses]


def why_not_domain(domain: str) -> str | None:
    """Say why no records can be made for this name, read already as a domain."""
    if len(domain) > LONGEST_DOMAIN:
        return (
            f"Ce nom est trop long pour une messagerie\u00a0: {LONGEST_DOMAIN} caractères au plus, car le DNS doit "
            "pouvoir en ajouter devant."
        )
    labels = domain.split(".")
    is_written = domain.isascii() and domain == domain.lower() and len(labels) >= 2
    if not is_written or not all(_is_label(one) for one in labels):
        return "Ce nom n’est pas un nom de domaine\u00a0: écrivez par exemple prisches.fr."
    return None


def _is_label(text: str) -> bool:
    is_plain = bool(text) and text.replace("-", "").isalnum()
    return is_plain and len(text) <= 63 and not text.startswith("-") and not text.endswith("-")


# --- Texts -----------------------------------------------------------------------------------------------------------
def as_text(text: str) -> str:
    """Write a text as the strings of a TXT record: quoted, escaped, 255 bytes each at most."""
    content = text.encode()
    pieces = [content[start : start + LONGEST_STRING] for start in range(0, len(content), LONGEST_STRING)] or [b""]
    return " ".join(f'"{"".join(map(_escaped, piece))}"' for piece in pieces)


def _escaped(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03d}"


def read_text(content: str) -> str:
    """Read again the strings of a TXT record as one text; bytes that are not UTF-8 are replaced."""
    read, is_inside, rest = bytearray(), False, iter(content)
    for char in rest:
        if char == "\\":
            char = next(rest, "\\")
            if char.isdecimal() and char.isascii():
                digits = char + next(rest, "") + next(rest, "")
                read.append(int(digits) & 0xFF) if digits.isdecimal() else read.extend(digits.encode())
                continue
            read += char.encode()
        elif char == '"':
            is_inside = not is_inside
        elif is_inside or char != " ":
            read += char.encode()
    return read.decode("utf-8", "replace")


def dotted(host: str) -> str:
    """A host as a record names it: with its final dot."""
    return f"{host.rstrip('.')}."


def merged_spf(existing: str, wanted: str) -> str:
    """Add the servers of a wanted SPF to the one that a domain has already: there may be one only (RFC 7208, 3.2)."""
    first, *terms = existing.split()
    ours = wanted.split()[1]
    if any(term.lower().lstrip("+") == ours for term in terms):
        return existing
    kept = [term for term in terms if term.lower().lstrip("+") != "all"]
    if not any(term.lower().endswith("all") and term[:-3] in ("~", "-", "?") for term in kept):
        kept.append("~all")
    return " ".join([first, ours, *kept])


def canonical(kind: str, content: str) -> str:
    """The same content in one form: servers change case, spaces, and where a long text is cut."""
    if kind == "TXT":
        return as_text(read_text(content))
    if kind in ("A", "AAAA"):
        try:
            return str(ipaddress.ip_address(content.strip()))
        except ValueError:
            return content.strip()
    if kind == "CAA":
        flag, tag, value = [*content.split(None, 2), "", "", ""][:3]
        text = read_text(value) if value.startswith('"') else value
        return f"{flag} {tag.lower()} {as_text(text)}"
    return " ".join(content.lower().split())


# --- To keep, to hand over -------------------------------------------------------------------------------------------
def as_zone_file(records: Iterable[Record], zone: str) -> str:
    """Write the records as a fragment of a zone file (RFC 1035, 5), each with what it is for."""
    lines = [f"$ORIGIN {zone}.", ""]
    told = ""
    for record in records:
        if record.why != told:
            told = record.why
            lines.append(f"; {told}")
        lines.append(f"{record.label(zone)}\t{record.ttl}\tIN\t{record.type}\t{record.content}")
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class Part:
    """One field of a registrar's form, and what to copy there."""

    label: str
    value: str


def parts_of(record: Record) -> tuple[Part, ...]:
    """Cut the content of a record as the forms of registrars ask for it."""
    words = record.content.split(" ")
    if record.type == "MX":
        return Part("Priorité", words[0]), Part("Serveur, cible", words[1])
    if record.type == "SRV":
        return tuple(map(Part, ("Priorité", "Poids", "Port", "Cible"), words))
    if record.type == "CAA":
        return Part("Drapeau", words[0]), Part("Étiquette", words[1]), Part("Valeur", words[2].strip('"'))
    return (Part("Valeur", record.text),)
