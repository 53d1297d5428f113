"""The screens of the pages to read over: ask somebody, look, publish or send back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST
from wagtail.admin.auth import require_admin_access
from wagtail.models import Page

from socle.lib.dates import day_of
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.sites.editor.access import author_of, website_of
from socle.sites.editor.looking import own_page, place_of
from socle.sites.models.reviews import Review
from socle.sites.models.sites import WebSite
from socle.sites.reviewing import actions
from socle.sites.reviewing.rules import readers_of, version_of, why_not_answer, why_not_show
from socle.ui.submit import refusal_shown_in


class AskForm(forms.Form):
    """Whom to show the page to, and a word for them."""

    of = forms.ChoiceField(label="À qui", widget=forms.RadioSelect)
    word = forms.CharField(
        label="Un mot pour cette personne",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text="Par exemple\u00a0: «\u00a0vérifiez la date du conseil\u00a0».",
    )

    def __init__(self, data: Any = None, *, readers: list[User], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial or ({"of": str(readers[0].pk)} if readers else {}))
        self.readers = {str(person.pk): person for person in readers}
        self.fields["of"].choices = [(pk, person.name) for pk, person in self.readers.items()]  # type: ignore[attr-defined]


def _until_then(page: Page) -> str:
    """Say what visitors see of a page that waits for its reader."""
    if page.live:
        return "La page publiée reste telle qu’elle est\u00a0: votre correction, enregistrée, ne paraît pas encore."
    return "La page est enregistrée\u00a0: elle ne paraît pas encore."


@require_admin_access
def ask(request: HttpRequest, page_id: int) -> HttpResponse:
    """Ask somebody of the mairie to read a page over before it appears."""
    website, page, now = website_of(request), own_page(request, page_id), timezone.now()
    author = author_of(request)
    form = AskForm(request.POST or None, readers=readers_of(website, on=day_of(now), but=author))
    if request.method == "POST" and form.is_valid():
        of, word = form.readers[form.cleaned_data["of"]], form.cleaned_data["word"]
        with refusal_shown_in(form):
            actions.ask_review(page, website=website, of=of, word=word, by=author, at=now)
            messages.success(request, f"C’est demandé à {of.name}, par courriel. {_until_then(page)}")
            return redirect("website_home")
    context = {"form": form, "page": page, "website": website, "why_not": why_not_show(page)}
    return render(request, "websites/editor/ask_review.html", context)


def _own_review(website: WebSite, review_id: int) -> Review:
    found = Review.objects.select_related("website__beneficiary", "page", "asked_by", "asked_of", "answered_by")
    return get_object_or_404(found, pk=review_id, website=website)


@require_admin_access
def review(request: HttpRequest, review_id: int) -> HttpResponse:
    """Show a page as it would appear; publish it, or send it back with a word."""
    found = _own_review(website_of(request), review_id)
    author, now = author_of(request), timezone.now()
    error = ""
    if request.method == "POST":
        try:
            if request.POST.get("geste") == "renvoyer":
                actions.send_back(found, answer=request.POST.get("answer", ""), by=author, at=now)
                messages.success(request, f"La page est renvoyée, avec votre mot. {_until_then(found.page)}")
                return redirect("website_home")
            actions.approve(found, seen=request.POST.get("version", ""), by=author, at=now)
        except Refused as refusal:
            error = refusal.sentence
            found = _own_review(website_of(request), review_id)
        else:
            page = Page.objects.get(pk=found.page_id)
            if not page.live or page.scheduled_revision:
                messages.success(request, "La page est approuvée\u00a0: elle paraîtra à son heure.")
                return redirect("website_home")
            messages.success(request, "C’est publié\u00a0: voici la page telle que vos visiteurs la lisent.")
            return HttpResponseRedirect(place_of(page))
    page = found.page.specific
    context = {
        "review": found,
        "page": page,
        "place": place_of(page),
        "error": error,
        "answer": request.POST.get("answer", ""),
        "version": version_of(page),
        "why_not": why_not_answer(found),
        "is_mine": found.asked_of_id == author.pk,
    }
    return render(request, "websites/editor/review.html", context, status=422 if error else 200)


@require_admin_access
@require_POST
def take_back(request: HttpRequest, review_id: int) -> HttpResponse:
    """Ask for it no more."""
    found = _own_review(website_of(request), review_id)
    try:
        actions.take_back(found, by=author_of(request), at=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return redirect("website_review", found.pk)
    messages.success(request, f"La relecture n’est plus demandée. {_until_then(found.page)}")
    return redirect("wagtailadmin_pages:edit", found.page_id)
