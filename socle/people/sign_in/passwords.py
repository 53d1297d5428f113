"""Validation of passwords: the words of the house, which whoever knows the mairie would try first.

Asked by OWASP ASVS 5.0 (6.1.2, 6.2.11). The words are those of the names around the person, and those of settings.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError

from socle.lib.text import folded
from socle.people.models import Beneficiary, Operator, User

SHORTEST = 3
# What one adds to a word to satisfy a form.
PADDING = re.compile(r"[\d\W_]+")


def words_around(user: User | None) -> set[str]:
    """The words, folded, of the operators' names, of the bodies this person serves, and those that settings add."""
    names = [*settings.SOCLE_PASSWORD_WORDS, *Operator.objects.values_list("name", flat=True)]
    if user is not None and user.pk:
        served = Beneficiary.objects.filter(memberships__user=user)
        names += served.values_list("name", flat=True)
    return {word for name in names for word in PADDING.split(folded(name)) if len(word) >= SHORTEST}


class ContextWordsValidator:
    """Refuse a password that is nothing but words of the house, whatever digits and signs are put between them."""

    def validate(self, password: str, user: User | None = None) -> None:
        left = PADDING.sub("", folded(password))
        if left and _is_made_of(left, words_around(user)):
            raise ValidationError(
                "Ce mot de passe n’est fait que de noms d’ici (commune, opérateur, plateforme)\u00a0: c’est ce qu’on "
                "essaierait d’abord. Ajoutez-lui d’autres mots.",
                code="words_of_the_house",
            )

    def get_help_text(self) -> str:
        return (
            "Votre mot de passe ne peut pas être fait des seuls noms de la commune, de l’opérateur ou de la plateforme."
        )


def _is_made_of(text: str, words: set[str]) -> bool:
    """Whether the text is words put end to end. Each place is looked at once, whatever the words."""
    reached = {0}
    for place in range(len(text)):
        if place in reached:
            reached |= {place + len(word) for word in words if text.startswith(word, place)}
    return len(text) in reached
