"""Outside a demonstration a twin serves nobody: what has no engine waits for it, and starts by itself."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django_scopes import scopes_disabled

from socle.batches.contract import Failed, Wish
from socle.engines.simulated.engine import SimulatedFiles
from socle.engines.simulated.models import LedgerLine
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import User
from socle.provisioning import actions, gestures, rules, tasks
from socle.provisioning.contract import EngineError
from socle.provisioning.engines import served_codes, why_not_served
from socle.provisioning.models import Installation, State
from tests import factories as f

pytestmark = pytest.mark.django_db
LATER = f.NOW + timedelta(days=2)
TWIN, REAL = "socle.engines.simulated.engine.SimulatedMail", f"{__name__}.Real"


class Real(SimulatedFiles):
    """An engine that is no twin, though it keeps what it makes where the twins do."""

    is_simulated = False
    service_code = "messagerie"


class Silent(Real):
    """A server that says nothing."""

    def observe(self, beneficiary):
        raise EngineError("Le serveur ne répond pas.")


@pytest.fixture
def system():
    return User.objects.system()


@pytest.fixture(autouse=True)
def installed(settings):
    """As where people are served."""
    settings.DEMO = False
    settings.SOCLE_ENGINES = {"messagerie": TWIN, "site-internet": REAL}


def only() -> Installation:
    with scopes_disabled():
        return Installation.objects.select_related("beneficiary", "service").get(service__code="messagerie")


@pytest.mark.parametrize(
    ("engine", "is_demonstration", "is_served"),
    [
        (TWIN, True, True),
        (TWIN, False, False),
        (REAL, True, True),
        (REAL, False, True),
        (None, True, False),
        (None, False, False),
        ("socle.engines.gone.Engine", False, False),
    ],
)
def test_a_service_is_served_by_a_real_engine_or_in_a_demonstration(settings, engine, is_demonstration, is_served):
    settings.DEMO = is_demonstration
    settings.SOCLE_ENGINES = {"messagerie": engine} if engine else {}
    reason = why_not_served("messagerie")
    assert (reason is None) is is_served
    assert served_codes() == (["messagerie"] if is_served else [])
    assert is_served or "«\u00a0messagerie\u00a0»" in str(reason)


def test_what_an_agreement_opens_waits_without_an_engine_and_starts_by_itself_once_it_is_wired(system, settings):
    agreement = f.signed_agreement(f.beneficiary())
    actions.open_rights(agreement, by=system, at=f.NOW)
    for _ in range(2):
        actions.reconcile_due(by=system, at=f.NOW)
        tasks.reconcile_right.call(str(only().right_id))
    one = only()
    assert (one.state, one.is_simulated, one.found, one.proof) == (State.PENDING, False, "", "")
    with scopes_disabled():
        # Nothing of it was looked at, and nobody is called late for it.
        assert not Installation.objects.due(LATER).filter(service__code="messagerie").exists()
        assert Installation.objects.get(service__code="site-internet").state == State.LIVE
    assert not Entry.objects.about(one).exists()
    settings.SOCLE_ENGINES["messagerie"] = REAL
    actions.reconcile_due(by=system, at=f.NOW)
    one = only()
    assert (one.state, one.is_simulated) == (State.LIVE, False)


@pytest.mark.parametrize("state", [State.LIVE, State.FAILED, State.PENDING])
def test_what_a_twin_had_called_in_service_is_taken_back_at_the_next_round(system, state):
    f.installation(
        f.beneficiary(),
        state=state,
        is_simulated=True,
        found="Simulé : domaine et boîtes",
        proof="simulé:messagerie/prisches",
        looked_at=f.NOW,
        next_look_at=LATER if state != State.PENDING else None,
        last_error="Simulé : plus de place." if state == State.FAILED else "",
    )
    actions.reconcile_due(by=system, at=f.NOW)
    one = only()
    said = [] if state == State.PENDING else ["installation.waiting"]
    assert list(Entry.objects.about(one).values_list("verb", flat=True)) == said
    assert (one.state, one.found, one.proof, one.last_error, one.is_simulated) == (State.PENDING, "", "", "", False)
    assert (one.looked_at, one.next_look_at, one.claimed_until) == (None, None, None)
    assert not LedgerLine.objects.exists()


def test_a_real_engine_looks_at_once_at_what_a_twin_had_called_in_service(system, settings):
    f.installation(f.beneficiary(), state=State.LIVE, is_simulated=True, found="Simulé", next_look_at=LATER)
    settings.SOCLE_ENGINES["messagerie"] = f"{__name__}.Silent"
    assert actions.reconcile_due(by=system, at=f.NOW) == 1
    assert only().state == State.FAILED
    assert actions.reconcile_due(by=system, at=f.NOW) == 0
    settings.SOCLE_ENGINES["messagerie"] = REAL
    assert actions.reconcile_due(by=system, at=f.NOW + timedelta(minutes=2)) == 1
    assert (only().state, only().is_simulated) == (State.LIVE, False)


def test_what_a_real_engine_made_and_that_is_wired_no_more_is_a_failure_and_not_a_wait(system):
    f.installation(f.beneficiary(), state=State.LIVE, found="Messagerie en service", next_look_at=f.NOW)
    actions.reconcile_due(by=system, at=f.NOW)
    one = only()
    assert one.state == State.FAILED
    assert "Aucun moteur n’est branché ici" in one.last_error
    assert rules.why_waits(one) is None


def test_what_waits_is_suspended_and_resumed_without_an_engine(system):
    one = f.installation(f.beneficiary())
    with scopes_disabled():
        actions.suspend(one, by=system, at=f.NOW)
        actions.reconcile_due(by=system, at=f.NOW)
        assert only().state == State.SUSPENDED
        actions.resume(only(), by=system, at=f.NOW)
        actions.reconcile_due(by=system, at=f.NOW)
        assert only().state == State.PENDING


def test_no_gesture_tries_what_waits_for_its_engine(system, capsys):
    one = f.installation(f.beneficiary())
    with scopes_disabled(), pytest.raises(Refused, match="branché ici"):
        actions.try_again(one, by=system, at=f.NOW)
    wish = Wish(system, f.programme())
    assert "branché ici" in gestures.Reconcile().sort_out([str(one.pk)], wish, at=f.NOW)[str(one.pk)]
    with pytest.raises(Failed, match="branché ici"):
        gestures.Reconcile().do(str(one.pk), wish, at=f.NOW)
    call_command("reconcile", "--yes")
    said = capsys.readouterr().out
    assert "  ! Aucun moteur n’est branché ici" in said
    assert "0 installations faites, 0 en échec, 1 sans moteur ici." in said
    assert only().state == State.PENDING
