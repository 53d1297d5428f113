"""Signed files of others, read in a process of its own: the same findings, whatever they cost, and nobody asked."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from asn1crypto import x509
from django.utils import timezone
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError

from socle.documents import actions as documents
from socle.lib import children, http
from socle.lib.refusals import Refused
from socle.signing import actions, apart, contexts, pades, validation
from socle.signing.contexts import Known
from socle.signing.contract import trust
from socle.signing.report import Verdict
from socle.signing.verification import verify
from tests.signing import hostile
from tests.signing.conftest import FIELDS
from tests.signing.test_deposits import signed_elsewhere

pytestmark = [pytest.mark.django_db, pytest.mark.seals]
HOSTILE = {
    "eight of one name": (lambda content: hostile.signed_by_many(content, 8), "du même nom"),
    "fourteen of one name": (lambda content: hostile.signed_by_many(content, 14), "du même nom"),
    "sixty of one name": (lambda content: hostile.signed_by_many(content, 60), "plus de 20 certificats"),
    "free objects": (hostile.many_free_entries, "ne se lit pas"),
}


@pytest.fixture
def round_(operator, document, people):
    people[0].name = "Claire Exemple"
    people[0].save(update_fields=["name"])
    return actions.open_round(document, slots=list(FIELDS.items()), by=people[0], at=timezone.now())


@pytest.mark.apart
@pytest.mark.slow
def test_a_deposit_is_judged_by_a_process_whose_lists_are_fetched_for_it(
    round_, document, people, authorities, monkeypatch
):
    asked: list[str] = []
    get, post = http.get, http.post
    monkeypatch.setattr(http, "get", lambda url, **others: asked.append(url) or get(url, **others))
    monkeypatch.setattr(http, "post", lambda url, **others: asked.append(url) or post(url, **others))
    content = signed_elsewhere(documents.read(document), authorities)
    prepared = actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())
    assert {url.removeprefix(authorities.url).split("/")[2] for url in asked} >= {"ocsp", "crls", "tsa"}
    taken = actions.fill(round_.slots.first(), prepared, by=people[0])
    report = verify(documents.read(taken))
    assert [(one.level, one.problems) for one in report.signatures] == [("B-LT", ())]
    # The same bytes, read where nothing is known of them.
    at = timezone.now()
    known = Known(trust().anchors(), trust().others())
    assert apart.read(prepared.content, known, at=at) == validation.read(prepared.content, known, at=at)


@pytest.mark.apart
@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.slow
def test_a_file_made_to_cost_is_refused_and_costs_this_process_nothing(round_, document, people, case):
    make, sentence = HOSTILE[case]
    content = make(documents.read(document))
    with pytest.raises(Refused, match=sentence):
        actions.examine(round_.slots.first(), content, by=people[0], at=timezone.now())
    assert verify(content).verdict in (Verdict.UNREADABLE, Verdict.ALTERED)


@pytest.mark.apart
@pytest.mark.slow
def test_a_reading_that_costs_too_much_is_a_sentence(unsigned, monkeypatch):
    monkeypatch.setattr(apart, "_MOST_SECONDS", 0)
    found = apart.read(unsigned, Known([]), at=timezone.now())
    assert found.verdict is Verdict.UNREADABLE
    assert "demande bien plus" in found.problems[0]


def test_few_files_are_read_at_once(monkeypatch):
    monkeypatch.setattr(children, "MOST_SECONDS_BEFORE", 0)
    for _ in range(children.MOST_AT_ONCE):
        children._turns.acquire()
    try:
        with pytest.raises(Refused, match="déjà plusieurs fichiers"):
            children.talk_apart("socle.signing.apart", b"", seconds=1, most_waited=1, answer=lambda _: None)
    finally:
        for _ in range(children.MOST_AT_ONCE):
            children._turns.release()


def _tried(certificates: list[x509.Certificate], leaf: x509.Certificate, anchors: list[x509.Certificate]) -> int:
    context = contexts.bounded(ValidationContext(trust_roots=anchors, other_certs=certificates, allow_fetching=False))
    return len(asyncio.run(context.path_builder.async_build_paths(leaf)))


@pytest.mark.parametrize("count", [3, 8, 14, 60])
def test_so_many_authorities_of_one_name_are_so_many_tries_and_no_more(count):
    certificates = hostile.certificates_of_one_name(count)
    with pytest.raises(PathBuildingError):
        _tried(certificates, hostile.signer_under(certificates).signing_cert, [])


def test_a_chain_certified_twice_is_followed_both_ways():
    chain, leaf, roots = hostile.cross_certified()
    assert _tried(chain, leaf, roots) == 2
    assert _tried(chain, leaf, roots[1:]) == 1


def test_a_path_of_six_is_followed_and_no_longer_one():
    for length, is_found in ((6, True), (7, False)):
        chain, leaf, root = hostile.chain_of(length)
        if is_found:
            assert _tried(chain, leaf, [root]) == 1
        else:
            with pytest.raises(PathBuildingError):
                _tried(chain, leaf, [root])


@pytest.mark.slow
def test_three_signatures_with_their_proofs_and_the_stamp_are_within_the_bounds(operator, unsigned):
    content = unsigned
    for rank, field in enumerate(FIELDS):
        content = sealed_now(content, field, is_first=rank == 0, is_last=rank == 2)
    found = validation.read(content, Known(trust().anchors(), trust().others()), at=timezone.now())
    assert (found.verdict, [one.level for one in found.signatures], len(found.stamps)) == (None, ["B-LT"] * 3, 1)
    assert all(not one.problems for one in (*found.signatures, *found.stamps))


def sealed_now(content: bytes, field: str, *, is_first: bool, is_last: bool) -> bytes:
    statement = pades.Statement(field, "Commune", "Camille Exemple", "ab" * 32)
    signed, _ = pades.seal(
        content, trust=trust(), statement=statement, at=timezone.now(), quality="maire", place="", is_first=is_first,
        is_last=is_last,
    )  # fmt: skip
    return signed


@pytest.mark.slow
def test_every_reader_of_the_files_of_others_is_in_the_page_of_security():
    page = Path("docs/dev/security.md").read_text()
    sources = {path: path.read_bytes() for path in Path("socle").rglob("*.py") if path.name != "children.py"}
    users = [path for path, source in sources.items() if b"read_apart(" in source or b"talk_apart(" in source]
    assert len(users) >= 3
    assert [str(path) for path in users if f"`{path}`" not in page] == []
