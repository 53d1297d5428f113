"""Parameters that a text or a practice fixes in numbers. An operator may choose otherwise.

A number that was only remembered is never written in a rule: it is here, where it can be seen and changed
(`SOCLE_SITES_PARAMETERS=audit-months=24,news-months=12`). Without a source, it is the platform's choice.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from socle.lib.text import whole

PARAMETERS: dict[str, int] = {
    # How long an audit of accessibility holds, counted from its day: the statement is renewed three years at most after
    # it appeared (accessibilite.numerique.gouv.fr, obligations, « Validité de la déclaration d’accessibilité »).
    "audit-months": 36,
    # How long before that end it is told.
    "audit-warning-months": 6,
    # The longest multi-year plan of accessibility (loi n° 2005-102, article 47, III, as told by the same site).
    "plan-years": 3,
    # From which age of its last news a site looks abandoned.
    "news-months": 6,
    # How long without a published act it is told: a council meets once a quarter (CGCT, L. 2121-7, from memory).
    "acts-months": 4,
    # The full receipt of a request, in working days after it came (CRPA, R. 112-11-2).
    "receipt-working-days": 10,
    # From which age a free page, or that of the procedures, asks to be read again.
    "page-months": 18,
    # The minutes left to withdraw an alert before it leaves by e-mail, but in urgency.
    "alert-mail-minutes": 3,
}


def value_of(code: str) -> int:
    """Return the number in force: the operator's, else the one by default."""
    chosen = settings.SOCLE_SITES_PARAMETERS.get(code)
    if chosen is None:
        return PARAMETERS[code]
    if not 1 <= (whole(str(chosen)) or 0) <= 600:
        raise ImproperlyConfigured(
            f"SOCLE_SITES_PARAMETERS\u00a0: «\u00a0{code}={chosen}\u00a0» n’est pas un nombre entier de 1 à 600. "
            "Corrigez-le."
        )
    return int(chosen)
