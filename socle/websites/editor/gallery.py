"""The screens of the gallery: the albums, and one album with its photographs, described and ordered in one form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access

from socle.lib.refusals import Refused
from socle.websites.editor.forms import ScannedImageField
from socle.websites.editor.gestures import author_of, do, website_of
from socle.websites.gallery import actions
from socle.websites.gallery.actions import Described
from socle.websites.gallery.rules import MOST_AT_ONCE, MOST_PICTURES, why_not_describe
from socle.websites.models.gallery import AlbumPage, AlbumPicture, GalleryPage
from socle.websites.models.pages import today
from socle.websites.opening import index_of, open_section
from socle.websites.photographs import Photograph, handed_over
from socle.websites.registry import sections


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
        if not files and self.required:
            raise forms.ValidationError("Choisissez au moins une photographie.")
        if len(files) > MOST_AT_ONCE:
            raise forms.ValidationError(
                f"Envoyez {MOST_AT_ONCE} photographies à la fois, au plus\u00a0: recommencez avec les suivantes."
            )
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

    def handed(self) -> list[Photograph]:
        return [one for file in self.cleaned_data["pictures"] if (one := handed_over(file)) is not None]


class AlbumForm(PicturesForm):
    """A new album, and its first photographs."""

    title = forms.CharField(label="Titre", max_length=150, help_text="Par exemple\u00a0: Fête du village 2026.")
    taken_on = forms.DateField(
        label="Date", initial=today, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    field_order = ("title", "taken_on", "pictures", "credit")


@dataclass(frozen=True)
class PictureRow:
    """One photograph of the form of an album."""

    picture: AlbumPicture
    alternative: forms.BoundField
    credit: forms.BoundField


class DescriptionsForm(forms.Form):
    """What each photograph of an album shows, and who made it."""

    def __init__(self, data: Any = None, *, pictures: list[AlbumPicture]) -> None:
        super().__init__(data)
        self.pictures = pictures
        for rank, one in enumerate(pictures, start=1):
            self.fields[f"alternative{one.pk}"] = forms.CharField(
                label=f"Photographie {rank}, ce qu’elle montre", max_length=200, required=False, initial=one.alternative
            )
            self.fields[f"credit{one.pk}"] = forms.CharField(
                label=f"Photographie {rank}, crédit", max_length=120, required=False, initial=one.credit
            )

    def rows(self) -> Iterator[PictureRow]:
        for one in self.pictures:
            yield PictureRow(one, self[f"alternative{one.pk}"], self[f"credit{one.pk}"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for one in self.pictures:
            if reason := why_not_describe((cleaned.get(f"alternative{one.pk}") or "").strip()):
                self.add_error(f"alternative{one.pk}", reason)
        return cleaned

    def wanted(self) -> dict[int, Described]:
        data = self.cleaned_data
        return {
            one.pk: Described(data[f"alternative{one.pk}"].strip(), data[f"credit{one.pk}"].strip())
            for one in self.pictures
        }


def _gallery(request: HttpRequest) -> GalleryPage | None:
    found = index_of(website_of(request), sections()["galerie"])
    return found if isinstance(found, GalleryPage) else None


def _album(request: HttpRequest, album_id: int) -> AlbumPage:
    own = AlbumPage.objects.descendant_of(website_of(request).root_page)
    return get_object_or_404(own, pk=album_id)


@require_admin_access
def albums(request: HttpRequest) -> HttpResponse:
    """Show the albums, and make one with its first photographs."""
    website = website_of(request)
    form = AlbumForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        author, now = author_of(request), timezone.now()
        try:
            gallery = open_section(website, sections()["galerie"], by=author, at=now)
            assert isinstance(gallery, GalleryPage)
            data = form.cleaned_data
            made = actions.make_album(gallery, data["title"], taken_on=data["taken_on"], by=author, at=now)
            actions.add_pictures(made, form.handed(), credit=data["credit"], by=author, at=now)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request, "L’album est fait. Dites ce que montre chaque photographie\u00a0: elle paraît alors."
            )
            return redirect("website_album", made.pk)
    page = _gallery(request)
    kept = Q(pictures__removed_at=None, pictures__isnull=False)
    rows = (
        AlbumPage.objects.child_of(page)
        .annotate(
            kept=Count("pictures", filter=kept), waiting=Count("pictures", filter=kept & Q(pictures__alternative=""))
        )
        .order_by("-taken_on", "-pk")
        if page is not None
        else AlbumPage.objects.none()
    )
    context = {"website": website, "page": page, "albums": rows, "form": form}
    return render(request, "websites/editor/gallery.html", context)


def _screen(request: HttpRequest, album: AlbumPage, **more: Any) -> HttpResponse:
    pictures = list(AlbumPicture.objects.kept().with_images().filter(album=album))
    context = {
        "website": website_of(request),
        "album": album,
        "form": DescriptionsForm(pictures=pictures),
        "pictures_form": PicturesForm(),
        "waiting": sum(not one.alternative for one in pictures),
        "removed": AlbumPicture.objects.with_images().filter(album=album, removed_at__isnull=False),
        **more,
    }
    return render(request, "websites/editor/album.html", context)


def _number(request: HttpRequest, name: str) -> int:
    said = request.POST.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else 0


@require_admin_access
def album(request: HttpRequest, album_id: int) -> HttpResponse:
    """Describe the photographs of an album; each button keeps what is written before it does its own gesture."""
    shown = _album(request, album_id)
    if request.method != "POST":
        return _screen(request, shown)
    pictures = list(AlbumPicture.objects.kept().with_images().filter(album=shown))
    form = DescriptionsForm(request.POST, pictures=pictures)
    if not form.is_valid():
        return _screen(request, shown, form=form)
    author, now = author_of(request), timezone.now()
    try:
        actions.describe(shown, form.wanted(), by=author, at=now)
        by_pk = {one.pk: one for one in pictures}
        said = "C’est enregistré."
        if (one := by_pk.get(_number(request, "up"))) is not None:
            actions.move(one, up=True, by=author, at=now)
            said = "L’ordre est corrigé."
        elif (one := by_pk.get(_number(request, "down"))) is not None:
            actions.move(one, up=False, by=author, at=now)
            said = "L’ordre est corrigé."
        elif (one := by_pk.get(_number(request, "remove"))) is not None:
            actions.remove(one, by=author, at=now)
            said = "La photographie est retirée de l’album. Vous pouvez la remettre, plus bas."
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, said)
    return redirect("website_album", shown.pk)


@require_admin_access
@require_POST
def add(request: HttpRequest, album_id: int) -> HttpResponse:
    """Add several photographs at once."""
    shown = _album(request, album_id)
    form = PicturesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _screen(request, shown, pictures_form=form)
    try:
        made = actions.add_pictures(
            shown, form.handed(), credit=form.cleaned_data["credit"], by=author_of(request), at=timezone.now()
        )
    except Refused as refusal:
        form.add_error("pictures", refusal.sentence)
        return _screen(request, shown, pictures_form=form)
    messages.success(request, f"Photographies ajoutées\u00a0: {len(made)}. Décrivez-les\u00a0: elles paraissent alors.")
    return redirect("website_album", shown.pk)


@require_admin_access
@require_POST
def put_back(request: HttpRequest, album_id: int) -> HttpResponse:
    """Put back a photograph that was taken off."""
    shown = _album(request, album_id)
    picture = AlbumPicture.objects.select_related("album").filter(album=shown, pk=_number(request, "picture")).first()
    if picture is None:
        raise Http404
    said, back = "La photographie est de nouveau dans l’album.", request.path.removesuffix("remettre/")
    return do(request, actions.put_back, picture, said=said, back=back)
