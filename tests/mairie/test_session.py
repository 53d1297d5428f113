"""The page of a session is one form: what is ticked counts with whichever press comes next."""

from __future__ import annotations

import pytest
from django_scopes import scope
from lxml import html

from socle.assemblies import actions
from socle.assemblies.models import Attendance, Item, Withdrawal
from socle.people.models import Role
from tests import factories as f
from tests.assemblies.conftest import SESSION, opened
from tests.sites.two_communes import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def place():
    place = f.beneficiary()
    with scope(beneficiary=place):
        yield place


@pytest.fixture
def meeting(place, time_machine):
    meeting = opened(place, f.member(Role.SECRETARY, place))
    time_machine.move_to(SESSION, tick=False)
    return meeting


@pytest.fixture
def client(place, meeting):
    return signed_in(f.member(Role.SECRETARY, place, email="autre@exemple.invalid"))


def told(answer) -> str:
    return answer.content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


class Phone:
    """The page as a browser without scripts has it: what is ticked there, then one press of one of its buttons."""

    def __init__(self, client, meeting) -> None:
        self.client, self.address = client, f"/mairie/seances/{meeting.pk}/tenir/"
        self.read()

    def read(self) -> None:
        page = html.fromstring(self.client.get(self.address).content)
        # None once the session is closed.
        self.form = next((one for one in page.forms if "tenir/presences" in (one.action or "")), None)

    def tick(self, label: str, *, within: str = "") -> None:
        area = self.form.get_element_by_id(within) if within else self.form
        found = [one for one in area.iter("label") if " ".join(one.text_content().split()) == label]
        box = self.form.get_element_by_id(found[0].get("for"))
        box.set("checked", "checked")

    def write(self, name: str, value: str) -> None:
        self.form.fields[name] = value

    def press(self, label: str, *, within: str = ""):
        area = self.form.get_element_by_id(within) if within else self.form
        found = [one for one in area.iter("button") if " ".join(one.text_content().split()).startswith(label)]
        button = found[0]
        data: dict[str, list[str]] = {}
        for name, value in self.form.form_values():
            data.setdefault(name, []).append(value)
        if button.get("name"):
            data[button.get("name")] = [button.get("value")]
        answer = self.client.post(button.get("formaction") or self.form.action, data, follow=True)
        self.read()
        return answer


def test_who_is_ticked_as_withdrawing_does_not_vote_whichever_button_is_pressed(client, meeting) -> None:
    first, second = meeting.items.all()
    phone = Phone(client, meeting)
    phone.tick("Karim Onze", within="point-1")
    phone.press("Adoptée à l’unanimité", within="point-1")
    first.refresh_from_db()
    assert (first.outcome, first.votes_for) == ("adopted", 10)
    phone.tick("Jean Dix", within="point-2")
    phone.write(f"{second.pk}-against", "2")
    phone.press("Noter ce vote", within="point-2")
    second.refresh_from_db()
    assert (second.votes_for, second.votes_against) == (8, 2)
    assert list(Withdrawal.objects.values_list("item__rank", "member__name")) == [(1, "Karim Onze"), (2, "Jean Dix")]


def test_who_is_ticked_absent_is_noted_with_the_vote_of_an_item(client, meeting) -> None:
    karim = meeting.assembly.members.get(name="Karim Onze")
    phone = Phone(client, meeting)
    phone.form.fields[f"etat-{karim.pk}"] = "excused"
    phone.press("Adoptée à l’unanimité", within="point-1")
    assert Attendance.objects.get(meeting=meeting, member=karim).state == "excused"
    assert meeting.items.first().votes_for == 10
    # Ticked after the vote, with the next press: that of the first item is to be noted again, and it is said.
    jean = meeting.assembly.members.get(name="Jean Dix")
    phone.form.fields[f"etat-{jean.pk}"] = "absent"
    answer = phone.press("Adoptée à l’unanimité", within="point-2")
    assert "Les présences ont changé après leur vote : à noter de nouveau, point 1." in told(answer)
    assert list(meeting.items.values_list("outcome", "votes_for")) == [("pending", None), ("adopted", 9)]
    assert "Il avait 10 pour, 0 contre, 0 abstentions" in told(answer)
    phone.press("Adoptée à l’unanimité", within="point-1")
    phone.form.fields["secretaire"] = str(meeting.assembly.members.get(name="Brice Deux").pk)
    phone.press("Lever la séance")
    meeting.refresh_from_db()
    assert (meeting.status, meeting.secretary.name) == ("held", "Brice Deux")


def test_what_is_ticked_stays_when_its_vote_is_refused(client, meeting) -> None:
    item = meeting.items.first()
    phone = Phone(client, meeting)
    phone.tick("Karim Onze", within="point-1")
    phone.write(f"{item.pk}-against", "11")
    assert "11 voix contre ou abstentions, pour 10 possibles" in told(phone.press("Noter ce vote", within="point-1"))
    assert Withdrawal.objects.get(item=item).member.name == "Karim Onze"
    phone.write(f"{item.pk}-against", "3")
    answer = phone.press("Adoptée à l’unanimité", within="point-1")
    assert "Des voix contre, ou des abstentions, sont écrites" in told(answer)
    item.refresh_from_db()
    assert item.outcome == "pending"


def test_a_ballot_that_is_asked_opens_on_those_who_have_not_withdrawn(client, meeting) -> None:
    item = meeting.items.first()
    phone = Phone(client, meeting)
    phone.tick("Karim Onze", within="point-1")
    answer = phone.press("Des membres demandent un scrutin", within="point-1")
    assert "Scrutin public ou secret" in told(answer)
    assert "Karim Onze" not in told(answer)
    page = f"/mairie/seances/{meeting.pk}/tenir/{item.pk}/scrutin/"
    refused = client.post(page, {"public": "2", "against": "1"})
    assert "Scrutin ordinaire" in told(refused)
    assert "Voter au scrutin ordinaire" in told(refused)
    client.post(page, {"public": "2", "against": "1", "ordinaire": "oui"})
    item.refresh_from_db()
    assert (item.votes_for, item.votes_against, item.named) == (9, 1, "")
    assert "le scrutin public par 2 des 10 membres présents" in item.manner


def test_two_who_hold_one_session_do_not_undo_each_other(client, meeting, place) -> None:
    other = Phone(signed_in(f.member(Role.SECRETARY, place, email="deux@exemple.invalid")), meeting)
    phone = Phone(client, meeting)
    other.tick("Karim Onze", within="point-1")
    other.press("Noter les présences")
    answer = phone.press("Adoptée à l’unanimité", within="point-1")
    assert answer.status_code == 422
    assert "Retraits du point 1" in told(answer)
    assert Withdrawal.objects.count() == 1
    assert meeting.items.first().outcome == "pending"
    phone.press("Adoptée à l’unanimité", within="point-1")
    assert meeting.items.first().votes_for == 10


def test_an_appointment_is_noted_the_way_it_went(client, meeting) -> None:
    Item.objects.update(kind=Item.Kind.APPOINTMENT)
    first, second = meeting.items.all()
    phone = Phone(client, meeting)
    phone.form.fields[f"facon-{first.pk}"] = "lecture"
    phone.write(f"tours-{first.pk}", "Denis Quatre\nÉlise Cinq")
    answer = phone.press("Noter la nomination", within="point-1")
    assert "il en est donné lecture par Mme Anne Un" in told(answer)
    first.refresh_from_db()
    assert (first.outcome, first.vote, first.is_secret) == ("adopted", None, False)
    assert first.decision.splitlines()[-1] == "Sont nommés, dans cet ordre\u00a0: Denis Quatre, Élise Cinq."
    phone.form.fields[f"facon-{second.pk}"] = "public"
    phone.write(f"tours-{second.pk}", "Denis Quatre : 7\nÉlise Cinq : 4")
    phone.press("Noter la nomination", within="point-2")
    second.refresh_from_db()
    assert (second.is_secret, second.votes_for, second.votes_against) == (False, 7, 4)
    assert "à l’unanimité, a décidé de ne pas voter au scrutin secret" in second.manner


def test_who_is_absent_is_not_offered_to_preside_or_to_keep_the_minutes(client, meeting) -> None:
    karim = meeting.assembly.members.get(name="Karim Onze")
    phone = Phone(client, meeting)
    phone.form.fields[f"etat-{karim.pk}"] = "absent"
    phone.press("Noter les présences")
    for name in ("secretaire", "president"):
        options = [one.text_content().strip() for one in phone.form.get_element_by_id(name).iter("option")]
        assert "Karim Onze" not in options
        assert "M.\u00a0Brice Deux" in options


def test_a_proxy_of_the_fourth_session_in_a_row_is_asked_about_and_a_new_one_counts(place, meeting, client) -> None:
    secretary = f.member(Role.SECRETARY, place, email="trois@exemple.invalid")
    karim, denis = (meeting.assembly.members.get(name=name) for name in ("Karim Onze", "Denis Quatre"))
    for days in (90, 60, 30):
        earlier = actions.prepare(meeting.assembly, starts_at=SESSION, by=secretary, at=SESSION)
        type(earlier).objects.filter(pk=earlier.pk).update(
            status="held", starts_at=SESSION.replace(month=12 - days // 30), convened_at=SESSION
        )
        Attendance.objects.create(meeting=earlier, member=karim, state="excused", proxy_to=denis)
    item = meeting.items.first()
    phone = Phone(client, meeting)
    phone.form.fields[f"etat-{karim.pk}"], phone.form.fields[f"pouvoir-{karim.pk}"] = "excused", str(denis.pk)
    answer = phone.press("Adoptée à l’unanimité", within="point-1")
    assert "dites, aux présences, si c’est le même pouvoir ou un nouveau" in told(answer)
    assert "Même pouvoir qu’à la séance d’avant ?" in told(answer)
    for paper, voices in (("same", 10), ("illness", 11), ("new", 11)):
        phone.form.fields[f"papier-{karim.pk}"] = paper
        phone.press("Noter les présences")
        actions.vote(item, None, by=secretary, at=SESSION)
        item.refresh_from_db()
        assert (paper, item.votes_for) == (paper, voices)
