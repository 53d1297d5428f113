"""What differs between a zone and what is wanted of it; and that what someone else wrote is never touched."""

from __future__ import annotations

from dataclasses import replace

import pytest

from socle.domains.contract import Held, Mark
from socle.domains.records import Record
from socle.domains.zones import Verb, digest, plan

ZONE, OWNER = "op.example", "prisches.op.example"


def record(label: str, kind: str, content: str, ttl: int = 3600) -> Record:
    return Record(f"{label}.{OWNER}".removeprefix("@."), kind, ttl, content, "Pour essayer.")


def held(
    label: str, kind: str, *contents: str, mine: tuple[str, ...] = (), owner: str = OWNER, ttl: int = 3600
) -> Held:
    marks = tuple(Mark(owner, digest(kind, one)) for one in mine)
    return Held(f"{label}.{OWNER}".removeprefix("@."), kind, ttl, contents, marks, ("note d’un technicien",))


MX, SPF = record("@", "MX", "10 mx.op.example."), record("@", "TXT", '"v=spf1 mx ~all"')


def test_what_is_missing_is_added_with_our_mark():
    made = plan(ZONE, [MX], (), owner=OWNER)
    assert made.sets == (Held(OWNER, "MX", 3600, (MX.content,), (Mark(OWNER, digest("MX", MX.content)),)),)
    assert [one.verb for one in made.differences] == [Verb.ADD]
    assert made.lines == [f"créer {OWNER} MX\u00a0: 10 mx.op.example."]


def test_once_written_nothing_is_left_to_do_however_the_server_writes_it():
    once = plan(ZONE, [MX, SPF], (), owner=OWNER).sets
    assert not plan(ZONE, [MX, SPF], once, owner=OWNER)
    shouted = [held("@", "MX", "10 MX.op.example.", mine=(MX.content,))]
    assert not plan(ZONE, [MX], shouted, owner=OWNER)
    cut = [held("@", "TXT", '"v=spf1 mx" " ~all"', mine=(SPF.content,))]
    assert not plan(ZONE, [SPF], cut, owner=OWNER)


def test_what_we_wrote_and_want_no_more_goes_and_the_rest_stays():
    there = [held("old._domainkey", "TXT", '"v=DKIM1; p=A"', '"autre"', mine=('"v=DKIM1; p=A"',))]
    (left,) = plan(ZONE, [], there, owner=OWNER).sets
    assert left.contents == ('"autre"',)
    assert left.marks == ()
    assert left.remarks == ("note d’un technicien",)
    alone = [held("old", "TXT", '"v=DKIM1; p=A"', mine=('"v=DKIM1; p=A"',))]
    (gone,) = plan(ZONE, [], alone, owner=OWNER).sets
    assert gone.contents == ()


def test_what_changes_keeps_what_stands_beside_it():
    there = [held("@", "TXT", '"v=spf1 a ~all"', '"google-site-verification=x"', mine=('"v=spf1 a ~all"',), ttl=60)]
    made = plan(ZONE, [SPF], there, owner=OWNER)
    (after,) = made.sets
    assert set(after.contents) == {SPF.content, '"google-site-verification=x"'}
    assert after.ttl == 60
    assert made.differences[0].says == f'remplacer {OWNER} TXT\u00a0: "v=spf1 a ~all" → "v=spf1 mx ~all"'


def test_what_someone_else_wrote_as_we_want_it_stays_theirs():
    there = [held("@", "MX", MX.content)]
    assert not plan(ZONE, [MX], there, owner=OWNER)
    assert not plan(ZONE, [], there, owner=OWNER)


CONTRADICTED = pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (MX, held("@", "MX", "10 mx.ailleurs.fr."), "mx.ailleurs.fr"),
        (SPF, held("@", "TXT", '"V=SPF1 include:ailleurs.fr -all"'), "ailleurs.fr"),
        (record("_dmarc", "TXT", '"v=DMARC1; p=reject"'), held("_dmarc", "TXT", '"v=DMARC1;p=none"'), "DMARC1"),
        (record("mta-sts", "CNAME", "a.fr."), held("mta-sts", "A", "192.0.2.1"), "un alias ne souffre rien"),
        (record("www", "A", "192.0.2.1"), held("www", "CNAME", "ailleurs.fr."), "un alias ne souffre rien"),
        # What another domain of ours wrote is not ours either.
        (MX, held("@", "MX", "10 mx.b.fr.", mine=("10 mx.b.fr.",), owner="b.op.example"), "mx.b.fr"),
    ],
)


@CONTRADICTED
def test_what_contradicts_ours_stops_everything_and_is_said(wanted, there, said):
    made = plan(ZONE, [wanted, record("x", "A", "192.0.2.2")], [there], owner=OWNER)
    assert not made
    assert made.sets == ()
    assert said in made.conflicts[0]
    assert "Retirez-le" in made.conflicts[0]


@CONTRADICTED
def test_what_gives_way_stops_nothing_and_leaves_as_it_is_what_someone_else_wrote(wanted, there, said):
    other = record("x", "A", "192.0.2.2")
    made = plan(ZONE, [replace(wanted, gives_way=True), other], [there], owner=OWNER)
    assert [(one.name, one.type) for one in made.sets] == [(other.name, "A")]
    assert made.conflicts == ()
    # Beside one that does not, nothing is left to chance.
    assert plan(ZONE, [replace(wanted, gives_way=True), wanted], [there], owner=OWNER).conflicts


def test_what_gives_way_is_written_where_nobody_else_wrote_and_goes_when_somebody_does():
    ours = replace(SPF, gives_way=True)
    (written,) = plan(ZONE, [ours], (), owner=OWNER).sets
    assert written.contents == (SPF.content,)
    both = replace(written, contents=(*written.contents, '"v=spf1 include:ailleurs.fr -all"'))
    (left,) = plan(ZONE, [ours], [both], owner=OWNER).sets
    assert left.contents == ('"v=spf1 include:ailleurs.fr -all"',)


def test_authorities_stand_beside_those_of_others():
    caa = record("@", "CAA", '0 issue "letsencrypt.org"')
    (after,) = plan(ZONE, [caa], [held("@", "CAA", '0 issue "pki.example"')], owner=OWNER).sets
    assert set(after.contents) == {'0 issue "pki.example"', caa.content}


def test_an_alias_that_becomes_an_address_leaves_first():
    there = [held("www", "CNAME", "a.fr.", mine=("a.fr.",))]
    made = plan(ZONE, [record("www", "A", "192.0.2.1")], there, owner=OWNER)
    assert [(one.type, bool(one.contents)) for one in made.sets] == [("CNAME", False), ("A", True)]


@pytest.mark.parametrize("name", ["op.example", "autre.op.example", "xprisches.op.example", "prisches.op.example.fr"])
def test_nothing_is_written_outside_of_one_s_own_domain(name):
    with pytest.raises(ValueError, match="is not of"):
        plan(ZONE, [Record(name, "A", 3600, "192.0.2.1", "")], (), owner=OWNER)
