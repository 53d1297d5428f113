"""XML and HTML from anywhere, read without following anything: no entity, no definition, no network."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO, Any

from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from socle.site_import.findings import NotReadable

# No entity is replaced, no definition of types is loaded; the sizes and depths of the library's own guard are kept.
OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "recover": True,
    "remove_comments": True,
    "remove_pis": True,
}
DEFINES = (
    "Ce fichier définit ses propres entités («\u00a0DOCTYPE\u00a0»), ce qu’aucun export ni aucun plan n’a besoin de "
    "faire\u00a0: par prudence, il n’est pas lu."
)
NOT_XML = "Ce n’est pas du XML\u00a0: vérifiez que c’est bien {what}, et non une page ou une archive."
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
LOOKED_AT = 65536
CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
TEXT_TYPE = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)


def _refuse_definitions(start: bytes, what: str) -> None:
    # Written on two bytes a sign too.
    start = start.replace(b"\0", b"")
    if DOCTYPE.search(start):
        raise NotReadable(DEFINES)
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe \t\r\n").startswith(b"<"):
        raise NotReadable(NOT_XML.format(what=what))


def root_of(content: bytes, *, what: str) -> Any:
    """Return the root of a small document. Raises NotReadable; `what` is what it should have been, in French."""
    _refuse_definitions(content[:LOOKED_AT], what)
    try:
        root = etree.fromstring(content, etree.XMLParser(**OPTIONS))
    except (etree.LxmlError, ValueError) as error:
        raise NotReadable(NOT_XML.format(what=what)) from error
    if root is None:
        raise NotReadable(NOT_XML.format(what=what))
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotReadable(DEFINES)
    return root


def elements(file: IO[bytes], *, names: tuple[str, ...], what: str) -> Iterator[Any]:
    """Yield the elements of these names as they end, forgetting them at once, whatever the size of the document.

    Raises NotReadable. A document cut short gives what came before the cut.
    """
    start = file.read(LOOKED_AT)
    _refuse_definitions(start, what)
    file.seek(0)
    is_begun = False
    try:
        reading = etree.iterparse(file, events=("start", "end"), collect_ids=False, **OPTIONS)
        is_checked = False
        for event, element in reading:
            if not is_checked:
                is_checked = True
                if element.getroottree().docinfo.internalDTD is not None:
                    raise NotReadable(DEFINES)
            if event == "end" and local(element) in names:
                is_begun = True
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except (etree.LxmlError, ValueError, TypeError) as error:
        if is_begun:
            return
        raise NotReadable(NOT_XML.format(what=what)) from error


def local(element: Any) -> str:
    """Return the name of an element without its namespace."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def text_of(element: Any) -> str:
    """Return all the text of an element."""
    return "".join(element.itertext()) if element is not None else ""


def decoded(content: bytes, content_type: str = "") -> str:
    """Return the text of a page, by what it says of its encoding, else UTF-8, else Windows: never an error."""
    if content.startswith(b"\xef\xbb\xbf"):
        return content[3:].decode("utf-8", "replace")
    said = TEXT_TYPE.search(content_type)
    meta = CHARSET.search(content[:4096])
    for name in (said[1] if said else "", meta[1].decode() if meta else "", "utf-8"):
        try:
            return content.decode(name) if name else content.decode("utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("cp1252", "replace")


def page_of(text: str) -> Any:
    """Return the root of a page of HTML, or of a piece of one, mended as browsers do; None when nothing is there."""
    text = "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
    if not text.strip():
        return None
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    try:
        return lxml_html.parse(io.BytesIO(text.encode("utf-8", "replace")), parser=parser).getroot()
    except (etree.LxmlError, AssertionError, ValueError):
        return None


def walked(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the elements of a page as they begin (« start ») and end (« end »)."""
    yield from etree.iterwalk(root, events=("start", "end"))


def written(element: Any) -> str:
    """Return an element as it is written."""
    return str(etree.tostring(element, encoding="unicode", with_tail=True, method="html"))
