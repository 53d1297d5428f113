"""A first step is done when the doctor or the rules find nothing to say, and only then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django_scopes import scope, scopes_disabled

from socle.agreements.models import Agreement, Status
from socle.deliberations.models import Act, Approval, Article
from socle.documents.models import Text
from socle.lib.findings import FirstStep
from socle.operations import doctor, first_steps
from socle.operations.doctor import setup
from socle.operations.safekeeping import inventory
from socle.people import invitations
from socle.people.models import Membership, Operator, Role, User
from socle.programme.models import AgreementType, Partner, Power, Programme
from tests import factories as f

TOMORROW = f.TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def outside_a_demonstration(settings: Any, tmp_path: Any) -> Any:
    settings.DEMO, settings.DATA_DIR = False, tmp_path
    with time_machine.travel(f.NOW, tick=False):
        yield settings


@pytest.fixture
def pack(db: Any) -> Programme:
    """A programme whose own model an act approves, with its people, and its operator whole."""
    programme = f.programme()
    Text.objects.update(is_demonstration=False)
    Operator.objects.update(email="contact@exemple.fr")
    f.act(Operator.objects.get(code="cdg59"), "2022-01")
    f.member(Role.PRESIDENT, programme.lead())
    f.member(Role.CDG_PRESIDENT, Operator.objects.get(code="cdg59"))
    return programme


def step(code: str, programme: Programme | None = None) -> FirstStep:
    """One step, as things are now."""
    lead = Operator.objects.get(code="npdcn")
    fresh = Programme.objects.get() if programme is None else programme
    return next(one for one in first_steps.look(lead, fresh, at=f.NOW) if one.code == code)


def test_every_step_that_is_left_says_what_mends_it(db: Any) -> None:
    operator = Operator.objects.create(code="seul", name="Syndicat")
    for one in first_steps.look(operator, None, at=f.NOW):
        assert one.says
        assert one.is_done or one.mends or one.says == "Le programme se charge d’abord."


# --- The operator -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"siret": ""}, "son SIRET"),
        ({"siret": "20003938600039"}, "son SIRET"),
        ({"is_fictitious": True}, "son SIRET"),
        ({"seat": "  "}, "l’adresse de son siège"),
        ({"email": ""}, "son adresse électronique"),
        ({"email": "", "seat": ""}, "l’adresse de son siège, son adresse électronique"),
    ],
)
def test_an_operator_is_whole_with_its_siret_its_seat_and_its_address(
    pack: Programme, changes: Any, words: str
) -> None:
    Operator.objects.filter(code="npdcn").update(**changes)
    found = step("operator")
    assert (found.is_done, words in found.says) == (not words, True)


# --- The acts and who signs -------------------------------------------------------------------------------------------
def an_act_of(day: date | None) -> Callable[[], Any]:
    return lambda: Act.of_operators.filter(number="2021-16").update(published_on=day)


MODELS: list[tuple[Callable[[], Any], str]] = [
    (lambda: None, ""),
    (lambda: Text.objects.update(is_demonstration=True), "modèle de démonstration"),
    (lambda: Text.objects.update(version="2020-01-01"), "n’est pas publié"),
    (lambda: Text.objects.update(sha256="b" * 64), "n’approuve ce modèle"),
    (lambda: Approval.objects.update(subject=Approval.Subject.AGREEMENT), "n’approuve ce modèle"),
    (lambda: Approval.objects.update(is_fictitious=True), "est fictive"),
    (an_act_of(None), "il manque sa date de publication"),
    (an_act_of(f.TODAY), ""),
    (an_act_of(TOMORROW), "n’est exécutoire que le"),
    (lambda: AgreementType.objects.update(approved_by=AgreementType.ApprovedBy.EACH, text_version="2020-01-01"), ""),
]


@pytest.mark.parametrize(("change", "words"), MODELS)
def test_a_model_is_approved_when_an_executory_act_approves_its_bytes(
    pack: Programme, change: Callable[[], Any], words: str
) -> None:
    change()
    found = step("model")
    assert (found.is_done, words in found.says) == (not words, True)


DELEGATIONS: list[tuple[Callable[[], Any], bool]] = [
    (lambda: None, True),
    (lambda: Power.objects.filter(power=Power.Kind.DELEGATION).delete(), False),
    (lambda: Article.objects.filter(powers__power=Power.Kind.DELEGATION).update(text="Fixe le tarif."), False),
    (an_act_of(None), False),
    (an_act_of(TOMORROW), False),
    (lambda: (Power.objects.all().delete(), Programme.objects.update(founding_act=None)), False),
    (lambda: (Power.objects.all().delete(), AgreementType.objects.update(approved_by="each")), True),
]


@pytest.mark.parametrize(("change", "is_done"), DELEGATIONS)
def test_the_signature_is_delegated_by_an_article_of_an_executory_act(
    pack: Programme, change: Callable[[], Any], is_done: bool
) -> None:
    change()
    assert step("delegation").is_done is is_done


def of(role: Role) -> Any:
    return Membership.objects.filter(role=role)


PRESIDENTS: list[tuple[Callable[[], Any], bool]] = [
    (lambda: None, True),
    (lambda: of(Role.PRESIDENT).delete(), False),
    (lambda: of(Role.CDG_PRESIDENT).delete(), False),
    (lambda: of(Role.PRESIDENT).update(ends_on=f.TODAY), True),
    (lambda: of(Role.PRESIDENT).update(ends_on=f.TODAY - timedelta(days=1)), False),
    (lambda: of(Role.PRESIDENT).update(starts_on=TOMORROW), False),
    (lambda: User.objects.filter(memberships__role=Role.CDG_PRESIDENT).update(is_active=False), False),
    # A head of another kind signs nothing there.
    (lambda: of(Role.CDG_PRESIDENT).update(role=Role.PRESIDENT), False),
    (lambda: Partner.objects.filter(part=Partner.Part.CDG).delete(), False),
]


@pytest.mark.parametrize(("change", "is_done"), PRESIDENTS)
def test_presidents_are_in_place_at_the_lead_and_at_one_centre_at_least(
    pack: Programme, change: Callable[[], Any], is_done: bool
) -> None:
    change()
    found = step("presidents")
    assert found.is_done is is_done
    assert "pas-de-calais" in found.says.lower() or not Partner.objects.filter(operator__code="cdg62").exists()


def test_an_invitation_without_an_answer_is_said_and_leads_to_it(pack: Programme) -> None:
    of(Role.PRESIDENT).delete()
    lead = pack.lead()
    asked = {"role": Role.PRESIDENT, "operator": lead, "by": User.objects.system(), "at": f.NOW}
    assert "/console/personnes/operateur/npdcn/inviter/?fonction=president" in [m.url for m in step("presidents").mends]
    invitations.invite("presidence@exemple.fr", name="Camille Exemple", **asked)  # type: ignore[arg-type]
    found = step("presidents")
    assert "invitation du 25\u00a0novembre\u00a02026, sans réponse" in found.says
    assert "/console/personnes/operateur/npdcn/" in [mend.url for mend in found.mends]


@pytest.mark.parametrize(
    ("changes", "is_done"),
    [
        ({}, True),
        ({"published_on": f.TODAY}, True),
        ({"published_on": TOMORROW}, False),
        ({"received_on": None}, False),
        ({"kind": Act.Kind.REGULATION}, False),
        ({"operator": "somme-numerique"}, False),
    ],
)
def test_a_centre_has_decided_by_an_executory_act(pack: Programme, changes: Any, is_done: bool) -> None:
    if code := changes.get("operator"):
        changes = {"operator": Operator.objects.get(code=code)}
    Act.of_operators.filter(number="2022-01").update(**changes)
    found = step("centre")
    assert found.is_done is is_done
    assert is_done or "/console/communes/" in [mend.url for mend in found.mends]
    if not is_done:
        f.act(Operator.objects.get(code="cdg62"), "2022-02")
        assert step("centre").is_done


# --- The machine ------------------------------------------------------------------------------------------------------
IN_SERVICE = {
    "PLATFORM_URL": "https://socle.exemple.fr",
    "PLATFORM_HOSTS": ["socle.exemple.fr"],
    "SITES_DOMAIN": "sites.exemple.fr",
    "SOCLE_SITES_ADDRESSES": ["192.0.2.80"],
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "DEFAULT_FROM_EMAIL": "Socle <ne-pas-repondre@exemple.fr>",
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PLATFORM_URL": "socle"},
        {"PLATFORM_URL": "http://localhost:8000", "PLATFORM_HOSTS": ["localhost"]},
        {"PLATFORM_HOSTS": ["*", "socle.exemple.fr"]},
        {"PLATFORM_HOSTS": ["autre.exemple.fr"]},
        {"SITES_DOMAIN": "localhost"},
        {"SOCLE_SITES_ADDRESSES": []},
        {"SOCLE_SITES_ADDRESSES": ["ici"]},
        {"EMAIL_BACKEND": "socle.outbox.backend.OutboxBackend"},
        {"DEFAULT_FROM_EMAIL": "Socle <x@socle.invalid>"},
    ],
)
def test_messages_and_names_are_as_the_doctor_finds_them(pack: Programme, settings: Any, changes: Any) -> None:
    for name, value in {**IN_SERVICE, **changes}.items():
        setattr(settings, name, value)
    for code, check in (("mail", "mail-settings"), ("names", "hosts")):
        (examined,) = doctor.examine(only=[check])
        found = step(code)
        assert found.is_done is (not examined.severity)
        wrong = [one for one in examined.findings if one.severity or found.is_done]
        assert found.says == " ".join(one.says for one in wrong)
        assert found.is_done or [mend.says for mend in found.mends] == [one.remedy for one in wrong]


REAL, TWIN = "tests.provisioning.test_twins.Real", "socle.engines.simulated.engine.SimulatedMail"


@pytest.mark.parametrize(("engine", "is_done"), [(REAL, True), (TWIN, False), ("", False)])
def test_engines_are_as_the_doctor_finds_them_and_may_wait(
    pack: Programme, settings: Any, engine: str, is_done: bool
) -> None:
    settings.SOCLE_MAIL_SERVERS = ""
    settings.SOCLE_ENGINES = {"site-internet": REAL} | ({"messagerie": engine} if engine else {})
    (examined,) = doctor.examine(only=["wiring"])
    found = step("engines")
    assert (found.is_done, not examined.severity) == (is_done, is_done)
    assert found.says == " ".join(one.says for one in examined.findings)
    assert not found.is_due


@pytest.mark.parametrize(
    ("signing", "time_stamps", "is_done"), [("", "", False), ("x.Seal", "", False), ("x.Seal", "https://tsa", True)]
)
def test_the_seal_is_set_with_its_time_stamps_and_may_wait(
    pack: Programme, settings: Any, signing: str, time_stamps: str, is_done: bool
) -> None:
    settings.SOCLE_SIGNING, settings.SOCLE_TIMESTAMP_URL = signing, time_stamps
    found = step("seal")
    assert found.is_done is is_done is (setup.why_no_seal() is None)
    assert not found.is_due
    if not is_done:
        (said,) = setup.seal()
        assert (said.says, said.remedy) == (found.says, found.mends[0].says)


@pytest.mark.parametrize("days", [0, 30])
def test_a_backup_that_was_made_says_its_age_and_one_that_never_was_is_due(
    pack: Programme, settings: Any, days: int
) -> None:
    assert step("backup").is_due
    made = f.NOW - timedelta(days=days)
    (settings.DATA_DIR / inventory.LAST_BACKUP).write_text(f"{made.isoformat()}\n")
    assert step("backup").is_done
    assert f"{made:%d/%m/%Y}" in step("backup").says


def test_of_several_machines_the_one_that_saves_alone_knows_of_backups(pack: Programme, settings: Any) -> None:
    settings.SEVERAL_MACHINES = True
    found = step("backup")
    assert (found.is_done, found.is_due) == (False, False)
    assert "socle doctor backups" in found.may_wait


# --- The first commune ------------------------------------------------------------------------------------------------
def test_the_first_commune_is_told_from_its_registration_to_its_signature(pack: Programme) -> None:
    assert "Aucune commune n’est inscrite" in step("commune").says
    place = f.beneficiary()
    assert "Une commune est inscrite" in step("commune").says
    made = f.signed_agreement(place, status=Status.DRAFT, signed_at=None)
    with scope(beneficiary=place):
        for status, words in ((Status.DRAFT, "en projet"), (Status.READY, "à la signature")):
            Agreement.objects.filter(pk=made.pk).update(status=status)
            assert words in step("commune").says
        Agreement.objects.filter(pk=made.pk).update(status=Status.CANCELLED)
        assert not step("commune").is_done
        # Signed once, it stays the first whatever becomes of it.
        Agreement.objects.filter(pk=made.pk).update(status=Status.ENDED, signed_at=f.NOW)
    assert step("commune").is_done


@pytest.mark.parametrize("undone", [None, "mail", "names", "operator", "backup", "commune"])
def test_they_are_over_once_an_agreement_is_concluded_and_the_machine_set(
    pack: Programme, settings: Any, django_assert_num_queries: Any, undone: str | None
) -> None:
    for name, value in IN_SERVICE.items():
        setattr(settings, name, value)
    if undone != "backup":
        (settings.DATA_DIR / inventory.LAST_BACKUP).write_text(f"{f.NOW.isoformat()}\n")
    if undone != "commune":
        f.signed_agreement(f.beneficiary())
    if undone == "mail":
        settings.DEFAULT_FROM_EMAIL = "Socle <x@socle.invalid>"
    if undone == "names":
        settings.SITES_DOMAIN = "localhost"
    if undone == "operator":
        Operator.objects.update(seat="")
    lead, programme = Operator.objects.get(code="npdcn"), Programme.objects.get()
    if undone is None:
        with django_assert_num_queries(1):
            assert first_steps.look(lead, programme, at=f.NOW, unless_over=True) == []
        with scopes_disabled():  # Whatever becomes of it.
            Agreement.objects.update(status=Status.ENDED)
        assert first_steps.look(lead, programme, at=f.NOW, unless_over=True) == []
        return
    steps = first_steps.look(lead, programme, at=f.NOW, unless_over=True)
    assert [one.code for one in steps if one.is_due] == [undone]


@pytest.mark.parametrize("communes", [1, 4])
def test_the_steps_ask_as_many_questions_whatever_the_number_of_communes(
    pack: Programme, django_assert_num_queries: Any, communes: int
) -> None:
    for rank in range(communes):
        f.signed_agreement(f.beneficiary(f.commune(f"5900{rank}", f"Essai {rank}", 100)))
    lead, programme = Operator.objects.get(code="npdcn"), Programme.objects.get()
    with scopes_disabled(), django_assert_num_queries(18):
        first_steps.look(lead, programme, at=f.NOW)
