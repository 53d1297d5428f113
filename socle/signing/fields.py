"""Places to sign: named and tagged signature fields, put in a document before its first signature.

A signature widget added to a finished file is missing from its structure tree: a screen reader cannot announce it, and
the file no longer keeps what PDF/UA-1 (7.18.4) asks of a form. So a layout leaves a link to `socle-field:<name>` over
the box where a signature will be drawn: Typst writes the annotation, its OBJR, its place in the parent tree and the tab
order. Here the link becomes the widget of a field, and its structure element a Form; nothing else of the file changes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

import pikepdf
from pikepdf import Array, Dictionary, Name, String

SCHEME = "socle-field:"
PRINTED = 4  # annotation flag: shown, and printed (ISO 32000-1, 12.5.3)


def place(content: bytes, *, fields: Mapping[str, str]) -> bytes:
    """Return the document with one empty signature field per place its layout left.

    `fields` gives, for each name, what a screen reader announces (« Signature de la commune de Prisches »). Raises
    ValueError when the layout left other places than those named: a layout and its caller must agree.
    """
    with pikepdf.open(io.BytesIO(content)) as pdf:
        widgets: list[pikepdf.Object] = []
        seen: list[str] = []
        for page in pdf.pages:
            for position, annotation in enumerate(page.obj.get("/Annots", Array([])).as_list()):
                name = _field_of(annotation)
                if name is None:
                    continue
                if name not in fields or name in seen:
                    raise ValueError(f"unexpected signature field {name!r}")
                seen.append(name)
                if not annotation.is_indirect:
                    annotation = page.obj.Annots[position] = pdf.make_indirect(annotation)
                _turn_into_widget(pdf, page, annotation, name, fields[name])
                widgets.append(annotation)
        if missing := [name for name in fields if name not in seen]:
            raise ValueError(f"the layout leaves no place for {missing}")
        widgets.sort(key=lambda widget: list(fields).index(str(widget.T)))
        # There are signature fields, and what is written after is added at the end (ISO 32000-1, 12.7.2): said now, so
        # that whoever signs first, with whatever program, has nothing else to change than the field.
        pdf.Root.AcroForm = pdf.make_indirect(Dictionary(Fields=Array(widgets), SigFlags=3))
        output = io.BytesIO()
        pdf.save(output, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
        return output.getvalue()


def empty_fields(content: bytes) -> list[str]:
    """Return the names of the signature fields that nobody has signed, in the order of the form."""
    return [name for name, is_signed in _signature_fields(content) if not is_signed]


def _signature_fields(content: bytes) -> list[tuple[str, bool]]:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        form = pdf.Root.get("/AcroForm")
        fields = form.get("/Fields", Array([])) if isinstance(form, Dictionary) else Array([])
        return [(str(field.get("/T", "")), "/V" in field) for field in fields.as_list() if field.get("/FT") == Name.Sig]


def box_size(content: bytes, field_name: str) -> tuple[float, float]:
    """Return the width and height in points of the box of a field; raise KeyError when there is none."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for field in pdf.Root.AcroForm.Fields.as_list():
            if str(field.get("/T", "")) == field_name:
                left, bottom, right, top = (float(edge) for edge in field.Rect.as_list())
                return abs(right - left), abs(top - bottom)
    raise KeyError(field_name)


def box_of(content: bytes, field_name: str) -> tuple[int, tuple[float, float, float, float], int]:
    """Return the rank of the page of a field, its box in points, and how many pages there are; raise KeyError."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        for rank, page in enumerate(pdf.pages):
            for annotation in page.obj.get("/Annots", Array([])).as_list():
                if str(annotation.get("/T", "")) == field_name:
                    left, bottom, right, top = (float(edge) for edge in annotation.Rect.as_list())
                    return (
                        rank,
                        (min(left, right), min(bottom, top), max(left, right), max(bottom, top)),
                        len(pdf.pages),
                    )
    raise KeyError(field_name)


def _field_of(annotation: pikepdf.Object) -> str | None:
    action = annotation.get("/A")
    if annotation.get("/Subtype") != Name.Link or not isinstance(action, Dictionary):
        return None
    target = str(action.get("/URI", ""))
    return target.removeprefix(SCHEME) if target.startswith(SCHEME) else None


def _turn_into_widget(pdf: pikepdf.Pdf, page: pikepdf.Page, widget: pikepdf.Object, name: str, label: str) -> None:
    left, bottom, right, top = (float(edge) for edge in widget.Rect.as_list())
    for key in ("/A", "/Border", "/Contents"):
        if key in widget:
            del widget[key]
    widget.Subtype = Name.Widget
    widget.FT = Name.Sig
    widget.T = String(name)
    widget.TU = String(label)
    widget.F = PRINTED
    widget.P = page.obj
    # PDF/A-3 (6.3.3) wants an appearance for every widget, even while nothing is drawn in it.
    blank = pikepdf.Stream(pdf, b"")
    blank.Type, blank.Subtype = Name.XObject, Name.Form
    blank.BBox = Array([0, 0, right - left, top - bottom])
    blank.Resources = Dictionary()
    widget.AP = Dictionary(N=pdf.make_indirect(blank))
    element = _element_of(pdf, int(widget.StructParent))
    element.S = Name.Form
    # Its only content is the widget. Written without an array, as validators that compare revisions expect to find it.
    (element.K,) = element.K.as_list()


def _element_of(pdf: pikepdf.Pdf, key: int) -> pikepdf.Object:
    """Return the structure element that holds an annotation, by its key in the parent tree."""
    element = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)[key]
    if element.get("/S") != Name.Link:
        raise ValueError("a place to sign must be tagged as a link by its layout")
    return element
