"""Departments, EPCI, communes and what is known of them in each vintage."""

from __future__ import annotations

from django.db import models


class Department(models.Model):
    """A department or the overseas collectivity that holds its place in INSEE's code."""

    code = models.CharField("code", max_length=3, unique=True)
    name = models.CharField("nom", max_length=80)

    class Meta:
        verbose_name = "département"
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Epci(models.Model):
    """An établissement public de coopération intercommunale à fiscalité propre."""

    siren = models.CharField("SIREN", max_length=9, unique=True)
    name = models.CharField("nom", max_length=160)
    kind = models.CharField("nature", max_length=12)

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Vintage(models.Model):
    """One year of the official geographic code, with the populations published with it."""

    year = models.PositiveSmallIntegerField("millésime", unique=True)
    source = models.CharField("source", max_length=200)
    population_definition = models.CharField("définition de la population", max_length=200)
    checksum = models.CharField("empreinte des fichiers chargés", max_length=64, blank=True)

    class Meta:
        verbose_name = "millésime"
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class CommuneQuerySet(models.QuerySet["Commune"]):
    def current(self) -> CommuneQuerySet:
        """Communes that exist today: those of the latest vintage loaded."""
        return self.filter(gone_in__isnull=True)


class Commune(models.Model):
    """A commune. Shown by its INSEE code, never keyed by it: communes merge, split and are renamed.

    `population` is that of the latest vintage loaded (None for a commune that is no more, and for a few overseas);
    each vintage keeps its own in `CommuneInVintage`. A commune that merged keeps its row: the day is not published
    with the code, `gone_in` is the first vintage without it. One whose code alone changed keeps its row too.
    """

    insee_code = models.CharField("code INSEE", max_length=5, unique=True)
    name = models.CharField("nom", max_length=80)
    search_name = models.CharField("nom pour la recherche", max_length=80, db_index=True)
    department = models.ForeignKey(Department, models.PROTECT, related_name="communes", verbose_name="département")
    epci = models.ForeignKey(Epci, models.PROTECT, null=True, blank=True, related_name="communes", verbose_name="EPCI")
    siren = models.CharField("SIREN", max_length=9, blank=True, db_index=True)
    population = models.PositiveIntegerField("population", null=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="fusionnée dans"
    )
    gone_in = models.PositiveSmallIntegerField("absente depuis le millésime", null=True, blank=True)

    objects = CommuneQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        ordering = ["search_name", "insee_code"]
        indexes = [models.Index(fields=["department", "population"], name="commune_dept_population")]

    def __str__(self) -> str:
        return f"{self.name} ({self.insee_code})"

    @property
    def heir(self) -> Commune:
        """The commune that stands here today: itself, or the one it merged into, followed to the end."""
        commune = self
        while commune.merged_into is not None:
            commune = commune.merged_into
        return commune


class FormerCommune(models.Model):
    """A code or a name people still use for a part of a commune: a delegated commune, one absorbed long ago.

    `name` is blank where the source gives the code alone. The code may be that of the commune itself, when the part
    that holds the town hall kept its own name.
    """

    class Kind(models.TextChoices):
        DELEGATED = "delegated", "commune déléguée"
        ASSOCIATED = "associated", "commune associée"
        DISTRICT = "district", "arrondissement municipal"
        ABSORBED = "absorbed", "ancienne commune"

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="former_communes", verbose_name="commune")
    insee_code = models.CharField("code INSEE", max_length=5, unique=True)
    name = models.CharField("nom", max_length=80, blank=True)
    search_name = models.CharField("nom pour la recherche", max_length=80, blank=True, db_index=True)
    kind = models.CharField("nature", max_length=10, choices=Kind.choices)

    class Meta:
        verbose_name = "ancienne commune"
        verbose_name_plural = "anciennes communes"
        ordering = ["search_name", "insee_code"]

    def __str__(self) -> str:
        return f"{self.name or '?'} ({self.insee_code})"


class CommuneInVintage(models.Model):
    """Facts of a commune in a vintage: its code, its name and its population that year."""

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="vintages", verbose_name="commune")
    vintage = models.ForeignKey(Vintage, models.CASCADE, related_name="communes", verbose_name="millésime")
    insee_code = models.CharField("code INSEE", max_length=5)
    name = models.CharField("nom", max_length=80)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="département")
    population = models.PositiveIntegerField("population", null=True)

    class Meta:
        verbose_name = "commune dans un millésime"
        verbose_name_plural = "communes dans un millésime"
        constraints = [
            models.UniqueConstraint(fields=["vintage", "insee_code"], name="one_commune_per_code_and_vintage"),
        ]
        indexes = [models.Index(fields=["vintage", "department", "population"], name="vintage_dept_population")]

    def __str__(self) -> str:
        return f"{self.name} ({self.insee_code}, {self.vintage_id})"


class PostalCode(models.Model):
    """One postal code of a commune; a commune may have several, a code several communes."""

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="postal_codes", verbose_name="commune")
    code = models.CharField("code postal", max_length=5, db_index=True)

    class Meta:
        verbose_name = "code postal"
        verbose_name_plural = "codes postaux"
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["commune", "code"], name="one_row_per_postal_code")]

    def __str__(self) -> str:
        return self.code


class TownHall(models.Model):
    """The public facts of a mairie, from the DILA's directory (Licence Ouverte). Nothing about elected people.

    `email` is blank when the published address looks like a named person's: then `email_withheld` says so.
    """

    commune = models.OneToOneField(Commune, models.CASCADE, related_name="town_hall", verbose_name="commune")
    address = models.CharField("adresse", max_length=250, blank=True)
    postal_code = models.CharField("code postal", max_length=5, blank=True)
    city = models.CharField("ville", max_length=100, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("courriel", blank=True)
    email_withheld = models.BooleanField("courriel retenu", default=False)
    website = models.URLField("site", max_length=300, blank=True)
    latitude = models.FloatField("latitude", null=True)
    longitude = models.FloatField("longitude", null=True)
    as_of = models.DateField("à la date du", null=True)

    class Meta:
        verbose_name = "mairie"

    def __str__(self) -> str:
        return f"mairie, commune {self.commune_id}"


class IdentityStation(models.Model):
    """A mairie equipped to issue identity cards and passports, as a list that the operator loaded says.

    It is where the mairie of its commune is; the whole list is replaced by the next.
    """

    commune = models.OneToOneField(Commune, models.CASCADE, related_name="identity_station", verbose_name="commune")
    name = models.CharField("nom", max_length=160, blank=True)
    phone = models.CharField("téléphone", max_length=30, blank=True)
    source = models.CharField("source", max_length=200)
    as_of = models.DateField("à la date du")

    class Meta:
        verbose_name = "mairie équipée pour les titres d’identité"
        verbose_name_plural = "mairies équipées pour les titres d’identité"

    def __str__(self) -> str:
        return f"mairie équipée, commune {self.commune_id}"


class OpeningHours(models.Model):
    """One opening of the mairie in the week, as published: days from Monday (1) to Sunday (7), local time."""

    town_hall = models.ForeignKey(TownHall, models.CASCADE, related_name="opening_hours", verbose_name="mairie")
    first_day = models.PositiveSmallIntegerField("du jour")
    last_day = models.PositiveSmallIntegerField("au jour")
    opens = models.TimeField("ouvre à")
    closes = models.TimeField("ferme à")
    note = models.CharField("précision", max_length=200, blank=True)

    class Meta:
        verbose_name = "horaire d’ouverture"
        verbose_name_plural = "horaires d’ouverture"
        ordering = ["first_day", "opens"]

    def __str__(self) -> str:
        return f"{self.first_day}-{self.last_day} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Outline(models.Model):
    """The simplified outline of a commune: rings of [longitude, latitude] in WGS 84, from IGN ADMIN EXPRESS."""

    commune = models.OneToOneField(Commune, models.CASCADE, related_name="outline", verbose_name="commune")
    rings = models.JSONField("anneaux")

    class Meta:
        verbose_name = "contour"

    def __str__(self) -> str:
        return f"contour, commune {self.commune_id}"
