"""Who keeps which filter of a list, at the bounds: its author, its operator, its name, its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from socle.people import filter_rules as rules
from socle.people.models import Role, SavedFilter, User
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def kept(by: User | None, name: str = "À voir", **more: Any) -> SavedFilter:
    fields = {"user": by, "operator": f.programme().lead(), "list_code": "communes", "name": name, "query": "q=x"}
    return SavedFilter.objects.create(**{"saved_at": f.NOW, **fields, **more})


def colleague() -> User:
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead(), email="collegue@exemple.invalid")


def stranger() -> User:
    return f.member(Role.CDG_ADVISOR, f.programme().centre_de_gestion_of(f.department("59")))


@pytest.mark.parametrize(
    ("by", "query", "name", "words"),
    [
        (None, "q=x", "À voir", None),
        (stranger, "q=x", "À voir", "les personnes de cet opérateur"),
        (None, "", "À voir", "Rien n’est filtré"),
        (None, "q=x", "", "Donnez un nom"),
    ],
)
def test_who_saves_what(officer: User, by: Callable[[], User] | None, query: str, name: str, words: str | None) -> None:
    who = by() if by else officer
    found = rules.why_not_save_filter(f.programme().lead(), "communes", name, query, by=who, on=f.TODAY)
    assert words in found if words and found else found is words


def test_one_keeps_so_many_filters_of_a_list_and_replaces_one_of_its_name(officer: User) -> None:
    def why(name: str, code: str = "communes", by: User = officer) -> str | None:
        return rules.why_not_save_filter(f.programme().lead(), code, name, "q=x", by=by, on=f.TODAY)

    for rank in range(rules.MOST_SAVED_FILTERS - 1):
        kept(officer, str(rank))
    # None of these counts: removed, of another list, of somebody else, shared.
    kept(officer, "enlevé", removed_at=f.NOW)
    kept(officer, "ailleurs", list_code="agreements")
    kept(None, "partagé")
    assert why("nouveau") is None
    kept(officer, "dernier")
    assert "déjà 30 filtres" in (why("nouveau") or "")
    assert why("dernier") is why("nouveau", "agreements") is why("nouveau", by=colleague()) is None


@pytest.mark.parametrize(
    ("author", "by", "words"),
    [
        ("officer", "officer", None),
        ("officer", "colleague", "à la personne qui le partage"),
        ("officer", "stranger", "à la personne qui le partage"),
        (None, "colleague", None),
        (None, "stranger", "les personnes de cet opérateur"),
    ],
)
def test_a_filter_is_its_author_s_or_everybody_s_there(
    officer: User, author: str | None, by: str, words: str | None
) -> None:
    who = {"officer": lambda: officer, "colleague": colleague, "stranger": stranger}
    saved = kept(who[author]() if author else None)
    gone = kept(saved.user, "Enlevé", removed_at=f.NOW)
    given = {"by": who[by](), "on": f.TODAY}
    answers = [
        rules.why_not_keep_filter(saved, **given),
        rules.why_not_change_filter(saved, **given),
        rules.why_not_rename_filter(saved, "Autre", **given),
        rules.why_not_restore_filter(gone, **given),
    ]
    assert all(words in (found or "") for found in answers) if words else answers == [None] * 4
    assert (words or "est supprimé") in (rules.why_not_change_filter(gone, **given) or "")
    assert (words or "Donnez un nom") in (rules.why_not_rename_filter(saved, "", **given) or "")


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        ({}, True),
        ({"name": "Autre"}, False),
        ({"list_code": "agreements"}, False),
        ({"removed_at": f.NOW}, False),
        ({"user": None}, False),
    ],
)
def test_two_filters_of_one_person_on_a_list_have_two_names(
    officer: User, other: dict[str, Any], is_refused: bool
) -> None:
    gone = kept(officer, removed_at=f.NOW)
    assert rules.why_not_restore_filter(gone, by=officer, on=f.TODAY) is None
    kept(other.pop("user", officer), **other)
    saved = kept(officer, "Avant")
    for found in (
        rules.why_not_restore_filter(gone, by=officer, on=f.TODAY),
        rules.why_not_rename_filter(saved, "À voir", by=officer, on=f.TODAY),
    ):
        assert ("Un autre de vos filtres" in (found or "")) is is_refused
    # Its own name is no other's.
    assert rules.why_not_rename_filter(saved, "Avant", by=officer, on=f.TODAY) is None
