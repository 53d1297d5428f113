"""The export of a WordPress site (WXR): its news, its pages, its library. Never its authors, nor its comments."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from socle.lib.text import whole
from socle.site_import import addresses, bounds, trees
from socle.site_import.bodies import summary_of
from socle.site_import.findings import NotReadable, Thing, day_in, plain, shortened, title_of
from socle.site_import.models import Nature

WHAT = "le fichier d’export de WordPress («\u00a0Outils\u00a0», «\u00a0Exporter\u00a0»)"
NATURES = {"post": Nature.NEWS, "page": Nature.PAGE}
# Of the making of the site, and of no one's reading.
SILENT = {
    "nav_menu_item", "revision", "custom_css", "customize_changeset", "wp_template", "wp_template_part", "wp_block",
    "wp_global_styles", "wp_navigation", "oembed_cache", "user_request", "wp_font_family", "wp_font_face",
}  # fmt: skip
STATES = {
    "draft": "c’est un brouillon",
    "pending": "elle attendait une relecture",
    "private": "elle est privée",
    "future": "sa parution est à venir",
    "trash": "elle est à la corbeille",
    "auto-draft": "c’est un brouillon",
}
BLOCK_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
CAPTION = re.compile(r"\[caption\b[^\]]{0,500}\](.*?)\[/caption\]", re.DOTALL | re.IGNORECASE)
SHORTCODE = re.compile(r"\[/?([a-z][a-z0-9_-]{2,40})(\s[^\]\[]{0,1000})?/?\]", re.IGNORECASE)
SHORTCODE_END = re.compile(r"\[/([a-z][a-z0-9_-]{2,40})\]", re.IGNORECASE)
# Those of WordPress itself. A word alone between brackets is else what a person wrote: « [complet] ».
OWN_SHORTCODES = {"audio", "caption", "embed", "gallery", "playlist", "video"}
# A block written once and shown on several pages: its words are elsewhere in the export.
REUSED = '<!-- wp:block {"ref":'
# An address alone is shown by WordPress as what it leads to: a video, a map.
EMBED = re.compile(r"(wp-block-embed__wrapper\">)\s*(https?://[^\s<>\"]{1,490})\s*</div>")
ALONE = re.compile(r"(?m)^[ \t]*(https?://[^\s<>\"\[\]]{1,490})[ \t]*$")
BLOCK_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|table|thead|tbody|tr|td|th|blockquote|figure|pre|section|hr)\b", re.I
)


@dataclass
class Export:
    """Content of an export: the address of the site, what was found, and what else is to be said."""

    address: str = ""
    things: list[Thing] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class _Library:
    """Relations between posts and attachments, by their numbers in the former site."""

    address_of: dict[str, str] = field(default_factory=dict)
    parent_of: dict[str, str] = field(default_factory=dict)
    thumbnail_of: dict[str, str] = field(default_factory=dict)


def read(file: IO[bytes], *, on: date) -> Export:
    """Read an export from its first byte. Raises NotReadable."""
    export, library = Export(), _Library()
    others: Counter[str] = Counter()
    comments = 0
    sorted_by: set[str] = set()
    is_wordpress = False
    for element in trees.elements(file, names=("item", "base_blog_url", "wxr_version"), what=WHAT):
        name = trees.local(element)
        if name == "base_blog_url":
            export.address = addresses.whole_of(plain(trees.text_of(element)))
        if name != "item":
            is_wordpress = True
            continue
        told = _told(element)
        comments += told.pop("comments", 0)
        sorted_by |= told.pop("sorted_by", set())
        kind = told.get("post_type", "")
        is_wordpress = is_wordpress or bool(kind)
        if len(export.things) >= bounds.MOST_ITEMS:
            others["beyond"] += 1
        elif kind == "attachment":
            export.things += _attachment(told, library, base=export.address)
        elif kind in NATURES:
            export.things.append(_post(told, library, base=export.address, on=on))
        elif kind not in SILENT:
            others[kind or "sans type"] += 1
    if not is_wordpress:
        raise NotReadable(f"Ce fichier n’est pas {WHAT}\u00a0: refaites l’export, puis déposez-le ici.")
    _tie(export.things, library)
    export.remarks = list(_remarks(others, comments, len(sorted_by)))
    return export


def _told(item: Any) -> dict[str, Any]:
    """Return what an item says, by the local names of its elements; its metas by theirs."""
    told: dict[str, Any] = {"comments": 0, "meta": {}, "sorted_by": set()}
    for child in item:
        name = trees.local(child)
        if name == "comment":
            told["comments"] += 1
        elif name == "postmeta":
            parts = {trees.local(part): trees.text_of(part) for part in child}
            told["meta"].setdefault(parts.get("meta_key", ""), parts.get("meta_value", ""))
        elif name == "encoded":
            # Two elements bear this name: the text, then the excerpt, told apart by their namespaces.
            told["excerpt" if "excerpt" in str(child.tag) else "content"] = trees.text_of(child)
        elif name == "category":
            # Of a menu, or of the making of the site: not what a person sorts by.
            if child.get("domain") in ("category", "post_tag"):
                told["sorted_by"].add(trees.text_of(child))
        else:
            told.setdefault(name, trees.text_of(child))
    return told


def _address(told: dict[str, Any], base: str) -> str:
    link = addresses.key_of(plain(told.get("link", "")), base)
    number = whole(plain(told.get("post_id", "")))
    return link or (addresses.key_of(f"/?p={number}", base) if number is not None and base else "")


def _post(told: dict[str, Any], library: _Library, *, base: str, on: date) -> Thing:
    nature = NATURES[told["post_type"]]
    source = _address(told, base)
    content = prepared(str(told.get("content", "")))
    title, is_written = title_of(str(told.get("title", "")), content)
    day = next(
        (day for name in ("post_date", "post_date_gmt", "pubDate") if (day := day_in(told.get(name, ""), on=on))), None
    )
    thing = Thing(nature, source, title=title, content=content[: bounds.MOST_TEXT], published_on=day)
    thing.summary = shortened(str(told.get("excerpt", "")) or summary_of(content))
    number = plain(told.get("post_id", ""))
    if number and source:
        library.address_of[number] = source
    library.parent_of[source] = plain(told.get("post_parent", ""))
    library.thumbnail_of[source] = plain(told["meta"].get("_thumbnail_id", ""))
    status = plain(told.get("status", "publish"))
    if not source:
        return thing.leave("Elle n’a pas d’adresse dans l’export.")
    if status != "publish":
        return thing.leave(f"Pas reprise\u00a0: {STATES.get(status, 'elle n’est pas publiée')} dans l’ancien site.")
    if plain(told.get("post_password", "")):
        return thing.leave("Pas reprise\u00a0: elle est protégée par un mot de passe.")
    if not is_written:
        thing.notes.append("Sans titre dans l’ancien site\u00a0: à nommer.")
    if len(content) > bounds.MOST_TEXT:
        thing.notes.append("Texte très long\u00a0: sa fin n’est pas reprise.")
    written = str(told.get("content", ""))
    closed = _closed(written)
    if any(_is_shortcode(found, closed) for found in SHORTCODE.finditer(CAPTION.sub("", written))):
        thing.notes.append("Un élément d’une extension WordPress (galerie, formulaire…) n’est pas repris.")
    if REUSED in written:
        thing.notes.append("Un bloc commun à plusieurs pages n’est pas repris\u00a0: recopiez-le.")
    if EMBED.search(written) or ALONE.search(written):
        thing.notes.append("Une vidéo, une carte ou un cadre d’un autre site est devenu un lien.")
    if day is None and nature == Nature.NEWS:
        thing.notes.append("Sans date lisible\u00a0: elle portera celle de l’import.")
    return thing


def _attachment(told: dict[str, Any], library: _Library, *, base: str) -> Iterator[Thing]:
    written = plain(told.get("attachment_url", "")) or plain(told.get("guid", ""))
    source = addresses.key_of(written, base)
    number = plain(told.get("post_id", ""))
    if not source:
        return
    library.address_of[number] = source
    nature = addresses.nature_of_file(source)
    title = title_of(str(told.get("title", "")))[0]
    if nature is None:
        yield Thing(Nature.DOCUMENT, source, title=title).leave("Ce type de fichier n’est pas repris.")
        return
    alternative = plain(told["meta"].get("_wp_attachment_image_alt", ""))[:200]
    yield Thing(nature, source, title=title, alternative=alternative)


def _tie(things: list[Thing], library: _Library) -> None:
    """Say of each page under which one it is, and of each news item which image it shows."""
    for thing in things:
        parent = library.address_of.get(library.parent_of.get(thing.source, ""), "")
        if thing.nature == Nature.PAGE and parent != thing.source:
            thing.parent_source = parent
        picture = library.address_of.get(library.thumbnail_of.get(thing.source, ""), "")
        if picture and addresses.nature_of_file(picture) == Nature.IMAGE:
            thing.picture_source = picture


def _remarks(others: Counter[str], comments: int, sorted_by: int) -> Iterator[str]:
    beyond = others.pop("beyond", 0)
    if beyond:
        yield (
            f"L’export contient plus de {bounds.MOST_ITEMS} éléments\u00a0: {beyond} ne sont pas repris. Exportez "
            "plutôt par période."
        )
    if comments:
        yield f"Commentaires non repris\u00a0: {comments}."
    if sorted_by:
        yield f"Catégories et étiquettes non reprises\u00a0: {sorted_by}."
    if others:
        names = ", ".join(f"{plain(name)[:30]} ({count})" for name, count in others.most_common(6))
        yield f"Contenus d’extensions non repris\u00a0: {names}."


def prepared(content: str) -> str:
    """Return the text of a post as HTML: without the marks of the editor's blocks, its blank lines made paragraphs."""
    is_blocks = "<!-- wp:" in content
    text = BLOCK_COMMENT.sub("", content)
    text = CAPTION.sub(_figure, text)
    closed = _closed(content)
    text = SHORTCODE.sub(lambda found: "" if _is_shortcode(found, closed) else found[0], text)
    text = EMBED.sub(r'\1<p><a href="\2">\2</a></p></div>', text)
    text = ALONE.sub(r'<p><a href="\1">\1</a></p>' if is_blocks else r'<a href="\1">\1</a>', text)
    if is_blocks or re.search(r"<p[\s>]", text, re.IGNORECASE):
        return text
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(
        part if BLOCK_TAG.search(part) else "<p>" + part.strip().replace("\n", "<br>") + "</p>"
        for part in paragraphs
        if part.strip()
    )


def _closed(content: str) -> set[str]:
    """Return the names between brackets that have an end: « [accordeon]…[/accordeon] »."""
    return {name.lower() for name in SHORTCODE_END.findall(content)}


def _is_shortcode(found: re.Match[str], closed: set[str]) -> bool:
    """Say whether what is between brackets is a mark of an extension: it has values, an end, or a name no word has."""
    name, rest = found[1].lower(), found[2] or ""
    return name in OWN_SHORTCODES or "=" in rest or bool(re.search(r"[0-9_-]", name)) or (not rest and name in closed)


def _figure(found: re.Match[str]) -> str:
    inside = found[1]
    image, end, words = inside.partition(">") if inside.lstrip().lower().startswith("<img") else _after_link(inside)
    return f"<figure>{image}{end}<figcaption>{words}</figcaption></figure>"


def _after_link(inside: str) -> tuple[str, str, str]:
    image, end, words = inside.partition("</a>")
    return (image, end, words) if end else (inside, "", "")
