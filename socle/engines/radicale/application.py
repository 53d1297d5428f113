"""One Radicale a beneficiary, in this process: its own folder, its own lock, none of its own users.

Who asks and what they reach is settled before (`views`): it is in `acting` for the time of one request. Radicale asks
the plugins below, which answer by it. Without it, as for our own pages and the worker, nothing is let in by HTTP, and
the storage is written by who has already been allowed to.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from functools import lru_cache, wraps
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from django.conf import settings
from radicale import config, httputils, pathutils
from radicale.app import Application as RadicaleApplication
from radicale.auth import BaseAuth
from radicale.hook import BaseHook, HookNotificationItem, HookNotificationItemTypes
from radicale.item import Item
from radicale.rights import BaseRights
from radicale.storage import BaseCollection, multifilesystem
from vobject.base import ParseError, getLogicalLines, parseLine, readOne
from vobject.icalendar import registerTzid

from socle.agenda.byclient import Client
from socle.agenda.endless import MOST_TIMES, is_endless, may_repeat, why_endless
from socle.agenda.reading import HEAVIEST, why_too_heavy
from socle.engines.radicale.shelf import ShelvedCollection
from socle.lib import timezones
from socle.lib.refusals import Refused, refuse

# The one home of all the people of a beneficiary: what each sees of it is their right.
HOME = "agendas"
# How heavy one request may be, and one event or card: a card may have a photograph.
HEAVIEST_REQUEST = 4_000_000
HEAVIEST_ITEM = max(HEAVIEST * 2, 1_000_000)
# Where a line goes on.
FOLD = re.compile(r"\r?\n[ \t]")
# How many beneficiaries a process keeps at hand, those of a whole programme: keeping one costs some kilobytes.
AT_HAND = 2048
# It says what it reads and from whom; we have our own journal, which never does.
logging.getLogger("radicale").setLevel(logging.CRITICAL)

# It knows each zone by its name, for all that this process keeps, as the first file that it reads describes it.
registerTzid(timezones.TZID, timezones.zone())

acting: ContextVar[Client | None] = ContextVar("agenda_client", default=None)


@contextmanager
def acting_as(client: Client) -> Iterator[None]:
    """Let Radicale answer in the name of this client."""
    token = acting.set(client)
    try:
        yield
    finally:
        acting.reset(token)


class Auth(BaseAuth):
    """Lets in whoever was let in already."""

    def get_external_login(self, environ: Mapping[str, Any]) -> tuple[str, str]:
        return (HOME, "") if acting.get() is not None else ("", "")

    def _login(self, login: str, password: str) -> str:
        return HOME if acting.get() is not None else ""


class Rights(BaseRights):
    """Answers by what the person reaches. R and W are of folders, r and w of calendars and address books."""

    def authorization(self, user: str, user_groups: set[str], path: str) -> str:
        client, parts = acting.get(), [part for part in path.strip("/").split("/") if part]
        if client is None or user != HOME:
            return ""
        if not parts or parts == [HOME]:
            return "R"
        return client.rights(parts[1]) if parts[0] == HOME and len(parts) == 2 else ""


class Hook(BaseHook):
    """Tells the room what changed, by the name of its collection and nothing else."""

    enabled = True

    def notify(self, notification_item: HookNotificationItem) -> None:
        client, slug = acting.get(), notification_item.point.rpartition("/")[2]
        if client is not None and slug:
            client.noted(slug, is_removed=notification_item.type == HookNotificationItemTypes.DELETE.value)


def slug_of(collection: BaseCollection) -> str:
    """Return the name of a collection in its address."""
    return str(collection.path).rpartition("/")[2]


class Value(NamedTuple):
    """A date, an hour or a length, as our rules look at one."""

    dt: Any


class Read(NamedTuple):
    """An event as Radicale has read it, as our rules look at one: by the names of its lines."""

    lines: Mapping[str, list[Any]]

    def get(self, name: str) -> Any:
        """Return what this line says; None without one, a list if there are several."""
        found = [Value(line.value) for line in self.lines.get(name.lower(), ())]
        return found[0] if len(found) == 1 else found or None


class Collection(ShelvedCollection):
    """A folder of Radicale, looked at before it is written by a client."""

    def upload(self, href: str, item: Item) -> tuple[Item, Item | None]:
        client = acting.get()
        text = item.serialize()
        if client is not None:
            events = [Read(one.contents) for one in item.vobject_item.contents.get("vevent", ())]
            client.before_write(slug_of(self), href, text, tag=self.tag, events=events)
        # What lists the changes of hours was read of its first one only.
        if (mended := timezones.by_rules(text)) != text:
            item = Item(collection_path=self.path, vobject_item=readOne(mended))
            item.prepare()
        uploaded: tuple[Item, Item | None] = super().upload(href, item)
        return uploaded

    def delete(self, href: str | None = None) -> None:
        client = acting.get()
        if client is not None and href is not None:
            client.before_remove(slug_of(self), href)
        super().delete(href)
        if client is not None and href is None:
            client.dropped(slug_of(self))

    def get_multi(self, hrefs: Iterable[str]) -> Iterator[tuple[str, Item | None]]:
        for href, item in super().get_multi(hrefs):
            yield href, None if item is not None and is_endless(item.serialize()) else item

    def set_meta(self, props: Mapping[str, str]) -> None:
        super().set_meta(props)
        client = acting.get()
        if client is not None:
            client.described(slug_of(self), props)


class Storage(multifilesystem.Storage):
    """The files of Radicale, as it lays them."""

    _collection_class = Collection

    def create_collection(
        self, href: str, items: Iterable[Item] | None = None, props: Mapping[str, str] | None = None
    ) -> Any:
        client, slug = acting.get(), href.strip("/").rpartition("/")[2]
        if client is not None:
            if not props:
                raise Refused("Un agenda ou un carnet dit ce qu’il est : celui-ci ne le dit pas.")
            client.make_own(slug, props, is_filled=items is not None and any(True for _ in items))
        try:
            return super().create_collection(href, None if client is not None else items, props)
        except Exception:
            if client is not None:
                client.dropped(slug)
            raise

    def move(self, item: Item, to_collection: BaseCollection, to_href: str) -> None:
        client = acting.get()
        if client is not None and item.collection is not None:
            client.before_move(slug_of(item.collection), slug_of(to_collection))
        super().move(item, to_collection, to_href)


def lines_of(text: str) -> Iterator[tuple[str, str]]:
    """Give the lines of a file as Radicale reads them: the name of each, and its value."""
    # It leaves these out before it reads, and lines of quoted-printable go on without a space.
    text = re.sub(r"[\x00-\x08\x0B\x0C\x0E-\x1F]", "", text)
    text = re.sub(r"(?m)^[ \t]*\r?\n", "", text)
    for line, number in getLogicalLines(io.StringIO(text, newline=""), allowQP=True):
        try:
            name, _, value, _ = parseLine(line, number)
        except ParseError:
            continue  # Refused by who reads the whole.
        yield name, value


def _look_before_reading(application: RadicaleApplication, environ: dict[str, Any]) -> None:
    """Refuse what costs hours as soon as Radicale reads it, which it does before it asks anybody. Raises `Refused`."""
    body = httputils.read_raw_request_body(application.configuration, environ)
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        text = httputils.decode_request(application.configuration, environ, body)
    except (LookupError, UnicodeError) as error:
        raise Refused("Ces caractères ne se lisent pas\u00a0: enregistrez le fichier en UTF-8.") from error
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        # Radicale takes seconds to write a long line again. Of a card, whose picture is one, it is told afterwards.
        refuse(why_too_heavy(FOLD.sub("", text)))
    if may_repeat(text):
        refuse(why_endless(lines_of(text)))


def _looking_first(method: Any) -> Any:
    @wraps(method)
    def answer(application: RadicaleApplication, environ: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            _look_before_reading(application, environ)
        except (RuntimeError, ConnectionError):  # The body was cut on its way.
            return httputils.BAD_REQUEST
        return method(application, environ, *args, **kwargs)

    return answer


def _saying_refusals(method: Any) -> Any:
    @wraps(method)
    def answer(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except Refused as refusal:
            headers = {"Content-Type": "text/plain; charset=utf-8"}
            return HTTPStatus.FORBIDDEN, headers, refusal.sentence, None

    return answer


class Application(RadicaleApplication):
    """Radicale, which answers our refusals with their sentence."""

    do_DELETE = _saying_refusals(RadicaleApplication.do_DELETE)
    do_MKCALENDAR = _saying_refusals(RadicaleApplication.do_MKCALENDAR)
    do_MKCOL = _saying_refusals(RadicaleApplication.do_MKCOL)
    do_MOVE = _saying_refusals(RadicaleApplication.do_MOVE)
    do_PUT = _saying_refusals(_looking_first(RadicaleApplication.do_PUT))

    @property
    def storage(self) -> Storage:
        assert isinstance(self._storage, Storage)
        return self._storage


def application_for(beneficiary_id: int) -> Application:
    """Return the Radicale of a beneficiary; its folder is made if it was not there."""
    return _application(str(settings.SOCLE_AGENDA_DIR), beneficiary_id)


def folder_of(beneficiary_id: int) -> Path:
    """Where the files of a beneficiary are."""
    return Path(settings.SOCLE_AGENDA_DIR) / str(beneficiary_id)


def home_of(beneficiary_id: int) -> Path:
    """Where its collections are, as Radicale lays them."""
    return folder_of(beneficiary_id) / "collection-root" / HOME


@lru_cache(maxsize=AT_HAND)
def _application(root: str, beneficiary_id: int) -> Application:
    folder, model = Path(root, str(beneficiary_id)), _model(root)
    # Calendars are not for the other users of the machine.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    storage = copy(model.storage)
    storage._filesystem_folder = str(folder)
    storage._lock = pathutils.RwLock(str(folder / ".Radicale.lock"))
    application = copy(model)
    application._storage = storage
    storage.create_collection(pathutils.unstrip_path(HOME, True))
    return application


@lru_cache(maxsize=4)
def _model(root: str) -> Application:
    """The Radicale of nobody, of which each beneficiary's is a copy with its own folder and its own lock.

    It finds out what the file system can do by making and removing folders: a tenth of a second, which every mairie
    would pay again, and the answer is the same for all the folders of one root.
    """
    made = config.load()
    Path(root).mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".try-", dir=root) as folder:
        made.update(_settings(folder), "socle", privileged=True)
        return Application(made)


def _settings(folder: str) -> dict[str, dict[str, Any]]:
    return {
        "server": {
            "max_content_length": str(HEAVIEST_REQUEST),
            "max_resource_size": str(HEAVIEST_ITEM),
            "max_vevent_rrule_occurrence": str(MOST_TIMES * 4),
            "delay_on_error": "0",
        },
        "auth": {"type": Auth, "delay": "0"},
        "rights": {
            "type": Rights,
            "permit_delete_collection": "False",
            "permit_overwrite_collection": "False",
        },
        "storage": {"type": Storage, "filesystem_folder": folder},
        # By its name: Radicale takes no class here. It finds `Hook` in this very module.
        "hook": {"type": __name__},
        "web": {"type": "none"},
        "logging": {"level": "critical"},
    }
