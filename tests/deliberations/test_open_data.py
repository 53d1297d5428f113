"""Every file of deliberations that we write is one that the national schema takes, and leaves out what it would not."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from socle.deliberations import exchange, open_data
from socle.deliberations.matters import codes, grouped, name_of, only_suggested, open_name_of, two_levels_of
from socle.deliberations.models import Act
from socle.people.models import Beneficiary
from socle.replays import act_files, counting
from socle.territory.models import Department
from tests import factories as f
from tests.deliberations import scdl

pytestmark = pytest.mark.usefixtures("all_beneficiaries")
VOTE = {"members_in_office": 11, "votes_for": 8, "votes_against": 1, "abstentions": 1}


@pytest.fixture
def acts(db):
    """Of two communes, over two years: with a vote and without, transmissible or not; and all that must stay out."""
    here, there = f.beneficiary(), f.beneficiary(f.commune("62001", "Ablain", 300))
    f.act(here, "2026-01", subject="=Vœux\r\nde la nouvelle, année", matter="9.4", **VOTE)
    f.act(here, "2025-07", adopted_on=date(2025, 3, 1), received_on=date(2025, 3, 2), published_on=date(2025, 3, 2),
          matter="5.7.2")  # fmt: skip
    f.act(there, "2026-02", matter="1.5", received_on=None, not_transmissible_because="facultatif", is_fictitious=True)
    for rank, out in enumerate(
        (
            {"matter": ""}, {"kind": Act.Kind.INDIVIDUAL}, {"kind": Act.Kind.UNQUALIFIED}, {"kind": Act.Kind.DECISION},
            {"held_back_because": "un nom"}, {"published_on": None}, {"published_on": date(2026, 12, 1)},
        )
    ):  # fmt: skip
        f.act(here, f"OUT-{rank}", **{"matter": "5.7", **out})
    f.act(f.beneficiary(f.commune("59001", "Abancourt"), siret=""), "OUT-9", matter="5.7")
    f.act(f.programme().lead(), "OUT-10", matter="5.7")
    return here


def whole(**asked) -> bytes:
    return b"".join(open_data.pieces(Act.objects.public(), on=f.TODAY, **asked))


def every_file(body: Beneficiary, tmp_path) -> dict[str, bytes]:
    """Each file that leaves the platform, but what a body takes along: its own, whatever they lack."""
    return {
        "catalogue": whole(),
        "year": whole(year=2025),
        "replay": open_data.written([act_files.scdl(counting.founding())]),
    }


def test_each_file_passes_the_eleven_checks_of_the_schema(acts, tmp_path):
    files = every_file(acts, tmp_path)
    assert {name: scdl.faults_of(content) for name, content in files.items()} == {name: [] for name in files}
    assert [len(scdl.lines_of(content)) for content in files.values()] == [3, 1, 1]


@pytest.mark.slow
def test_each_file_is_valid_by_frictionless(acts, tmp_path):
    for name, content in every_file(acts, tmp_path).items():
        assert scdl.validate(content, tmp_path) == [], name
    # What it would not take, it refuses: the matter is wanted.
    assert scdl.validate(open_data.as_csv([f.acts().get(number="OUT-0")]), tmp_path)


def test_the_checks_are_those_of_the_schema():
    said = []
    for check in scdl.schema()["custom_checks"]:
        params = {name: value for name, value in check["params"].items() if name not in ("op", "allow-year-only")}
        given = [value if isinstance(value, list) else [value] for value in params.values()]
        said.append((check["name"], tuple(itertools.chain(*given))))
    assert said == list(scdl.ELEVEN)


SOUND = dict.fromkeys(open_data.HEADERS, "") | {
    "COLL_SIRET": "20003938600038", "DELIB_DATE": "2026-10-01", "PREF_DATE": "2026-10-01", "BUDGET_ANNEE": "2026/2027",
    "BUDGET_NOM": "Budget", "DELIB_MATIERE_NOM": "urbanisme/droit de préemption urbain", "VOTE_EFFECTIF": "10",
    "VOTE_REEL": "10", "VOTE_POUR": "10", "VOTE_CONTRE": "0", "VOTE_ABSTENTION": "0",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({}, 0),
        ({"COLL_SIRET": "20003938600039"}, 1),
        ({"BUDGET_ANNEE": "2027/2026"}, 1),
        ({"BUDGET_NOM": ""}, 1),
        ({"VOTE_EFFECTIF": ""}, 1),
        ({"PREF_DATE": "2026-09-30"}, 1),
        ({"VOTE_EFFECTIF": "9"}, 1),
        ({"VOTE_POUR": "11"}, 2),
        ({"VOTE_CONTRE": "11"}, 2),
        ({"VOTE_ABSTENTION": "11"}, 2),
        ({"VOTE_POUR": "9"}, 1),
        ({"DELIB_MATIERE_NOM": "Urbanisme, droit de préemption urbain"}, 1),
        ({"DELIB_MATIERE_NOM": "urbanisme/ droit de préemption urbain"}, 1),
    ],
)
def test_each_of_the_eleven_checks_sees_its_fault(change, faults):
    assert len(scdl.faults_of(open_data.written([SOUND | change]))) == faults


def test_a_line_says_all_that_is_known_and_nothing_else(acts, settings):
    lines = {line["DELIB_ID"]: line for line in scdl.lines_of(whole())}
    assert lines["2026-01"] == {
        **dict.fromkeys(open_data.HEADERS, ""), "COLL_NOM": "Commune de Prisches", "COLL_SIRET": acts.siret,
        "DELIB_ID": "2026-01", "DELIB_DATE": "2026-10-01", "DELIB_MATIERE_CODE": "9.4",
        "DELIB_MATIERE_NOM": "autres domaines de compétences/vœux et motions",
        "DELIB_OBJET": "'=Vœux de la nouvelle, année", "PREF_ID": "PREF059", "PREF_DATE": "2026-10-02",
        "VOTE_EFFECTIF": "11", "VOTE_REEL": "10", "VOTE_POUR": "8", "VOTE_CONTRE": "1", "VOTE_ABSTENTION": "1",
    }  # fmt: skip
    assert (lines["2025-07"]["DELIB_MATIERE_CODE"], lines["2025-07"]["VOTE_EFFECTIF"]) == ("5.7", "")
    assert (lines["2026-02"]["PREF_ID"], lines["2026-02"]["PREF_DATE"]) == ("", "")
    assert lines["2026-02"]["DELIB_OBJET"].endswith("(acte fictif)")


@pytest.mark.parametrize(("department", "prefecture"), [("59", "PREF059"), ("2A", "PREF02A"), ("974", "PREF974")])
def test_the_prefecture_is_that_of_the_department(department, prefecture):
    body = Beneficiary(department=Department(code=department), siret="")
    act = Act(beneficiary=body, adopted_on=f.TODAY, received_on=f.TODAY)
    assert open_data.line_of(act)["PREF_ID"] == prefecture


def test_what_is_left_out_is_counted_with_its_remedy_and_taken_along(acts, tmp_path):
    own = Act.objects.public().filter(beneficiary=acts)
    assert open_data.why_left_out(own, on=f.TODAY).startswith("1\u00a0délibération\u00a0publiée manque au fichier")
    exchange.export([acts], tmp_path / "here")
    taken = {line["DELIB_ID"] for line in scdl.lines_of((tmp_path / "here/deliberations.csv").read_bytes())}
    assert {"2026-01", "OUT-0", "OUT-2"} <= taken
    assert not taken & {"OUT-1", "OUT-3"}
    f.acts().filter(matter="").update(matter="5.7")
    assert open_data.why_left_out(own, on=f.TODAY) is None


def test_each_matter_has_the_name_that_the_schema_wants():
    for code in codes():
        name = open_name_of(code)
        assert scdl._nomenclature({"m": name}, "m"), name
        assert (name, name.count("/"), set(name) & set(",()’")) == (name.lower(), 1, set())
    assert two_levels_of("5.7.2.1") == "5.7"
    assert [two_levels_of(code) + open_name_of(code) for code in ("", "5", "5.99", "x")] == [""] * 4
    assert [code for _, found in grouped() for code, _ in found] == list(codes())
    assert only_suggested("Adhésion au syndicat mixte") == "5.7"
    assert only_suggested("Subventions aux associations de l’école") == only_suggested("Divers") == ""
    assert name_of("5.7.2") == name_of("5.7")


def test_a_file_costs_the_same_however_many_bodies(acts, django_assert_max_num_queries):
    for rank in range(5):
        f.act(f.beneficiary(f.commune(f"5910{rank}", f"Commune {rank}")), matter="5.7")
    with django_assert_max_num_queries(3):
        assert len(scdl.lines_of(whole())) == 8
