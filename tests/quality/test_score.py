"""What is missing on a site: each check, who mends it, and what lists keep of it."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django_scopes import scopes_disabled
from PIL import Image
from wagtail.models import Page

from socle.people.models import Operator
from socle.quality.models.score import SiteTask
from socle.quality.upkeep import score
from socle.sites import actions
from socle.sites.models import CommuneDocument, CommuneImage, NewsIndexPage, NewsPage, WebSite
from socle.sites.publishing.actions import publish_waiting
from tests import factories as f
from tests.sites.conftest import equipped


@pytest.fixture(autouse=True)
def apart(settings, tmp_path):
    settings.PUBLISHED_ROOT = tmp_path / "published"
    settings.MEDIA_ROOT = tmp_path / "media"


def missing(website: WebSite, *, later: timedelta = timedelta()) -> dict[str, str]:
    with scopes_disabled():
        fresh = WebSite.objects.select_related("facts", "root_page", "site", "beneficiary__commune").get(pk=website.pk)
        return {one.check.code: one.says for one in score.examine(fresh, on=f.TODAY + later)}


def pdf(*, is_tagged: bool) -> bytes:
    made = pikepdf.new()
    made.add_blank_page()
    if is_tagged:
        made.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        made.Root.StructTreeRoot = pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot)
    out = BytesIO()
    made.save(out)
    return out.getvalue()


def test_a_new_site_says_what_it_lacks_and_each_thing_leads_where_it_is_mended(prisches):
    found = {one.check.code: one for one in score.examine(prisches, on=f.TODAY)}
    assert set(found) == {"opening", "facts", "acts", "plan", "host", "audit"}
    for one in found.values():
        assert one.says.endswith(".")
        assert bool(one.url) == (one.check.who == SiteTask.Who.MAIRIE)


def test_each_thing_mended_is_missing_no_more(prisches):
    Operator.objects.update(seat="1 rue", phone="03 20 00 00 00")
    f.programme()
    Operator.objects.update(seat="1 rue", phone="03 20 00 00 00")
    f.open_site(prisches)
    changes = {"publication_director": "La maire, Claude Exemple", "data_protection_contact": "dpo@exemple.invalid"}
    actions.correct_facts(prisches, changes, by=f.user(), at=f.NOW)
    f.act(prisches.beneficiary)
    assert set(missing(prisches)) == {"plan", "audit"}
    actions.correct_facts(prisches, {"phone": "", "email": ""}, by=f.user(), at=f.NOW)
    actions.correct_hours(prisches, [], by=f.user(), at=f.NOW)
    assert "le téléphone et l’adresse électronique\u00a0: la loi" in missing(prisches)["facts"]
    assert "hours" in missing(prisches)
    late = missing(prisches, later=timedelta(days=400))
    assert "dernière actualité est du" in late["news"]
    assert "depuis le 3\u00a0octobre\u00a02026" in late["acts"]


def test_mandatory_pages_that_are_gone_are_said(prisches):
    Page.objects.filter(slug="mentions-legales").update(live=False)
    found = missing(prisches)
    assert "page des mentions légales" in found["legal"]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({"seat": "", "phone": ""}, "l’adresse et le téléphone de l’hébergeur, Syndicat mixte d’essai : la"),
        ({"seat": "1 rue", "phone": ""}, "le téléphone de l’hébergeur, Syndicat mixte d’essai : la"),
        ({"seat": "", "phone": "03 20 00 00 00"}, "l’adresse de l’hébergeur, Syndicat mixte d’essai : la"),
        ({"seat": "1 rue", "phone": "03 20 00 00 00"}, None),
    ],
)
def test_what_the_host_lacks_is_said_with_who_writes_it(prisches, known, said):
    f.programme()
    Operator.objects.update(**known)
    found = missing(prisches).get("host")
    assert (said is None) == (found is None)
    assert found is None or said in found.replace("\u00a0", " ")


@pytest.mark.slow
def test_pictures_documents_and_links_are_read_on_the_published_pages(prisches):
    stream = BytesIO()
    Image.new("RGB", (1300, 800), "red").save(stream, "JPEG")
    picture = CommuneImage.objects.create(
        title="Vue", file=ImageFile(ContentFile(stream.getvalue(), name="vue.jpg")), collection=prisches.collection
    )
    for name, content in (("balise", pdf(is_tagged=True)), ("nu", pdf(is_tagged=False)), ("casse", b"%PDF-1.7 !")):
        CommuneDocument.objects.create(
            title=name, file=ContentFile(content, name=f"{name}.pdf"), collection=prisches.collection
        )
    words = '<p><a href="/nulle-part/">ici</a> <a href="/contact">là</a> <a href="/-/ecrire/">ailleurs</a></p>'
    page = NewsPage(title="Brocante", slug="brocante", summary="Dimanche.", picture=picture, body=[("text", words)])
    NewsIndexPage.objects.child_of(prisches.root_page).get().add_child(instance=page)
    page.save_revision().publish()
    publish_waiting()
    found = missing(prisches)
    assert "1 image sans description (page /actualites/brocante/)" in found["pictures"]
    assert "2 PDF" in found["documents"]
    assert found["links"] == "Un lien de la page /actualites/brocante/ ne mène nulle part (/nulle-part/)."
    page.picture_alternative = "La place du village."
    page.save_revision().publish()
    publish_waiting()
    assert "pictures" not in missing(prisches)


@pytest.mark.slow
def test_what_is_missing_is_kept_when_a_site_changes_and_keeps_its_first_day(prisches, ablain, time_machine):
    time_machine.move_to(f.NOW, tick=False)
    assert score.keep_due(at=f.NOW) == 0
    publish_waiting()
    time_machine.move_to(f.NOW + timedelta(minutes=1), tick=False)
    later = f.NOW + timedelta(minutes=1)
    assert (score.keep_due(at=later), score.keep_due(at=later)) == (2, 0)
    kept = prisches.score
    assert kept.missing == kept.tasks.count() == 6
    actions.correct_hours(prisches, [], by=f.user(), at=later)
    time_machine.move_to(f.NOW + timedelta(days=1), tick=False)
    publish_waiting()
    assert score.keep_due(at=f.NOW + timedelta(days=1, minutes=1)) == 1
    since = dict(kept.tasks.values_list("code", "since_at"))
    assert since["audit"] == later
    assert since["hours"] > later


def test_a_site_is_examined_in_as_many_queries_whatever_it_holds(prisches, django_assert_max_num_queries):
    equipped("59001", "Abancourt")
    with django_assert_max_num_queries(20):
        score.examine(prisches, on=f.TODAY)
