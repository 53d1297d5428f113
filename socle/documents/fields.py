"""Form field of a document."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from socle.documents.rules import MAX_UPLOAD, why_not_upload
from socle.documents.scanning import why_not_take


class ScannedFileField(forms.FileField):
    """A file handed over by a person, read by the antivirus first: no form of the house takes one otherwise."""

    most_bytes = 50 * 1024 * 1024

    def to_python(self, data: Any) -> Any:
        uploaded = super().to_python(data)
        # What is refused for its size alone is read by nobody.
        if isinstance(uploaded, UploadedFile) and (uploaded.size or 0) <= self.most_bytes:
            refuse_infected(uploaded)
        return uploaded


def refuse_infected(uploaded: UploadedFile[bytes]) -> None:
    """Raise a `ValidationError` in French when the antivirus refuses this file; it is rewound."""
    if reason := why_not_take(uploaded, size=uploaded.size or 0):  # type: ignore[arg-type]
        raise forms.ValidationError(reason, code="antivirus")


class PdfField(ScannedFileField):
    """A PDF handed over by a person: judged by its bytes, read once, `cleaned_data` holds them."""

    most_bytes = MAX_UPLOAD

    def __init__(self, *, most_bytes: int = MAX_UPLOAD, **kwargs: Any) -> None:
        self.most_bytes = most_bytes
        kwargs.setdefault("widget", forms.FileInput(attrs={"accept": "application/pdf,.pdf"}))
        kwargs.setdefault("help_text", f"Un PDF de {most_bytes // 1024**2}\u00a0Mo au plus.")
        super().__init__(
            allow_empty_file=True,
            error_messages={"required": "Choisissez le fichier.", "missing": "Choisissez le fichier."},
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        uploaded: UploadedFile[bytes] | None = super().clean(data, initial)
        if uploaded is None or not isinstance(uploaded, UploadedFile):
            return None
        # The size first: nothing bigger is ever read in memory.
        is_heavy = (uploaded.size or 0) > self.most_bytes
        content = b" " * (self.most_bytes + 1) if is_heavy else uploaded.read()
        if reason := why_not_upload(content, most=self.most_bytes):
            raise forms.ValidationError(reason)
        return content
