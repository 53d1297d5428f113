"""The XML of the messages of @CTES, as it is written: by who sends them, and by the twin that answers."""

from __future__ import annotations

from typing import Any

from lxml import etree  # type: ignore[import-untyped]

ACTES = "http://www.interieur.gouv.fr/ACTES#v1.1-20040216"
INSEE = "http://xml.insee.fr/schema"
# As the norm writes its messages.
ENCODING = "ISO-8859-1"


def new_root(name: str, **attributes: str) -> Any:
    """Return the root of a message, an `lxml` element of the namespace of @CTES."""
    return _with(etree.Element(f"{{{ACTES}}}{name}", nsmap={"actes": ACTES, "insee": INSEE}), attributes)


def under(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    """Add an element under another, and return it."""
    element = etree.SubElement(parent, f"{{{ACTES}}}{name}")
    element.text = text
    return _with(element, attributes)


def as_bytes(root: Any) -> bytes:
    """Return the file of a message."""
    return bytes(etree.tostring(root, xml_declaration=True, encoding=ENCODING, pretty_print=True))


def _with(element: Any, attributes: dict[str, str]) -> Any:
    for name, value in attributes.items():
        element.set(f"{{{ACTES}}}{name}", value)
    return element
