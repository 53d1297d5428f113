"""The models of agreement: written in a browser, published for ever, chosen, noted as approved by an act."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from socle.agreements import text_rules as rules
from socle.agreements.document import render_agreement
from socle.agreements.example import example_of
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Approval, Article
from socle.deliberations.rules import why_delegates_nothing
from socle.documents import texts
from socle.documents.models import Text, TextDraft
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import refuse
from socle.people.models import User
from socle.programme.models import AgreementType, Power, Programme


@transaction.atomic
def save_draft(programme: Programme, name: str, *, body: str, revision: int, by: User, at: datetime) -> TextDraft:
    """Keep these words as the draft of a text, written over the revision that was read; they may be faulty still.

    Raises Refused when somebody wrote meanwhile, when they are those of the last version, or hold what is not seen.
    """
    draft = _held(programme, name, by=by, at=at)
    body, last = texts.settled(body), rules.last_of(name)
    refuse(rules.why_not_save(draft, last, body=body, revision=revision))
    draft.body, draft.is_open, draft.based_on = body, True, last
    _write(draft, by=by, at=at)
    journal.record("text.draft_saved", draft, by=by, at=at, text=name, revision=draft.revision)
    return draft


@transaction.atomic
def discard_draft(programme: Programme, name: str, *, revision: int, by: User, at: datetime) -> TextDraft:
    """Set a draft aside: nothing published or signed changes, and it may be taken up again. Raises Refused."""
    draft = _held(programme, name, by=by, at=at)
    refuse(rules.NO_DRAFT if not draft.is_open else rules.CHANGED_MEANWHILE if revision != draft.revision else None)
    draft.is_open = False
    _write(draft, by=by, at=at)
    journal.record("text.draft_discarded", draft, by=by, at=at, text=name, revision=draft.revision)
    return draft


@transaction.atomic
def restore_draft(programme: Programme, name: str, *, revision: int, by: User, at: datetime) -> TextDraft:
    """Take up again a draft that was set aside. Raises Refused."""
    draft = _held(programme, name, by=by, at=at)
    refuse(rules.why_not_take_up(draft, revision=revision))
    draft.is_open = True
    _write(draft, by=by, at=at)
    journal.record("text.draft_restored", draft, by=by, at=at, text=name, revision=draft.revision)
    return draft


@transaction.atomic
def publish(programme: Programme, name: str, *, version: date, revision: int, by: User, at: datetime) -> Text:
    """Freeze a draft as the version of this date. Nobody has approved it, and nothing is drafted on it by that alone.

    Raises Refused when the words are not those that were read, or an agreement of a type cannot be printed on them.
    """
    draft = _held(programme, name, by=by, at=at)
    refuse(rules.CHANGED_MEANWHILE if revision != draft.revision else None)
    kinds = rules.kinds_on(programme, name)
    refuse(rules.why_not_publish(draft, kinds, rules.last_of(name), version=version, at=at))
    for kind in kinds:
        render_agreement(example_of(kind, draft.body, name=name, at=at), draft.body)
    text = texts.publish(name, version.isoformat(), draft.body, is_shipped=False, by=by, at=at)
    draft.body, draft.is_open, draft.based_on = "", False, text
    draft.revision += 1
    draft.save(update_fields=["body", "is_open", "based_on", "revision"])
    return text


@transaction.atomic
def choose(kind: AgreementType, text: Text, *, by: User, at: datetime) -> AgreementType:
    """Draft the next agreements of a type on this version; those already drafted keep theirs. Raises Refused.

    The programme's file no longer says the version, until it names another text.
    """
    kind.refresh_from_db(from_queryset=AgreementType.objects.select_for_update(of=("self",)))
    refuse(rules.why_not_write(kind.programme, by=by, on=dates.day_of(at)))
    refuse(rules.why_not_choose(kind, text))
    kind.text_version, kind.text_is_demonstration, kind.text_chosen_at = text.version, text.is_demonstration, at
    kind.save(update_fields=["text_version", "text_is_demonstration", "text_chosen_at"])
    facts = {"type": kind.code, "text": text.name, "version": text.version, "sha256": text.sha256}
    journal.record("programme.text_chosen", kind.programme, by=by, at=at, **facts)
    return kind


@transaction.atomic
def approve(
    programme: Programme, text: Text, *, act: Act | None, article: int, words: str, by: User, at: datetime
) -> Approval:
    """Note that this article of an act of the lead approves the very bytes of a version. Raises Refused.

    The words of an article not yet recorded are wanted; of one that is, they are left as they are.
    """
    refuse(rules.why_not_write(programme, by=by, on=dates.day_of(at)))
    refuse(rules.why_not_approved_by(programme, text, act))
    assert act is not None  # why_not_approved_by has refused it.
    known = _article(act, article, words, by=by, at=at)
    title = f"{text.name}, {text.version}"
    return deliberations.approve(known, subject=Approval.Subject.MODEL, sha256=text.sha256, title=title, by=by, at=at)


@transaction.atomic
def note_delegation(
    programme: Programme, *, act: Act | None, article: int, words: str, by: User, at: datetime
) -> Article:
    """Note that this article of an act of the lead delegates the signature of the agreements on an approved model.

    The words of an article not yet recorded are wanted; of one that is, they are left as they are. Raises Refused.
    """
    refuse(rules.why_not_write(programme, by=by, on=dates.day_of(at)))
    refuse(rules.why_not_delegated_by(programme, act))
    assert act is not None  # why_not_delegated_by has refused it.
    known = _article(act, article, words, by=by, at=at)
    refuse(why_delegates_nothing(known) or rules.why_delegates_already(programme, known))
    Power.objects.update_or_create(programme=programme, article=known, defaults={"power": Power.Kind.DELEGATION})
    journal.record("programme.delegation_noted", programme, by=by, at=at, act=act.pk, article=article)
    return known


@transaction.atomic
def withdraw_delegation(programme: Programme, power: Power, *, by: User, at: datetime) -> None:
    """Take back a delegation noted by mistake: nothing more is signed on it. Raises Refused."""
    refuse(rules.why_not_withdraw_delegation(programme, power, by=by, on=dates.day_of(at)))
    facts = {"act": power.article.act_id, "article": power.article.number}
    journal.record("programme.delegation_withdrawn", programme, by=by, at=at, **facts)
    power.delete()


def _article(act: Act, number: int, words: str, *, by: User, at: datetime) -> Article:
    """This article of an act; written with these words when it is not recorded yet."""
    known = act.articles.select_related("act").filter(number=number).first()
    return known or deliberations.record_articles(act, [(number, words)], by=by, at=at)[number]


def _held(programme: Programme, name: str, *, by: User, at: datetime) -> TextDraft:
    """The draft of a text, held until the transaction ends; made the first time. Raises Refused for whom may not."""
    refuse(rules.why_not_write(programme, by=by, on=dates.day_of(at)))
    if not programme.agreement_types.filter(text_name=name).exists():
        refuse("Ce texte n’est celui d’aucun type de convention du programme.")
    TextDraft.objects.get_or_create(name=name)
    return TextDraft.objects.select_for_update(of=("self",)).get(name=name)


def _write(draft: TextDraft, *, by: User, at: datetime) -> None:
    draft.revision += 1
    draft.edited_by, draft.edited_at = (None if by.is_system else by), at
    draft.save(update_fields=["body", "is_open", "based_on", "revision", "edited_by", "edited_at"])
