"""A feed, RSS or Atom: the latest news of a former site."""

from __future__ import annotations

from datetime import date
from typing import Any

from socle.site_import import addresses, bounds, trees
from socle.site_import.bodies import summary_of
from socle.site_import.findings import NotReadable, Thing, day_in, plain, shortened, title_of
from socle.site_import.models import Nature

WHAT = "un fil RSS ou Atom"
DATES = ("pubDate", "published", "date", "updated")


def read(content: bytes, *, base: str, on: date) -> list[Thing]:
    """Return the news of a feed read at `base`, in its order. Raises NotReadable."""
    root = trees.root_of(content, what=WHAT)
    if trees.local(root).lower() not in ("rss", "feed", "rdf"):
        raise NotReadable(
            f"Cette adresse ne donne pas {WHAT}\u00a0: cherchez sur l’ancien site l’adresse qui finit par /feed/, "
            "/rss ou .xml."
        )
    entries = [element for element in root.iter() if trees.local(element) in ("item", "entry")]
    return [_thing(entry, base=base, on=on) for entry in entries[: bounds.MOST_ITEMS]]


def _thing(entry: Any, *, base: str, on: date) -> Thing:
    told: dict[str, str] = {}
    link = picture = ""
    for child in entry:
        name = trees.local(child)
        if name == "link":
            # RSS writes it inside, Atom in an attribute, with what it leads to.
            if child.get("rel", "alternate") == "alternate":
                link = link or (child.get("href") or trees.text_of(child))
            elif child.get("rel") == "enclosure" and (child.get("type") or "").startswith("image/"):
                picture = child.get("href") or ""
        elif name == "enclosure" and (child.get("type") or "").startswith("image/"):
            picture = child.get("url") or ""
        elif name:
            told.setdefault(name, _markup(child))
    source = addresses.key_of(plain(link), base) or addresses.key_of(plain(told.get("guid", told.get("id", ""))), base)
    content = told.get("encoded") or told.get("content") or told.get("description") or told.get("summary") or ""
    title, is_written = title_of(told.get("title", ""), content)
    day = next((day for name in DATES if (day := day_in(plain(told.get(name, "")), on=on))), None)
    thing = Thing(Nature.NEWS, source, title=title, content=content[: bounds.MOST_TEXT], published_on=day)
    thing.summary = shortened(summary_of(told.get("description") or told.get("summary") or content))
    image = addresses.key_of(picture, base)
    if image and addresses.nature_of_file(image) == Nature.IMAGE:
        thing.picture_source = image
    if not source:
        return thing.leave("Elle n’a pas d’adresse dans le fil.")
    if not is_written:
        thing.notes.append("Sans titre dans l’ancien site\u00a0: à nommer.")
    if day is None:
        thing.notes.append("Sans date lisible\u00a0: elle portera celle de l’import.")
    if "encoded" not in told and "content" not in told:
        thing.notes.append("Le fil n’en donne peut-être que le début.")
    return thing


def _markup(element: Any) -> str:
    """Return what an element holds as HTML: escaped text, or (Atom, « xhtml ») elements."""
    if element.get("type") == "xhtml" and len(element):
        return "".join(trees.written(child) for child in element)
    return trees.text_of(element)
