"""Nothing of another commune can be seen or written from the editor: every one of its addresses is tried.

The addresses are read from the resolver, so that a view brought by a new version of Wagtail is tried too. The same walk
made by a superuser must find what is hidden: a scan that could not see would prove nothing.
"""

from __future__ import annotations

import re
from itertools import islice

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django_scopes import scopes_disabled
from wagtail.models import Collection, Page, Site

from socle.sections.council.models import Councillor
from socle.site_import.models import ImportedItem
from socle.sites.editor import guard
from socle.sites.editor.guard import OPENED, PREFIX, own_views
from socle.sites.models import CommuneDocument, CommuneImage, Review
from socle.syndication.models import ShareOffer, SharingChoice
from tests.sites.two_communes import (
    ASKED,
    SECRET,
    WASTE,
    Commune,
    both,
    intruder,
    media,
    ours,
    signed_in,
    theirs,
    two,
)

__all__ = ["both", "intruder", "media", "ours", "theirs", "two"]

# The library that resizes images leaves its temporary files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def patterns(resolver=None, route="", name=""):
    """Yield every address of the editor: its route and the name of its view."""
    for entry in (resolver or get_resolver("socle.sites.editor.urls")).url_patterns:
        here = route + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, here, name + (f"{entry.namespace}:" if entry.namespace else ""))
        elif isinstance(entry, URLPattern):
            yield entry, here, name + (entry.name or "")


MODELS = (
    ("websites", "newspage"),
    ("websites", "communeimage"),
    ("websites", "communedocument"),
    ("wagtailcore", "page"),
    ("people", "user"),
)
WORDS = {
    "action": ("delete", "move", "publish", "unpublish", "add_tags", "add_to_collection"),
    "action_name": ("approve", "copy", "delete", "publish"),
    "filter_spec": ("original", "max-165x165"),
    "uidb64": ("MQ",),
    "token": ("set-password",),
}


def fill(route: str, ids: list[int], revision: int) -> list[str]:
    """Return the addresses of a route, its places filled with identifiers of every kind, one kind at a time."""
    if route.startswith("^") or "(\\d+)" in route or "^" in route:
        route = route.replace("^", "").replace("$", "").replace("\\.", ".")
        route = re.sub(r"\(\\d\+\)", "<int:page>", route, count=1)
        route = re.sub(r"\(live\|earliest\|\\d\+\)", "<int:revision>", route)
        route = re.sub(r"\(live\|latest\|\\d\+\)", "<int:revision>", route)
        route = route.replace(".*/", "ailleurs/")
    places = re.findall(r"<(?:(\w+):)?(\w+)>", route)
    names = {name for _, name in places}
    two_models = {"app_label", "content_type_app_name", "app_name"} & names
    filled = []
    for model in MODELS if two_models else MODELS[:1]:
        words = next((WORDS[name] for name in names if name in WORDS), ("",))
        for word in words:
            has_ids = any(
                kind == "int" or kind.startswith("own_") or name in ("pk", "object_id") for kind, name in places
            )
            # Where an address also names a model or a verb, the identifiers of pages and images are enough.
            for value in (ids if len(words) == 1 and not two_models else ids[:5]) if has_ids else ids[:1]:
                address = route
                for kind, name in places:
                    if name in ("app_label", "content_type_app_name", "app_name"):
                        with_this = model[0]
                    elif name in ("model_name", "content_type_model_name"):
                        with_this = model[1]
                    elif name in WORDS:
                        with_this = word
                    elif name in ("revision_id", "revision"):
                        with_this = str(revision)
                    else:
                        with_this = str(value)
                    address = re.sub(rf"<(?:{kind}:)?{name}>", with_this, address, count=1)
                filled.append(PREFIX + address)
    return list(dict.fromkeys(filled))


def questions(theirs: Commune) -> list[str]:
    """Return what an editor may ask with words and filters, aimed at another's things."""
    home, news, collection = theirs.home.pk, theirs.news.pk, theirs.website.collection_id
    asked = [
        f"pages/search/?q={ASKED}",
        f"pages/search/results/?q={ASKED}",
        f"pages/search/results/?q={ASKED}&ordering=title&content_type=websites.newspage",
        f"choose-page/search/?q={ASKED}",
        f"choose-page/search/?q={ASKED}&page_type=websites.newspage",
        "choose-page/?page_type=websites.newspage",
        "choose-page/?page_type=websites.homepage&multiple=1",
        f"choose-page/?target_pages[]={home}",
        f"choose-page/chosen-multiple/?id={news}&id={home}",
        f"choose-external-link/?link_url=http://{SECRET.lower()}.localhost:8000/",
        f"images/?q={ASKED}",
        f"images/results/?q={ASKED}",
        f"images/?collection_id={collection}",
        f"images/results/?collection_id={collection}&tag={ASKED}",
        f"images/chooser/?collection_id={collection}",
        f"images/chooser/results/?q={ASKED}",
        f"images/chooser/results/?collection_id={collection}",
        f"images/chooser/chosen-multiple/?id={theirs.image.pk}",
        # One of their own among them opens nothing.
        f"images/chooser/chosen-multiple/?id=7000001&id={theirs.image.pk}",
        f"images/chooser/?select_format=true&id={theirs.image.pk}",
        f"documents/?q={ASKED}",
        f"documents/results/?q={ASKED}&collection_id={collection}",
        f"documents/chooser/?collection_id={collection}",
        f"documents/chooser/results/?q={ASKED}",
        f"documents/chooser/chosen-multiple/?id={theirs.document.pk}",
        f"tag-autocomplete/?term={ASKED}",
        f"reports/site-history/?user={theirs.secretary.pk}",
        f"bulk/websites/communeimage/delete/?id={theirs.image.pk}",
        f"bulk/wagtailcore/page/delete/?id={news}",
        f"api/main/pages/?child_of={home}",
        f"api/main/images/?search={ASKED}",
        f"api/main/documents/{theirs.document.pk}/",
        f"pages/{home}/?site={theirs.website.site_id}&owner={theirs.secretary.pk}",
    ]
    return [PREFIX + question for question in asked]


def addresses(theirs: Commune) -> list[str]:
    """Return every address to try; a closed view is refused by its name: an identifier is enough for it."""
    ids, reachable = list(dict.fromkeys([*theirs.ids, 1])), OPENED | own_views()
    everything = [
        address
        for _, route, name in patterns()
        for address in fill(route, ids if name in reachable else ids[:1], theirs.revision_pk)
        if "failwhale" not in address  # Raises on purpose.
    ]
    # Whoever signs out is refused all that follows: it comes last.
    tried = dict.fromkeys(everything + questions(theirs))
    return sorted(tried, key=lambda address: address.endswith("/logout/"))


def whole(response) -> bytes:
    """Return the bytes of an answer; a file is read to its end, which closes it."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def seen(client: Client, address: str) -> str:
    """Return everything an answer says, where it redirects included."""
    response = client.get(address)
    return whole(response).decode(errors="replace") + response.headers.get("Location", "")


def state(commune: Commune) -> object:
    """Return all that could be changed of a commune."""
    home = commune.website.root_page
    with scopes_disabled():
        reviews = Review.objects.filter(website=commune.website)
        offers = list(ShareOffer.objects.filter(website=commune.website).values_list("pk", "answer", "left_at"))
        choices = list(SharingChoice.objects.filter(website=commune.website).values_list("pk", "policy"))
        brought = ImportedItem.objects.filter(of__website=commune.website).order_by("pk")
        imported = list(brought.values_list("pk", "title", "state", "is_chosen", "of__status", "page"))
    return (
        imported,
        list(
            Page.objects.filter(path__startswith=home.path)
            .order_by("pk")
            .values_list(
                "pk", "path", "title", "slug", "live", "locked", "latest_revision_id", "go_live_at", "numchild"
            )
        ),
        list(CommuneImage.objects.filter(collection=commune.website.collection).values_list("pk", "title", "file")),
        list(CommuneDocument.objects.filter(collection=commune.website.collection).values_list("pk", "title", "file")),
        list(commune.image.tags.values_list("name")),
        list(Site.objects.order_by("pk").values_list("pk", "hostname", "root_page_id")),
        list(Collection.objects.order_by("pk").values_list("pk", "name", "path")),
        list(get_user_model().objects.order_by("pk").values_list("pk", "name", "is_superuser", "is_active")),
        list(commune.website.exceptional_days.order_by("pk").values_list("pk", "removed_at", "reason")),
        list(commune.website.alerts.order_by("pk").values_list("pk", "withdrawn_at", "words")),
        list(
            Councillor.objects.filter(website=commune.website)
            .order_by("pk")
            .values_list("pk", "member__name", "position")
        ),
        list(commune.website.listing.order_by("pk").values_list("pk", "name", "activity", "removed_at")),
        list(reviews.order_by("pk").values_list("pk", "status", "asked_of", "answer")),
        offers,
        choices,
        [list(model.objects.order_by("pk").values_list("pk", "added_at")) for model in WASTE],
        list(commune.website.facts.openings.order_by("pk").values_list("pk", "day", "opens", "closes")),
    )


@pytest.mark.slow
def test_the_walk_of_a_superuser_finds_what_is_hidden(ours, theirs):
    boss = get_user_model().objects.create_superuser("technique@exemple.invalid", name="Technique")
    client = signed_in(boss)
    client.raise_request_exception = False
    named = [
        f"{PREFIX}pages/{theirs.home.pk}/edit/",
        f"{PREFIX}api/main/images/{theirs.image.pk}/",
        f"{PREFIX}api/main/documents/{theirs.document.pk}/",
        f"{PREFIX}api/main/pages/{theirs.home.pk}/",
    ]
    assert [address for address in named if SECRET not in seen(client, address)] == []
    # A scan that sees need not see everything twice: it ends once it found as many others.
    found = (address for address in addresses(theirs) if address not in named and SECRET in seen(client, address))
    assert len(list(islice(found, 36))) == 36


# Who serves both may see and do, acting for one, all that a person of this one may.
@pytest.mark.slow
@pytest.mark.parametrize("intruder", ["of both, acting for one"], indirect=True)
def test_nothing_of_another_commune_is_seen_at_any_address(intruder, theirs):
    leaks = [address for address in addresses(theirs) if SECRET in seen(intruder, address)]
    assert leaks == []


@pytest.mark.slow
@pytest.mark.parametrize("intruder", ["of both, acting for one"], indirect=True)
def test_no_post_at_any_address_changes_another_commune(intruder, theirs):
    # Filled: what an empty form does, one with too much in it does as well.
    data = {"title": "Forgé", "slug": "forge", "summary": "Forgé", "action-publish": "1", "new_title": "Forgé"}
    # Such a form breaks some of Wagtail's own views: what matters here is what is written and what is said.
    intruder.raise_request_exception = False
    # What the platform does by itself is done in its name.
    get_user_model().objects.system()
    before = state(theirs)
    users = get_user_model().objects.count()
    for address in addresses(theirs):
        if "logout" in address:
            continue
        # Forms are counted by address: beyond a number, nothing would be tried any more.
        cache.clear()
        answer = intruder.post(address, {**data, "collection": theirs.website.collection_id})
        assert answer.status_code != 429, address
        assert SECRET not in answer.content.decode(errors="replace"), address
    assert state(theirs) == before
    assert get_user_model().objects.count() == users


def test_every_name_the_guard_opens_exists():
    names = {name for _, _, name in patterns()}
    assert names >= OPENED


@pytest.mark.slow
def test_a_view_nobody_has_thought_about_is_closed(intruder, ours):
    """Whatever is not opened answers 404, with our own identifiers too."""
    for _, route, name in patterns():
        if (
            name in OPENED | own_views()
            or name in ("wagtailadmin_account", "wagtailadmin_login")
            or "failwhale" in route
        ):
            continue
        for address in fill(route, [ours.news.pk], ours.revision_pk):
            assert intruder.get(address).status_code == 404, (name, address)


# --- Files, on every host --------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.both
def test_files_are_served_by_their_own_site_only(ours, theirs, intruder):
    rendition = theirs.image.get_rendition("max-20x20")
    own = ours.image.get_rendition("max-20x20")
    visitor = Client()

    def status(client: Client, path: str, host: str = "localhost") -> int:
        response = client.get(path, headers={"host": host})
        whole(response)
        return response.status_code

    for commune in (ours, theirs):
        commune.news.body = [("file", {"document": commune.document, "title": ""})]
        commune.news.save_revision().publish()
    host, other = ours.website.host, theirs.website.host
    assert status(visitor, f"/media/{own.file.name}", host) == 200
    assert status(visitor, f"/media/{rendition.file.name}", other) == 200
    assert status(visitor, ours.document.url, host) == 200
    refused = [
        (visitor, host, f"/media/{rendition.file.name}"),
        (visitor, host, f"/media/sites/prisches/images/../../../{rendition.file.name}"),
        (visitor, host, f"/media/{ours.image.file.name}"),
        (visitor, host, theirs.document.url),
        (visitor, "localhost", f"/media/{own.file.name}"),
        (visitor, "localhost", ours.document.url),
        (intruder, "localhost", f"/media/{theirs.image.file.name}"),
        (intruder, "localhost", f"/media/{rendition.file.name}"),
        (intruder, "localhost", theirs.document.url),
    ]
    for client, at, path in refused:
        assert status(client, path, at) == 404, (at, path)
    assert status(intruder, f"/media/{ours.image.file.name}") == 200
    assert status(intruder, ours.document.url) == 200


@pytest.mark.parametrize(("kind", "rule"), [("wagtailimages", "image"), ("wagtaildocs", "document"), ("pages", "page")])
@pytest.mark.parametrize(
    ("chosen", "is_open"), [("id=1", True), ("id=1&id=2", True), ("id=1&id=9", False), ("id=9", False)]
)
def test_of_several_chosen_each_is_of_the_site(monkeypatch, kind, rule, chosen, is_open):
    monkeypatch.setattr(guard, f"is_own_{rule}", lambda website, value: value in {"1", "2"})
    request = RequestFactory().get(f"/?{chosen}")
    said = guard._why_not_wagtail(f"{kind}_chooser:chosen_multiple", resolve("/"), request, None)
    assert (said is None) is is_open
