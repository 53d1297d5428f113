"""The screen that sends photographs: to a new album, or to one that is there; the form of its page does the rest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.sections.albums import actions
from socle.sections.albums.models import MOST_PICTURES, AlbumPage
from socle.sections.albums.rules import MOST_AT_ONCE, why_not_add
from socle.sites.editor.access import author_of, website_of
from socle.sites.editor.forms import ScannedImageField
from socle.sites.models.pages import today
from socle.sites.photographs import handed_over
from socle.ui.fields import DayInput


class ManyImagesInput(forms.ClearableFileInput):
    """Several files chosen at once."""

    allow_multiple_selected = True


class ManyImagesField(ScannedImageField):
    """Several images, each judged as one alone; the sentence names the one that is refused."""

    widget = ManyImagesInput

    def __init__(self, *args: Any, help_text: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Wagtail writes its own: what it takes, and how large.
        self.help_text = f"{help_text} {self.help_text}"

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = [file for file in (data if isinstance(data, list | tuple) else [data]) if file]
        if reason := why_not_add(len(files)):
            raise forms.ValidationError(reason)
        cleaned, wrong = [], []
        for file in files:
            try:
                cleaned.append(super().clean(file, initial))
            except forms.ValidationError as error:
                wrong += [f"{str(file.name)[:60]}\u00a0: {reason}" for reason in error.messages]
        if wrong:
            raise forms.ValidationError(wrong)
        return cleaned


class PicturesForm(forms.Form):
    """Photographs to add."""

    pictures = ManyImagesField(
        label="Photographies",
        help_text=f"{MOST_AT_ONCE} à la fois au plus, {MOST_PICTURES} par album. Elles paraissent une fois décrites.",
    )
    credit = forms.CharField(
        label="Crédit",
        max_length=120,
        required=False,
        help_text="Qui les a prises, et ce qui est permis\u00a0: «\u00a0Photographies de la mairie\u00a0».",
    )


class AlbumForm(PicturesForm):
    """A new album, and its first photographs."""

    title = forms.CharField(label="Titre", max_length=150, help_text="Par exemple\u00a0: Fête du village 2026.")
    taken_on = forms.DateField(label="Date", initial=today, widget=DayInput())
    field_order = ("title", "taken_on", "pictures", "credit")


@require_admin_access
def pictures(request: HttpRequest, page_id: int | None = None) -> HttpResponse:
    """Send photographs to an album, new or not, then lead to the form of its page, where they are described."""
    website = website_of(request)
    own = AlbumPage.objects.descendant_of(website.root_page)
    album = get_object_or_404(own, pk=page_id) if page_id is not None else None
    form = (PicturesForm if album else AlbumForm)(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data, author, now = form.cleaned_data, author_of(request), timezone.now()
        handed = [one for file in data["pictures"] if (one := handed_over(file)) is not None]
        try:
            with transaction.atomic():
                made = album or actions.begin_album(
                    website, data["title"], taken_on=data["taken_on"], by=author, at=now
                )
                actions.add_pictures(made, handed, credit=data["credit"], by=author, at=now)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Dites ce que montre chaque photographie, puis publiez l’album.")
            return redirect("wagtailadmin_pages:edit", made.pk)
    title = f"Ajouter à «\u00a0{album.title}\u00a0»" if album else "Faire un album"
    return render(request, "websites/editor/album.html", {"form": form, "album": album, "title": title})
