"""A former site read by its own map, page by page: what it lists, then what each page says."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from socle.site_import import addresses, bounds, trees
from socle.site_import.bodies import summary_of
from socle.site_import.fetching import Answer, NotRead, Site
from socle.site_import.findings import NotReadable, Thing, day_in, plain, shortened, title_of
from socle.site_import.models import Nature

MAPS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
# Lists and feeds, that our own pages make by themselves; nothing that a person wrote.
LISTS = re.compile(
    r"/(?:page|tag|tags|category|categorie|categories|author|auteur|feed|wp-json|wp-admin|wp-login\.php|xmlrpc\.php)"
    r"(?:/|$)",
    re.IGNORECASE,
)
NEWS = re.compile(
    r"/(?:actualites?|actus?|news|blog|infos?|evenements?|article|articles)/[^/]+|/20\d\d/\d\d?/[^/]+", re.I
)
MAIN = (
    ".//*[contains(concat(' ', @class, ' '), ' entry-content ')]",
    ".//*[contains(concat(' ', @class, ' '), ' post-content ')]",
    ".//article",
    ".//main",
    ".//*[@role='main']",
    ".//*[@id='content' or @id='contenu' or @id='main']",
)
AROUND = {"header", "footer", "nav", "aside", "form", "script", "style", "noscript", "template", "iframe"}
NAMED_AROUND = re.compile(
    r"\b(?:nav|navbar|menu|footer|header|sidebar|breadcrumb|fil-ariane|cookie|share|partage|comments?|pagination)\b",
    re.IGNORECASE,
)


@dataclass
class Listing:
    """Pages that the map of a site lists; without a map, the home, from which links are followed."""

    addresses: list[str] = field(default_factory=list)
    has_map: bool = False
    remarks: list[str] = field(default_factory=list)


def listing_of(site: Site) -> Listing:
    """Read the maps of a site, those they list included, each once. Raises NotRead when the site does not answer."""
    site.read_robots()
    assert site.robots is not None
    told = [address for address in site.robots.site_maps() or [] if site.is_own(address)]
    waiting = deque(told or [f"https://{site.place}{path}" for path in MAPS])
    seen: set[str] = set()
    found: dict[str, None] = {}
    listing = Listing()
    while waiting and len(seen) < bounds.MOST_SITEMAPS and len(found) <= bounds.MOST_PAGES:
        key = addresses.key_of(waiting.popleft())
        if not key or key in seen or not site.is_own(key):
            continue
        seen.add(key)
        try:
            root = trees.root_of(site.get(key, limit=bounds.MOST_MAP).body, what="une carte de site")
        except (NotRead, NotReadable):
            continue
        places = [addresses.key_of(plain(trees.text_of(one))) for one in root.iter() if trees.local(one) == "loc"]
        if trees.local(root) == "sitemapindex":
            waiting += places
        else:
            found.update(dict.fromkeys(place for place in places if is_page(place, site)))
        listing.has_map = True
        if not told and found:
            waiting = deque(place for place in waiting if place not in {f"https://{site.place}{p}" for p in MAPS})
    home = addresses.key_of(f"https://{site.place}/")
    listing.addresses = list(found)[: bounds.MOST_PAGES] if found else [home]
    listing.has_map = bool(found)
    if len(found) > bounds.MOST_PAGES:
        listing.remarks.append(
            f"Le plan de l’ancien site donne plus de {bounds.MOST_PAGES} adresses\u00a0: les premières sont lues."
        )
    if not found:
        listing.remarks.append("L’ancien site n’a pas de plan (sitemap.xml)\u00a0: il est lu de lien en lien.")
    return listing


def is_page(key: str, site: Site) -> bool:
    """Say whether an address may be that of a page someone wrote on this site."""
    return bool(key) and site.is_own(key) and addresses.nature_of_file(key) is None and not LISTS.search(key)


@dataclass
class Read:
    """Result of reading one page: itself, and the pages to which it leads."""

    thing: Thing
    links: list[str] = field(default_factory=list)


def page_at(key: str, site: Site, *, on: date) -> Read:
    """Read one page. Raises NotRead."""
    answer = site.get(key, limit=bounds.MOST_PAGE)
    if not answer.content_type.startswith(("text/html", "application/xhtml")) and answer.content_type:
        raise NotRead("Ce n’est pas une page\u00a0: elle n’est pas reprise.")
    return _read(key, answer, site, on=on)


def _read(key: str, answer: Answer, site: Site, *, on: date) -> Read:
    root = trees.page_of(trees.decoded(answer.body, answer.content_type))
    if root is None:
        raise NotRead("Cette page est vide.")
    links = _links(root, answer.address, site)
    metas = _metas(root)
    day = _day(root, metas, on=on)
    kind = metas.get("og:type", "")
    is_news = day is not None and (kind == "article" or "article:published_time" in metas)
    nature = Nature.NEWS if is_news or NEWS.search(key) else Nature.PAGE
    heading = next((words for element in root.iter("h1") if (words := plain(trees.text_of(element)))), "")
    written = heading or metas.get("og:title", "") or _title(root)
    main = _main(root)
    content = trees.written(main)
    title, is_written = title_of(written, content)
    thing = Thing(nature, key, title=title, content=content[: bounds.MOST_TEXT], published_on=day)
    thing.summary = shortened(metas.get("description", "") or summary_of(content))
    image = addresses.key_of(metas.get("og:image", ""), answer.address)
    if nature == Nature.NEWS and site.is_own(image) and addresses.nature_of_file(image) == Nature.IMAGE:
        thing.picture_source = addresses.original_of(image)
    if len(plain(content)) < 20 and not list(main.iter("img")):
        return Read(thing.leave("Rien n’y est écrit, hors du menu."), links)
    if key == addresses.key_of(f"https://{site.place}/"):
        return Read(thing.leave("C’est l’accueil de l’ancien site\u00a0: le vôtre en a déjà un."), links)
    if not is_written:
        thing.notes.append("Sans titre dans l’ancien site\u00a0: à nommer.")
    if nature == Nature.NEWS and day is None:
        thing.notes.append("Sans date lisible\u00a0: elle portera celle de l’import.")
    return Read(thing, links)


def _links(root: Any, base: str, site: Site) -> list[str]:
    found = (addresses.key_of(element.get("href") or "", base) for element in root.iter("a"))
    return [key for key in dict.fromkeys(found) if is_page(key, site)]


def _metas(root: Any) -> dict[str, str]:
    metas: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or "").lower()
        if name and element.get("content"):
            metas.setdefault(name, plain(element.get("content")))
    return metas


def _title(root: Any) -> str:
    """Return what the window is called: the name of the site comes after a bar, or a dash."""
    element = next(root.iter("title"), None)
    return re.split(r"\s[|–—»-]\s", plain(trees.text_of(element)))[0]


def _day(root: Any, metas: dict[str, str], *, on: date) -> date | None:
    written = [metas.get("article:published_time", ""), metas.get("date", "")]
    written += [element.get("datetime") or "" for element in list(root.iter("time"))[:3]]
    return next((day for text in written if (day := day_in(text, on=on))), None)


def _main(root: Any) -> Any:
    """Return the part of a page that is its own: what the site repeats on each of them is taken out."""
    body = root.find("body")
    body = root if body is None else body
    for path in MAIN:
        found = [element for element in body.xpath(path) if len(plain(trees.text_of(element))) > 20]
        if len(found) == 1:
            body = found[0]
            break
    for element in list(body.iter()):
        if not isinstance(element.tag, str) or element is body:
            continue
        named = f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
        is_title = element.tag == "h1"
        if (
            is_title
            or element.tag in AROUND
            or (NAMED_AROUND.search(named) and element.tag in ("div", "ul", "section"))
        ):
            element.drop_tree()
    return body
