"""Models of agreement written in a browser: drafted, refused with their line, published for ever, chosen, approved."""

from __future__ import annotations

import contextlib
import hashlib
import re
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import pytest
from django.conf import settings

from socle.agreements import actions, checklist, example, rules, text_rules, texts
from socle.agreements.document import NOTICE, agreement_html, render_agreement
from socle.agreements.models import Agreement
from socle.deliberations.models import Approval, Article
from socle.documents import tree
from socle.documents.models import Text, TextDraft
from socle.journal.models import Entry
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from tests import factories as f
from tests.agreements.test_delegation import says

pytestmark = pytest.mark.django_db
NAME = "convention-tripartite"
BODY = (Path(settings.ROOT) / "texts" / NAME / "2026-11-25" / "text.md").read_text()
# What a version cannot do without, and nothing else: a test prints in a blink.
SMALL = "# Convention\n\n## Article 1\n\n{{ parties }}\n\n{{ services }}\n\n{{ rgpd }}\n\n{{ signatures }}\n"
DEMONSTRATION = f"---\nstatut : modèle de démonstration, non approuvé\n---\n\n{SMALL}"
SUBMITTED = f"---\n{text_rules.HEADING}\n---\n\n{SMALL}"
VERSION = date(2026, 11, 26)


def save(ground, body: str = SMALL, revision: int = 0, by=None) -> TextDraft:
    return texts.save_draft(ground.programme, NAME, body=body, revision=revision, by=by or ground.officer, at=f.NOW)


def publish(ground, revision: int = 1, version: date = VERSION, by=None) -> Text:
    return texts.publish(ground.programme, NAME, version=version, revision=revision, by=by or ground.officer, at=f.NOW)


# --- From the draft to the version ------------------------------------------------------------------------------------
def test_a_draft_is_published_once_frozen_and_approved_by_nobody(ground):
    draft = save(ground, SMALL.replace("\n", "\r\n"))
    assert (draft.revision, draft.is_open, draft.based_on.version, draft.edited_by) == (
        1, True, "2026-11-25", ground.officer,
    )  # fmt: skip
    text = publish(ground)
    assert (text.version, text.body, text.is_shipped, text.is_demonstration) == ("2026-11-26", SMALL, False, False)
    assert text.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()
    assert not Approval.objects.filter(sha256=text.sha256).exists()
    assert ground.programme.tripartite().text_version == "2026-11-25"
    assert list(Entry.objects.filter(verb__startswith="text.").values_list("verb", flat=True)) == [
        "text.published", "text.draft_saved",
    ]  # fmt: skip
    line = Entry.objects.get(verb="text.published")
    assert line.facts == {"name": NAME, "version": "2026-11-26", "sha256": text.sha256}
    # Frozen: neither the row, nor another publication of the same draft, nor a window left open.
    with pytest.raises(TypeError):
        text.save()
    for revision in (1, 2):
        with pytest.raises(Refused):
            publish(ground, revision, VERSION + timedelta(days=1))
    with pytest.raises(Refused, match="entre-temps"):
        save(ground, SMALL + "\nEncore.\n", 1)


@pytest.mark.parametrize(("gesture", "revision"), [("save", 1), ("publish", 1), ("discard", 1), ("save", 3)])
def test_two_windows_never_write_over_each_other(ground, gesture, revision):
    save(ground)
    mine = save(ground, SMALL + "\nDeux.\n", 1)
    with pytest.raises(Refused, match="entre-temps"):
        {
            "save": lambda: save(ground, SMALL + "\nTrois.\n", revision),
            "publish": lambda: publish(ground, revision),
            "discard": lambda: texts.discard_draft(
                ground.programme, NAME, revision=revision, by=ground.officer, at=f.NOW
            ),
        }[gesture]()
    mine.refresh_from_db()
    assert (mine.body, mine.revision, mine.is_open) == (SMALL + "\nDeux.\n", 2, True)


def test_a_draft_set_aside_is_taken_up_again_and_nothing_published_changes(ground):
    save(ground)
    facts = {"by": ground.officer, "at": f.NOW}
    draft = texts.discard_draft(ground.programme, NAME, revision=1, **facts)
    assert (draft.is_open, Text.objects.filter(name=NAME).count()) == (False, 1)
    with pytest.raises(Refused, match="Aucun projet"):
        publish(ground, 2)
    draft = texts.restore_draft(ground.programme, NAME, revision=2, **facts)
    assert (draft.is_open, draft.body, draft.revision) == (True, SMALL, 3)
    with pytest.raises(Refused, match="mis de côté"):
        texts.restore_draft(ground.programme, NAME, revision=3, **facts)


def test_a_version_published_meanwhile_is_read_before_publishing(ground):
    save(ground)
    Text.objects.create(name=NAME, version="2026-11-26", body="# Autre", sha256="3" * 64)
    with pytest.raises(Refused, match="Une autre version a été publiée"):
        publish(ground, version=date(2026, 11, 27))
    save(ground, revision=1)
    assert publish(ground, 2, date(2026, 11, 27)).version == "2026-11-27"


# --- What is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (" \n", "Le texte est vide"),
        ("# A\n" + "b" * 200_000, "trop long"),
        ("# A\n" * 4_001, "trop long"),
        ("# A\n\nb\x00c\n", "ligne 3 : un caractère invisible (U+0000)"),
        ("# A\n\x1b[31m\n", "ligne 2 : un caractère invisible (U+001B)"),
        ("# A\n\nb\u202ec\n", "ligne 3 : un caractère invisible (U+202E)"),
        ("# A\n\nb\u200bc\n", "U+200B"),
        ("# A\n\nb\u2028c\n", "U+2028"),
        ("# A\n\nb\ufffcc\n", "U+FFFC"),
    ],
)
def test_what_is_not_seen_or_is_no_act_is_not_even_kept(ground, body, words):
    with pytest.raises(Refused) as refusal:
        save(ground, body)
    assert says(refusal.value.sentence, words)
    assert not TextDraft.objects.filter(is_open=True).exists()


def test_a_text_that_changes_nothing_opens_no_draft(ground):
    with pytest.raises(Refused, match="rien à enregistrer"):
        save(ground, ground.programme.tripartite() and text_rules.last_of(NAME).body)
    save(ground)
    last = text_rules.last_of(NAME).body
    save(ground, last, 1)
    with pytest.raises(Refused, match="Rien n’a changé"):
        publish(ground, 2)


def without(block: str) -> str:
    return BODY.replace(f"\n{{{{ {block} }}}}\n", "\n", 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BODY.replace("# Convention tripartite\n", "", 1), "commencer par son titre"),
        (BODY.replace("## Article 1 ", "#### Article 1 ", 1), "ligne 34 : un titre s’écrit"),
        (BODY.replace("{{ price }}", "{{ prix }}", 1), "la variable « prix » n’existe pas"),
        (BODY.replace("{{ price }}", "{{ price", 1), "une variable est mal écrite"),
        (BODY.replace("{{ price }}", "{{ technical_support.name }}", 1), "« technical_support.name » n’existe pas"),
        (BODY.replace("{{ price }}", "{{ basis }}", 1), "la donnée « basis » est vide"),
        (BODY.replace("{{ price }}", "{{ beneficiary }}", 1), "ne s’écrit pas dans une phrase"),
        (BODY + "\n{{ changes }}\n", "la variable « changes » n’existe pas"),
        (BODY + "\n**gras\n", "une étoile n’a pas sa paire"),
        (BODY.replace("---\n\n#", "\n#", 1), "l’en-tête attend"),
        *(
            (without(block), f"Il manque le bloc « {block} »")
            for block in ("parties", "services", "rgpd", "signatures")
        ),
        *(
            (BODY + f"\n{{{{ {block} }}}}\n", f"le bloc « {block} » est déjà à la ligne")
            for block in ("parties", "services", "rgpd", "signatures", "visas")
        ),
        ("# A\n\n" + SMALL.partition("## Article 1\n\n")[2], "ligne 7 : le bloc « rgpd » vient sous un titre"),
        (BODY + "\nUn sourire 🙂\n", "un caractère de ses données n’existe pas dans la police"),
    ],
)
def test_a_faulty_draft_is_kept_and_not_published(ground, body, words):
    assert body != BODY
    save(ground, body)
    with pytest.raises(Refused) as refusal:
        publish(ground)
    assert says(refusal.value.sentence, words), refusal.value.sentence
    assert TextDraft.objects.get().body == body
    assert Text.objects.filter(name=NAME).count() == 1


def test_the_line_at_fault_is_named(ground):
    line = BODY.splitlines().index("{{ price_note? }}") + 1
    save(ground, BODY.replace("{{ price_note? }}", "{{ autre }}"))
    reason = text_rules.why_not_publish(
        TextDraft.objects.get(), text_rules.kinds_on(ground.programme, NAME), text_rules.last_of(NAME), at=f.NOW
    )
    assert f"Texte, ligne {line}\u00a0:" in reason


def test_a_text_that_names_a_partner_the_programme_has_not_is_not_published(ground):
    """Else the fault would be said to a mairie, the day its agreement is sent to signature."""
    body = SMALL + "\nLe {{ support.name }} apporte son concours.\n"
    (kind,) = text_rules.kinds_on(ground.programme, NAME)
    assert example.faults_of(kind, body, name=NAME, at=f.NOW) is None
    ground.programme.partners.filter(part="technical_support").delete()
    (kind,) = text_rules.kinds_on(ground.programme, NAME)
    assert "«\u00a0support.name\u00a0» est vide" in example.faults_of(kind, body, name=NAME, at=f.NOW)


def test_a_draft_is_not_published_at_a_wrong_date(ground):
    save(ground)
    with pytest.raises(Refused, match="choisissez une date qui la suit"):
        publish(ground, version=f.TODAY)
    assert TextDraft.objects.get().is_open


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (date(2026, 11, 24), "choisissez une date qui la suit"),
        (date(2026, 11, 25), "La dernière version est du 25 novembre 2026"),
        (date(2026, 11, 26), None),
        (f.TODAY + timedelta(days=366), None),
        (f.TODAY + timedelta(days=367), "à plus d’un an"),
    ],
)
def test_a_version_follows_the_last_one_and_is_not_years_ahead(ground, version, words):
    assert says(text_rules.why_not_date(version, f.text(), on=f.TODAY), words)


@pytest.mark.parametrize(
    "hostile",
    [
        "#import \"/etc/passwd\": a", "#read(\"/etc/passwd\")", "$ sum_(i=1)^n i $", "{% include \"x\" %}",
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\\ #set page(width: 1pt)", "@label <label>",
    ],
)  # fmt: skip
def test_a_program_written_in_a_text_stays_words(ground, hostile):
    body = SMALL + f"\nAvant {hostile} après\n"
    (kind,) = text_rules.kinds_on(ground.programme, NAME)
    data = example.example_of(kind, body, name=NAME, at=f.NOW)
    page = agreement_html(data, body)
    assert "<script" not in page
    assert "<img" not in page
    assert render_agreement(data, body).startswith(b"%PDF-")


@pytest.mark.parametrize("line", [" " * 40_000, "« " * 20_000, "1 " * 20_000, "*" * 40_000, "{{" * 20_000])
def test_a_line_made_to_be_slow_is_read_in_a_blink(line):
    before = process_time()
    with contextlib.suppress(Refused):
        tree.parse(f"# A\n\nb{line}c\n")
    assert process_time() - before < 1


# --- Who may ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "where", "may"),
    [
        (Role.PROGRAMME_OFFICER, "lead", True),
        (Role.PRESIDENT, "lead", True),
        (Role.TECHNICIAN, "lead", False),
        (Role.FINANCE_OFFICER, "lead", False),
        (Role.CDG_ADVISOR, "cdg", False),
        (Role.PROGRAMME_OFFICER, "cdg", False),
        (Role.MAYOR, "place", False),
    ],
)
def test_the_officers_and_the_president_of_the_lead_write(ground, role, where, may):
    places = {
        "lead": ground.programme.lead(),
        "cdg": ground.programme.centre_de_gestion_of(f.department("59")),
        "place": ground.place,
    }
    person = f.member(role, places[where], email=f"{role}-{where}-essai@exemple.invalid")
    assert (text_rules.why_not_write(ground.programme, by=person, on=f.TODAY) is None) is may
    if may:
        assert save(ground, by=person).revision == 1
        return
    for refused in (
        lambda: save(ground, by=person),
        lambda: publish(ground, by=person),
        lambda: texts.choose(ground.programme.tripartite(), f.text(), by=person, at=f.NOW),
        lambda: texts.discard_draft(ground.programme, NAME, revision=0, by=person, at=f.NOW),
        lambda: texts.approve(ground.programme, f.text(), act=None, article=1, words="", by=person, at=f.NOW),
    ):
        with pytest.raises(Refused, match="Seules les personnes"):
            refused()


def test_a_text_of_no_type_of_agreement_is_not_written(ground):
    with pytest.raises(Refused, match="aucun type de convention"):
        texts.save_draft(ground.programme, "autre", body=BODY, revision=0, by=ground.officer, at=f.NOW)


# --- Chosen, approved -------------------------------------------------------------------------------------------------
def test_the_next_agreements_are_on_the_version_chosen_and_the_others_keep_theirs(ground):
    before = ground.draft()
    save(ground, SUBMITTED)
    text = publish(ground)
    kind = texts.choose(ground.programme.tripartite(), text, by=ground.officer, at=f.NOW)
    assert (kind.text_version, kind.text_is_demonstration, kind.text_chosen_at) == ("2026-11-26", False, f.NOW)
    assert Entry.objects.get(verb="programme.text_chosen").facts == {
        "type": "tripartite", "text": NAME, "version": "2026-11-26", "sha256": text.sha256,
    }  # fmt: skip
    with pytest.raises(Refused, match="déjà rédigées sur cette version"):
        texts.choose(kind, text, by=ground.officer, at=f.NOW)
    with pytest.raises(Refused, match="pas celui de ce type"):
        texts.choose(kind, f.amendment_text(), by=ground.officer, at=f.NOW)
    other = f.beneficiary(f.commune("59001", "Abancourt", 441))
    after = actions.draft(other, programme=ground.programme, by=ground.officer, at=f.NOW)
    assert after.text == text
    assert Agreement.objects.get(pk=before.pk).text.version == "2026-11-25"


@pytest.mark.parametrize("demo", [True, False])
def test_nothing_is_signed_by_delegation_on_a_version_that_no_act_approves(ground, settings, demo):
    save(ground, SUBMITTED)
    text = publish(ground)
    texts.choose(ground.programme.tripartite(), text, by=ground.officer, at=f.NOW)
    agreement = ground.complete()
    assert agreement.text == text
    settings.DEMO = demo
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "n’est aucun de ceux que le comité syndical")
    with pytest.raises(Refused, match="écarte du modèle approuvé"):
        actions.make_ready(agreement, by=ground.officer, at=f.NOW)
    act = f.act(ground.programme.lead(), "2026-40")
    texts.approve(ground.programme, text, act=act, article=2, words="Approuve.", by=ground.officer, at=f.NOW)
    assert rules.why_outside_delegation(agreement, on=f.TODAY) is None


def test_a_version_whose_heading_tells_a_demonstration_is_never_signed_outside_one(ground, settings):
    save(ground, DEMONSTRATION)
    text = publish(ground)
    act = f.act(ground.programme.lead(), "2026-40")
    texts.approve(ground.programme, text, act=act, article=2, words="Approuve.", by=ground.officer, at=f.NOW)
    texts.choose(ground.programme.tripartite(), text, by=ground.officer, at=f.NOW)
    agreement = ground.complete()
    assert rules.why_outside_delegation(agreement, on=f.TODAY) is None
    settings.DEMO = False
    assert says(rules.why_outside_delegation(agreement, on=f.TODAY), "modèle de démonstration, non approuvé")


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("none", "Choisissez l’acte"),
        ("cdg", "Cet acte n’est pas de"),
        ("minutes", "n’autorise pas à signer"),
        ("no words", "Un article porte un numéro"),
        ("takes note", "n’approuve rien"),
        ("twice", "approuve déjà"),
        ("right", None),
    ],
)
def test_an_approval_is_noted_of_the_leads_act_once_and_of_these_bytes(ground, case, words):
    lead, cdg = ground.programme.lead(), ground.programme.centre_de_gestion_of(f.department("59"))
    acts = {
        "none": lambda: None,
        "cdg": lambda: f.act(cdg, "2026-41"),
        "minutes": lambda: f.act(lead, "2026-42", kind="minutes"),
    }
    act = acts.get(case, lambda: f.act(lead, "2026-40"))()
    words_of_it = {"no words": "", "takes note": "Prend acte du modèle."}.get(case, "Approuve.")
    facts = {"act": act, "article": 1, "words": words_of_it, "by": ground.officer}
    if case == "twice":
        texts.approve(ground.programme, f.text(), **facts, at=f.NOW)
    if words is not None:
        with pytest.raises(Refused) as refusal:
            texts.approve(ground.programme, f.text(), **facts, at=f.NOW)
        assert says(refusal.value.sentence, words)
        return
    approval = texts.approve(ground.programme, f.text(), **facts, at=f.NOW)
    assert (approval.sha256, approval.subject, approval.is_declared) == ("0" * 64, "model", False)
    assert Article.objects.get(act=act).text == "Approuve."


# --- The example ------------------------------------------------------------------------------------------------------
def test_each_text_shipped_is_read_and_printed_on_an_example_in_which_nobody_is(ground, django_assert_num_queries):
    f.amendments(ground.programme)
    names = set(User.objects.values_list("name", flat=True))
    for name in (NAME, "avenant"):
        body = next((Path(settings.ROOT) / "texts" / name).glob("*/text.md")).read_text()
        for kind in text_rules.kinds_on(ground.programme, name):
            with django_assert_num_queries(0):
                assert example.faults_of(kind, body, name=name, at=f.NOW) is None
                data = example.example_of(kind, body, name=name, at=f.NOW)
            assert data.notice == NOTICE
            page = agreement_html(data, body)
            assert "Camille Exemple" in page
            assert not any(person in page for person in names - {"Camille Exemple"})
            assert render_agreement(data, body).startswith(b"%PDF-")


# --- The nineteen points ----------------------------------------------------------------------------------------------
BY_EYE = {1, 7}


def test_the_shipped_text_has_what_it_really_has():
    found = {answer.point.number: answer.found for answer in checklist.look(BODY)}
    assert found == {n: "by_eye" if n in BY_EYE else "seen" for n in range(1, 20)}


@pytest.mark.parametrize(
    ("article", "point", "found"),
    [
        ("Article 1 ", 4, "by_eye"), ("Article 3 ", 5, "not_seen"), ("Article 4 ", 6, "not_seen"),
        ("Article 5 ", 7, "not_seen"), ("Article 6 ", 8, "not_seen"), ("Article 7 ", 9, "not_seen"),
        ("Article 8 ", 10, "not_seen"), ("Article 9 ", 11, "by_eye"), ("Article 10 ", 12, "by_eye"),
        ("Article 11 ", 12, "by_eye"), ("Article 12 ", 13, "not_seen"), ("Article 13 ", 14, "by_eye"),
        ("Article 14 ", 14, "by_eye"), ("Article 15 ", 15, "not_seen"), ("Article 16 ", 16, "not_seen"),
        ("Article 17 ", 17, "not_seen"), ("Article 18 ", 18, "not_seen"), ("Article 19 ", 19, "not_seen"),
        ("Entre les parties", 2, "not_seen"), ("Visas", 3, "not_seen"), ("Annexe 1 ", 4, "by_eye"),
    ],
)  # fmt: skip
def test_a_text_stripped_of_an_article_loses_its_point_and_no_other(article, point, found):
    stripped, times = re.subn(rf"## {article}.*?(?=\n## |\Z)", "", BODY, count=1, flags=re.DOTALL)
    assert times == 1
    answers = {answer.point.number: answer for answer in checklist.look(stripped)}
    assert answers[point].found == found
    assert answers[point].missing
    others = {n for n, answer in answers.items() if answer.found == "not_seen"} - {point}
    assert others == set()
