"""Audits, criterion by criterion: proposed, judged, concluded, taken from a file; and the statement that follows."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from socle.lib.refusals import Refused
from socle.lib.spreadsheet import as_csv
from socle.people.models import Role
from socle.websites.accessibility import audits, known, reading, sheets, statement
from socle.websites.accessibility.audits import Judged, Planned
from socle.websites.accessibility.criteria import criteria, referential
from socle.websites.models import Audit, Change, Conformity, Judgement
from tests import factories as f

State = Judgement.State
ROOT = Path(__file__).resolve().parents[2]
PAGE = (
    '<!doctype html><html lang="fr"><head><title>Accueil</title></head><body><a href="#c">Aller au contenu</a>'
    '<header><nav><a href="/">Accueil</a></nav></header><main id="c"><p>Bonjour.</p>{}</main>'
    '<footer><a href="/plan-du-site/">Plan</a></footer></body></html>'
)


@pytest.fixture
def auditor(db):
    return f.member(Role.TECHNICIAN, f.programme().lead())


def concluded(website, by, *, failing=(), derogated=(), applicable=None, made_on=f.TODAY):
    """An audit whose criteria are conforming, but for these."""
    audit = audits.begin(website, by=by, at=f.NOW)
    said = []
    for number in criteria():
        state = State.CONFORMING if applicable is None or number in applicable else State.NOT_APPLICABLE
        said.append(Judged(number, State.FAILING if number in failing else state, note=f"vu en {number}"))
    audits.judge(audit, said, by=by, at=f.NOW)
    audits.judge(audit, derogated, by=by, at=f.NOW)
    audits.describe(
        audit, auditor="Atelier d’essai", made_on=made_on, tools="NVDA", pages=[("/", "Accueil")], by=by, at=f.NOW
    )
    return audits.conclude(audit, by=by, at=f.NOW)


def test_the_referential_has_its_106_criteria_in_13_themes_and_says_its_licence():
    assert (len(criteria()), len(referential().themes)) == (106, 13)
    assert "Licence Ouverte" in referential().licence
    assert not any(sign in one.title for one in criteria().values() for sign in "[]<`")


def test_each_known_criterion_exists_and_names_a_test_that_exists():
    said = [number for one in known.KNOWN for number in one.criteria]
    assert sorted(set(said)) == sorted(said)
    assert set(said) <= set(criteria())
    for one in known.KNOWN:
        file, _, name = one.held_by.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text(), one.held_by


def test_the_pages_of_a_new_site_pass_every_look(prisches):
    pages, unread = audits.read_pages(prisches)
    assert (len(pages), unread) == (11, 0)
    for one in known.KNOWN:
        assert [page.path for page in pages if not one.look(page)] == [], one.why


@pytest.mark.parametrize(
    ("added", "lost"),
    [
        ("<iframe src='/x'></iframe>", {"2.1", "4.1", "12.9"}),
        ("<form><input name='q'></form>", {"11.1", "1.4", "12.5", "7.5"}),
        ("<video src='/x'></video>", {"4.13", "12.9"}),
        ("<script src='/x.js'></script>", {"7.1", "12.10", "13.1", "13.2"}),
        ("<p onclick='x()'>a</p>", {"7.1", "13.12"}),
        ("<table><tr><td>a</td></tr></table>", {"5.3", "5.4", "5.6"}),
        ("<table><caption>a</caption><tr><th scope=col colspan=2>a</th></tr></table>", {"5.1"}),
        ("<a href='/documents/1/plan.pdf'>plan</a>", {"13.3"}),
        ("<main></main>", {"9.2"}),
    ],
)
def test_what_a_page_brings_is_left_to_a_person(added, lost):
    proposed = {one.criterion for one in known.propose([reading.read(PAGE.format(added))])}
    assert {number for one in known.KNOWN for number in one.criteria} - proposed >= lost


def test_what_a_page_lacks_is_proposed_as_a_failure_and_what_it_has_not_as_not_applicable():
    found = {
        one.criterion: one
        for one in known.propose([reading.read(PAGE.format("<a href='/x'><img alt='' src='/y'></a>"), path="/a/")])
    }
    assert (found["6.2"].state, found["6.2"].note) == (State.FAILING, "En défaut\u00a0: /a/.")
    assert found["5.4"].state == State.NOT_APPLICABLE
    assert known.propose([]) == []


def test_an_audit_begins_with_proposals_that_a_person_overrules(prisches, auditor):
    audit = audits.begin(prisches, by=auditor, at=f.NOW)
    assert audits.begin(prisches, by=auditor, at=f.NOW) == audit
    proposed = audit.judgements.filter(is_proposed=True).count()
    assert 50 <= proposed < 80
    assert audit.pages.filter(address="/accessibilite/").exists()
    audits.judge(audit, [Judged("8.5", State.FAILING, note="titre vide")], by=auditor, at=f.NOW)
    audits.propose_again(audit, by=auditor, at=f.NOW)
    kept = audit.judgements.get(criterion="8.5")
    assert (kept.state, kept.is_proposed) == (State.FAILING, False)
    audits.judge(audit, [Judged("8.5")], by=auditor, at=f.NOW)
    assert not audit.judgements.filter(criterion="8.5").exists()
    with pytest.raises(Refused, match="Critères encore à évaluer"):
        audits.conclude(audit, by=auditor, at=f.NOW)


def test_only_those_who_keep_audits_may(prisches):
    with pytest.raises(Refused, match="équipe technique"):
        audits.begin(prisches, by=f.member(Role.SECRETARY, prisches.beneficiary), at=f.NOW)


def test_a_rate_is_computed_and_rounded_down_and_a_derogation_counts_unless_there_is_an_alternative(prisches, auditor):
    applicable = [*criteria()][:7]
    reason = {"reason": "fonds ancien"}
    derogated = [
        Judged(applicable[5], State.DEROGATED, **reason),
        Judged(applicable[6], State.DEROGATED, alternative="texte", **reason),
    ]
    audit = concluded(prisches, auditor, failing=applicable[:1], derogated=derogated, applicable=applicable)
    assert (audit.conforming, audit.applicable) == (4, 6)
    assert audit.rate == Decimal("66.66")
    assert audit.conformity == Conformity.PARTIAL
    assert Change.objects.filter(key="accessibility").exists()
    with pytest.raises(Refused, match="rouvrez-le"):
        audits.judge(audit, [Judged("1.1", State.CONFORMING)], by=auditor, at=f.NOW)


def test_the_statement_is_computed_says_its_failures_and_stops_counting_after_three_years(
    prisches, auditor, visit, time_machine
):
    time_machine.move_to(f.NOW)
    before = visit(prisches, "/accessibilite/").content.decode()
    assert "pas encore fait l’objet d’un audit" in before
    derogated = [Judged("13.3", State.DEROGATED, reason="anciens registres numérisés")]
    concluded(prisches, auditor, failing=["3.2"], derogated=derogated)
    page = visit(prisches, "/accessibilite/").content.decode()
    for words in ("partiellement conforme", "104 sur 106", "vu en 3.2", "anciens registres", "NVDA", "71120"):
        assert words in page, words
    assert "Accessibilité&nbsp;: partiellement conforme" in visit(prisches).content.decode()
    time_machine.move_to(f.NOW + timedelta(days=3 * 366))
    late = visit(prisches, "/accessibilite/").content.decode()
    assert "n’est plus valable depuis" in late
    assert "Accessibilité&nbsp;: non conforme" in late


def test_the_last_conclusion_can_be_taken_back_and_the_audit_before_counts_again(prisches, auditor):
    concluded(prisches, auditor, made_on=f.TODAY - timedelta(days=30))
    second = concluded(prisches, auditor, failing=["1.1"])
    assert statement.conformity_of(prisches, on=f.TODAY) == Conformity.PARTIAL
    audits.reopen(second, by=auditor, at=f.NOW)
    assert statement.conformity_of(prisches, on=f.TODAY) == Conformity.TOTAL
    audits.abandon(second, by=auditor, at=f.NOW)
    assert Audit.objects.count() == 1


@pytest.mark.parametrize(
    ("years", "actions", "reason"),
    [
        ((2026, 2029), [], "3 ans au plus"),
        ((2027, 2026), [], "avant de finir"),
        ((2026, 2028), [2030], "hors du schéma"),
    ],
)
def test_a_plan_that_does_not_hold_is_refused(prisches, years, actions, reason):
    with pytest.raises(Refused, match=reason):
        audits.keep_plan(
            prisches,
            first_year=years[0],
            last_year=years[1],
            referent="",
            policy="",
            actions=[Planned(year, "Décrire les images") for year in actions],
            by=f.user(),
            at=f.NOW,
        )


# --- The grid as a file ----------------------------------------------------------------------------------------------
def test_a_grid_goes_out_and_comes_back_the_same(prisches, auditor):
    audit = audits.begin(prisches, by=auditor, at=f.NOW)
    said = [Judged("1.1", State.FAILING, note="=1+1"), Judged("3.1", State.DEROGATED, reason="coût", alternative="-")]
    audits.judge(audit, said, by=auditor, at=f.NOW)
    content = as_csv(sheets.SHEET.headers, [sheets.SHEET.cells(row) for row in sheets.rows_of(audit)])
    assert audits.judge(audit, sheets.read(content), by=auditor, at=f.NOW) == 0
    assert audit.judgements.get(criterion="1.1").note == "=1+1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "vide|colonnes"),
        (b"\0\0\0", "pas du CSV"),
        (b"PK\x03\x04 rien", "colonnes"),
        ("Critère;État\n14.1;conforme\n".encode(), "Ligne 2.*14.1"),
        ("Critère;État\n1.1;parfait\n".encode(), "Ligne 2.*parfait"),
        ("Critère;État\n1.1;C\n1.1;NC\n".encode(), "Ligne 3.*déjà"),
        ("Critère;État\n".encode(), "aucun critère"),
        (b"x" * 1_000_001, "trop gros"),
        ('Critère;État\n1.1;"'.encode() + b"y" * 200_000, "CSV|état"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused_with_its_line(content, reason):
    with pytest.raises(Refused, match=reason):
        sheets.read(content)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"Critère;État\n{text}".encode(errors="ignore"))
)
def test_no_bytes_make_the_reader_of_grids_fail(content):
    with suppress(Refused):
        assert {one.criterion for one in sheets.read(content)} <= set(criteria())


def test_a_grid_with_a_fault_changes_nothing(prisches, auditor):
    audit = audits.begin(prisches, by=auditor, at=f.NOW)
    before = list(audit.judgements.values_list("criterion", "state"))
    with pytest.raises(Refused, match="motive"):
        audits.judge(audit, sheets.read("Critère,État\n1.1,NC\n3.1,D\n".encode("cp1252")), by=auditor, at=f.NOW)
    assert list(audit.judgements.values_list("criterion", "state")) == before


def test_a_plan_shows_in_the_statement_with_its_years(prisches, visit):
    audits.keep_plan(
        prisches,
        first_year=2026,
        last_year=2028,
        referent="secrétariat général",
        policy="Des contenus simples.",
        actions=[Planned(2026, "Décrire les images", True), Planned(2027, "Baliser les PDF")],
        by=f.user(),
        at=f.NOW,
    )
    page = visit(prisches, "/accessibilite/").content.decode()
    for words in (
        "Plan d’action 2026",
        "Décrire les images – fait",
        "Baliser les PDF – à faire",
        "secrétariat général",
    ):
        assert words in page
