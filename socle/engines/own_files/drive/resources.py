"""A folder and a file, as WsgiDAV asks for them. What our rules refuse is told in the protocol's own numbers."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import quote

from django.utils import timezone
from lxml import etree  # type: ignore[import-untyped]
from wsgidav import xml_tools
from wsgidav.dav_error import (
    HTTP_BAD_REQUEST,
    HTTP_CONFLICT,
    HTTP_FORBIDDEN,
    HTTP_INTERNAL_ERROR,
    HTTP_LOCKED,
    HTTP_METHOD_NOT_ALLOWED,
    HTTP_NOT_FOUND,
    HTTP_PRECONDITION_FAILED,
    DAVError,
)
from wsgidav.dav_provider import DAVCollection, DAVNonCollection
from wsgidav.util import get_uri_name, get_uri_parent, parse_if_header_dict

from socle.engines.own_files.drive.reach import REACH, Reach
from socle.files import contents, filenames, queries, rules
from socle.files.actions import bin, entries
from socle.files.contents import Incoming, NoSpaceLeft
from socle.files.models import Entry, Property
from socle.files.queries import Place
from socle.lib.refusals import Refused
from socle.people.models import Beneficiary

log = logging.getLogger("socle.files.drive")

HTTP_TOO_LARGE, HTTP_INSUFFICIENT_STORAGE = 413, 507
# A property that a program writes is short, and a file bears few.
LONGEST_PROPERTY, MOST_PROPERTIES = 32 * 1024, 200
_STATUS: tuple[tuple[type[Refused], int], ...] = (
    (NoSpaceLeft, HTTP_INSUFFICIENT_STORAGE),
    (entries.TooLarge, HTTP_TOO_LARGE),
    (entries.Held, HTTP_LOCKED),
    (entries.Taken, HTTP_METHOD_NOT_ALLOWED),
    (entries.Forbidden, HTTP_FORBIDDEN),
    (entries.Changed, HTTP_PRECONDITION_FAILED),
)


@contextmanager
def in_the_words_of_the_protocol() -> Iterator[None]:
    """Tell a refusal of ours as the protocol does, its sentence with it; a disk that fails, as a failure."""
    try:
        yield
    except Refused as refusal:
        status = next((status for kind, status in _STATUS if isinstance(refusal, kind)), HTTP_FORBIDDEN)
        raise DAVError(status, refusal.sentence) from refusal
    except OSError as failure:
        log.error("the storage of the folders failed: %s", type(failure).__name__)
        raise DAVError(HTTP_INTERNAL_ERROR) from failure


def resource_of(place: Place, environ: dict[str, Any]) -> Any:
    """The folder or the file that is there."""
    path = "/".join(["", str(place.entry.space.beneficiary_id), *place.names])
    return (Folder if place.entry.is_folder else File)(path, environ, place)


class _Kept:
    """Base of folders and files."""

    path: str
    environ: dict[str, Any]
    provider: Any
    place: Place

    @property
    def entry(self) -> Entry:
        return self.place.entry

    @property
    def reach(self) -> Reach:
        return REACH.get()

    def tokens(self) -> list[str]:
        """The locks that the request shows."""
        if "wsgidav.conditions.if" not in self.environ:
            parse_if_header_dict(self.environ)
        shown: list[str] = self.environ["wsgidav.ifLockTokenList"]
        return shown

    def get_ref_url(self) -> str:
        return quote(self.path)

    def get_creation_date(self) -> float:
        return self.entry.made_at.timestamp()

    def get_last_modified(self) -> float:
        return self.entry.modified_at.timestamp()

    def get_display_name(self) -> str:
        return self.entry.name

    # --- Properties that programs write ----------------------------------------------------------------------------
    def _dead(self) -> dict[str, str]:
        if not hasattr(self, "_properties"):
            rows = Property.objects.filter(entry=self.entry).values_list("name", "value")
            self._properties = dict(rows)
        return self._properties

    def get_property_names(self, *, is_allprop: bool) -> list[str]:
        named: list[str] = super().get_property_names(is_allprop=is_allprop)  # type: ignore[misc]
        return [*named, *self._dead()]

    def get_property_value(self, name: str) -> Any:
        if name.startswith("{DAV:}"):
            return super().get_property_value(name)  # type: ignore[misc]
        if (value := self._dead().get(name)) is None:
            raise DAVError(HTTP_NOT_FOUND)
        return xml_tools.string_to_xml(value)

    def set_property_value(self, name: str, value: Any, *, dry_run: bool = False) -> Any:
        if name.startswith("{DAV:}"):
            return super().set_property_value(name, value, dry_run=dry_run)  # type: ignore[misc]
        with in_the_words_of_the_protocol():
            entries.check_writable(self.place, by=self.reach.user, at=timezone.now())
        text = "" if value is None else etree.tostring(value).decode()
        known = self._dead()
        is_one_too_many = name not in known and len(known) >= MOST_PROPERTIES
        if value is not None and (len(text) > LONGEST_PROPERTY or len(name) > 500 or is_one_too_many):
            raise DAVError(HTTP_INSUFFICIENT_STORAGE)
        if dry_run:
            return True
        if value is None:
            Property.objects.filter(entry=self.entry, name=name).delete()
        else:
            Property.objects.update_or_create(entry=self.entry, name=name, defaults={"value": text})
        self.__dict__.pop("_properties", None)
        return True

    def remove_all_properties(self, *, recursive: bool) -> None:
        return None

    # --- Gestures --------------------------------------------------------------------------------------------------
    def delete(self) -> list[Any]:
        """To the bin, with all it contains."""
        with in_the_words_of_the_protocol():
            bin.trash(self.place, by=self.reach.user, at=timezone.now(), tokens=self.tokens())
        self.reach.locks = None
        return []

    def _destination(self, dest_path: str) -> tuple[Place, str]:
        parent = self.provider.get_resource_inst(get_uri_parent(dest_path.rstrip("/")), self.environ)
        if not isinstance(parent, Folder):
            raise DAVError(HTTP_CONFLICT)
        return parent.place, get_uri_name(dest_path.rstrip("/"))

    def copy_move_single(self, dest_path: str, *, is_move: bool) -> None:
        if is_move:
            self.move_recursive(dest_path)
            return
        to, name = self._destination(dest_path)
        at = timezone.now()
        with in_the_words_of_the_protocol():
            there = queries.child(to.entry, filenames.clean(name))
            if there is not None and there.is_folder and self.entry.is_folder:
                return
            made = entries.copy_one(self.place, to, name, by=self.reach.user, at=at, tokens=self.tokens())
        Property.objects.filter(entry=made).delete()
        Property.objects.bulk_create(
            Property(entry=made, name=name, value=value) for name, value in self._dead().items()
        )

    def support_recursive_move(self, dest_path: str) -> bool:
        return True

    def move_recursive(self, dest_path: str) -> list[Any]:
        """Another name, another folder: one row changes, whatever it contains. Its locks are given back."""
        to, name = self._destination(dest_path)
        manager = self.provider.lock_manager
        manager.remove_all_locks_from_url(self.get_ref_url(), recursive=True)
        with in_the_words_of_the_protocol():
            entries.relocate(self.place, to, name, by=self.reach.user, at=timezone.now(), tokens=self.tokens())
        return []


class File(_Kept, DAVNonCollection):
    """A file; or one that is being sent, and is not there yet."""

    def __init__(self, path: str, environ: dict[str, Any], place: Place, *, folder: Place | None = None) -> None:
        super().__init__(path, environ)
        self.place, self.folder = place, folder
        self._incoming: _Sent | None = None

    def get_content_length(self) -> int:
        return self.entry.size

    def get_content_type(self) -> str:
        return self.entry.content_type or "application/octet-stream"

    def get_etag(self) -> str:
        return self.entry.etag

    def support_etag(self) -> bool:
        return True

    def support_ranges(self) -> bool:
        return True

    def get_content(self) -> IO[bytes]:
        assert self.entry.content is not None
        with in_the_words_of_the_protocol():
            return contents.contents().reader(self.entry.content.stored_name)

    def finalize_headers(self, environ: dict[str, Any], response_headers: list[tuple[str, str]]) -> None:
        # Opened in a browser, it is kept, and runs nothing.
        response_headers.append(("Content-Disposition", "attachment"))
        response_headers.append(("Content-Security-Policy", "default-src 'none'; sandbox"))

    def handle_move(self, dest_path: str) -> bool:
        """Moved over another file, it becomes what that one is now: programs save beside, then over."""
        there = self.provider.get_resource_inst(dest_path, self.environ)
        if not isinstance(there, File):
            return False
        self.provider.lock_manager.remove_all_locks_from_url(self.get_ref_url())
        with in_the_words_of_the_protocol():
            entries.replace(self.place, there.place, by=self.reach.user, at=timezone.now(), tokens=self.tokens())
        return True

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """Copied over another file, it is written over it."""
        if not isinstance(self.provider.get_resource_inst(dest_path, self.environ), File):
            return False
        self.copy_move_single(dest_path, is_move=False)
        return True

    def begin_write(self, *, content_type: str | None = None) -> Any:
        """Where the bytes go as they come; they are kept, whole, when the last one is there."""
        is_conditional = "HTTP_IF_MATCH" in self.environ or "HTTP_IF_NONE_MATCH" in self.environ
        if self.folder is not None and "HTTP_IF_MATCH" in self.environ:
            raise DAVError(HTTP_PRECONDITION_FAILED)
        expects = self.entry.etag if is_conditional else None
        folder = self.folder or _above(self.place)
        name = self.entry.name
        space, powers = self.entry.space, self.reach.powers
        assert powers is not None
        with in_the_words_of_the_protocol():
            # Before the first byte, by what was read of this very request; asked again when the last one is there.
            if refusal := rules.why_not_write(space, powers, folder.top):
                raise entries.Forbidden(refusal)
            self._incoming = _Sent(self, folder, name, Incoming(space.free_bytes), expects)
        return self._incoming

    def end_write(self, *, with_errors: bool) -> None:
        if self._incoming is not None and with_errors:
            self._incoming.incoming.discard()


class _Sent:
    """A body on its way to the disk."""

    def __init__(self, resource: File, folder: Place, name: str, incoming: Incoming, expects: str | None) -> None:
        self.resource, self.folder, self.name, self.incoming = resource, folder, name, incoming
        self.expects = expects

    def write(self, piece: bytes) -> None:
        with in_the_words_of_the_protocol():
            self.incoming.write(piece)

    def close(self) -> None:
        resource, at = self.resource, timezone.now()
        with in_the_words_of_the_protocol():
            kept = entries.keep_file(
                self.folder, self.name, self.incoming,
                by=resource.reach.user, at=at, tokens=resource.tokens(), expects=self.expects,
            )  # fmt: skip
        resource.place = Place(kept, (*self.folder.road, kept))


class Folder(_Kept, DAVCollection):
    """A folder, or the root of a mairie's."""

    def __init__(self, path: str, environ: dict[str, Any], place: Place) -> None:
        super().__init__(path, environ)
        self.place = place

    def get_display_name(self) -> str:
        return self.entry.name or self.entry.space.beneficiary.name

    def get_used_bytes(self) -> int:
        return self.entry.space.used_bytes

    def get_available_bytes(self) -> int:
        return self.entry.space.free_bytes

    def get_member_names(self) -> list[str]:
        return [one.entry.name for one in self._places()]

    def get_member_list(self) -> list[Any]:
        """List what it contains: two queries, however much there is."""
        places = self._places()
        rows = Property.objects.filter(entry__parent=self.entry).values_list("entry_id", "name", "value")
        dead: dict[int, dict[str, str]] = {}
        for pk, name, value in rows:
            dead.setdefault(pk, {})[name] = value
        made = []
        for place in places:
            resource = resource_of(place, self.environ)
            resource._properties = dead.get(place.entry.pk, {})
            made.append(resource)
        return made

    def _places(self) -> list[Place]:
        powers = self.reach.powers
        assert powers is not None
        found = []
        for one in queries.children(self.entry, powers):
            one.space = self.entry.space
            found.append(Place(one, (*self.place.road, one)))
        return found

    def get_member(self, name: str) -> Any:
        return self.provider.get_resource_inst(f"{self.path}/{name}", self.environ)

    def get_descendants(
        self,
        *,
        collections: bool = True,
        resources: bool = True,
        depth_first: bool = False,
        depth: str = "infinity",
        add_self: bool = False,
    ) -> list[Any]:
        """One query a level, and not one a folder."""
        asks = self.environ["REQUEST_METHOD"], self.environ.get("HTTP_DEPTH")
        if asks == ("COPY", "0") and filenames.key_of(self.environ["PATH_INFO"].rstrip("/")) == filenames.key_of(
            self.path
        ):
            # The folder that is copied, without what it contains (RFC 4918, 9.8.3): the library asks for all.
            return [self] if add_self else []
        if depth == "1" or not collections or not resources:
            found: list[Any] = super().get_descendants(
                collections=collections, resources=resources, depth_first=depth_first, depth=depth, add_self=add_self
            )
            return found
        places = queries.with_all(self.place) if depth == "infinity" else [self.place]
        made = [self, *(resource_of(place, self.environ) for place in places[1:])]
        ordered = made[::-1] if depth_first else made
        return ordered if add_self else [one for one in ordered if one is not self]

    def create_empty_resource(self, name: str) -> Any:
        """Make the empty file of a LOCK where there is nothing; of a file being sent, nothing until it is whole."""
        name, entry = filenames.clean(name), self.entry
        ghost = Entry(
            space=entry.space, parent=entry, name=name, is_folder=False, made_at=timezone.now(),
            modified_at=timezone.now(),
        )  # fmt: skip
        path = f"{self.path}/{name}"
        with in_the_words_of_the_protocol():
            if refusal := rules.why_not_hold(entry, name, depth=self.place.depth):
                raise DAVError(HTTP_BAD_REQUEST, refusal)
            if self.environ["REQUEST_METHOD"] == "PUT":
                return File(path, self.environ, Place(ghost, (*self.place.road, ghost)), folder=self.place)
            nothing = Incoming(0)
            kept = entries.keep_file(
                self.place, name, nothing, by=self.reach.user, at=timezone.now(), tokens=self.tokens()
            )
        return File(path, self.environ, Place(kept, (*self.place.road, kept)))

    def create_collection(self, name: str) -> None:
        with in_the_words_of_the_protocol():
            entries.make_folder(self.place, name, by=self.reach.user, at=timezone.now(), tokens=self.tokens())

    def support_recursive_delete(self) -> bool:
        return True


def _above(place: Place) -> Place:
    """The folder that contains this."""
    parent = place.entry.parent
    assert parent is not None
    parent.space = place.entry.space
    return Place(parent, place.road[:-1])


class AllFolders(DAVCollection):
    """Above the folders: the list of those that one reaches. Nothing is written there."""

    def __init__(self, path: str, environ: dict[str, Any], *, shown: Sequence[Beneficiary] | None = None) -> None:
        super().__init__(path, environ)
        self._shown = REACH.get().beneficiaries if shown is None else shown
        self._name = ""

    @classmethod
    def member(cls, beneficiary: Beneficiary, environ: dict[str, Any]) -> AllFolders:
        """A folder, seen from above: its name, and nothing of what it contains."""
        made = cls(f"/{beneficiary.pk}", environ, shown=())
        made._name = beneficiary.name
        return made

    def get_display_name(self) -> str:
        return self._name or "Dossiers partagés"

    def get_member_names(self) -> list[str]:
        return [str(one.pk) for one in self._shown]

    def get_member_list(self) -> list[Any]:
        return [AllFolders.member(one, self.environ) for one in self._shown]

    def prevent_locking(self) -> bool:
        return True
