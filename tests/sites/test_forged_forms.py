"""A forged form carries nothing of another commune in, wherever an identifier hides."""

from __future__ import annotations

import json
import re

import pytest
from wagtail.models import Revision

from socle.sites.editor.guard import OPENED, PREFIX, own_views
from socle.sites.models import CommuneImage, NewsPage
from tests.sites.forged_forms import PLACES, forged, news_form
from tests.sites.test_no_leak import patterns, state
from tests.sites.two_communes import (
    SECRET,
    both,
    intruder,
    media,
    ours,
    picture,
    theirs,
    two,
)

__all__ = ["both", "intruder", "media", "ours", "theirs", "two"]

# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("whose", ["ours", "theirs"])
@pytest.mark.parametrize("what", ["create", "edit", "draft"])
def test_a_forged_identifier_is_refused_wherever_it_hides(intruder, ours, theirs, place, whose, what):
    carried = forged(theirs if whose == "theirs" else ours)[place]
    form = news_form(**carried)
    if what == "draft":
        del form["action-publish"]
    address = f"{PREFIX}pages/add/websites/newspage/{ours.index.pk}/"
    if what == "edit":
        address = f"{PREFIX}pages/{ours.news.pk}/edit/"
        form["slug"] = ours.news.slug
    last = Revision.objects.order_by("-pk").first().pk
    answer = intruder.post(address, form)
    page = answer.content.decode()
    assert SECRET not in page
    written = Revision.objects.filter(pk__gt=last)
    numbers = {str(thing.pk) for thing in (theirs.image, theirs.document)}
    assert not any(number in json.dumps(revision.content) for number in numbers for revision in written)
    if whose == "ours":
        assert answer.status_code == 302, re.findall(r"error-message[^>]*>(.*?)</", page, re.S)
        assert written.exists()
    elif answer.status_code == 200:
        assert not written.exists()
        assert not NewsPage.objects.filter(slug="nouvelle").exists()
        assert "n’a pas pu être créée" in page or "n’a pas pu être enregistrée" in page or "erreur" in page
    else:
        # A draft may leave a block for later: the number it carried is dropped, and nothing is published.
        assert (what, "block" in place) == ("draft", True)
        assert not NewsPage.objects.get(slug="nouvelle").live


@pytest.mark.slow
def test_a_file_sent_to_another_s_collection_lands_at_home(intruder, ours, theirs):
    before = state(theirs)
    form = {"title": "Vue", "file": picture(), "collection": theirs.website.collection_id, "description": "Vue"}
    intruder.post(f"{PREFIX}images/add/", form)
    assert state(theirs) == before
    made = CommuneImage.objects.get(title="Vue")
    assert made.collection_id == ours.website.collection_id
    assert made.file.name.startswith("sites/prisches/originals/")


@pytest.mark.slow
def test_a_page_is_never_made_under_another_s(intruder, theirs):
    before = state(theirs)
    for parent in (theirs.home.pk, theirs.index.pk, 1):
        assert intruder.post(f"{PREFIX}pages/add/websites/newspage/{parent}/", news_form()).status_code == 404
    assert state(theirs) == before


@pytest.mark.slow
def test_a_form_that_lost_its_fields_never_breaks_the_editor(intruder):
    intruder.raise_request_exception = False
    places = [route for _, route, name in patterns() if name in OPENED | own_views() and not re.search(r"[<(]", route)]
    assert "choose-external-link/" in places
    answers = {place: intruder.post(PREFIX + place.strip("^$"), {}).status_code for place in places}
    assert not {place: status for place, status in answers.items() if status >= 500}
