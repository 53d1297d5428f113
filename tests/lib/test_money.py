"""Amounts and shares as they are written."""

from __future__ import annotations

from decimal import Decimal

import pytest

from socle.lib.money import in_percent


@pytest.mark.parametrize(
    ("share", "said"), [("0.8", "80"), ("0.80", "80"), ("0.625", "62,5"), ("1", "100"), ("0.333333", "33,3333")]
)
def test_a_share_in_per_cent_has_its_own_decimals(share, said):
    assert in_percent(Decimal(share)) == f"{said}\u00a0%"
