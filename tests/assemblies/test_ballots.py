"""Rules 7 to 12: proxies, votes cast, ballots, appointments, totals, the accounts of the head."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.assemblies import ballots
from socle.assemblies.ballots import Ballot, Proxy, Votes
from socle.assemblies.law import TO_CONFIRM, Law, Regime, rule_on

# A slow machine is no fault of the property.
steady = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
D = date
TODAY = D(2026, 10, 15)
EMERGENCY = D(2021, 11, 23)
COMMUNE, SYNDICATE = Law(Regime.COMMUNE), Law(Regime.OPEN_SYNDICATE)
# As statutes say it: 1, whoever presides has a casting vote; 0, nobody has.
CASTING = [
    replace(rule_on(COMMUNE, "casting_vote", on=TODAY), regime=Regime.OPEN_SYNDICATE, value=one) for one in (0, 1)
]
MEMBERS = ("Anne", "Brice", "Claire", "Denis", "Élise", "Farid")


def counted(proxies, present=("Anne", "Brice"), law=COMMUNE, on=TODAY):
    return ballots.count_proxies(proxies, present=present, members=MEMBERS, law=law, on=on)


@pytest.mark.parametrize(
    ("proxy", "says"),
    [
        (Proxy("Claire", "Anne"), None),  # For the first time, in writing.
        (Proxy("Claire", "Anne", sessions=3), None),
        (Proxy("Claire", "Anne", sessions=4), "4e séance de suite, et 3 au plus (CGCT, article\u00a0L.\u00a02121-20)"),
        (Proxy("Claire", "Anne", sessions=9, for_illness=True), None),
        (Proxy("Claire", "Anne", is_written=False), "n’est pas écrit"),
        (Proxy("Claire", "Denis"), "n’est pas présente"),
        (Proxy("Brice", "Anne"), "a pris fin"),  # The giver arrived.
        (Proxy("Claire", "Claire"), "d’un membre en exercice à un autre"),
        (Proxy("Zoé", "Anne"), "d’un membre en exercice à un autre"),
        (Proxy("Claire", "Zoé"), "d’un membre en exercice à un autre"),
    ],
)
def test_act_rule_07_a_proxy_is_written_to_a_member_who_is_present(proxy, says):
    valid, flags = counted([proxy])
    assert valid == (() if says else (proxy,))
    assert [flag.rule for flag in flags] == ([7] if says else [])
    assert all(says in flag.sentence for flag in flags)


@pytest.mark.parametrize(
    ("law", "on", "count", "flags"),
    [
        (COMMUNE, TODAY, 1, 2),
        (COMMUNE, EMERGENCY, 2, 1),
        (COMMUNE, D(2021, 11, 9), 1, 2),  # The gap of the emergency.
        (SYNDICATE, EMERGENCY, 2, 1),
        (SYNDICATE, TODAY, 3, 2),  # Its statutes say: all count, and the second and third are flagged.
    ],
)
def test_act_rule_07_a_holder_has_one_and_two_in_the_emergency(law, on, count, flags):
    valid, said = counted([Proxy(giver, "Anne") for giver in ("Claire", "Denis", "Élise")], law=law, on=on)
    assert (len(valid), len(said)) == (count, flags)
    if (law, on) == (SYNDICATE, TODAY):
        assert all(TO_CONFIRM in flag.sentence for flag in said)


def test_act_rule_07_nobody_gives_two():
    valid, flags = counted([Proxy("Claire", "Anne"), Proxy("Claire", "Brice")])
    assert valid == (Proxy("Claire", "Anne"),)
    assert "en a donné un autre" in flags[0].sentence


@pytest.mark.parametrize(
    ("votes", "law", "is_adopted"),
    [
        (Votes(6, 5), COMMUNE, True),
        (Votes(5, 6), COMMUNE, False),
        (Votes(1, 0, abstentions=10), COMMUNE, True),  # Abstentions are not cast.
        (Votes(2, 1, blank=8), COMMUNE, True),
        (Votes(0, 0, abstentions=11), COMMUNE, False),
        (Votes(5, 5, head_in_favour=True), COMMUNE, True),
        (Votes(5, 5, head_in_favour=False), COMMUNE, False),
        (Votes(5, 5), COMMUNE, None),
        (Votes(5, 5, is_secret=True, head_in_favour=True), COMMUNE, False),
        (Votes(5, 5, head_in_favour=True), SYNDICATE, None),
        (Votes(12, 0), SYNDICATE, True),
        # Statutes that give nobody a casting vote, and those that give it.
        (Votes(5, 5, head_in_favour=True), replace(SYNDICATE, statutes=(CASTING[0],)), False),
        (Votes(5, 5, head_in_favour=True), replace(SYNDICATE, statutes=(CASTING[1],)), True),
    ],
)
def test_act_rule_08_votes_cast_are_for_and_against_and_the_president_breaks_a_tie_in_the_open(votes, law, is_adopted):
    answer = ballots.result(votes, law=law, on=TODAY)
    assert answer.is_met is is_adopted
    assert f"{votes.in_favour} pour, {votes.against} contre" in answer.sentence


@steady
@given(*[st.integers(0, 200)] * 4, st.booleans(), st.sampled_from([None, True, False]))
def test_act_rule_08_abstentions_and_blanks_change_nothing(in_favour, against, abstentions, blank, is_secret, head):
    votes = Votes(in_favour, against, abstentions, blank, is_secret, head)
    bare = Votes(in_favour, against, is_secret=is_secret, head_in_favour=head)
    assert votes.cast == in_favour + against == votes.total - abstentions - blank
    verdict = ballots.result(votes, law=COMMUNE, on=TODAY).is_met
    assert verdict is ballots.result(bare, law=COMMUNE, on=TODAY).is_met
    if in_favour != against:
        assert verdict is (in_favour > against)


@pytest.mark.parametrize(
    ("present", "ask_public", "ask_secret", "is_appointment", "how"),
    [
        (12, 0, 0, False, Ballot.ORDINARY),
        (12, 2, 0, False, Ballot.ORDINARY),
        (12, 3, 0, False, Ballot.PUBLIC),
        (13, 3, 0, False, Ballot.ORDINARY),
        (13, 4, 0, False, Ballot.PUBLIC),
        (12, 0, 3, False, Ballot.ORDINARY),
        (12, 0, 4, False, Ballot.SECRET),
        (13, 0, 4, False, Ballot.ORDINARY),
        (12, 8, 4, False, Ballot.SECRET),  # Asked both, secret.
        (12, 0, 0, True, Ballot.SECRET),
        (12, 12, 0, True, Ballot.SECRET),
    ],
)
def test_act_rule_09_public_if_a_quarter_asks_secret_if_a_third_or_for_an_appointment(
    present, ask_public, ask_secret, is_appointment, how
):
    found, sentence = ballots.ballot(
        present=present, ask_public=ask_public, ask_secret=ask_secret,
        appoints="une présentation" if is_appointment else "", law=COMMUNE, on=TODAY,
    )  # fmt: skip
    assert found is how
    assert sentence.endswith(" (CGCT, article\u00a0L.\u00a02121-21).")
    assert ("s’agissant d’une présentation" in sentence) is is_appointment


@pytest.mark.parametrize(
    ("ask_public", "ask_secret", "how"),
    [
        (0, 0, Ballot.ORDINARY),
        (1, 0, Ballot.PUBLIC),
        (0, 1, Ballot.SECRET),
        (12, 1, Ballot.SECRET),
    ],
)
@pytest.mark.parametrize("is_appointment", [True, False])
def test_act_rule_09_until_its_statutes_are_confirmed_what_a_syndicate_asks_is_granted_and_told(
    ask_public, ask_secret, how, is_appointment
):
    appoints = "une nomination" if is_appointment else ""
    asked = {"ask_public": ask_public, "ask_secret": ask_secret, "appoints": appoints}
    found, sentence = ballots.ballot(present=12, **asked, law=SYNDICATE, on=TODAY)
    assert found is how
    assert TO_CONFIRM in sentence


BORN = {"Anne": D(1960, 1, 2), "Brice": D(1960, 1, 1), "Claire": D(1990, 5, 5)}


@pytest.mark.parametrize(
    ("rounds", "elected", "at", "flags"),
    [
        ([{"Anne": 6, "Brice": 5}], "Anne", 1, 0),
        ([{"Anne": 5, "Brice": 5}], None, 1, 0),
        ([{"Anne": 5, "Brice": 4, "Claire": 2}], None, 1, 0),  # Relative is not enough at first.
        ([{"Anne": 5, "Brice": 4, "Claire": 2}] * 2, None, 2, 0),
        ([{"Anne": 5, "Brice": 4, "Claire": 2}] * 3, "Anne", 3, 0),
        ([{"Anne": 5, "Brice": 4, "Claire": 2}, {"Anne": 4, "Brice": 6}], "Brice", 2, 0),
        ([{"Anne": 5, "Brice": 5}] * 3, "Brice", 3, 0),  # The elder, by a day.
        ([{"Anne": 5, "Claire": 5}] * 3, "Anne", 3, 0),
        ([{"Anne": 5, "Zoé": 5}] * 3, None, 3, 0),  # Her day of birth is unknown.
        ([{"Anne": 6, "Brice": 5}, {"Anne": 4, "Brice": 6}], "Anne", 1, 1),  # One round too many.
        ([{}], None, 1, 0),
        ([{"Anne": 0, "Brice": 0}] * 3, None, 3, 0),
    ],
)
def test_act_rule_10_appointments_are_absolute_absolute_relative_then_the_elder(rounds, elected, at, flags):
    outcome = ballots.appoint(rounds, born_on=BORN, law=COMMUNE, on=TODAY)
    assert (outcome.elected, outcome.round, len(outcome.flags)) == (elected, at, flags)


def test_act_rule_10_impossible_voices_and_unsaid_statutes_appoint_nobody():
    assert ballots.appoint([{"Anne": -1, "Brice": -5}], born_on=BORN, law=COMMUNE, on=TODAY).elected is None
    same_day = dict.fromkeys(("Anne", "Brice"), D(1960, 1, 1))
    tie = ballots.appoint([{"Anne": 5, "Brice": 5}] * 3, born_on=same_day, law=COMMUNE, on=TODAY)
    assert tie.elected is None
    assert "dates de naissance" in tie.sentence
    outcome = ballots.appoint([{"Anne": 9}], born_on=BORN, law=SYNDICATE, on=TODAY)
    assert outcome.elected is None
    assert TO_CONFIRM in outcome.sentence


@pytest.mark.parametrize(
    ("votes", "present", "proxies", "withdrawn", "said_cast", "rules"),
    [
        (Votes(12, 0), 10, 2, 0, 12, []),
        (Votes(13, 0), 10, 2, 0, 13, [11]),
        (Votes(10, 1, abstentions=2), 10, 2, 0, 11, [11]),
        (Votes(10, 1, blank=2), 10, 2, 0, None, [11]),
        (Votes(10, 0), 10, 2, 2, 10, []),
        (Votes(11, 0), 10, 2, 2, 11, [11]),
        (Votes(5, 0), 10, 2, 0, None, []),  # Who takes no part is not counted.
        (Votes(12, 0), 10, 2, 0, 11, [8]),
        (Votes(10, 0, abstentions=2), 10, 2, 0, 12, [8]),
        (Votes(-1, 2), 10, 2, 0, None, [11]),
    ],
)
def test_act_rule_11_there_are_no_more_votes_than_present_and_proxies_less_those_withdrawn(
    votes, present, proxies, withdrawn, said_cast, rules
):
    flags = ballots.flags_of_totals(votes, present=present, proxies=proxies, withdrawn=withdrawn, said_cast=said_cast)
    assert [flag.rule for flag in flags] == rules


@steady
@given(*[st.integers(0, 60)] * 3, st.integers(0, 120))
def test_act_rule_11_what_is_within_is_never_flagged_and_one_more_always_is(present, proxies, gone, in_favour):
    withdrawn = min(gone, present + proxies)
    most = present + proxies - withdrawn
    in_favour = min(in_favour, most)
    assert ballots.ceiling(present=present, proxies=proxies, withdrawn=withdrawn) == most
    within = Votes(in_favour, most - in_favour)
    asked = {"present": present, "proxies": proxies, "withdrawn": withdrawn}
    assert ballots.flags_of_totals(within, **asked, said_cast=most) == ()
    (flag,) = ballots.flags_of_totals(Votes(in_favour, most - in_favour, abstentions=1), **asked)
    assert (flag.rule, f"{most + 1} voix pour {most} possibles" in flag.sentence) == (11, True)


@pytest.mark.parametrize(
    ("voters", "proxies", "count"),
    [
        (("Brice", "Claire"), (), 0),
        (("Anne", "Brice"), (), 1),
        (("Brice",), (Proxy("Anne", "Brice"),), 1),
        (("Brice",), (Proxy("Claire", "Anne"),), 1),
        (("Anne", "Brice"), (Proxy("Claire", "Anne"),), 2),
        (("Brice",), (Proxy("Claire", "Brice"),), 0),
    ],
)
def test_act_rule_12_the_head_leaves_for_the_vote_of_their_accounts(voters, proxies, count):
    flags = ballots.flags_of_accounts(head="Anne", voters=voters, proxies=proxies, law=COMMUNE, on=TODAY)
    assert [flag.rule for flag in flags] == [12] * count


@pytest.mark.parametrize(
    ("votes", "is_adopted"), [(Votes(5, 5), True), (Votes(5, 6), False), (Votes(0, 0, 9), True), (Votes(6, 5), True)]
)
def test_act_rule_12_accounts_are_adopted_unless_a_majority_is_against(votes, is_adopted):
    assert ballots.accounts(votes, law=COMMUNE, on=TODAY).is_met is is_adopted
    assert ballots.accounts(votes, law=SYNDICATE, on=TODAY).is_met is None


def test_act_rule_12_the_statutes_of_a_syndicate_say_theirs():
    (flag,) = ballots.flags_of_accounts(head="Anne", voters=("Anne",), proxies=(), law=SYNDICATE, on=TODAY)
    assert TO_CONFIRM in flag.sentence
    assert ballots.flags_of_accounts(head="Anne", voters=(), proxies=(), law=SYNDICATE, on=TODAY) == ()
