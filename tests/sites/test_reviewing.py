"""A page shown to the mayor before it appears: asked, published or sent back, and never stuck."""

import pytest
from bs4 import BeautifulSoup
from django.core import mail
from django_scopes import scopes_disabled
from wagtail.models import Page

from socle.journal.models import Entry
from socle.people.models import Membership, Role
from socle.people.offboarding import table
from socle.sites import offboarding
from socle.sites.models import NewsIndexPage, NewsPage, Review
from socle.sites.models.reviews import ReviewStatus
from socle.sites.reviewing import actions
from socle.sites.reviewing import rules as reviewing_rules
from socle.sites.reviewing.rules import why_not_ask, why_not_send_back
from socle.sites.tasks import tell_review
from tests import factories as f
from tests.sites.conftest import secretary
from tests.sites.forged_forms import news_form
from tests.sites.two_communes import signed_in

SITE = "/mairie/site/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(prisches, settings):
    """A secretary and a mayor of the same mairie."""
    settings.SECOND_FACTOR_ROLES = []
    return secretary(prisches.beneficiary), f.member(Role.MAYOR, prisches.beneficiary, email="maire@exemple.invalid")


@pytest.fixture
def asked(prisches, people):
    """A news item that waits for its reader."""
    author, mayor = people
    index = prisches.root_page.get_children().get(slug="actualites")
    form = news_form(title="Brocante", slug="brocante", **{"action-ask-review": "oui"})
    del form["action-publish"]
    client = signed_in(author)
    answer = client.post(f"{SITE}pages/add/websites/newspage/{index.pk}/", form)
    page = NewsPage.objects.get(slug="brocante")
    assert answer["Location"] == f"{SITE}relecture/{page.pk}/demander/"
    assert mayor.name in client.get(answer["Location"]).content.decode()
    answer = client.post(answer["Location"], {"of": str(mayor.pk), "word": "La date ?"})
    assert answer.status_code == 302
    assert not NewsPage.objects.get(slug="brocante").live
    return review_of(page)


def review_of(page):
    with scopes_disabled():
        return Review.objects.select_related("website__beneficiary", "page").get(page=page.pk)


def version_in(client, review):
    screen = BeautifulSoup(client.get(f"{SITE}relectures/{review.pk}/").content, "html5lib")
    return screen.select_one("input[name=version]")["value"]


@pytest.mark.slow
def test_the_mayor_is_written_to_looks_and_publishes(asked, people, prisches, visit):
    author, mayor = people
    tell_review.call(str(asked.pk))
    (letter,) = mail.outbox
    assert letter.to == [mayor.email]
    assert f"/mairie/site/relectures/{asked.pk}/?commune={asked.website.beneficiary_id}" in letter.body
    assert "La date ?" in letter.body
    for person in people:
        home = signed_in(person).get(SITE).content.decode()
        assert "à relire par" in home
    index = Page.objects.get(slug="actualites")
    assert "Brocante (à relire)" in signed_in(author).get(f"{SITE}pages/{index.pk}/").content.decode()
    client = signed_in(mayor)
    answer = client.post(
        f"{SITE}relectures/{asked.pk}/", {"geste": "publier", "version": version_in(client, asked)}, follow=True
    )
    assert "C’est publié" in answer.content.decode()
    assert "Brocante" in visit(prisches, "/actualites/brocante/").content.decode()
    tell_review.call(str(asked.pk))
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == ([author.email], "Publiée : Brocante")
    assert review_of(asked.page).status == ReviewStatus.APPROVED
    verbs = list(Entry.objects.filter(verb__in=["review.asked", "review.approved", "page.published"]).order_by("pk"))
    assert [line.verb for line in verbs] == ["review.asked", "review.approved", "page.published"]
    assert {line.beneficiary_ref for line in verbs} == {str(prisches.beneficiary_id)}
    again = client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "publier", "version": "x"})
    assert (again.status_code, "n’attend plus de relecture" in again.content.decode()) == (422, True)


@pytest.mark.slow
def test_what_changed_meanwhile_is_read_again_before_it_is_published(asked, people):
    author, mayor = people
    client = signed_in(mayor)
    seen = version_in(client, asked)
    form = news_form(title="Brocante reportée", slug="brocante")
    del form["action-publish"]
    # As the form saves by itself while one writes: the same revision, other words.
    form["overwrite_revision_id"] = asked.page.latest_revision_id
    signed_in(author).post(f"{SITE}pages/{asked.page_id}/edit/", form)
    answer = client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "publier", "version": seen})
    assert "a changé pendant que vous la relisiez" in answer.content.decode()
    assert not Page.objects.get(pk=asked.page_id).live
    client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "publier", "version": version_in(client, asked)})
    assert Page.objects.get(pk=asked.page_id).title == "Brocante reportée"


@pytest.mark.slow
def test_a_page_sent_back_says_why_and_is_shown_again(asked, people):
    author, mayor = people
    client = signed_in(mayor)
    empty = client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "renvoyer", "answer": " "})
    assert "Dites en un mot" in empty.content.decode()
    client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "renvoyer", "answer": "Le 12, pas le 13."})
    tell_review.call(str(asked.pk))
    assert (mail.outbox[-1].to, "Le 12, pas le 13." in mail.outbox[-1].body) == ([author.email], True)
    assert "Le 12, pas le 13." in signed_in(author).get(f"{SITE}relectures/{asked.pk}/").content.decode()
    signed_in(author).post(f"{SITE}relecture/{asked.page_id}/demander/", {"of": str(mayor.pk), "word": ""})
    assert review_of(asked.page).status == ReviewStatus.WAITING
    assert not Page.objects.get(pk=asked.page_id).live


@pytest.mark.slow
def test_nothing_is_stuck_when_the_reader_is_away_or_leaves(asked, people, prisches):
    _, mayor = people
    membership = Membership.objects.get(user=mayor)
    assert "relectures" in [kind.code for kind in table()]
    assert offboarding.reviews(membership, f.TODAY) == ["Brocante"]
    deputy = f.member(Role.SECRETARY, prisches.beneficiary, email="adjoint@exemple.invalid")
    assert offboarding.pass_reviews(membership, to=None, by=f.user(), at=f.NOW) == 1
    assert review_of(asked.page).asked_of is None
    tell_review.call(str(asked.pk))
    assert mail.outbox == []
    client = signed_in(deputy)
    client.post(f"{SITE}relectures/{asked.pk}/", {"geste": "publier", "version": version_in(client, asked)})
    assert Page.objects.get(pk=asked.page_id).live


@pytest.mark.slow
def test_published_otherwise_or_taken_back_it_is_awaited_no_more(asked, people):
    author, _ = people
    client = signed_in(author)
    client.post(f"{SITE}relectures/{asked.pk}/reprendre/")
    assert review_of(asked.page).status == ReviewStatus.CLOSED
    asked.status = ReviewStatus.WAITING
    asked.save()
    client.post(f"{SITE}pages/{asked.page_id}/edit/", news_form(title="Brocante", slug="brocante"))
    assert review_of(asked.page).status == ReviewStatus.CLOSED
    assert "déjà en ligne" in client.get(f"{SITE}relecture/{asked.page_id}/demander/").content.decode()


@pytest.mark.slow
def test_a_page_that_lacks_something_is_not_shown_and_nobody_of_elsewhere_reads_it(people, prisches, ablain):
    author, _ = people
    page = NewsPage(title="Vide", slug="vide", summary="", live=False)
    NewsIndexPage.objects.child_of(prisches.root_page).get().add_child(instance=page)
    page.save_revision(user=author, clean=False)
    client = signed_in(author)
    assert "en deux phrases" in client.get(f"{SITE}relecture/{page.pk}/demander/").content.decode()
    stranger = secretary(ablain.beneficiary, email="autre@exemple.invalid")
    answer = client.post(f"{SITE}relecture/{page.pk}/demander/", {"of": str(stranger.pk), "word": ""})
    assert answer.status_code == 200
    with scopes_disabled():
        assert not Review.objects.exists()


@pytest.mark.slow
def test_a_message_opens_its_page_whatever_the_commune_one_acts_for(asked, people, prisches, ablain):
    _, mayor = people
    f.member(Role.MAYOR, ablain.beneficiary, email=mayor.email)
    client = signed_in(mayor, active=ablain)
    screen = client.get(f"{SITE}relectures/{asked.pk}/?commune={prisches.beneficiary_id}").content.decode()
    assert "Une autre de vos communes" in screen
    assert "Brocante" not in screen
    led = client.post(
        "/mairie/organismes/choisir/",
        {"organisme": prisches.beneficiary_id, "suite": f"{SITE}relectures/{asked.pk}/"},
        follow=True,
    )
    assert "Renvoyer avec ce mot" in led.content.decode()
    stranger = signed_in(secretary(ablain.beneficiary, email="autre@exemple.invalid"))
    assert stranger.get(f"{SITE}relectures/{asked.pk}/").status_code == 404


@pytest.mark.slow
def test_the_home_of_the_mairie_says_whose_turn_it_is(asked, people):
    author, mayor = people

    def lines(person):
        home = BeautifulSoup(signed_in(person).get("/mairie/").content, "html5lib")
        return [(link.get_text(), link["href"]) for link in home.select(".rows a[href*=relectures]")]

    url = f"{SITE}relectures/{asked.pk}/"
    assert lines(mayor) == [("À relire avant publication\u00a0: Brocante", url)]
    assert lines(author) == []
    with scopes_disabled():
        actions.send_back(asked, answer="La date.", by=mayor, at=f.NOW)
    assert lines(mayor) == []
    assert lines(author) == [("À reprendre\u00a0: Brocante", url)]


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (ReviewStatus.WAITING, "x" * 500, None),
        (ReviewStatus.WAITING, "x" * 501, "500 signes"),
        (ReviewStatus.WAITING, "", "ce qu’il faut reprendre"),
        (ReviewStatus.SENT_BACK, "x", "déjà renvoyée"),
        (ReviewStatus.APPROVED, "x", "n’attend plus de relecture"),
        (ReviewStatus.CLOSED, "x", "n’attend plus de relecture"),
    ],
)
def test_a_page_is_sent_back_once_with_a_word(status, answer, says):
    said = why_not_send_back(Review(status=status), answer=answer)
    assert says in said.replace("\u00a0", " ") if says else said is None


def test_only_somebody_of_the_mairie_reads_its_pages_over(monkeypatch, prisches, people):
    author, mayor = people
    stranger = f.member(Role.MAYOR, f.beneficiary(f.commune("59057", "Bermeries")), email="autre@exemple.invalid")
    monkeypatch.setattr(reviewing_rules, "why_not_show", lambda page: None)
    for of, is_refused in ((author, False), (mayor, False), (stranger, True), (None, True)):
        said = why_not_ask(NewsPage(), website=prisches, of=of, word="x" * 500, on=f.TODAY)
        assert bool(said and "elle seule peut relire" in said) is is_refused
        assert bool(said) is is_refused
    assert "dépasse" in why_not_ask(NewsPage(), website=prisches, of=mayor, word="x" * 501, on=f.TODAY)
