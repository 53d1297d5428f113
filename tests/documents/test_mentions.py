"""The table paper × mandatory mention, made from the PDFs: each mention whose article was read has its page."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django_scopes import scopes_disabled

from socle.agreements.document import render_agreement
from socle.assemblies import actions
from socle.documents import official
from socle.documents.texts import seeds
from socle.people.models import Beneficiary, Role
from tests import factories as f
from tests.agreements.facts import agreement
from tests.assemblies.conftest import SESSION, held

# What the codes want of each paper, by those articles that somebody read.
WANTED = {
    "convocation": {"CGCT, L. 2121-10"},
    "deliberation": {"CGCT, L. 2121-15", "CGCT, L. 2121-17", "CGCT, R. 2121-9"},
    "liste": {"CGCT, L. 2121-25"},
    "proces-verbal": {"CGCT, L. 2121-15", "CGCT, L. 2121-17"},
    "certificat-affichage": {"CGCT, L. 2121-25"},
    "registre": {"CGCT, R. 2121-9", "CGCT, L. 2121-10", "CGCT, L. 2121-15", "CGCT, L. 2121-17"},
    "convention": {"CGCT, L. 2131-1", "RGPD, 28, 3", "RGPD, 28, 4"},
    "bordereau-elimination": {"Code du patrimoine, R. 212-14", "Code du patrimoine, L. 214-3, R. 212-14, R. 212-51"},
}
PAGE, ARTICLE, IS_READ = (official.HEADERS.index(one) for one in ("Page", "Article", "Article lu"))


def kind(code: str) -> official.Official:
    return next(one for one in official.kinds() if one.code == code)


def absent(of: official.Official, pages: list[str]) -> list[str]:
    return [line[4] for line in official.table([(of, f"{of.code}.pdf", pages)]) if line[PAGE] == "absente"]


@pytest.mark.parametrize("code", WANTED)
def test_each_article_that_was_read_has_its_mention(code: str) -> None:
    lines = official.table([(kind(code), f"{code}.pdf", [""])])
    assert {line[ARTICLE] for line in lines if line[IS_READ] == "oui"} == WANTED[code]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_papers_of_a_session_bear_each_mention_on_a_page_and_are_told_when_they_do_not() -> None:
    with scopes_disabled():
        place = Beneficiary.objects.get(pk=f.beneficiary().pk)
        by = f.member(Role.SECRETARY, place)
        meeting = held(place, by)
        actions.write_discussion(meeting, discussion="On a parlé de la toiture.", by=by, at=SESSION)
        days = {"first_on": date(2026, 12, 4), "last_on": date(2026, 12, 18)}
        actions.certify_posting(meeting, what="list", **days, by=by, at=SESSION + timedelta(days=20))
        codes = [code for code in WANTED if code not in ("convention", "bordereau-elimination")]
        made = {code: kind(code).make(SESSION) for code in codes}
    for code, pdf in made.items():
        assert pdf is not None, code
        pages = official.pages_of(pdf)
        assert absent(kind(code), pages) == [], (code, pages)
        assert absent(kind(code), [""]) == [one.what for one in kind(code).mentions]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convention-tripartite", "convention-prestation"])
def test_both_variants_of_the_agreement_bear_what_article_28_wants(name: str) -> None:
    version, body = max((one.version, one.body) for one in seeds() if one.name == name)
    facts = agreement(model_name=name, model_version=version, vat_regime="hors du champ de la TVA")
    pages = official.pages_of(render_agreement(facts, body))
    assert absent(kind("convention"), pages) == [], pages
    without = [page.replace("audits", "…") for page in pages]
    assert absent(kind("convention"), without) == ["Audits (h)"]


def test_a_word_that_the_end_of_a_line_cuts_is_read_whole() -> None:
    for pattern, page in (("pleinement", "pleine\ufffement"), ("Saint-Pol", "Saint\ufffePol"), ("plein", "plein")):
        assert official.Mention("", pattern).found_in(["", page]) == 2
    assert official.Mention("", "pleinement").found_in(["pleine ment"]) is None
