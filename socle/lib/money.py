"""Amounts in euros: Decimal, rounded half up to the cent, written as in French administration."""

from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def to_cents(amount: Decimal) -> Decimal:
    """Round to the cent, half up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def euros(amount: Decimal) -> str:
    """Return « 1 234,50 € »: narrow no-break space between thousands, no-break space before the sign."""
    text = f"{to_cents(amount):,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"{text}\u00a0€"


def in_percent(share: Decimal) -> str:
    """Return « 62,5 % » for 0.625, with the decimals that it has and no more."""
    return f"{(share * 100).normalize():f}".replace(".", ",") + "\u00a0%"
