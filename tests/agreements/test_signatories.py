"""Who signs the drafts: proposed where nobody is named and one person holds the office; read from a table."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django_scopes import scope, scopes_disabled

from socle.agreements import actions, offboarding, signatories
from socle.agreements.models import Agreement, Party, Status
from socle.config.reactions import REACTIONS
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.lib.tables import Faulty
from socle.people import invitations
from socle.people.invitation_rules import Check
from socle.people.models import Beneficiary, Checked, Invitation, InvitationStatus, Membership, Role, User
from socle.territory.models import TownHall
from tests import factories as f
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

HEADERS = "Commune;Nom;Qualité;Adresse électronique"


@pytest.fixture
def officer() -> User:
    return f.member(Role.PROGRAMME_OFFICER, f.programme().lead())


def draft(of: Beneficiary, officer: User) -> Agreement:
    with scope(beneficiary=of):
        return actions.draft(of, programme=f.programme(), by=officer, at=NOW)


def party(agreement: Agreement, kind: str = "beneficiary") -> Party:
    return Party.objects.get(agreement_id=agreement.pk, kind=kind)


def propose() -> int:
    return signatories.propose(by=User.objects.system(), at=NOW)


# --- Proposed ---------------------------------------------------------------------------------------------------------
def test_whoever_accepts_as_mayor_is_on_the_draft(officer: User) -> None:
    here = f.beneficiary()
    agreement = draft(here, officer)
    check = Check(Checked.CALL, "La secrétaire, le 24 novembre")
    given: Any = {"name": "Noa Exemple", "role": Role.MAYOR, "beneficiary": here, "quality": "Maire", "check": check}
    invitation = invitations.invite("noa@orange.invalid", **given, by=officer, at=NOW)
    assert propose() == 0
    person = invitations.open_account_for(invitation, at=NOW)
    invitations.accept(invitation, by=person, at=NOW)
    # The news that a role is given is what asks for it.
    assert "socle.agreements.tasks.propose_signatories" in REACTIONS["role.given"]
    assert propose() == 1
    named = party(agreement)
    assert (named.signatory, named.representative, named.quality) == (person, "Noa Exemple", "Maire")
    assert Entry.objects.filter(verb="agreement.signatory_proposed").count() == 1
    assert propose() == 0


@pytest.mark.parametrize(
    ("kind", "role"),
    [("cdg", Role.CDG_PRESIDENT), ("lead", Role.PRESIDENT), ("beneficiary", Role.MAYOR)],
)
def test_the_only_one_in_office_is_proposed_and_of_two_nobody(officer: User, kind: str, role: Role) -> None:
    agreement = draft(f.beneficiary(), officer)
    body = party(agreement, kind).body
    f.member(role, body, email="une@exemple.invalid")
    second = f.member(role, body, email="autre@exemple.invalid")
    assert propose() == 0
    Membership.objects.filter(user=second, role=role).delete()
    assert propose() == 1
    assert party(agreement, kind).representative == f"Camille {role.label}"
    assert party(agreement, kind).quality == role.label


def test_at_its_drafting_too_of_two_nobody_is_named(officer: User) -> None:
    here = f.beneficiary()
    f.member(Role.MAYOR, here, email="une@exemple.invalid")
    f.member(Role.MAYOR, here, email="autre@exemple.invalid")
    assert party(draft(here, officer)).signatory is None


def test_whoever_was_chosen_is_never_replaced(officer: User) -> None:
    here = f.beneficiary()
    chosen = f.member(Role.MAYOR, here)
    agreement = draft(here, officer)
    Membership.objects.filter(user=chosen).update(ends_on=TODAY.replace(day=1))
    f.member(Role.MAYOR, here, email="autre@exemple.invalid")
    assert propose() == 0
    assert party(agreement).signatory == chosen


def test_whoever_is_chosen_in_between_is_not_replaced_either(officer: User, monkeypatch: Any) -> None:
    here = f.beneficiary()
    agreement = draft(here, officer)
    f.member(Role.MAYOR, here)
    chosen, read = f.user("choisie@exemple.invalid"), signatories._in_office

    def chooses_first(*given: Any, **more: Any) -> Any:
        Party.objects.filter(agreement_id=agreement.pk, kind="beneficiary").update(signatory=chosen)
        return read(*given, **more)

    monkeypatch.setattr(signatories, "_in_office", chooses_first)
    assert propose() == 0
    assert party(agreement).signatory == chosen


def test_a_draft_whose_signatory_left_names_the_one_who_stays(officer: User) -> None:
    here = f.beneficiary()
    gone = f.member(Role.MAYOR, here)
    agreement = draft(here, officer)
    held = gone.memberships.get()
    Membership.objects.filter(pk=held.pk).update(ends_on=TODAY.replace(day=1))
    assert offboarding.pass_signatures(held, to=None, by=officer, at=NOW) == 1
    assert party(agreement).signatory is None
    f.member(Role.MAYOR, here, email="autre@exemple.invalid")
    assert propose() == 1


@pytest.mark.parametrize("change", ["not yet", "over", "closed", "another role", "at the signature"])
def test_who_is_not_proposed(officer: User, change: str) -> None:
    here = f.beneficiary()
    agreement = draft(here, officer)
    role = Role.SECRETARY if change == "another role" else Role.MAYOR
    person = f.member(role, here)
    days = {"not yet": {"starts_on": TODAY.replace(day=26)}, "over": {"ends_on": TODAY.replace(day=24)}}
    Membership.objects.filter(user=person).update(**days.get(change, {"quality": ""}))
    if change == "closed":
        User.objects.filter(pk=person.pk).update(is_active=False)
    if change == "at the signature":
        Agreement._base_manager.filter(pk=agreement.pk).update(status=Status.READY)
    assert propose() == 0


def test_many_drafts_are_looked_at_in_as_many_queries(officer: User, django_assert_num_queries: Any) -> None:
    for rank in range(10, 20):
        draft(f.beneficiary(f.commune(f"590{rank}", f"Lieu {rank}")), officer)
    with django_assert_num_queries(2):
        signatories.propose(by=officer, at=NOW)


# --- Confirmed by the council's act -----------------------------------------------------------------------------------
def test_the_act_of_the_council_stands_for_the_call_of_its_own_mairie(officer: User) -> None:
    here, there = f.beneficiary(), f.beneficiary(f.commune("59001", "Abancourt"))
    asked = [
        invitations.invite(
            f"noa{place.pk}@orange.invalid", name="Noa", role=Role.MAYOR, beneficiary=place, by=officer, at=NOW
        )
        for place in (here, there)
    ]
    agreement = draft(here, officer)
    draft(there, officer)
    assert signatories.acts_of(asked) == {}
    act = f.act(here, "2026-07")
    with scope(beneficiary=here):
        actions.complete_party(agreement, kind="beneficiary", act=act, by=officer, at=NOW)
    assert signatories.acts_of(asked) == {here.pk: act}
    assert list(signatories.to_confirm(Beneficiary.objects.filter(pk=here.pk))) == asked[:1]
    assert signatories.confirm_all({asked[0]: signatories.by_act(act)}, by=officer, at=NOW) == 1
    sent = Invitation.objects.get(pk=asked[0].pk)
    assert (sent.status, sent.checked) == (InvitationStatus.SENT, Checked.ACT)
    assert "2026-07" in sent.checked_note


def test_of_several_confirmed_all_leave_or_none(officer: User) -> None:
    here, there = f.beneficiary(), f.beneficiary(f.commune("59001", "Abancourt"))
    checks = {
        invitations.invite(
            f"noa{place.pk}@orange.invalid", name="Noa", role=Role.MAYOR, beneficiary=place, by=officer, at=NOW
        ): Check(Checked.CALL, "La secrétaire, le 24 novembre")
        for place in (here, there)
    }
    TownHall.objects.create(commune=there.commune, email=f"noa{there.pk}@orange.invalid")
    with pytest.raises(Refused, match=r"Abancourt.*boîte commune"):
        signatories.confirm_all(checks, by=officer, at=NOW)
    assert set(Invitation.objects.values_list("status", flat=True)) == {InvitationStatus.PROPOSED}


# --- A table ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def drafts(officer: User) -> list[Agreement]:
    """Prisches, Étrœungt, and two communes called Abancourt, one of them in the Pas-de-Calais."""
    places = [("59474", "Prisches"), ("59218", "Étrœungt"), ("59001", "Abancourt"), ("62002", "Abancourt")]
    found = [draft(f.beneficiary(f.commune(code, name)), officer) for code, name in places]
    TownHall.objects.create(commune=f.commune("59474"), email="prisches59@orange.invalid")
    with scopes_disabled():
        return list(Agreement.objects.select_related("beneficiary__commune", "beneficiary__department").filter(
            pk__in=[one.pk for one in found]
        ))  # fmt: skip


def bring(table: bytes, drafts: list[Agreement], officer: User, **more: Any) -> list[Invitation]:
    return signatories.invite_all(io.BytesIO(table), drafts, by=officer, at=NOW, **more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_a_table_is_read_as_it_was_saved(drafts: list[Agreement], officer: User, encoding: str) -> None:
    rows = [
        "Code INSEE,Maire,Qualité,Courriel".replace(",", ";"),
        "59474;Zoé Exemplé;Première adjointe;ZOE@orange.invalid",
        "62002;Noa Exemple;Maire;noa@orange.invalid",
    ]
    made = bring("\r\n".join(rows).encode(encoding), drafts, officer, note="Appelées le 24 novembre")
    assert [(one.name, one.quality, one.email) for one in made] == [
        ("Zoé Exemplé", "Première adjointe", "zoe@orange.invalid"),
        ("Noa Exemple", "Maire", "noa@orange.invalid"),
    ]
    assert [one.beneficiary.commune.insee_code for one in made] == ["59474", "62002"]  # type: ignore[union-attr]
    assert {one.status for one in made} == {InvitationStatus.SENT}


def test_a_name_in_the_ligature_of_latin_9_is_found_all_the_same(drafts: list[Agreement], officer: User) -> None:
    made = bring(f"{HEADERS}\nÉtroeungt;Noa;Maire;noa@orange.invalid\n".encode(), drafts, officer)
    assert made[0].beneficiary == drafts_of(drafts, "59218").beneficiary
    assert made[0].status == InvitationStatus.PROPOSED, "nobody said how the address was checked"


def drafts_of(drafts: list[Agreement], insee_code: str) -> Agreement:
    return next(one for one in drafts if one.bound.commune and one.bound.commune.insee_code == insee_code)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["Prisches;Noa;Maire;mairie@orange.invalid"], "Ligne 2, colonne « Adresse électronique » (D) : cette adresse"),
        (["Prisches;Noa;Maire;prisches59@orange.invalid"], "boîte commune"),
        (["Prisches;Noa;Maire;noa@a.invalid", "59474;Lou;Maire;lou@a.invalid"], "déjà à la ligne 2 : une seule"),
        (["Prisches;Noa;Maire;n@a.invalid", "Étrœungt;Lou;Maire;N@a.invalid"], "adresse est déjà à la ligne 2"),
        (["Abancourt;Noa;Maire;noa@a.invalid"], "2 communes s’appellent « Abancourt » : écrivez son code INSEE"),
        (["Ailleurs;Noa;Maire;noa@a.invalid"], "« Ailleurs » n’a pas de projet de convention ici"),
        (["Prisches;;Maire;noa@a.invalid"], "colonne « Nom » (B) : cette case est vide"),
        (["Prisches;Noa;;noa@a.invalid"], "colonne « Qualité » (C) : cette case est vide"),
        (["Prisches;Noa;Maire;"], "colonne « Adresse électronique » (D) : cette case est vide"),
        (["Prisches;Noa;Maire;noa"], "n’est pas complète"),
        ([f"Prisches;{'x' * 121};Maire;noa@a.invalid"], "120 caractères au plus"),
        (["Prisches;=1+1;Maire;noa@a.invalid"], "formule"),
    ],
)
def test_each_fault_says_its_line_its_column_and_its_remedy(
    drafts: list[Agreement], officer: User, lines: list[str], says: str
) -> None:
    good = "62002;Camille;Maire;camille@orange.invalid"
    with pytest.raises(Faulty) as found:
        bring("\n".join([HEADERS, *lines, good]).encode(), drafts, officer)
    assert len(found.value.faults) == 1
    assert says in found.value.sentence.replace("\u00a0", " ")
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("Commune;Nom;Qualité\nPrisches;Noa;Maire\n", "il y manque « Adresse électronique »"),
        ("Nom;Courriel\nNoa;noa@a.invalid\n", "il y manque « Commune », « Qualité »"),
        (f"{HEADERS};Nom\nPrisches;Noa;Maire;noa@a.invalid;Lou\n", "on y lit deux fois « Nom »"),
        (f"{HEADERS}\n", "aucune ligne"),
        ("", "vide"),
    ],
)
def test_a_table_without_its_columns_or_its_lines_is_refused(
    drafts: list[Agreement], officer: User, table: str, says: str
) -> None:
    with pytest.raises(Refused) as found:
        bring(table.encode(), drafts, officer)
    assert says in found.value.sentence.replace("\u00a0", " ")


def test_the_faults_of_one_line_are_said_together(drafts: list[Agreement], officer: User) -> None:
    with pytest.raises(Faulty) as found:
        bring(f"{HEADERS}\nAilleurs;;Maire;mairie@a.invalid\n".encode(), drafts, officer)
    assert sorted(one.column for one in found.value.faults) == [1, 2, 4]


def test_a_hundred_faults_are_said_at_once(drafts: list[Agreement], officer: User) -> None:
    lines = [f"Nulle part {rank};Noa;Maire;noa{rank}@a.invalid" for rank in range(120)]
    with pytest.raises(Faulty) as found:
        bring("\n".join([HEADERS, *lines]).encode(), drafts, officer)
    assert len(found.value.faults) == 100
    assert not Invitation.objects.exists()


def test_brought_twice_or_for_who_is_there_already_it_says_so(drafts: list[Agreement], officer: User) -> None:
    table = f"{HEADERS}\nPrisches;Noa;Maire;noa@orange.invalid\n".encode()
    bring(table, drafts, officer)
    with pytest.raises(Faulty, match="déjà invitée à signer"):
        bring(table, drafts, officer)
    there = drafts_of(drafts, "59218").bound
    f.member(Role.MAYOR, there)
    with pytest.raises(Faulty, match="représente déjà cette mairie"):
        bring(f"{HEADERS}\n59218;Lou;Maire;lou@orange.invalid\n".encode(), drafts, officer)
    assert Invitation.objects.count() == 1
