"""SIREN and SIRET numbers: nine and fourteen digits, the last of which is a key (INSEE, répertoire Sirene)."""

from stdnum import luhn
from stdnum.fr import siren as sirens
from stdnum.fr import siret as sirets


def normalise(text: str) -> str:
    """Return the number without the spaces and dots people type."""
    return "".join(text.replace(".", "").split())


def why_not_siren(siren: str) -> str | None:
    """Say in French why this is not a SIREN, or None."""
    if not (siren.isascii() and siren.isdigit() and len(siren) == 9):
        return "Un SIREN compte 9 chiffres."
    if not sirens.is_valid(siren):
        return "La clé de ce SIREN est fausse : vérifiez chaque chiffre."
    return None


def why_not_siret(siret: str) -> str | None:
    """Say in French why this is not a SIRET, or None."""
    if not (siret.isascii() and siret.isdigit() and len(siret) == 14):
        return "Un SIRET compte 14 chiffres : les 9 du SIREN puis les 5 de l’établissement (NIC)."
    if not sirets.is_valid(siret):
        return "La clé de ce SIRET est fausse : vérifiez chaque chiffre."
    return None


def complete(siren: str, establishment: str = "0001") -> str:
    """Return the SIRET made of a nine-digit SIREN, a four-digit establishment number and the Luhn key.

    Raises ValueError when the two parts have not these lengths.
    """
    if why_not_siren(siren) or not (establishment.isdigit() and len(establishment) == 4):
        raise ValueError("a SIREN of 9 digits and an establishment number of 4 are needed")
    stem = siren + establishment
    return stem + luhn.calc_check_digit(stem)


def spaced(siret: str) -> str:
    """Return the number as people read it: 200 039 386 00038 (no-break spaces)."""
    parts = [siret[0:3], siret[3:6], siret[6:9], siret[9:14]]
    return "\u00a0".join(part for part in parts if part)
