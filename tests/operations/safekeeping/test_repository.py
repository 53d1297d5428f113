"""What restic could not do is said in French, with its remedy, to whoever runs the platform."""

from __future__ import annotations

import pytest

from socle.lib.restic import Failed, Kind
from socle.operations.safekeeping.repository import DamagedRepository, refusal


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_each_failure_is_a_sentence(kind: Kind) -> None:
    refused = refusal(Failed(1, ["Fatal: {quoi}"], kind=kind), "/mnt/sauvegardes")
    assert isinstance(refused, DamagedRepository) is (kind is Kind.DAMAGED)
    assert refused.sentence[0].isupper() or kind is Kind.ABSENT
    assert "{" not in refused.sentence.replace("{quoi}", "")
