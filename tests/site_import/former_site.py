"""A former site of a commune, fictitious: served for real on this machine, and exported as WordPress writes it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pikepdf
from PIL import Image


def photograph(colour: str = "#3a6ea5", size: tuple[int, int] = (640, 480)) -> bytes:
    """A photograph that says where it was taken, as telephones do."""
    image = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[0x010F] = "Telephone Exemple"
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def pdf() -> bytes:
    """A PDF of one empty page."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(file)
    return file.getvalue()


@dataclass
class Former:
    """What the server answers, by path: a status, a type, bytes, where it leads; and what it was asked."""

    address: str = ""
    answers: dict[str, tuple[int, str, bytes, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def say(self, path: str, body: str | bytes, kind: str = "text/html; charset=utf-8", status: int = 200) -> None:
        """Answer this at a path."""
        self.answers[path] = (status, kind, body.encode() if isinstance(body, str) else body, "")

    def lead(self, path: str, to: str, status: int = 301) -> None:
        """Redirect a path."""
        self.answers[path] = (status, "text/html", b"", to)


@contextmanager
def served() -> Iterator[Former]:
    """Serve a former site on this machine until the end of the block."""
    former = Former()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            former.asked.append(self.path)
            status, kind, body, to = former.answers.get(self.path, (404, "text/plain", b"", ""))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if to:
                self.send_header("Location", to)
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    former.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield former
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page(title: str, inside: str, *, head: str = "") -> str:
    """A page as themes write them: what is its own in the middle of what the site repeats."""
    return (
        f"<!doctype html><html lang='fr'><head><title>{title} – Mairie de Vieux-Bourg</title>{head}"
        "<script>alert(1)</script></head><body><header><nav><a href='/'>Accueil</a><a href='/vie/'>Vie locale</a>"
        "<a href='/feed/'>Fil</a></nav></header>"
        f"<main><article><h1>{title}</h1><div class='entry-content'>{inside}</div></article></main>"
        "<aside>Météo du jour</aside><footer>Mentions</footer></body></html>"
    )


def furnish(former: Former) -> None:
    """Make the small site of a fictitious commune."""
    at = former.address
    former.say("/robots.txt", f"User-agent: *\nDisallow: /prive/\nSitemap: {at}/sitemap.xml\n", "text/plain")
    places = ["/", "/vie/", "/2019/05/fete-du-village/", "/prive/", "/perdue/", "/uploads/plan.pdf"]
    listed = "".join(f"<url><loc>{at}{place}</loc></url>" for place in places)
    former.say(
        "/sitemap.xml",
        f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</urlset>',
        "application/xml",
    )
    former.say("/", page("Accueil", "<p>Bienvenue à Vieux-Bourg, commune fictive du bord de l’eau.</p>"))
    former.say(
        "/vie/",
        page(
            "La vie locale",
            "<h2>Les écoles</h2><p>Une école, <b>deux classes</b>. <a href='/2019/05/fete-du-village/'>La fête</a>, "
            "<a href='/uploads/plan.pdf'>le plan</a>, <a href='https://ailleurs.invalid/x'>ailleurs</a>.</p>"
            "<img src='/uploads/place-300x200.jpg' alt='La place du village'>"
            "<table><tr><th>Jour</th><th>Heure</th></tr><tr><td>Lundi</td><td>9 h</td></tr></table>"
            "<iframe src='https://video.invalid/'></iframe>",
        ),
    )
    former.say(
        "/2019/05/fete-du-village/",
        page(
            "Fête du village",
            "<p>La fête a lieu sur la place.</p><p><img src='/uploads/bal.jpg'></p>",
            head="<meta property='article:published_time' content='2019-05-12T10:00:00+02:00'>",
        ),
    )
    former.say("/uploads/plan.pdf", pdf(), "application/pdf")
    former.say("/uploads/place.jpg", photograph(), "image/jpeg")
    former.say("/uploads/bal.jpg", photograph("#aa5533"), "image/jpeg")


# --- An export -------------------------------------------------------------------------------------------------------
HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<!-- This is a WordPress eXtended RSS file generated by WordPress as an export of your site. -->
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
  xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>Vieux-Bourg</title><link>{at}</link><language>fr-FR</language><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>{at}</wp:base_site_url><wp:base_blog_url>{at}</wp:base_blog_url>
<wp:author><wp:author_id>1</wp:author_id><wp:author_login><![CDATA[dominique]]></wp:author_login>
<wp:author_email><![CDATA[dominique@exemple.invalid]]></wp:author_email></wp:author>
"""


def item(
    at: str,
    number: int,
    kind: str,
    *,
    title: str = "",
    path: str = "",
    content: str = "",
    excerpt: str = "",
    day: str = "2021-03-04 09:30:00",
    status: str = "publish",
    parent: int = 0,
    file: str = "",
    metas: dict[str, str] | None = None,
    more: str = "",
) -> str:
    """One item, as WordPress writes it."""
    link = f"{at}{path}" if path else f"{at}/?p={number}"
    meta = "".join(
        f"<wp:postmeta><wp:meta_key><![CDATA[{key}]]></wp:meta_key><wp:meta_value><![CDATA[{value}]]></wp:meta_value>"
        "</wp:postmeta>"
        for key, value in (metas or {}).items()
    )
    attached = f"<wp:attachment_url><![CDATA[{at}{file}]]></wp:attachment_url>" if file else ""
    return (
        f"<item><title><![CDATA[{title}]]></title><link>{link}</link><dc:creator><![CDATA[dominique]]></dc:creator>"
        f"<content:encoded><![CDATA[{content}]]></content:encoded>"
        f"<excerpt:encoded><![CDATA[{excerpt}]]></excerpt:encoded><wp:post_id>{number}</wp:post_id>"
        f"<wp:post_date><![CDATA[{day}]]></wp:post_date><wp:post_date_gmt><![CDATA[{day}]]></wp:post_date_gmt>"
        f"<wp:status><![CDATA[{status}]]></wp:status><wp:post_parent>{parent}</wp:post_parent>"
        f"<wp:post_type><![CDATA[{kind}]]></wp:post_type><wp:post_password></wp:post_password>{attached}{meta}{more}"
        "</item>\n"
    )


COMMENT = (
    "<wp:comment><wp:comment_id>3</wp:comment_id><wp:comment_author_email><![CDATA[voisine@exemple.invalid]]>"
    "</wp:comment_author_email><wp:comment_content><![CDATA[Bravo]]></wp:comment_content></wp:comment>"
)
BLOCKS = """<!-- wp:paragraph --><p>Le marché revient <strong>samedi</strong>.</p><!-- /wp:paragraph -->
<!-- wp:heading --><h2 class="wp-block-heading">Où ?</h2><!-- /wp:heading -->
<!-- wp:paragraph --><p>Sur la <a href="{at}/la-commune/ecole/">place de l’école</a>
(<a href="{at}/uploads/plan.pdf">plan</a>).</p><!-- /wp:paragraph -->
<!-- wp:image {{"id":21}} --><figure class="wp-block-image"><img src="{at}/uploads/place-300x200.jpg" alt="La place"/>
<figcaption>La place, en mai</figcaption></figure><!-- /wp:image -->
<!-- wp:list --><ul><li>Légumes</li><li>Fromages</li></ul><!-- /wp:list -->"""
CLASSIC = """Premier paragraphe, avec un
retour à la ligne.

Second paragraphe. [gallery ids="21,22"]

[caption id="a" align="left" width="300"]<img src="{at}/uploads/bal.jpg" alt="" /> Le bal[/caption]"""


def export(at: str, *, more: str = "") -> bytes:
    """The export of the site of a fictitious commune: two news items, pages under one another, a library."""
    body = HEAD.format(at=at)
    body += item(
        at, 10, "post", title="Le marché revient", path="/2021/03/le-marche-revient/", content=BLOCKS.format(at=at),
        excerpt="Chaque samedi, sur la place.", metas={"_thumbnail_id": "22"}, more=COMMENT,
    )  # fmt: skip
    body += item(
        at, 11, "post", title="Vœux &amp; galette", path="/2012/01/voeux/", content=CLASSIC.format(at=at),
        day="2012-01-06 18:00:00",
    )  # fmt: skip
    body += item(at, 12, "post", title="À paraître", path="/brouillon/", content="Non", status="draft")
    # The page under another comes before it, as exports are by number.
    body += item(
        at, 30, "page", title="L’école", path="/la-commune/ecole/", content="<p>Deux classes.</p>", parent=31,
    )  # fmt: skip
    body += item(at, 31, "page", title="La commune", path="/la-commune/", content="<p>Son histoire.</p>")
    body += item(
        at, 21, "attachment", title="place", file="/uploads/place.jpg", status="inherit",
        metas={"_wp_attachment_image_alt": "La place du village"},
    )  # fmt: skip
    body += item(at, 22, "attachment", title="bal", file="/uploads/bal.jpg", status="inherit")
    body += item(at, 23, "attachment", title="Plan de la commune", file="/uploads/plan.pdf", status="inherit")
    body += item(at, 40, "nav_menu_item", title="Menu")
    body += item(at, 41, "tribe_events", title="Un événement d’extension")
    return (body + more + "</channel></rss>\n").encode()
