"""Reading what anybody may hand over as a former site: exports, maps, pages, and what is made of their HTML."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.site_import import addresses, bodies, bounds, crawling, trees, wordpress
from socle.site_import.fetching import NotRead, Site
from socle.site_import.findings import NotReadable, day_in, title_of
from socle.site_import.models import ItemState, Nature
from tests.site_import.former_site import export, furnish, item, page, served

ON = date(2026, 11, 25)
AT = "https://vieux-bourg.invalid"


def read(content: bytes) -> wordpress.Export:
    return wordpress.read(io.BytesIO(content), on=ON)


class Known:
    """What a few old addresses became."""

    def __init__(self) -> None:
        self.pages = {f"{AT}/ecole/": 7}
        self.images = {f"{AT}/place.jpg": 9}

    def link(self, address: str) -> str:
        number = self.pages.get(address)
        return f'linktype="page" id="{number}"' if number else bodies.external(address)

    def picture(self, address: str) -> int | None:
        return self.images.get(address)


def body(content: str) -> bodies.Body:
    return bodies.body_of(content, f"{AT}/page/", Known())


def text(content: str) -> str:
    return "".join(str(block["value"]) for block in body(content).blocks if block["type"] == "text")


# --- An export -------------------------------------------------------------------------------------------------------
def test_an_export_gives_its_news_its_pages_and_its_library_and_never_its_people():
    found = read(export(AT))
    by_title = {thing.title: thing for thing in found.things}
    assert found.address == f"{AT}/"
    market = by_title["Le marché revient"]
    assert (market.nature, market.published_on) == (Nature.NEWS, date(2021, 3, 4))
    assert market.summary == "Chaque samedi, sur la place."
    assert market.picture_source == f"{AT}/uploads/bal.jpg"
    assert by_title["Vœux & galette"].published_on == date(2012, 1, 6)
    assert by_title["L’école"].parent_source == f"{AT}/la-commune/"
    assert by_title["place"].alternative == "La place du village"
    assert by_title["Plan de la commune"].nature == Nature.DOCUMENT
    assert by_title["À paraître"].state == ItemState.LEFT
    assert "brouillon" in by_title["À paraître"].notes[0]
    assert "Menu" not in by_title
    assert "Un événement d’extension" not in by_title
    assert any("Commentaires non repris\u00a0: 1" in remark for remark in found.remarks)
    assert any("tribe_events (1)" in remark for remark in found.remarks)
    assert "dominique" not in repr(found)
    assert "voisine" not in repr(found)
    classic = by_title["Vœux & galette"]
    assert "<p>Premier paragraphe, avec un<br>retour à la ligne.</p>" in classic.content
    assert "gallery" not in classic.content
    assert "<figcaption> Le bal</figcaption>" in classic.content
    assert any("extension WordPress" in note for note in classic.notes)


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><rss><channel><item><title>&j;</title></item></channel></rss>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b"<rss><channel><item><title>&x;</title></item></channel></rss>"
)
NOT_EXPORTS = {
    "billion laughs": (LAUGHS, "DOCTYPE"),
    "an external entity": (OUTSIDE, "DOCTYPE"),
    "an external entity in UTF-16": (OUTSIDE.decode().encode("utf-16"), "DOCTYPE"),
    "an external definition": (b'<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss/>', "DOCTYPE"),
    "nothing": (b"", "pas du XML"),
    "zeros": (b"\0" * 1_000_000, "pas du XML"),
    "an archive": (b"PK\x03\x04" + b"\0" * 100, "pas du XML"),
    "a page": (b"<html><body>Bonjour</body></html>", "n’est pas le fichier d’export"),
    "a feed": (b"<rss><channel><item><title>x</title></item></channel></rss>", "n’est pas le fichier d’export"),
    "noise": (bytes(range(256)) * 50, "pas du XML"),
}


@pytest.mark.parametrize("name", NOT_EXPORTS)
def test_what_is_not_an_export_is_refused_with_a_sentence(name):
    content, reason = NOT_EXPORTS[name]
    with pytest.raises(NotReadable) as refusal:
        read(content)
    assert reason in refusal.value.sentence


def test_a_definition_hidden_far_from_the_start_is_refused_too():
    padding = b"<!-- " + b"x" * (trees.LOOKED_AT + 10) + b" -->"
    with pytest.raises(NotReadable, match="DOCTYPE"):
        read(b'<?xml version="1.0"?>' + padding + OUTSIDE.removeprefix(b'<?xml version="1.0"?>'))


def test_a_damaged_export_gives_what_can_be_read():
    whole = export(AT)
    assert len(read(whole[: len(whole) // 2]).things) >= 2
    broken = whole.replace("Le marché".encode(), b"Le march\xe9 \x01\x0b", 1)
    assert any(thing.source.endswith("/le-marche-revient/") for thing in read(broken).things)
    for depth, is_read in ((200, True), (5000, False)):
        deep = item(AT, 99, "post", title="Profonde", path="/profonde/", content="<div>" * depth + "au fond")
        thing = next(thing for thing in read(export(AT, more=deep)).things if thing.title == "Profonde")
        # Beyond the depth that its reader takes, a page is read without what is deeper; nothing fails.
        assert ("au fond" in text(thing.content)) is is_read
    nested = export(AT).replace(b"<channel>", b"<channel>" + b"<a>" * 2000, 1)
    with pytest.raises(NotReadable):
        read(nested)


@pytest.mark.slow
def test_ten_thousand_items_are_read_up_to_the_bound_and_the_rest_is_said():
    more = "".join(
        item(AT, 1000 + rank, "post", title=f"Actualité {rank}", path=f"/n/{rank}/") for rank in range(10_000)
    )
    found = read(export(AT, more=more))
    assert len(found.things) == bounds.MOST_ITEMS
    assert any("5008 ne sont pas repris" in remark.replace("\u202f", "") for remark in found.remarks)


def test_strange_titles_and_dates_get_something_a_person_can_read():
    more = item(AT, 50, "post", title="", path="/a/", content="<p>Les travaux de la rue haute commencent lundi.</p>")
    more += item(AT, 51, "post", title="*** !!! ***", path="/b/", content="")
    more += item(AT, 52, "post", title="Hier", path="/c/", day="0000-00-00 00:00:00")
    more += item(AT, 53, "post", title="Loin", path="/d/", day="9999-12-31 00:00:00")
    more += item(AT, 54, "post", title="<b onclick='x()'>Gras</b> &lt;script&gt;", path="/e/")
    more += item(AT, 55, "post", title="Long " * 200, path="/f/")
    by_path = {thing.source.removeprefix(AT): thing for thing in read(export(AT, more=more)).things}
    assert by_path["/a/"].title == "Les travaux de la rue haute commencent…"
    assert "à nommer" in by_path["/a/"].notes[0]
    assert by_path["/b/"].title == "Sans titre"
    assert by_path["/c/"].published_on is None
    assert by_path["/d/"].published_on is None
    assert "Sans date lisible" in by_path["/c/"].notes[0]
    assert by_path["/e/"].title == "Gras <script>"
    assert len(by_path["/f/"].title) == 255


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2021-03-04T09:30:00+01:00", date(2021, 3, 4)),
        ("Thu, 04 Mar 2021 23:30:00 +0000", date(2021, 3, 5)),
        ("0000-00-00 00:00:00", None),
        ("0001-01-01", None),
        ("2021-02-30", None),
        ("2027-01-01", None),
        ("hier", None),
        ("", None),
        ("Thu, 04 Mar 99999 23:30:00 +9999", None),
    ],
)
def test_a_day_is_one_that_existed(written, day):
    assert day_in(written, on=ON) == day


# --- HTML ------------------------------------------------------------------------------------------------------------
def test_a_text_becomes_titles_paragraphs_lists_and_pictures():
    made = body(
        "<h2>Les écoles</h2>avant<p>Une <strong>école</strong> &amp; <em>deux</em><br>classes.</p><h4>Horaires</h4>"
        "<ul><li>lundi<ol><li>matin</li></ol></li><li><b></b></li></ul>"
        "<p>fin <a href='/ecole/'>là <img src='/place-1024x768.jpg' alt='La place'></a> encore</p>"
    )
    assert [block["type"] for block in made.blocks] == ["title", "text", "picture", "text"]
    assert made.blocks[0]["value"] == {"text": "Les écoles"}
    assert made.blocks[1]["value"] == (
        "<p>avant</p><p>Une <b>école</b> &amp; <i>deux</i><br/>classes.</p><h3>Horaires</h3>"
        '<ul><li>lundi<ol><li>matin</li></ol></li></ul><p>fin <a linktype="page" id="7">là </a></p>'
    )
    assert made.blocks[2]["value"]["image"] == 9
    assert made.blocks[2]["value"]["alternative"] == "La place"
    assert made.notes == []


def test_a_table_becomes_a_list_and_a_frame_is_said_to_be_left():
    made = body(
        "<table><tr><th>Jour</th><th>Heure</th></tr><tr><td>Lundi</td><td>9 h</td></tr><tr><td></td></tr></table>"
        "<iframe src='https://carte.invalid/'></iframe><img src='/place.jpg'>"
    )
    assert made.blocks[0]["value"] == "<ul><li>Jour\u00a0: Lundi\u00a0; Heure\u00a0: 9 h</li></ul>"
    assert made.notes == [bodies.TABLED, bodies.EMBEDDED, bodies.MUTE]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>lien</a>",
    "<a href=' java\tscript:alert(1)'>lien</a>",
    "<a href='JaVaScRiPt&#58;alert(1)'>lien</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>lien</a>",
    "<a href='vbscript:x'>lien</a>",
    "<a href='https://x.invalid/\"onmouseover=\"alert(1)'>lien</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>lien</a></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<p style='background:url(javascript:alert(1))' onclick='alert(1)'>texte</p>",
    "<object data=x><embed src=x></object>",
    "<math><mtext></mtext><script>alert(1)</script></math>",
    "<style>@import 'x'</style>",
    "<form action='/x'><input value=alert(1)><button>ok</button></form>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<!--><script>alert(1)</script>-->",
    "<base href='https://mal.invalid/'><a href='/ecole/'>lien</a>",
    "\0<scr\0ipt>alert(1)</scr\0ipt>",
    "<a href='mailto:x@y.fr?body=<script>'>lien</a>",
    "<a href='https://moi:secret@x.invalid/'>lien</a>",
]
KEPT = ("<p>", "</p>", "<b>", "</b>", "<i>", "</i>", "<br/>", "<h3>", "</h3>", "<ul>", "</ul>", "<ol>", "</ol>")


def only_ours(made: bodies.Body) -> bool:
    """Say whether nothing but our own tags is in the texts of a body."""
    import re

    for block in made.blocks:
        if block["type"] != "text":
            continue
        for tag in re.findall(r"<[^>]*>?", str(block["value"])):
            if tag in (*KEPT, "<li>", "</li>", "</a>"):
                continue
            good = r'<a (?:linktype="page" id="\d+"|href="(?:https?://|mailto:|tel:)[^"<>\s]*")>'
            if not re.fullmatch(good, tag):
                return False
    return True


@pytest.mark.parametrize("content", HOSTILE)
def test_nothing_that_runs_comes_through(content):
    made = body(f"<p>Avant</p>{content}<p>Après</p>")
    assert only_ours(made), made.blocks
    written = str(made.blocks)
    for word in ("javascript:", "onerror", "onload=", "onclick", "<script", "data:", "mal.invalid", "secret"):
        assert word not in written.lower().replace("&lt;script", ""), written
    assert "Avant" in written


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<b>", "</b>", "<a href='/x'>", "</a>", "<ul>", "<li>", "</ul>", "<table>", "<tr>", "<td>",
             "<h2>", "</h2>", "<img src='/place.jpg'>", "<br>", "<figure>", "<figcaption>", "mot ", "&lt;", "<", "é",
             "<script>", "</script>", "\x00", "\ud800", "<div onclick=x>"]
        ),
        max_size=40,
    )
)  # fmt: skip
@pytest.mark.slow
def test_whatever_the_html_only_our_tags_are_written(parts):
    assert only_ours(body("".join(parts)))


def test_a_title_is_made_of_words():
    assert title_of("&nbsp;—", "<p>Un texte assez long pour qu’on en tire de quoi nommer la page tout de même</p>") == (
        "Un texte assez long pour qu’on en tire de quoi nommer la page tout de…",
        False,
    )


@pytest.mark.parametrize("content", [LAUGHS, OUTSIDE, b"", b"{}", b"\0" * 4096])
def test_what_is_not_a_map_is_refused(content):
    with pytest.raises(NotReadable):
        trees.root_of(content, what="une carte de site")


# --- A site ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def former(settings, monkeypatch):
    settings.OUTGOING_HTTP, settings.OUTGOING_INTERNAL = True, ["127.0.0.1/32"]
    monkeypatch.setattr(bounds, "DELAY", 0.0)
    with served() as running:
        furnish(running)
        yield running


def test_a_site_is_read_by_its_map_and_what_it_repeats_is_left(former):
    site = Site(former.address)
    listing = crawling.listing_of(site)
    assert listing.has_map
    key = addresses.key_of(former.address)
    assert [one.removeprefix(key) for one in listing.addresses] == [
        "",
        "vie/",
        "2019/05/fete-du-village/",
        "prive/",
        "perdue/",
    ]
    read_page = crawling.page_at(f"{key}vie/", site, on=ON)
    assert (read_page.thing.nature, read_page.thing.title) == (Nature.PAGE, "La vie locale")
    assert "Météo" not in read_page.thing.content
    assert "Mentions" not in read_page.thing.content
    news = crawling.page_at(f"{key}2019/05/fete-du-village/", site, on=ON).thing
    assert (news.nature, news.published_on) == (Nature.NEWS, date(2019, 5, 12))
    with pytest.raises(NotRead, match=r"robots\.txt"):
        crawling.page_at(f"{key}prive/", site, on=ON)
    assert "/prive/" not in former.asked
    with pytest.raises(NotRead, match="404"):
        crawling.page_at(f"{key}perdue/", site, on=ON)


def test_a_site_goes_nowhere_else_whatever_it_is_told(former, settings):
    site = Site(former.address)
    former.lead("/a/", "http://127.0.0.1:1/")
    former.lead("/b/", "http://169.254.169.254/latest/meta-data/")
    former.lead("/c/", "file:///etc/passwd")
    former.lead("/d/", "/d/")
    for path, reason in (("/a/", "autre site"), ("/b/", "autre site"), ("/c/", "autre site"), ("/d/", "sans fin")):
        with pytest.raises(NotRead, match=reason):
            site.get(f"{former.address}{path}", limit=1000)
    for status in (301, 302, 303, 307, 308):
        former.lead("/e/", "/vie/", status)
        assert site.get(f"{former.address}/e/", limit=100_000).body
    # Without the leave of whoever runs the installation, the inside of the network is not read at all.
    settings.OUTGOING_INTERNAL = []
    with pytest.raises(NotRead, match="à l’intérieur du réseau"):
        site.get(f"{former.address}/vie/", limit=1000)


def test_maps_that_list_each_other_end_and_a_site_without_a_map_is_read_by_its_links(former):
    at = former.address
    index = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</sitemapindex>'
    loops = "".join(f"<sitemap><loc>{at}/{name}</loc></sitemap>" for name in ("sitemap.xml", "b.xml"))
    former.say("/sitemap.xml", index.format(loops), "application/xml")
    former.say("/b.xml", index.format(loops + "<sitemap><loc>https://ailleurs.invalid/c.xml</loc></sitemap>"))
    listing = crawling.listing_of(Site(at))
    assert former.asked.count("/sitemap.xml") == former.asked.count("/b.xml") == 1
    assert not listing.has_map
    assert listing.addresses == [addresses.key_of(at)]
    links = crawling.page_at(addresses.key_of(at), Site(at), on=ON).links
    assert [link.removeprefix(addresses.key_of(at)) for link in links] == ["", "vie/"]


@pytest.mark.parametrize(("status", "is_read"), [(404, True), (403, False)])
def test_a_site_that_forbids_its_rules_forbids_all(former, status, is_read):
    former.say("/robots.txt", "", status=status)
    site = Site(former.address)
    site.read_robots()
    assert site.robots is not None
    assert site.robots.can_fetch("Socle", f"{former.address}/vie/") is is_read


def test_a_site_that_fails_is_not_read_at_all(former):
    former.say("/robots.txt", "", status=503)
    with pytest.raises(NotRead, match="503"):
        crawling.listing_of(Site(former.address))


def test_requests_are_apart_and_a_site_may_ask_for_more(former, monkeypatch):
    former.say("/robots.txt", "User-agent: *\nCrawl-delay: 3000\n", "text/plain")
    slept: list[float] = []
    site = Site(former.address, sleep=slept.append)
    site.read_robots()
    assert site.delay == bounds.LONGEST_DELAY
    site.get(f"{former.address}/vie/", limit=100_000)
    assert len(slept) == 1
    assert 9 < slept[0] <= 10


def test_a_page_says_how_it_is_encoded_and_is_read_all_the_same(former):
    written = page("L’été", "<p>Élèves, œuvres et près de vingt signes.</p>")
    for content, kind in (
        (written.encode("cp1252", "replace"), "text/html"),
        (written.encode("cp1252", "replace"), "text/html; charset=windows-1252"),
        (written.replace("<head>", "<head><meta charset='iso-8859-15'>").encode("iso-8859-15", "replace"), "text/html"),
        (written.encode(), "text/html; charset=nimporte"),
        (b"\xef\xbb\xbf" + written.encode(), "text/html; charset=iso-8859-1"),
    ):
        former.say("/ete/", content, kind)
        thing = crawling.page_at(f"{former.address}/ete/", Site(former.address), on=ON).thing
        assert "Élèves" in thing.content
    former.say("/ete/", b"\x81\x8d" * 1000)
    assert crawling.page_at(f"{former.address}/ete/", Site(former.address), on=ON).thing.source.endswith("/ete/")
    former.say("/gros/", b"x" * (bounds.MOST_PAGE + 10))
    with pytest.raises(NotRead, match="dépasse"):
        crawling.page_at(f"{former.address}/gros/", Site(former.address), on=ON)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("http://Exemple.fr/a#b", "https://exemple.fr/a"),
        ("/a?utm_source=x&b=1", f"{AT}/a?b=1"),
        ("https://exemple.fr:443", "https://exemple.fr/"),
        ("https://éxemple.fr/é", "https://xn--xemple-9ua.fr/%C3%A9"),
        ("javascript:alert(1)", ""),
        ("https://moi@exemple.fr/", ""),
        ("https://[", ""),
        ("https://exemple.fr:999999/", ""),
        ("https://exemple.fr/" + "a" * 600, ""),
        ("ftp://exemple.fr/", ""),
    ],
)
def test_an_address_has_one_key(written, key):
    assert addresses.key_of(written, AT) == key
