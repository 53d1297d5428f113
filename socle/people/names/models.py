"""Domain names that public bodies own, and the token that proves each."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

# Before the name that it proves: nobody else's record is there.
LABEL = "_socle"
TOKEN_BYTES = 16


class Use(models.TextChoices):
    """What a name serves."""

    SITE = "site", "site internet"
    MAIL = "mail", "messagerie"

    @property
    def field(self) -> str:
        """The column that says whether a name serves it."""
        return f"is_for_{self.value}"


def new_token() -> str:
    """What a body copies in its zone: 128 bits of chance, in letters that every form of a registrar takes."""
    return secrets.token_hex(TOKEN_BYTES)


class OwnName(models.Model):
    """A domain name that a beneficiary gives to its site, to its mail or to both, until neither has it.

    `name` is in ASCII, without `www.`. `token` is what its zone is to say, once: whoever writes there decides of it.
    The names that the operator gives under its own domains are nobody's own, and have no row.
    """

    beneficiary = models.ForeignKey(
        "people.Beneficiary", models.CASCADE, related_name="own_names", verbose_name="bénéficiaire"
    )
    name = models.CharField("nom de domaine", max_length=249, db_index=True)
    is_for_site = models.BooleanField("sert au site", default=False, db_default=False)
    is_for_mail = models.BooleanField("sert à la messagerie", default=False, db_default=False)
    token = models.CharField("jeton à publier", max_length=64, default=new_token)
    claimed_at = models.DateTimeField("donné le")
    # Empty for one that served before proofs were asked: it goes on, and is to be proved.
    proved_at = models.DateTimeField("prouvé le", null=True, blank=True)

    objects: ClassVar[models.Manager[OwnName]] = ScopedManager(beneficiary="beneficiary")

    class Meta:
        verbose_name = "nom de domaine d’un organisme"
        verbose_name_plural = "noms de domaine des organismes"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["beneficiary", "name"], name="one_row_per_own_name_of_a_beneficiary")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def proof_host(self) -> str:
        """Where its zone is to say the token."""
        return f"{LABEL}.{self.name}"

    @property
    def proof(self) -> str:
        """The text to publish there."""
        return f"socle-preuve={self.token}"
