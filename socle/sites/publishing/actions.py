"""Publishing a site: what changed is noted with the change itself, and the files that show it are renewed.

Lost messages lose nothing: a change stays noted until a release that holds it is served, and a tick publishes whatever
waits. Two workers never publish one site at once; killed at any point, the next publication begins again from what is
noted.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from wagtail.models import Page

from socle.deliberations.actions import note_online
from socle.deliberations.models import Act
from socle.journal.models import Entry
from socle.lib import locks
from socle.lib.dates import bounds_of, day_of
from socle.lib.queue import enqueue_at_commit
from socle.people.models import User
from socle.provisioning.models import Right
from socle.sites import registry
from socle.sites.frame import act_path
from socle.sites.models.pages import CommunePage
from socle.sites.models.publication import Change, Publication, PublishedFile, Shown
from socle.sites.models.sites import WebSite
from socle.sites.names.redirects import leads_of
from socle.sites.publishing import folders
from socle.sites.publishing.freezing import FULL, NOT_FOUND, STOPPED, CannotFreeze, Frozen, freeze
from socle.sites.publishing.reads import ASSET, EVERYTHING, UNMADE, in_common

log = logging.getLogger("socle.sites")

# What a site answers besides its pages and what they need.
FIXED = (
    *("/robots.txt", "/sitemap.xml", "/actualites.atom", "/alertes.atom", "/actes.atom"),
    *("/recherche/", "/recherche.json", NOT_FOUND, STOPPED),
)
# How long the file that no page shows any more is still served: whoever reads an older page may ask for it.
AFTERLIFE = timedelta(days=1)
# What is read for itself, and may be withdrawn because it should not have been read.
WITHDRAWN_AT_ONCE = ("/actes/", "/deliberations-", "/documents/")


def changed(website_id: int, *keys: str, at: datetime) -> None:
    """Note, with the change itself, that these things of a site changed; its files follow on commit."""
    Change.objects.bulk_create([Change(website_id=website_id, key=key, at=at) for key in dict.fromkeys(keys)])
    enqueue_at_commit("socle.sites.tasks.publish", website_id)


def changed_quietly(website_id: int, *keys: str, at: datetime) -> None:
    """Note a change and let the tick follow: for what is done to hundreds of sites at once."""
    Change.objects.bulk_create([Change(website_id=website_id, key=key, at=at) for key in dict.fromkeys(keys)])


def changed_everywhere(website_ids: Iterable[int], *keys: str, at: datetime, is_urgent: bool = False) -> None:
    """Note one change of many sites at once: they follow behind everything else, or ahead of it when it is urgent."""
    changes = [Change(website_id=pk, key=key, at=at) for pk in dict.fromkeys(website_ids) for key in keys]
    Change.objects.bulk_create(changes, batch_size=500)
    if is_urgent and changes:
        enqueue_at_commit("socle.sites.tasks.publish_urgent")


def note_acts(act_id: str, *, at: datetime) -> None:
    """Note that the acts of whoever adopted this one changed. Removed already, the journal knows whose it was."""
    _changed_by(Entry.objects.filter(object_type="deliberations.act", object_id=act_id), "acts", at=at)


def note_events(calendar_id: str, *, at: datetime) -> None:
    """Note that what the public calendars of a mairie show changed; the journal knows whose this one is."""
    _changed_by(Entry.objects.filter(verb="calendar.public_changed", object_id=calendar_id), "events", at=at)


def note_host(right_ids: Iterable[str], *, at: datetime) -> None:
    """Note that sites may have another host, the programme's that gives them: those of these rights that are to a site.

    Their legal notice follows behind everything else: a site just made waits with the others made by the same batch.
    """
    with scopes_disabled():  # Rights named by their identifiers.
        rights = Right.objects.filter(pk__in=list(right_ids), service__code="site-internet")
        websites = list(WebSite.objects.filter(beneficiary__in=rights.values("beneficiary")))
    for website in websites:
        changed_quietly(website.pk, "host", at=at)


def note_hosts(*, at: datetime) -> int:
    """Note that a programme, or the facts of its operators, changed: every site says who hosts it. Return how many."""
    websites = list(Publication.objects.order_by("website_id").values_list("website_id", flat=True))
    changed_everywhere(websites, "host", at=at)
    return len(websites)


def note_procedures(*, at: datetime) -> int:
    """Note that what every site says of its procedures changed; return how many sites."""
    websites = list(Publication.objects.order_by("website_id").values_list("website_id", flat=True))
    changed_everywhere(websites, "procedures", at=at)
    return len(websites)


def _changed_by(lines: QuerySet[Entry], key: str, *, at: datetime) -> None:
    """Note a change of the site of the body that the last of these lines of the journal is about, if it has one."""
    line = lines.order_by("-pk").first()
    if line is None or not line.beneficiary_ref:
        return
    with scopes_disabled():  # One body, named by the line.
        website = WebSite.objects.filter(beneficiary_id=int(line.beneficiary_ref)).first()
    if website is not None:
        changed(website.pk, key, at=at)


@transaction.atomic
def note_new_day(*, at: datetime) -> int:
    """Note, once a day, that the date changed, for the sites published before; return how many."""
    midnight, next_midnight = bounds_of(day_of(at))
    # Dated of a day to come, it says tomorrow's hours: the clock had gone ahead.
    waiting = Publication.objects.filter(Q(dated_at__lt=midnight) | Q(dated_at__gte=next_midnight))
    websites = list(waiting.values_list("website_id", flat=True))
    Change.objects.bulk_create([Change(website_id=pk, key="day", at=at) for pk in websites], batch_size=500)
    waiting.update(dated_at=at)
    return len(websites)


def note_new_look(*, at: datetime) -> int:
    """Note that the sites published by another release of the platform are to be made anew; return how many."""
    websites = Publication.objects.exclude(look=look()).exclude(website__changes__key=EVERYTHING)
    changes = [Change(website_id=pk, key=EVERYTHING, at=at) for pk in websites.values_list("website_id", flat=True)]
    Change.objects.bulk_create(changes, batch_size=500)
    return len(changes)


def unserved() -> list[WebSite]:
    """Return the open sites that were published and whose home page is no file where readers are sent by their name."""
    with scopes_disabled():  # Every site of the installation: each is looked for on the disk.
        published = Publication.objects.exclude(release="").select_related("website").order_by("website__host")
        return [
            one.website
            for one in published
            if is_open(one.website)
            and (
                folders.absent(one.website.slug, ["/", NOT_FOUND])
                or not folders.is_found(one.website.slug, one.website.host)
            )
        ]


def note_unserved(*, at: datetime) -> int:
    """Note that the sites whose files are gone are to be made anew; return how many."""
    websites = unserved()
    for website in websites:
        changed_quietly(website.pk, EVERYTHING, at=at)
    return len(websites)


@cache
def look() -> str:
    """Sum up what the pages are made with: the code, the templates and the styles of the sites and of their extensions.

    So does what they say that we do with personal data, which settings change.
    """
    rooms = {Path(__file__).resolve().parent.parent, *map(registry.folder_of, registry.extensions())}
    # The answers that every site is born with, and the meanings of what is searched.
    rooms.add(settings.TEXTS_ROOT / "demarches")
    digest = hashlib.sha256()
    for path in sorted({path for room in rooms for path in room.rglob("*")}):
        if path.is_file() and path.suffix in {".py", ".html", ".css", ".toml"} and "migrations" not in path.parts:
            digest.update(path.read_bytes())
    digest.update(repr([one.personal_data() for one in registry.extensions()]).encode())
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Published:
    """Result of one publication: the addresses written, those removed, those that could not be made.

    `stopped` says why nothing was, when the disk did not take it; it is tried again.
    """

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    is_served: bool = True
    stopped: str = ""


def waiting(*, limit: int = 100, key: str = "") -> list[int]:
    """Return the sites that have something to publish, or something of this key, the longest waiting first."""
    with scopes_disabled():  # Identifiers only, of every site.
        changes = Change.objects.filter(key=key) if key else Change.objects.all()
        rows = changes.order_by("pk").values_list("website_id", flat=True)[: limit * 20]
        return list(dict.fromkeys(rows))[:limit]


def publish_each(key: str = "") -> Iterator[tuple[int, Published]]:
    """Publish every site that has something to publish, the longest waiting first, and say what was done of each."""
    tried: set[int] = set()
    while todo := [website_id for website_id in waiting(key=key) if website_id not in tried]:
        for website_id in todo:
            tried.add(website_id)
            if (done := publish_site(website_id, at=timezone.now())) is not None:
                yield website_id, done


def publish_waiting(
    *, seconds: float = float("inf"), is_awaited: Callable[[], bool] = lambda: False, key: str = ""
) -> int:
    """Publish the sites that have something to publish, or something of this key; return how many were.

    None is begun after so many seconds, nor while something more urgent awaits this worker.
    """
    begun, done = time.monotonic(), 0
    for _ in publish_each(key):
        done += 1
        if time.monotonic() - begun > seconds or is_awaited():
            break
    return done


def publish_site(website_id: int, *, at: datetime) -> Published | None:
    """Renew the files of a site that show something changed, and serve them at once, all together.

    Returns None when another worker is publishing it (what is noted meanwhile waits for the tick), or when there is
    nothing to do. A disk that does not take it leaves what was served as it was, and what changed noted.
    """
    with locks.held(f"publish-{website_id}") as is_mine:
        if not is_mine:
            return None
        with scopes_disabled():  # One site, named by its identifier; each page is rendered in its own scope.
            changes = list(Change.objects.filter(website_id=website_id).values_list("pk", "key"))
            website = (
                WebSite.objects.select_related(
                    "facts",
                    "beneficiary__commune__department",
                    "beneficiary__commune__epci",
                    "root_page",
                    "site",
                    "coat_of_arms",
                    "map_picture",
                )
                .filter(pk=website_id)
                .first()
            )
            if website is None or not changes:
                return None
            try:
                if not is_open(website):
                    return _withdraw(website, [pk for pk, _ in changes], at=at)
                with in_common():
                    return _publish(website, changes, at=at)
            except OSError as error:
                return _stop(website, error, at=at)


def is_open(website: WebSite) -> bool:
    """Whether readers of this site read its pages, rather than why they cannot."""
    return website.suspended_at is None and website.archived_at is None and website.redirects_to_id is None


def addresses_of(website: WebSite) -> list[str]:
    """Return the addresses of the site's pages, and those that every site answers."""
    root = website.root_page.url_path
    found = []
    for page in Page.objects.descendant_of(website.root_page, inclusive=True).live().order_by("path").specific():
        if not isinstance(page, CommunePage):
            continue
        base = "/" + page.url_path[len(root) :]
        found += [base + rest.lstrip("/") for rest in page.get_cached_paths()]
    at = timezone.now()
    return [*found, *(path for one in registry.extensions() for path in one.paths(website, at=at)), *FIXED]


def _withdraw(website: WebSite, changes: list[int], *, at: datetime) -> Published:
    """Serve the site as files no more: the platform says why it is closed, and the files stay where they are."""
    folders.answer_at(website.slug, [])
    _forget(changes)
    return Published(is_served=False)


def _publish(website: WebSite, changes: list[tuple[int, str]], *, at: datetime) -> Published:
    keys = {key for _, key in changes}
    publication = Publication.objects.filter(website=website).first()
    release = publication.release if publication else ""
    known = {file.path: file for file in PublishedFile.objects.filter(website=website)}
    shown: dict[str, set[str]] = {path: set() for path in known}
    for path, key in Shown.objects.filter(file__website=website).values_list("file__path", "key"):
        shown[path].add(key)
    is_whole = EVERYTHING in keys or not release

    pages = addresses_of(website)
    # The addresses that the pages had on a former site lead to them.
    pages += sorted({path for one in registry.extensions() for path in one.moved_paths(website)} - set(pages))
    todo = [path for path in pages if is_whole or path not in known or shown[path] & keys]
    frozen: dict[str, Frozen] = {}
    problems: list[str] = []

    def make(paths: Iterable[str]) -> None:
        for path in paths:
            try:
                frozen[path] = freeze(website, path)
            except CannotFreeze as error:
                problems.append(str(error))

    make(todo)
    # A page that could not be made stays as it was: an old page is better than none.
    present = [path for path in pages if path in frozen or path in known]
    # What the pages need, then what the stylesheets among it need.
    needed: set[str] = set()
    asked = {asset for path in present for asset in _assets(frozen[path].keys if path in frozen else shown[path])}
    while fresh := sorted(asked - needed):
        needed.update(fresh)
        make(asset for asset in fresh if is_whole or asset not in known or shown[asset] & keys)
        found = [asset for asset in fresh if asset in frozen or asset in known]
        present += found
        asked = {asset for path in found for asset in _assets(frozen[path].keys if path in frozen else shown[path])}
    listed = set(present)
    if not {"/", NOT_FOUND} <= listed:
        # Nothing to serve: the platform answers, or whatever was served before.
        return _give_up(website, problems, [pk for pk, _ in changes], release=release, at=at)
    lingering = [
        path
        for path, file in known.items()
        if file.is_asset
        and path not in listed
        and not path.startswith(WITHDRAWN_AT_ONCE)
        and (file.unused_at is None or at - file.unused_at < AFTERLIFE)
    ]
    changed = {p: f for p, f in frozen.items() if p not in known or known[p].sha256 != f.sha256}
    gone = [path for path in known if path not in listed and path not in lingering]
    name, missing = "", set[str]()
    if changed or gone or not release or folders.absent(website.slug, known):
        kept = [path for path in itertools.chain(present, lingering) if path not in changed]
        contents = {path: made.content for path, made in changed.items()}
        name, missing = folders.release(website.slug, at=at, kept=kept, written=contents, old=release)
        for path in sorted(missing):
            # Known, and not on the disk: a folder that was emptied, a disk that was changed.
            try:
                frozen[path] = frozen.get(path) or freeze(website, path)
            except CannotFreeze as error:
                problems.append(str(error))
                gone.append(path)
            else:
                if frozen[path].sha256 != known[path].sha256:
                    changed[path] = frozen[path]
                with folders.whole_or_nothing(folders.home_of(website.slug) / name):
                    folders.write(folders.home_of(website.slug) / name, path, frozen[path].content)
        with folders.whole_or_nothing(folders.home_of(website.slug) / name):
            folders.serve(website.slug, name)
        folders.sweep(website.slug, name)
    folders.answer_at(website.slug, [website.host], leads=leads_of(website))
    for path in present:
        keys_of = frozen[path].keys if path in frozen else shown[path]
        if any(key.startswith(UNMADE) for key in keys_of):
            problems.append(f"{path}\u00a0: une photographie n’a pas pu être préparée, la page est en ligne sans elle")
    with transaction.atomic():
        _keep(website, known, frozen, changed, gone, needed, lingering, at=at)
        done = {"release": name or release, "published_at": at, "problem": "\n".join(problems)[:4000]}
        # A publication of everything is up to date; one of a part says nothing of what depends on the date.
        dated = {"dated_at": at, "look": look()} if is_whole else {}
        Publication.objects.update_or_create(
            website=website,
            defaults=done | dated,
            create_defaults=done | {"dated_at": at, "look": look(), "website": website},
        )
        _forget([pk for pk, _ in changes])
    if "acts" in keys or is_whole:
        digests = {path: file.sha256 for path, file in known.items()}
        digests.update((path, made.sha256) for path, made in frozen.items())
        _note_acts_online(website, {path: digests[path] for path in listed.difference(gone)})
    if problems:
        log.error("site %s: %d addresses could not be published as they should", website.pk, len(problems))
    return Published(tuple(sorted(changed)), tuple(sorted(gone)), tuple(problems))


def _note_acts_online(website: WebSite, served: Mapping[str, str]) -> None:
    """Write the instant of the acts that were asked for, now that the file of each is served, with its digest."""
    with scope(beneficiary=website.beneficiary_id):
        asked = Act.objects.to_put_online().select_related("document")
    for act in asked:
        if (path := act_path(act)) in served:
            address = f"{website.root_url}{path}"
            note_online(act, address=address, sha256=served[path], by=User.objects.system(), at=timezone.now())


def _give_up(website: WebSite, problems: list[str], changes: list[int], *, release: str, at: datetime) -> Published:
    """Keep why a site could not be published; it is tried again with its next change, and at midnight."""
    log.error("site %s could not be published: %d addresses failed", website.pk, len(problems))
    done = {"problem": "\n".join(problems)[:4000], "published_at": at}
    Publication.objects.update_or_create(
        website=website, defaults=done, create_defaults=done | {"website": website, "release": release, "dated_at": at}
    )
    _forget(changes)
    return Published(problems=tuple(problems), is_served=False)


def _stop(website: WebSite, error: OSError, *, at: datetime) -> Published:
    """Keep that the disk did not take this publication; what changed stays noted, and it is tried again."""
    if error.errno in FULL:
        sentence = (
            "Le disque des sites publiés est plein\u00a0: rien n’a changé en ligne, et rien n’est perdu. L’opérateur "
            "libère de la place\u00a0; la publication reprend d’elle-même."
        )
    else:
        sentence = (
            f"Le disque des sites publiés ne se laisse pas écrire ({errno.errorcode.get(error.errno or 0, 'OSError')})"
            "\u00a0: rien n’est perdu. L’opérateur le vérifie par «\u00a0socle doctor\u00a0»\u00a0; la publication "
            "reprend d’elle-même."
        )
    log.error("site %s could not be published: %s", website.pk, error.strerror)
    # The database may lie on the same disk.
    with contextlib.suppress(DatabaseError), transaction.atomic():
        Publication.objects.filter(website=website).update(problem=sentence)
    return Published(problems=(sentence,), is_served=False, stopped=sentence)


def _assets(keys: Iterable[str]) -> set[str]:
    return {key.removeprefix(ASSET) for key in keys if key.startswith(ASSET)}


def _keep(
    website: WebSite,
    known: dict[str, PublishedFile],
    frozen: dict[str, Frozen],
    changed: dict[str, Frozen],
    gone: list[str],
    assets: set[str],
    lingering: list[str],
    *,
    at: datetime,
) -> None:
    """Keep what each file is and shows, in few queries whatever their number."""
    PublishedFile.objects.filter(website=website, path__in=gone).delete()
    lingers = set(lingering)
    PublishedFile.objects.filter(website=website, path__in=lingering, unused_at=None).update(unused_at=at)
    PublishedFile.objects.filter(website=website, unused_at__isnull=False).exclude(path__in=lingers).update(
        unused_at=None
    )
    PublishedFile.objects.bulk_create(
        [
            PublishedFile(
                website=website,
                path=path,
                sha256=made.sha256,
                size=len(made.content),
                changed_at=at,
                is_asset=path in assets,
            )
            for path, made in changed.items()
        ],
        update_conflicts=True,
        unique_fields=["website", "path"],
        update_fields=["sha256", "size", "changed_at", "is_asset"],
    )
    rendered = dict(PublishedFile.objects.filter(website=website, path__in=list(frozen)).values_list("path", "pk"))
    Shown.objects.filter(file__in=rendered.values()).delete()
    Shown.objects.bulk_create(
        [Shown(file_id=pk, key=key) for path, pk in rendered.items() for key in sorted(frozen[path].keys)],
        batch_size=1000,
    )


def _forget(changes: list[int]) -> None:
    Change.objects.filter(pk__in=changes).delete()
