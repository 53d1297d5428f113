"""What is wanted is made so: once, whatever fails in between."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scope, scopes_disabled

from socle.batches.contract import Failed, NotYet, Wish
from socle.engines.simulated.engine import SimulatedMail
from socle.engines.simulated.models import LedgerLine, Thing
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.programme.models import Service
from socle.provisioning import actions, gestures, rules, tasks
from socle.provisioning.contract import EngineError
from socle.provisioning.models import Installation, Right, State
from socle.provisioning.rules import why_not_open
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(seconds=1)


@pytest.fixture
def system():
    return User.objects.system()


class Silent(SimulatedMail):
    """A server that says nothing."""

    def observe(self, beneficiary):
        raise EngineError("Le serveur ne répond pas.")


@pytest.fixture(autouse=True)
def only_the_mail_twin(settings):
    settings.DEMO = True
    settings.SOCLE_ENGINES = {"messagerie": "socle.engines.simulated.engine.SimulatedMail"}


def test_a_concluded_agreement_opens_its_rights_once(system):
    place = f.beneficiary()
    agreement = f.signed_agreement(place)
    assert len(actions.open_rights(agreement, by=system, at=f.NOW)) == 2
    assert actions.open_rights(agreement, by=system, at=f.NOW) == []
    with scope(beneficiary=place):
        assert Right.objects.count() == 2
        assert Installation.objects.get(service__code="messagerie").is_simulated


ANNEX = ["purposes", "data_categories", "data_subjects", "retention"]


@pytest.mark.parametrize("lacks", ANNEX)
def test_rule_09_a_service_whose_annex_is_incomplete_opens_no_right_and_the_others_do(system, lacks):
    place = f.beneficiary()
    agreement = f.signed_agreement(place)
    Service.objects.filter(code="messagerie").update(**{lacks: " "})
    (right,) = actions.open_rights(agreement, by=system, at=f.NOW)
    assert right.service.code == "site-internet"
    Service.objects.filter(code="messagerie").update(**{lacks: "dit"})
    (right,) = actions.open_rights(agreement, by=system, at=f.NOW)
    assert right.service.code == "messagerie"


def test_rule_09_a_service_without_personal_data_wants_no_annex():
    assert why_not_open(Service(handles_personal_data=False)) is None


def test_a_draft_opens_no_right(system):
    agreement = f.signed_agreement(f.beneficiary(), status="draft")
    with pytest.raises(Refused, match="n’est pas conclue"):
        actions.open_rights(agreement, by=system, at=f.NOW)


def test_the_tick_opens_the_rights_a_lost_message_left_closed(system):
    f.signed_agreement(f.beneficiary())
    actions.reconcile_due(by=system, at=f.NOW)
    with scopes_disabled():
        assert Right.objects.count() == 2
        assert Installation.objects.get(service__code="messagerie").state == State.LIVE


def test_an_installation_becomes_live_with_its_proof_and_one_journal_line_per_step(system):
    installation = f.installation(f.beneficiary())
    live = actions.make_so(installation, by=system, at=f.NOW)
    assert live.state == State.LIVE
    assert live.found.startswith("Simulé")
    assert live.proof
    verbs = list(Entry.objects.about(live).order_by("id").values_list("verb", flat=True))
    assert verbs == ["installation.step"] * 3 + ["installation.live"]


def test_making_so_twice_makes_nothing_twice(system):
    installation = f.installation(f.beneficiary())
    for _ in range(3):
        actions.make_so(installation, by=system, at=f.NOW)
    keys = list(LedgerLine.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 3


def test_the_opening_of_a_right_is_followed_until_its_service_is_live_and_no_longer(monkeypatch):
    installation = f.installation(f.beneficiary())
    asked = []
    observe = SimulatedMail.observe
    monkeypatch.setattr(SimulatedMail, "observe", lambda self, who: (asked.append(who), observe(self, who))[1])
    for looks in (2, 2):
        tasks.reconcile_right.call(str(installation.right_id))
        assert len(asked) == looks
    with scopes_disabled():
        assert Installation.objects.get().state == State.LIVE


def test_a_real_server_in_the_place_of_a_twin_is_said_where_nothing_is_to_be_done(system, monkeypatch):
    installation = actions.make_so(f.installation(f.beneficiary()), by=system, at=f.NOW)

    def reconcile() -> list[Installation]:
        with scopes_disabled():
            known = Installation.objects.select_related("beneficiary", "service")
            return list(actions.reconcile(actions.survey(known), known_beneficiaries=1, by=system, at=f.NOW))

    assert reconcile() == []
    monkeypatch.setattr(SimulatedMail, "is_simulated", False)
    assert [one.is_simulated for one in reconcile()] == [False]
    assert reconcile() == []
    with scopes_disabled():
        assert Installation.objects.get(pk=installation.pk).state == State.LIVE


@pytest.mark.parametrize("steps_before_the_kill", [0, 1, 2])
def test_killed_between_two_steps_the_next_worker_finishes(system, monkeypatch, steps_before_the_kill):
    installation = f.installation(f.beneficiary())
    real = SimulatedMail.apply
    done = []

    def killed(self, change):
        if len(done) == steps_before_the_kill:
            raise KeyboardInterrupt  # What a killed process never catches.
        real(self, change)
        done.append(change.key)

    monkeypatch.setattr(SimulatedMail, "apply", killed)
    with pytest.raises(KeyboardInterrupt):
        actions.make_so(installation, by=system, at=f.NOW)
    monkeypatch.setattr(SimulatedMail, "apply", real)
    # Its claim protects the row until it expires, then another worker goes on.
    assert actions.make_so(installation, by=system, at=f.NOW).state == State.PENDING
    later = f.NOW + actions.CLAIM
    assert actions.make_so(installation, by=system, at=later).state == State.LIVE
    keys = list(LedgerLine.objects.values_list("key", flat=True))
    assert len(keys) == len(set(keys)) == 3


def test_a_failure_is_kept_and_tried_again_later(system, monkeypatch):
    installation = f.installation(f.beneficiary())

    def refuse(self, beneficiary):
        raise EngineError("Le serveur ne répond pas.")

    monkeypatch.setattr(SimulatedMail, "observe", refuse)
    failed = actions.make_so(installation, by=system, at=f.NOW)
    assert failed.state == State.FAILED
    assert failed.last_error == "Le serveur ne répond pas."
    assert failed.next_look_at == f.NOW + timedelta(minutes=1)
    with scopes_disabled():
        assert not Installation.objects.due(f.NOW).exists()
        assert Installation.objects.due(f.NOW + timedelta(minutes=2)).exists()


def test_an_unforeseen_error_never_stops_the_loop_nor_shows_its_trace(system, monkeypatch):
    installation = f.installation(f.beneficiary())
    monkeypatch.setattr(SimulatedMail, "observe", lambda self, b: 1 / 0)
    failed = actions.make_so(installation, by=system, at=f.NOW)
    assert failed.last_error == "Le moteur a rencontré une erreur imprévue."
    # Nor the plan, which a person reads before anything is touched.
    assert [line.error for line in actions.survey([installation])] == [failed.last_error]


def test_a_gap_that_remains_after_the_steps_is_a_failure_and_says_itself(system, monkeypatch):
    installation = f.installation(f.beneficiary())
    monkeypatch.setattr(SimulatedMail, "apply", lambda self, change: None)
    failed = actions.make_so(installation, by=system, at=f.NOW)
    assert failed.state == State.FAILED
    assert "il reste un écart" in failed.last_error


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 2), (5, 16), (9, 256), (10, 360), (30, 360)])
def test_the_delay_between_tries_doubles_up_to_six_hours(attempts, minutes):
    assert actions.retry_delay(attempts) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("touched", "known", "force", "refused"),
    [
        (10, 10, False, False),
        (11, 20, False, True),
        (11, 20, True, False),
        (30, 100, False, False),
        (31, 100, False, True),
        (11, 0, False, False),
    ],
)
def test_too_many_beneficiaries_at_once_want_an_explicit_force(touched, known, force, refused):
    assert bool(rules.why_over_ceiling(touched, known=known, ceiling=0.3, force=force)) is refused


def test_suspending_deletes_nothing_and_resuming_gives_it_back(system):
    place = f.beneficiary()
    installation = actions.make_so(f.installation(place), by=system, at=f.NOW)
    actions.suspend(installation, by=system, at=f.NOW)
    assert actions.make_so(installation, by=system, at=f.NOW).state == State.SUSPENDED
    assert Thing.objects.filter(beneficiary=place, is_suspended=True).count() == 3
    actions.resume(installation, by=system, at=f.NOW)
    assert actions.make_so(installation, by=system, at=f.NOW).state == State.LIVE
    assert Thing.objects.filter(beneficiary=place).count() == 3


# From each state, those that an installation passes to: every wish makes it pending, only a wish brings it back.
ALLOWED = {
    ("pending", "live"), ("pending", "failed"), ("pending", "suspended"),
    ("live", "pending"), ("live", "failed"),
    ("failed", "pending"), ("failed", "live"), ("failed", "suspended"),
    ("suspended", "pending"), ("suspended", "failed"),
}  # fmt: skip


@pytest.mark.parametrize("to", State)
@pytest.mark.parametrize("was", State)
def test_an_installation_moves_by_its_table_only(was, to):
    refused = rules.why_not_become(Installation(state=was), to) is not None
    assert refused == (was != to and (was.value, to.value) not in ALLOWED)


def test_a_move_outside_the_table_is_kept_as_a_failure_and_mended_by_the_next_look(system):
    installation = f.installation(f.beneficiary(), state=State.LIVE, wanted_present=False)
    held = actions.make_so(installation, by=system, at=f.NOW)
    assert (held.state, "ne passe pas" in held.last_error) == (State.FAILED, True)
    assert actions.make_so(installation, by=system, at=f.NOW).state == State.SUSPENDED


SUSPENDED_MEANWHILE = {"wanted_present": False, "state": State.PENDING, "next_look_at": None, "claimed_until": None}


def _suspend(installation, system):
    actions.suspend(installation, by=system, at=f.NOW)
    return SUSPENDED_MEANWHILE


def _close_right(installation, system):
    actions.close_right(installation.right, by=system, at=f.NOW)
    return SUSPENDED_MEANWHILE


def _move_right(installation, system):
    heir = f.beneficiary(f.commune("59006", "Amfroipret", 230))
    actions.move_right(installation.right, to=heir, by=system, at=f.NOW)
    return {"beneficiary_id": heir.pk, "state": State.PENDING, "next_look_at": None, "proof": ""}


def _taken_over(installation, system):
    """The claim was outlived, and another worker works."""
    theirs = f.NOW + 3 * actions.CLAIM
    Installation.objects.filter(pk=installation.pk).update(claimed_until=theirs)
    return {"claimed_until": theirs, "state": State.PENDING}


@pytest.mark.parametrize("fails", [False, True], ids=["the engine succeeds", "the engine fails"])
@pytest.mark.parametrize("meanwhile", [_suspend, _close_right, _move_right, _taken_over])
def test_what_people_want_while_an_engine_speaks_is_never_written_over(system, monkeypatch, meanwhile, fails):
    installation = f.installation(f.beneficiary())
    real = SimulatedMail.observe
    wanted = {}

    def spoken_over(self, beneficiary):
        if not wanted:
            with scopes_disabled():  # Another process, with rows of its own.
                rows = Installation.objects.select_related("beneficiary", "service", "right__service")
                wanted.update(meanwhile(rows.get(pk=installation.pk), system))
            if fails:
                raise EngineError("Le serveur ne répond pas.")
        return real(self, beneficiary)

    monkeypatch.setattr(SimulatedMail, "observe", spoken_over)
    kept = actions.make_so(installation, by=system, at=f.NOW)
    with scopes_disabled():
        row = Installation.objects.get(pk=installation.pk)
    for one in (kept, row):
        assert {name: getattr(one, name) for name in wanted} == wanted
    told = set(Entry.objects.about(installation).values_list("verb", flat=True))
    assert not told & {"installation.live", "installation.failed"}
    with scopes_disabled():
        assert Installation.objects.due(f.NOW).filter(pk=installation.pk).exists()
    if meanwhile is not _taken_over:
        actions.reconcile_due(by=system, at=f.NOW)
        with scopes_disabled():
            row.refresh_from_db()
        assert row.state == (State.LIVE if meanwhile is _move_right else State.SUSPENDED)


def test_a_secretary_cannot_suspend_a_service():
    place = f.beneficiary()
    installation = f.installation(place)
    with pytest.raises(Refused):
        actions.suspend(installation, by=f.member(Role.SECRETARY, place), at=f.NOW)


def _reopen(with_installation, right, **said):
    return actions.reopen_right(right, with_installation=with_installation, **said)


def _give(right, **said):
    return actions.move_right(right, to=f.beneficiary(f.commune("59006", "Amfroipret", 230)), **said)


# What each gesture finds, does, and leaves: the row, the right, the line of the journal.
LOOKED = {"found": "vu", "proof": "preuve", "next_look_at": f.NOW, "claimed_until": f.NOW, "state": State.LIVE}
WAITS = {"next_look_at": None, "state": State.PENDING}
SAYS = {"service": "messagerie"}


@pytest.mark.parametrize(
    ("gesture", "before", "after", "closed_at", "line"),
    [
        (actions.suspend, {}, {**WAITS, "wanted_present": False}, None, ("installation.suspension_wanted", {})),
        (
            actions.resume,
            {"wanted_present": False},
            {**WAITS, "wanted_present": True},
            None,
            ("installation.resumption_wanted", {}),
        ),
        (actions.try_again, {"state": State.FAILED}, {"next_look_at": LATER}, None, ("installation.retry_asked", {})),
        (actions.close_right, {}, {**WAITS, "wanted_present": False}, LATER, ("right.closed", SAYS)),
        (actions.close_right, {"wanted_present": False}, {"state": State.LIVE}, LATER, ("right.closed", SAYS)),
        (
            partial(_reopen, True),
            {"wanted_present": False},
            {**WAITS, "wanted_present": True},
            None,
            ("right.reopened", SAYS),
        ),
        (partial(_reopen, False), {"wanted_present": False}, {"wanted_present": False}, None, ("right.reopened", SAYS)),
        (_give, {}, {**WAITS, "found": "", "proof": "", "claimed_until": None}, None, ("right.moved", SAYS)),
    ],
)
def test_a_gesture_writes_its_row_its_line_and_nothing_of_another_mairie(
    gesture, before, after, closed_at, line, system
):
    here, there = (f.beneficiary(f.commune(code, name)) for code, name in (("59474", "Prisches"), ("59001", "Anor")))
    with scopes_disabled():
        one, other = (f.installation(place, **{**LOOKED, **before}) for place in (here, there))
        neighbour = Installation.objects.values().get(pk=other.pk)
        thing = one if gesture in (actions.suspend, actions.resume, actions.try_again) else one.right
        said = gesture(thing, by=system, at=LATER)
        if gesture is actions.close_right:
            assert said is before.get("wanted_present", True)
        one.refresh_from_db()
        kept = {name: getattr(one, name) for name in after}
        assert (kept, Right.objects.get(pk=one.right_id).closed_at) == (after, closed_at)
        assert Installation.objects.values().get(pk=other.pk) == neighbour
        assert Right.objects.get(pk=other.right_id).closed_at is None
    told = Entry.objects.get()
    assert (told.verb, told.facts, told.object_id, told.at) == (*line, str(thing.pk), LATER)


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.PROGRAMME_OFFICER, Role.PRESIDENT])
@pytest.mark.parametrize(
    ("rule", "fields", "refused"),
    [
        (rules.why_not_suspend, {}, False),
        (rules.why_not_suspend, {"wanted_present": False}, True),
        (rules.why_not_resume, {}, True),
        (rules.why_not_resume, {"wanted_present": False}, False),
        (rules.why_not_try_again, {"state": State.FAILED}, False),
        (rules.why_not_try_again, {"state": State.PENDING}, False),
        (rules.why_not_try_again, {"state": State.LIVE}, True),
    ],
)
def test_who_touches_an_installation_and_when(role, rule, fields, refused):
    one = Installation(service=Service(code="messagerie"), **fields)
    said = rule(one, by=f.member(role, f.operator("npdcn", "Syndicat", 1)), on=f.TODAY)
    assert (said is not None) is (refused or role == Role.PRESIDENT)
    assert (said == rules.NOT_AN_OPERATOR) is (role == Role.PRESIDENT)


def test_a_right_moves_where_there_is_none_of_its_service():
    here, there = f.beneficiary(), f.beneficiary(f.commune("59001", "Anor"))
    mail, site = f.installation(here).right, f.installation(there, "site-internet").right
    assert rules.why_not_move_right(mail, None) is None
    assert rules.why_not_move_right(mail, there) is None
    assert "a déjà ce service" in (rules.why_not_move_right(site, there) or "")


@pytest.mark.parametrize(("lasting", "attempts", "minutes"), [(False, 0, 1), (False, 2, 4), (True, 0, 360)])
def test_a_failure_writes_all_that_it_says(system, monkeypatch, lasting, attempts, minutes):
    def refuse(self, beneficiary):
        raise EngineError("x" * 600, is_lasting=lasting)

    monkeypatch.setattr(SimulatedMail, "observe", refuse)
    one = f.installation(f.beneficiary(), attempts=attempts)
    actions.make_so(one, by=system, at=f.NOW)
    with scopes_disabled():
        one.refresh_from_db()
    assert (one.state, one.attempts, one.last_error) == (State.FAILED, attempts + 1, "x" * 500)
    assert (one.looked_at, one.claimed_until) == (f.NOW, None)
    assert one.next_look_at == f.NOW + timedelta(minutes=minutes)
    line = Entry.objects.get(verb="installation.failed")
    assert line.facts == {"service": "messagerie", "attempt": attempts + 1}


def test_a_success_writes_all_that_it_says_and_a_second_one_no_line(system):
    one = f.installation(f.beneficiary(), attempts=3, last_error="x", is_simulated=False)
    for _ in range(2):
        actions.make_so(one, by=system, at=f.NOW)
    with scopes_disabled():
        one.refresh_from_db()
    assert (one.attempts, one.last_error, one.claimed_until) == (0, "", None)
    assert (one.looked_at, one.next_look_at) == (f.NOW, f.NOW + actions.NEXT_LOOK)
    assert one.is_simulated
    line = Entry.objects.get(verb="installation.live")
    assert line.facts == {"service": "messagerie", "proof": one.proof}
    steps = Entry.objects.filter(verb="installation.step").values_list("facts", flat=True)
    assert {"service", "change", "key"} == {name for facts in steps for name in facts}


@pytest.mark.parametrize(
    ("fields", "is_looked_at"),
    [
        ({}, True),
        ({"next_look_at": f.NOW}, True),
        ({"next_look_at": LATER}, False),
        ({"claimed_until": f.NOW}, True),
        ({"claimed_until": LATER}, False),
        # The next look is a day after the last, a claim lasts two minutes: what is further was written by a clock gone
        # ahead, but for what two machines differ by.
        ({"next_look_at": f.NOW + timedelta(days=1, minutes=5)}, False),
        ({"next_look_at": f.NOW + timedelta(days=1, minutes=6)}, True),
        ({"claimed_until": f.NOW + timedelta(minutes=7)}, False),
        ({"claimed_until": f.NOW + timedelta(minutes=8)}, True),
    ],
)
def test_what_is_due_and_free_is_looked_at(system, fields, is_looked_at):
    f.installation(f.beneficiary(), **fields)
    assert actions.reconcile_due(by=system, at=f.NOW) == is_looked_at


@pytest.mark.parametrize(
    ("gesture", "before", "says", "of_the_other", "after"),
    [
        (gestures.Suspend(), {}, "Suspension demandée.", {"wanted_present": False}, {"wanted_present": False}),
        (gestures.Resume(), {"wanted_present": False}, "Reprise demandée.", {}, {"wanted_present": True}),
        (gestures.Reconcile(), {}, "Simulé", {}, {"state": State.LIVE}),
    ],
    ids=["suspend", "resume", "reconcile"],
)
def test_a_batch_does_on_each_installation_what_one_does_on_one(system, gesture, before, says, of_the_other, after):
    here, there = f.beneficiary(), f.beneficiary(f.commune("59001", "Anor"))
    one, other = f.installation(here, **before), f.installation(there, **of_the_other)
    wish = Wish(system, f.programme())
    sorted_out = gesture.sort_out([str(one.pk), str(other.pk)], wish, at=f.NOW)
    assert set(sorted_out) == (set() if gesture.code == "reconcile" else {str(other.pk)})
    assert gesture.do(str(one.pk), wish, at=f.NOW).startswith(says)
    with scopes_disabled():
        one.refresh_from_db()
    assert {name: getattr(one, name) for name in after} == after
    technician, president = (f.member(role, f.programme().lead()) for role in (Role.TECHNICIAN, Role.PRESIDENT))
    assert gesture.why_not(wish, on=f.TODAY) is None
    assert gesture.why_not(Wish(technician, f.programme()), on=f.TODAY) is None
    assert gesture.why_not(Wish(president, f.programme()), on=f.TODAY) == rules.NOT_AN_OPERATOR


def test_a_batch_says_what_failed_and_waits_for_what_another_holds(system, settings, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    one, wish = f.installation(f.beneficiary(), claimed_until=LATER), Wish(system, f.programme())
    with pytest.raises(NotYet, match="Un autre exécuteur"):
        gestures.Reconcile().do(str(one.pk), wish, at=f.NOW)
    settings.SOCLE_ENGINES = {"messagerie": f"{__name__}.Silent"}
    with pytest.raises(Failed, match="ne répond pas"):
        gestures.Reconcile().do(str(one.pk), wish, at=LATER)


def test_a_batch_equips_what_is_not_equipped_in_its_territory(system, settings):
    settings.DEMO = True
    near, far = f.commune("59001", "Anor"), f.commune("80021", "Amiens")
    equipped = f.commune()
    f.installation(f.beneficiary(equipped), state=State.LIVE)
    programme = f.programme()
    refused = gestures.Equip().sort_out(
        [str(one.pk) for one in (near, far, equipped)], Wish(system, programme), at=f.NOW
    )
    assert set(refused) == {str(far.pk), str(equipped.pk)}
    assert "déjà équipée" in refused[str(equipped.pk)]
    officer, other = f.member(Role.PROGRAMME_OFFICER, programme.lead()), f.member(Role.TECHNICIAN, programme.lead())
    for by, may in ((system, True), (officer, True), (other, False)):
        assert (gestures.Equip().why_not(Wish(by, programme), on=f.TODAY) is None) is may
    settings.DEMO = False
    assert gestures.Equip().why_not(Wish(system, programme), on=f.TODAY)


@pytest.mark.parametrize(
    ("ours", "theirs", "is_waited_for"),
    [
        (State.LIVE, State.LIVE, False),
        (State.PENDING, State.LIVE, True),
        (State.FAILED, State.LIVE, True),
        (State.LIVE, State.PENDING, False),
    ],
)
def test_a_commune_is_equipped_when_nothing_of_its_agreement_waits(system, monkeypatch, ours, theirs, is_waited_for):
    commune = f.commune()
    mine = f.installation(f.beneficiary(commune), state=ours)
    f.installation(f.beneficiary(f.commune("59001", "Anor")), state=theirs)
    with scopes_disabled():
        number = mine.right.agreement.number
    asked = []

    def equip(insee_code, *, programme, say):
        asked.append((insee_code, programme, say("draft", "Rédigée.")))
        return SimpleNamespace(agreement_number=number, site_url="https://anor.exemple.invalid/")

    monkeypatch.setattr(gestures.equipping, "equip", equip)
    wish = Wish(system, f.programme())
    if is_waited_for:
        with pytest.raises(NotYet, match="par ailleurs"):
            gestures.Equip().do(str(commune.pk), wish, at=f.NOW)
    else:
        said = f"Convention n° {number} signée, https://anor.exemple.invalid/"
        assert gestures.Equip().do(str(commune.pk), wish, at=f.NOW) == said
    assert asked == [(commune.insee_code, f.programme(), None)]

    def fail(*args, **kwargs):
        raise gestures.equipping.Unfinished("La messagerie ne répond pas.")

    monkeypatch.setattr(gestures.equipping, "equip", fail)
    with pytest.raises(Failed, match="ne répond pas"):
        gestures.Equip().do(str(commune.pk), wish, at=f.NOW)


@pytest.mark.parametrize(
    ("options", "chosen"),
    [([], 3), (["--insee-code", "59474"], 2), (["--service", "messagerie"], 2), (["--insee-code", "59001"], 1)],
)
def test_the_command_shows_its_plan_and_does_it_when_it_is_told_to(system, settings, capsys, options, chosen):
    settings.SOCLE_ENGINES["site-internet"] = settings.SOCLE_ENGINES["messagerie"]
    here, there = f.beneficiary(), f.beneficiary(f.commune("59001", "Anor"))
    for place, code in ((here, "messagerie"), (here, "site-internet"), (there, "messagerie")):
        f.installation(place, code)

    def live() -> int:
        with scopes_disabled():
            return Installation.objects.filter(state=State.LIVE).count()

    call_command("reconcile", *options)
    said = capsys.readouterr().out
    assert f"{chosen} installations regardées, " in said
    assert said.count("  + ") == int(said.rpartition("regardées, ")[2].split()[0]) > 0
    assert "Rien n’a été fait" in said
    assert live() == 0
    call_command("reconcile", *options, "--yes")
    assert f"{chosen} installations faites, 0 en échec." in capsys.readouterr().out
    assert live() == chosen


@pytest.mark.slow
def test_the_command_fails_where_an_engine_does_and_beyond_the_ceiling(settings, capsys):
    settings.SOCLE_ENGINES = {"messagerie": f"{__name__}.Silent"}
    for rank in range(11):
        f.installation(f.beneficiary(f.commune(f"5900{rank}" if rank < 10 else "59010", f"Commune {rank}")))
    settings.SOCLE_RECONCILE_CEILING = 0.3
    with pytest.raises(CommandError, match="11 bénéficiaires sur 11"):
        call_command("reconcile", "--yes")
    with pytest.raises(CommandError, match="seront retentés"):
        call_command("reconcile", "--yes", "--force")
    said = capsys.readouterr()
    assert "0 installations faites, 11 en échec." in said.out
    assert said.out.count("  ! Le serveur ne répond pas.") == 22
    assert said.err.count("Le serveur ne répond pas.") == 11
