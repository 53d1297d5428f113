"""`socle equip` takes a commune from eligible to equipped, through the screens' own actions, once."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scope, scopes_disabled

from socle.agreements import actions as agreements
from socle.agreements.models import Agreement, Status
from socle.documents.models import Document
from socle.documents.texts import publish_seeds
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.operations import demo_steps as lived
from socle.people.models import Role, User
from socle.programme.models import Programme
from socle.provisioning import equipping
from socle.provisioning.models import Installation, State
from socle.signing.verification import verify
from socle.territory.models import Commune
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demonstration(settings, tmp_path):
    settings.DEMO = True
    settings.PKI_DIR = tmp_path / "pki"
    settings.SOCLE_ENGINES = {
        "site-internet": "socle.engines.simulated.engine.SimulatedFiles",
        "messagerie": "socle.engines.simulated.engine.SimulatedMail",
    }


@pytest.fixture
def ready():
    publish_seeds(by=User.objects.system(), at=f.NOW)
    pack = f.programme()
    f.member(Role.PRESIDENT, pack.lead(), quality="Présidente")
    for code in ("59", "62"):
        cdg = pack.centre_de_gestion_of(f.department(code))
        f.member(Role.CDG_PRESIDENT, cdg, quality="Président")
        f.act(cdg)
    f.commune("59474", "Prisches", 1000)
    f.commune("62001", "Ablain-Saint-Nazaire", 1800)


def equip(insee_code, capsys):
    call_command("equip", insee_code, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.mark.seals
@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize("insee_code", ["59474", "62001"])
@pytest.mark.slow
@pytest.mark.both
def test_a_commune_of_each_department_is_equipped_with_three_valid_signatures(insee_code, capsys):
    done = equip(insee_code, capsys)
    assert set(done) >= {"insee_code", "steps", "agreement_pdf", "site_url", "already_equipped"}
    assert done["already_equipped"] is False
    assert [step["step"] for step in done["steps"]][:4] == ["eligibility", "draft", "siret", "act"]
    with open(done["agreement_pdf"], "rb") as file:
        report = verify(file.read())
    assert report.is_sound, report.problems
    assert [signature.field for signature in report.signatures] == ["beneficiary", "cdg", "lead"]
    commune = Commune.objects.get(insee_code=insee_code)
    with scope(beneficiary=commune.beneficiary):
        assert Agreement.objects.get().status == Status.SIGNED
        assert set(Installation.objects.values_list("state", flat=True)) == {State.LIVE}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("states", "live"),
    [((), False), ((State.LIVE,), True), ((State.LIVE, State.FAILED), False), ((State.PENDING,), False)],
)
def test_a_commune_is_live_when_it_has_something_and_all_of_it_is(states, live):
    place = f.beneficiary()
    for code, state in zip(("site-internet", "messagerie"), states, strict=False):
        f.installation(place, code, state=state)
    f.installation(f.beneficiary(f.commune("59006", "Amfroipret", 230)), state=State.FAILED)
    with scope(beneficiary=place):
        assert equipping._is_live(place) is live


@pytest.mark.usefixtures("ready")
@pytest.mark.slow
@pytest.mark.both
def test_equipped_twice_nothing_is_made_twice(capsys):
    first = equip("59474", capsys)
    lines = Entry.objects.count()
    second = equip("59474", capsys)
    assert second["already_equipped"] is True
    assert second["agreement_pdf"] == first["agreement_pdf"]
    assert Entry.objects.count() == lines


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("insee_code", "reason"), [("59999", "Aucune commune"), ("abc", "n’est pas un code INSEE"), ("", "code INSEE")]
)
def test_an_unknown_code_is_refused_in_french_and_nothing_is_written(insee_code, reason):
    lines = Entry.objects.count()
    with pytest.raises(CommandError, match=reason):
        call_command("equip", insee_code)
    assert Entry.objects.count() == lines


@pytest.mark.usefixtures("ready")
def test_a_merged_commune_is_refused_and_its_heir_is_named():
    f.commune("59070", "Bermeries", 300, merged_into=f.commune("59474"), gone_in=2025)
    with pytest.raises(CommandError, match="Prisches"):
        call_command("equip", "59070")


@pytest.mark.usefixtures("ready")
def test_outside_a_demonstration_the_shortcut_is_refused(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="fictives"):
        call_command("equip", "59474")
    assert not Entry.objects.filter(verb="agreement.drafted").exists()


@pytest.mark.usefixtures("ready")
def test_an_agreement_that_was_given_up_is_taken_up_by_no_equipping():
    place, pack, system = f.beneficiary(), Programme.objects.get(), User.objects.system()
    with scope(beneficiary=place):
        first = agreements.cancel(agreements.draft(place, programme=pack, by=system, at=f.NOW), by=system, at=f.NOW)
        found = [equipping._agreement(place, pack, lambda *words: None, lambda: f.NOW) for _ in range(2)]
    assert found[0] == found[1] != first


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(
    ("is_sent", "lacks", "said"),
    [
        (False, {"received_on": None}, "il manque sa réception en préfecture. Rien n’est fait : complétez l’acte"),
        (False, {"published_on": None}, "il manque sa date de publication. Rien n’est fait : complétez l’acte"),
        (False, {"published_on": f.TODAY + timedelta(days=1)}, "ne peut pas la précéder. Rien n’est fait : rec"),
        (True, {"published_on": None}, "il manque sa date de publication. Rien n’est fait : complétez l’acte"),
    ],
)
@pytest.mark.slow
def test_on_an_act_that_is_not_executory_nothing_is_done(is_sent, lacks, said):
    place, pack, system = (
        f.beneficiary(Commune.objects.get(insee_code="59474")),
        Programme.objects.get(),
        User.objects.system(),
    )
    f.member(Role.MAYOR, place)
    with scope(beneficiary=place):
        agreement = agreements.draft(place, programme=pack, by=system, at=f.NOW)
        agreements.complete_party(agreement, kind="beneficiary", act=f.act(place, **lacks), by=system, at=f.NOW)
        if is_sent:
            agreements.make_ready(agreement, by=system, at=f.NOW)
    before = (Entry.objects.count(), Document.objects.count(), User.objects.count())
    heard: list[str] = []
    with pytest.raises(Refused) as refusal:
        equipping.equip("59474", programme=pack, say=lambda *words: heard.extend(words), now=lambda: f.NOW)
    assert said in refusal.value.sentence.replace("\u00a0", " ")
    assert (Entry.objects.count(), Document.objects.count(), User.objects.count()) == before
    assert not heard


@pytest.mark.usefixtures("ready")
def test_an_act_of_the_operators_stops_it_before_the_commune_has_anything():
    f.acts().filter(operator__code="cdg59").update(received_on=None)
    lines = Entry.objects.count()
    with pytest.raises(CommandError, match="il manque sa réception en préfecture"):
        call_command("equip", "59474")
    assert Entry.objects.count() == lines


def test_without_a_programme_the_remedy_is_said():
    with pytest.raises(CommandError, match="socle demo"):
        call_command("equip", "59474")


@pytest.mark.parametrize("already", [False, True])
def test_the_command_says_each_step_then_where_all_is(monkeypatch, capsys, already):
    first = f.programme()
    other = Programme.objects.get(pk=first.pk)
    other.pk, other.code = None, "autre"
    other.save(force_insert=True)
    done = equipping.Equipped(
        insee_code="59474", steps=[{"step": "draft"}], agreement_number="PMC-1", agreement_pdf="/a.pdf",
        site_url="https://prisches.exemple.invalid/", already_equipped=already,
    )  # fmt: skip
    asked = []

    def equip(insee_code, *, programme, say):
        asked.append((insee_code, programme))
        say("draft", "Projet rédigé.")
        return done

    monkeypatch.setattr(equipping, "equip", equip)
    call_command("equip", "59474", "--programme", "autre")
    said = capsys.readouterr().out
    lines = [line.strip() for line in said.replace("\u00a0", " ").splitlines()]
    again = ["Déjà équipée : rien n’a été refait."] if already else []
    assert lines == [
        "Projet rédigé.", *again, "Convention n° PMC-1 : /a.pdf", "Site : https://prisches.exemple.invalid/"
    ]  # fmt: skip
    call_command("equip", "59474", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "insee_code": "59474", "steps": [{"step": "draft"}], "agreement_number": "PMC-1", "agreement_pdf": "/a.pdf",
        "site_url": "https://prisches.exemple.invalid/", "already_equipped": already,
    }  # fmt: skip
    # The one that is named; else the first loaded.
    assert asked == [("59474", other), ("59474", first)]


@pytest.mark.seals
@pytest.mark.usefixtures("ready")
@pytest.mark.slow
def test_three_months_are_played_once_equipped_or_lacking_a_service_being_signed_or_left_to_the_mayor(time_machine):
    at = f.NOW + timedelta(days=90)
    time_machine.move_to(at, tick=False)
    for insee_code, _, _, _ in lived.SCENES:
        f.commune(insee_code, f"Commune {insee_code}", 100)
    said: list[str] = []
    lived.LIVED.do(said.append)
    assert len(said) == 4
    assert "n’a plus de place" in said[1]
    codes = [code for code, _, _, _ in lived.SCENES]
    _, lacking, signing, waiting = codes
    with scopes_disabled():
        agreements = {one.bound.commune.insee_code: one for one in Agreement.objects.select_related("round")}
        states = {
            (one.beneficiary.commune.insee_code, one.service.code): one.state
            for one in Installation.objects.select_related("service", "beneficiary__commune")
        }
        statuses = [agreements[code].status for code in codes]
        assert statuses == [Status.SIGNED, Status.SIGNED, Status.READY, Status.READY]
        assert [(at - agreements[code].drafted_at).days for code in codes] == [84, 56, 26, 26]
        signed = [agreements[code].round.slots.filter(signed_at__isnull=False).count() for code in (signing, waiting)]
        assert signed == [1, 0]
    assert {where for where, state in states.items() if state == State.FAILED} == {(lacking, "messagerie")}
    assert {state for where, state in states.items() if where != (lacking, "messagerie")} == {State.LIVE}
    latest = Entry.objects.latest("pk").pk
    lived.LIVED.do(said.append)
    assert not Entry.objects.filter(pk__gt=latest).exists()
