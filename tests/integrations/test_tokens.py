"""Tokens: what is kept of them, who manages them, when they open nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from socle.integrations import actions, rules
from socle.integrations.models import Scope, Token
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Membership, Role
from tests import factories as f

pytestmark = pytest.mark.django_db
READ = [Scope.COMMUNES_READ.value, Scope.AGREEMENTS_READ.value]


def make(owner, by, **more):
    return actions.create_token(
        owner, **{"name": "Tableau de bord", "scopes": READ, "days": 90, "by": by, "at": f.NOW, **more}
    )


@pytest.fixture
def lead():
    return f.programme().lead()


@pytest.fixture
def officer(lead):
    person = f.member(Role.PROGRAMME_OFFICER, lead)
    f.second_factor(person)
    return person


def test_only_the_digest_of_a_secret_is_kept(lead, officer):
    token, secret = make(lead, officer)
    assert actions.SHAPE.fullmatch(secret)
    kept = " ".join(str(value) for value in Token.objects.values().get().values())
    told = " ".join(str(entry.facts) for entry in Entry.objects.all())
    assert secret not in kept + told
    assert secret[15:] not in kept + told
    assert actions.find_token(secret) == token
    assert [one.scope for one in token.scopes.all()] == sorted(READ)


@pytest.mark.parametrize(
    "presented", ["", "socle_", "x" * 500, "socle_abcdefgh_" + "A" * 43, "\x00", "socle_ＡＢＣＤＥＦＧＨ_" + "A" * 43]
)
def test_what_is_no_token_finds_none(lead, officer, presented):
    make(lead, officer)
    assert actions.find_token(presented) is None


def test_the_prefix_alone_or_another_secret_finds_none(lead, officer):
    token, secret = make(lead, officer)
    assert actions.find_token(f"socle_{token.prefix}_{'A' * 43}") is None
    assert actions.find_token(secret[:-1] + ("A" if secret[-1] != "A" else "B")) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "  "}, "Donnez un nom"),
        ({"scopes": []}, "au moins une chose"),
        ({"scopes": ["everything"]}, "n’existe pas"),
        ({"days": 36500}, "aucun jeton ne dure toujours"),
    ],
)
def test_a_token_is_refused_with_its_remedy(lead, officer, change, words):
    with pytest.raises(Refused, match=words):
        make(lead, officer, **change)
    assert not Token.objects.exists()


def test_two_tokens_in_use_never_bear_one_name(lead, officer):
    first, _ = make(lead, officer)
    with pytest.raises(Refused, match="porte déjà ce nom"):
        make(lead, officer)
    actions.revoke_token(first, by=officer, at=f.NOW)
    make(lead, officer)
    assert Token.objects.count() == 2


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.PROGRAMME_OFFICER, (True, True)),
        (Role.TECHNICIAN, (True, True)),
        (Role.CDG_ADVISOR, (True, True)),
        (Role.FINANCE_OFFICER, (True, False)),
        (Role.PRESIDENT, (False, False)),
    ],
)
def test_who_manages_the_tokens_and_the_webhooks_of_an_operator(lead, role, may):
    person = f.member(role, lead)
    asked = rules.why_not_keep_tokens, rules.why_not_keep
    assert tuple(ask(lead, by=person, on=f.TODAY) is None for ask in asked) == may


def test_nobody_manages_the_tokens_of_another_organisation(lead, officer):
    other = f.programme().centre_de_gestion_of(f.department("59"))
    here, there = f.beneficiary(), f.beneficiary(f.commune("59583", "Taisnières"))
    secretary = f.member(Role.SECRETARY, here)
    assert rules.why_not_keep(here, by=secretary, on=f.TODAY) is None
    for owner, person in ((other, officer), (here, officer), (there, secretary), (lead, secretary)):
        assert rules.why_not_keep(owner, by=person, on=f.TODAY)
        with pytest.raises(Refused):
            make(owner, person)


def test_a_token_opens_nothing_once_it_is_over_or_its_holder_gone(lead, officer):
    token, _ = make(lead, officer)
    assert rules.why_not_use(token, at=f.NOW) is None
    assert "expiré" in rules.why_not_use(token, at=f.NOW + timedelta(days=90))
    Membership.objects.filter(user=officer).update(ends_on=date(2026, 11, 24))
    assert "répond de ce jeton n’exerce plus" in rules.why_not_use(token, at=f.NOW)
    assert "dans «\u00a0Jetons\u00a0»" in rules.why_not_use(token, at=f.NOW)
    technician = f.member(Role.TECHNICIAN, lead)
    taken = actions.take_over_token(token, by=technician, at=f.NOW)
    assert "second contrôle" in rules.why_not_use(taken, at=f.NOW)
    with pytest.raises(Refused, match="répondez déjà"):
        actions.take_over_token(taken, by=technician, at=f.NOW)
    f.second_factor(technician)
    assert rules.why_not_use(taken, at=f.NOW) is None
    revoked = actions.revoke_token(taken, by=technician, at=f.NOW)
    assert "révoqué" in rules.why_not_use(revoked, at=f.NOW)
    for act in (actions.take_over_token, actions.revoke_token):
        with pytest.raises(Refused):
            act(revoked, by=technician, at=f.NOW)
    assert list(Entry.objects.order_by("id").values_list("verb", flat=True)) == [
        "token.created", "token.taken_over", "token.revoked",
    ]  # fmt: skip


def test_the_last_use_is_known_to_a_minute(lead, officer, django_assert_num_queries):
    token, _ = make(lead, officer)
    actions.note_use(token, at=f.NOW)
    token.refresh_from_db()
    with django_assert_num_queries(0):
        actions.note_use(token, at=f.NOW + timedelta(seconds=59))
    actions.note_use(token, at=f.NOW + timedelta(seconds=60))
    token.refresh_from_db()
    assert token.last_used_at == f.NOW + timedelta(seconds=60)


# --- The screens of both doors ----------------------------------------------------------------------------------------
@pytest.fixture
def doors(client, lead, officer):
    """Each door with someone in it, someone of another organisation, and the organisation."""
    here, there = f.beneficiary(), f.beneficiary(f.commune("59583", "Taisnières"))
    cdg = f.programme().centre_de_gestion_of(f.department("59"))
    return {
        "/console/": (lead, officer, f.member(Role.CDG_ADVISOR, cdg)),
        "/mairie/": (here, f.member(Role.SECRETARY, here), f.member(Role.SECRETARY, there)),
    }


@pytest.fixture(autouse=True)
def fictions(settings):
    settings.DEMO = True
    with time_machine.travel(f.NOW, tick=False):
        yield


def enter(client, person):
    person.is_fictitious = True
    person.save()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")


@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
def test_a_secret_is_shown_once_and_never_again(client, doors, door):
    owner, person, _ = doors[door]
    enter(client, person)
    assert "Aucun jeton" in client.get(f"{door}jetons/").content.decode()
    answer = client.post(f"{door}jetons/nouveau/", {"name": "Portail", "scopes": READ, "days": "30"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    secret = actions.SHAPE.search(answer.content.decode())[0]
    assert actions.find_token(secret).owner == owner
    page = client.get(f"{door}jetons/").content.decode()
    assert secret not in page
    assert secret[:15] in page
    assert "Lire les communes" in client.get(f"{door}jetons/nouveau/").content.decode()


@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
@pytest.mark.slow
def test_the_token_of_another_organisation_does_not_exist(client, doors, door):
    owner, person, stranger = doors[door]
    token, _ = make(owner, person)
    enter(client, stranger)
    assert token.prefix not in client.get(f"{door}jetons/").content.decode()
    for gesture in ("revoquer", "reprendre"):
        for asked in (token.prefix, "", "\x00", "x" * 9000):
            assert client.post(f"{door}jetons/{gesture}/", {"jeton": asked}).status_code == 404
    token.refresh_from_db()
    assert (token.revoked_at, token.held_by) == (None, person)


@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
def test_a_token_is_revoked_and_doing_it_again_changes_nothing(client, doors, door):
    owner, person, _ = doors[door]
    token, _ = make(owner, person)
    enter(client, person)
    for words in ("il n’ouvre plus rien", "déjà révoqué"):
        page = client.post(f"{door}jetons/revoquer/", {"jeton": token.prefix}, follow=True)
        assert words in page.content.decode()
    assert Entry.objects.filter(verb="token.revoked").count() == 1


@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
@pytest.mark.slow
def test_a_form_badly_filled_says_why_and_makes_nothing(client, doors, door):
    enter(client, doors[door][1])
    for given in ({}, {"name": "A", "scopes": ["root"], "days": "30"}, {"name": "A", "scopes": READ, "days": "9"}):
        assert client.post(f"{door}jetons/nouveau/", given).status_code == 422
    assert not Token.objects.exists()


def test_a_mairie_is_not_offered_what_is_the_operators_to_do(client, doors):
    enter(client, doors["/mairie/"][1])
    page = client.get("/mairie/jetons/nouveau/").content.decode()
    assert "beneficiaries:write" not in page
    answer = client.post("/mairie/jetons/nouveau/", {"name": "A", "scopes": ["beneficiaries:write"], "days": "30"})
    assert answer.status_code == 422


@pytest.mark.parametrize("door", ["/console/", "/mairie/"])
@pytest.mark.slow
def test_a_list_costs_the_same_however_many_tokens(client, doors, door, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner, person, _ = doors[door]
    enter(client, person)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"{door}jetons/").status_code == 200
        return len(queries)

    make(owner, person)
    cost()
    few = cost()
    for number in range(6):
        make(owner, person, name=f"Programme {number}")
    assert cost() == few
