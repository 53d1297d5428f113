"""The folder of a mairie: its files and what they were, its bin, the links that lead to them, who holds what.

Everything hangs from a space, and a space from a beneficiary. The bytes are apart (`contents`): a row points to them by
their digest, so that a copy costs nothing and a version is a row.
"""

# A scoped manager has no type the checker could find.
# mypy: disable-error-code="django-manager-missing"

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django_scopes import ScopedManager

from socle.files import filenames
from socle.files.kinds import served_as
from socle.people.models import BENEFICIARY_ROLES, Beneficiary, User


class Space(models.Model):
    """The folder of a beneficiary, and how much it may hold.

    `used_bytes` is a counter: what each content weighs, once, whether a file, a version or the bin points to it. It
    changes in the transaction that adds or removes the content.
    """

    beneficiary = models.OneToOneField(Beneficiary, models.PROTECT, related_name="space", verbose_name="bénéficiaire")
    quota_bytes = models.PositiveBigIntegerField("place accordée (octets)")
    used_bytes = models.PositiveBigIntegerField("place occupée (octets)", default=0)
    made_at = models.DateTimeField("ouvert le")
    suspended_at = models.DateTimeField("suspendu le", null=True, blank=True)

    objects = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "dossier partagé"
        verbose_name_plural = "dossiers partagés"

    def __str__(self) -> str:
        return f"dossier {self.pk}"

    @property
    def free_bytes(self) -> int:
        """Return the bytes left in the quota."""
        return max(0, self.quota_bytes - self.used_bytes)


class Content(models.Model):
    """Bytes of a space, kept once under their digest; `kind` is what those bytes are, whatever the name says."""

    space = models.ForeignKey(Space, models.CASCADE, related_name="contents", verbose_name="dossier partagé")
    sha256 = models.CharField("empreinte", max_length=64)
    size = models.PositiveBigIntegerField("taille (octets)")
    kind = models.CharField("nature", max_length=80)
    added_at = models.DateTimeField("ajouté le")
    is_unread = models.BooleanField("trop grand pour l’antivirus", default=False, db_default=False)

    objects = ScopedManager(beneficiary="space__beneficiary")

    class Meta:
        verbose_name = "contenu"
        constraints = [models.UniqueConstraint(fields=["space", "sha256"], name="a_content_once_in_a_space")]

    def __str__(self) -> str:
        return f"contenu {self.pk}"

    @property
    def stored_name(self) -> str:
        """Return the name of its bytes in the storage."""
        return stored_name(self.space_id, self.sha256)


def stored_name(space: int, sha256: str) -> str:
    """The name, in the storage, of these bytes of this space: two spaces never share theirs."""
    return f"{space}/{sha256[:2]}/{sha256}"


class Entry(models.Model):
    """A folder or a file. The root of a space is the one without a parent.

    Names keep their case and are told apart without it, as Windows and macOS do: `key` is `filenames.key_of`. What is
    in the bin keeps its place: `trashed_with` designates what was thrown away (itself, or the folder it was in).
    """

    space = models.ForeignKey(Space, models.CASCADE, related_name="entries", verbose_name="dossier partagé")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children", verbose_name="dossier qui le contient"
    )
    name = models.CharField("nom", max_length=255, blank=True)
    key = models.CharField("nom sans casse", max_length=800, blank=True)
    search_name = models.CharField("nom cherché", max_length=800, blank=True)
    sort_name = models.CharField("nom classé", max_length=1000, blank=True, db_default="")
    is_folder = models.BooleanField("dossier")
    content = models.ForeignKey(
        Content, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name="contenu"
    )
    size = models.PositiveBigIntegerField("taille (octets)", default=0)
    made_at = models.DateTimeField("créé le")
    modified_at = models.DateTimeField("modifié le")
    modified_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="modifié par"
    )
    trashed_with = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="thrown", verbose_name="jeté avec"
    )
    trashed_at = models.DateTimeField("jeté le", null=True, blank=True)
    trashed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="jeté par"
    )

    objects = ScopedManager(beneficiary="space__beneficiary")

    class Meta:
        verbose_name = "fichier ou dossier"
        verbose_name_plural = "fichiers et dossiers"
        ordering = ["-is_folder", "sort_name", "pk"]
        indexes = [
            models.Index(fields=["parent", "-is_folder", "sort_name"], name="file_in_its_folder"),
            models.Index(fields=["space", "trashed_at"], name="file_in_the_bin", condition=Q(trashed_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "key"], condition=Q(trashed_with__isnull=True), name="one_live_file_of_a_name"
            ),
            models.UniqueConstraint(fields=["space"], condition=Q(parent__isnull=True), name="one_root_in_a_space"),
            models.CheckConstraint(
                condition=Q(is_folder=True, content__isnull=True) | Q(is_folder=False, content__isnull=False),
                name="a_file_has_a_content_and_a_folder_none",
            ),
            models.CheckConstraint(
                condition=Q(trashed_at__isnull=True) | Q(trashed_with=F("id")), name="what_is_thrown_is_thrown_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{'dossier' if self.is_folder else 'fichier'} {self.pk}"

    @property
    def beneficiary_id(self) -> int:
        """Whose it is: the journal reads it."""
        return self.space.beneficiary_id

    def call(self, name: str) -> list[str]:
        """Set the name, without saving; return the columns to save."""
        columns = filenames.columns_of(name)
        for column, value in columns.items():
            setattr(self, column, value)
        return list(columns)

    @property
    def is_root(self) -> bool:
        return self.parent_id is None

    @property
    def is_live(self) -> bool:
        """Say whether the entry is in the folder, not in the bin."""
        return self.trashed_with_id is None

    @property
    def is_unread(self) -> bool:
        """Whether it was kept without having been read by the antivirus, which reads no file of this size."""
        return self.content is not None and self.content.is_unread

    @property
    def etag(self) -> str:
        """The same for the same bytes, as HTTP compares them."""
        return self.content.sha256[:40] if self.content else ""

    @property
    def content_type(self) -> str:
        """Return the media type it is served as: by its bytes, and by its name only among what those bytes may be."""
        return served_as(self.name, self.content.kind) if self.content else ""


class Version(models.Model):
    """A version of a file before it was written over."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="versions", verbose_name="fichier")
    content = models.ForeignKey(Content, models.PROTECT, related_name="versions", verbose_name="contenu")
    size = models.PositiveBigIntegerField("taille (octets)")
    modified_at = models.DateTimeField("écrite le")
    modified_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="écrite par"
    )
    kept_at = models.DateTimeField("remplacée le")

    objects = ScopedManager(beneficiary="entry__space__beneficiary")

    class Meta:
        verbose_name = "version d’un fichier"
        verbose_name_plural = "versions des fichiers"
        ordering = ["-kept_at", "-pk"]

    def __str__(self) -> str:
        return f"version {self.pk} du fichier {self.entry_id}"


class Level(models.TextChoices):
    """Rights of a role in a folder."""

    NONE = "none", "aucun accès"
    READ = "read", "lecture"
    WRITE = "write", "lecture et écriture"


# Who is given rights, in the order of the table.
ROLES = BENEFICIARY_ROLES


class FolderRight(models.Model):
    """The right of a role in one of the first folders, and in all it contains. Without a row: `rules.level_of`."""

    folder = models.ForeignKey(Entry, models.CASCADE, related_name="rights", verbose_name="dossier")
    role = models.CharField("rôle", max_length=20, choices=[(role.value, role.label) for role in ROLES])
    level = models.CharField("droit", max_length=5, choices=Level.choices)

    objects = ScopedManager(beneficiary="folder__space__beneficiary")

    class Meta:
        verbose_name = "droit sur un dossier"
        verbose_name_plural = "droits sur les dossiers"
        constraints = [models.UniqueConstraint(fields=["folder", "role"], name="one_right_of_a_role_on_a_folder")]

    def __str__(self) -> str:
        return f"{self.get_role_display()}\u00a0: {self.get_level_display()} ({self.folder_id})"


class Link(models.Model):
    """A link that opens a file, or a folder, to whoever has it, until an instant.

    Only its digest is kept: whoever reads the database opens nothing. `count` is how many times it was opened, never by
    whom.
    """

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="links", verbose_name="fichier ou dossier")
    token_sha256 = models.CharField("empreinte du lien", max_length=64, unique=True)
    password = models.CharField("mot de passe", max_length=200, blank=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="fait par")
    made_at = models.DateTimeField("fait le")
    expires_at = models.DateTimeField("valable jusqu’au")
    count = models.PositiveIntegerField("ouvertures", default=0)
    opened_at = models.DateTimeField("ouvert pour la dernière fois le", null=True, blank=True)
    ended_at = models.DateTimeField("arrêté le", null=True, blank=True)

    objects = ScopedManager(beneficiary="entry__space__beneficiary")

    class Meta:
        verbose_name = "lien de partage"
        verbose_name_plural = "liens de partage"
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"lien {self.pk}"

    @property
    def beneficiary_id(self) -> int:
        """Whose it is: the journal reads it."""
        return self.entry.beneficiary_id

    def is_over(self, at: datetime) -> bool:
        """Say whether the link is over."""
        return self.ended_at is not None or self.expires_at <= at


class Lock(models.Model):
    """A file or a folder that a program holds while it writes (RFC 4918, section 6), seen by every process and machine.

    `path` is the address of what it holds under the network drive. It goes when the program gives it back, or when its
    time is over.
    """

    class Scope(models.TextChoices):
        EXCLUSIVE = "exclusive", "exclusif"
        SHARED = "shared", "partagé"

    space = models.ForeignKey(Space, models.CASCADE, related_name="locks", verbose_name="dossier partagé")
    token = models.CharField("jeton", max_length=120, unique=True)
    path = models.TextField("adresse")
    scope = models.CharField("portée", max_length=10, choices=Scope.choices)
    is_deep = models.BooleanField("tient aussi ce qu’il contient")
    owner = models.TextField("tel que le programme se nomme", blank=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name="tenu par")
    timeout = models.PositiveIntegerField("durée (secondes)")
    expires_at = models.DateTimeField("tenu jusqu’au")

    objects = ScopedManager(beneficiary="space__beneficiary")

    class Meta:
        verbose_name = "verrou"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"verrou {self.pk}"


class Property(models.Model):
    """A property that a program wrote on a file or a folder (RFC 4918, section 4), given back as it came."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="properties", verbose_name="fichier ou dossier")
    name = models.CharField("nom", max_length=500)
    value = models.TextField("valeur")

    objects = ScopedManager(beneficiary="entry__space__beneficiary")

    class Meta:
        verbose_name = "propriété d’un fichier"
        verbose_name_plural = "propriétés des fichiers"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["entry", "name"], name="one_property_of_a_name_on_a_file")]

    def __str__(self) -> str:
        return f"propriété {self.pk}"
