"""The words that bind are those recorded, and each version says what it is."""

from __future__ import annotations

from django.conf import settings

from socle.documents import texts


def test_every_version_of_a_text_is_the_one_recorded_and_none_is_missing():
    assert {seed.path: seed.sha256 for seed in texts.seeds()} == texts.recorded_hashes()


def test_every_version_says_what_it_is_for_who_validated_it_and_what_changed():
    for seed in texts.seeds():
        readme = (settings.TEXTS_ROOT / seed.name / seed.version / "README.md").read_text()
        for heading in ("Statut", "À quoi sert ce texte", "Fondements", "Ce qui a changé"):
            assert heading in readme, (seed.path, heading)
