"""Publishing the binding texts of the house: from their folders into the database, where they never change."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, models, transaction

from socle.documents import tree
from socle.documents.models import Text
from socle.documents.rules import MOST_CHARACTERS
from socle.journal import actions as journal
from socle.lib.refusals import Refused

logger = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_HASH = re.compile(r"([0-9a-f]{64})  (\S+)")


@dataclass(frozen=True)
class Seed:
    """A version of a text as its folder holds it."""

    name: str
    version: str
    body: str
    sha256: str

    @property
    def path(self) -> str:
        return f"{self.name}/{self.version}/text.md"


def seeds(root: Path | None = None) -> list[Seed]:
    """Return the versions found in `texts/<name>/<date>/text.md`, in order. Raises `Refused` on a wrong file."""
    return list(_seeds(root or settings.TEXTS_ROOT))


def recorded_hashes(root: Path | None = None) -> dict[str, str]:
    """Return what `texts/VERSIONS` records: the path of each published version, and its SHA-256."""
    path = (root or settings.TEXTS_ROOT) / "VERSIONS"
    hashes = {}
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise Refused("Le fichier des empreintes des textes (texts/VERSIONS) est introuvable.") from error
    for number, line in enumerate(lines, 1):
        match = _HASH.fullmatch(line)
        if match is None:
            raise Refused(
                f"texts/VERSIONS, ligne {number}\u00a0: «\u00a0empreinte, deux espaces, chemin\u00a0» attendus."
            )
        hashes[match[2]] = match[1]
    return hashes


def layout_of(name: str, version: str, filename: str, *, root: Path | None = None) -> Path:
    """Return the layout of a version of a text: beside it, the nearest version before it, or all.

    A text that an operator publishes needs no layout of its own. Raises `Refused` when there is none at all.
    """
    folder = root or settings.TEXTS_ROOT
    if not _NAME.fullmatch(name) or not _DATE.fullmatch(version):
        raise Refused("Ce nom ou cette date de modèle ne désigne aucun texte.")
    laid = sorted(path for path in folder.glob(f"{name}/*/{filename}") if path.is_file())
    before = [path for path in laid if path.parent.name <= version]
    if not before and (folder / filename).is_file():
        return folder / filename
    if not before:
        raise Refused(f"La mise en page du modèle «\u00a0{name}\u00a0» du {version} est introuvable.")
    return before[-1]


@transaction.atomic
def publish_seeds(*, by: models.Model, at: datetime, root: Path | None = None) -> list[Text]:
    """Publish the versions that are not yet; return those newly published. Done again, it changes nothing.

    Raises `Refused`, and publishes nothing, when a version is not the one `texts/VERSIONS` records, or differs from the
    one published: what people signed must stay what it was. One whose date the operator has taken is left aside.
    """
    recorded = recorded_hashes(root)
    found = seeds(root)
    published = {(text.name, text.version): text for text in Text.objects.defer("body")}
    new = []
    for seed in found:
        if recorded.get(seed.path) != seed.sha256:
            raise Refused(
                f"Le texte «\u00a0{seed.name}\u00a0» du {seed.version} n’est pas celui qu’enregistre texts/VERSIONS. "
                "Un texte publié ne change pas\u00a0: rétablissez-le, ou publiez une autre version, à une autre date."
            )
        known = published.get((seed.name, seed.version))
        if known is None:
            new.append(publish(seed.name, seed.version, seed.body, is_shipped=True, by=by, at=at))
        elif known.sha256 != seed.sha256 and not known.is_shipped:
            # The operator had published words of its own under this date, and people may have signed them: they stay.
            logger.warning("text.date_taken name=%s version=%s", seed.name, seed.version)
        elif known.sha256 != seed.sha256:
            raise Refused(
                f"Le texte «\u00a0{seed.name}\u00a0» du {seed.version} est publié avec d’autres mots. "
                "Un texte publié ne change pas\u00a0: rétablissez-le, ou publiez une autre version, à une autre date."
            )
    return new


def publish(name: str, version: str, body: str, *, is_shipped: bool, by: models.Model, at: datetime) -> Text:
    """Publish these very words under this date, for ever. Raises `Refused` when the date is taken or they do not parse.

    A text is a demonstration as its own heading says, and approved by nobody until an act approves its bytes.
    """
    text = Text(
        name=name,
        version=version,
        body=body,
        sha256=hashlib.sha256(body.encode()).hexdigest(),
        is_demonstration=tree.parse(body).is_demonstration,
        is_shipped=is_shipped,
    )
    try:
        with transaction.atomic():
            text.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(
            f"Une version de ce texte porte déjà la date du {version}\u00a0: choisissez-en une autre."
        ) from error
    journal.record("text.published", text, by=by, at=at, name=name, version=version, sha256=text.sha256)
    return text


def read_words(content: bytes) -> str:
    """Return the words of a deposited file, lines ended by a line feed. Raises `Refused` when it is no text."""
    if len(content) > 4 * MOST_CHARACTERS:
        raise Refused("Ce fichier est trop lourd pour être le texte d’un acte\u00a0: vérifiez que c’est le bon.")
    try:
        return settled(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused(
            "Ce fichier n’est pas du texte enregistré en UTF-8\u00a0: enregistrez-le en texte brut, encodage UTF-8, "
            "puis déposez-le de nouveau."
        ) from error


def settled(body: str) -> str:
    """The same words as they are kept: lines end as on every machine of ours, whatever the browser or the editor."""
    return body.replace("\r\n", "\n").replace("\r", "\n").strip("\n") + "\n"


def _seeds(root: Path) -> Iterator[Seed]:
    for path in sorted(root.glob("*/*/text.md")):
        name, version = path.parts[-3], path.parts[-2]
        if not _NAME.fullmatch(name) or not _DATE.fullmatch(version):
            raise Refused(f"texts/{name}/{version}\u00a0: le dossier d’une version porte sa date, AAAA-MM-JJ.")
        content = path.read_bytes()
        try:
            body = content.decode()
        except UnicodeDecodeError as error:
            raise Refused(f"texts/{name}/{version}/text.md n’est pas enregistré en UTF-8.") from error
        yield Seed(name, version, body, hashlib.sha256(content).hexdigest())
