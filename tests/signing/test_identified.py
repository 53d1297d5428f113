"""Whoever signs outside a demonstration is identified again for that gesture; the form they sent is not lost."""

from __future__ import annotations

import pytest

from tests.signing.test_seal import authorities, sealed_by_the_operator  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
