"""Actions on an agreement, from the draft to the last signature."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Length
from django_scopes import scope, scopes_disabled

from socle.agreements import empowering, reprints, rules
from socle.agreements.changes import END, PRICE, SERVICES, changes_of
from socle.agreements.document import AgreementDocument, build, render_agreement
from socle.agreements.endings import term_end
from socle.agreements.models import Agreement, ChosenService, Party, Status
from socle.deliberations import actions as deliberations
from socle.deliberations.models import Act, Approval, Article
from socle.deliberations.rules import why_not_may_record, why_not_standing
from socle.documents import actions as documents
from socle.documents.models import Document, Text
from socle.journal import actions as journal
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people import actions as people
from socle.people.models import Beneficiary, Membership, Operator, Role, User
from socle.programme import assessments
from socle.programme.models import AgreementType, Programme, Service
from socle.signing import actions as signing
from socle.signing import readings
from socle.signing.evidence import SignIn
from socle.signing.models import Slot
from socle.territory.models import Commune


@transaction.atomic
def draft(beneficiary: Beneficiary, *, programme: Programme, by: User, at: datetime) -> Agreement:
    """Draft the tripartite agreement from the programme's model: parties, essential services, price, term.

    Representatives already known are filled in, and the acts of the operators; the beneficiary attaches its own, since
    nothing tells which of its acts decides this. The rank of the commune that day stays with it, whatever the map and
    the rule become. Raises Refused (French).
    """
    with scope(beneficiary=beneficiary):
        # The programme's row is held so that two drafts never take the same number.
        Programme.objects.select_for_update().get(pk=programme.pk)
        refuse(rules.why_not_draft(beneficiary, programme, by=by, on=dates.day_of(at)))
        commune = beneficiary.commune
        agreement = draft_of(
            programme.tripartite(),
            number=next_number(programme, at),
            by=by,
            at=at,
            beneficiary=beneficiary,
            assessment=assessments.keep_one(programme, commune, at=at) if commune is not None else None,
        )
        ChosenService.objects.bulk_create(
            ChosenService(agreement=agreement, service=service)
            for service in programme.services.filter(is_essential=True)
        )
        cdg = programme.centre_de_gestion_of(beneficiary.department)
        assert cdg is not None  # why_not_draft has refused a department without a centre de gestion.
        add_party(agreement, 1, Party.Kind.BENEFICIARY, beneficiary, act=None, at=at)
        add_party(agreement, 2, Party.Kind.CDG, cdg, act=_act_of_cdg(cdg), at=at)
        add_party(agreement, 3, Party.Kind.LEAD, programme.lead(), act=act_of_lead(programme, at=at), at=at)
        _set_price(agreement)
        journal.record("agreement.drafted", agreement, by=by, at=at, number=agreement.number)
        return agreement


def _set_price(agreement: Agreement) -> None:
    """Give the draft the price of the programme, as it stands. Raises Refused for want of a population."""
    price = rules.programme_price(agreement)
    refuse(rules.NO_POPULATION if price is None else None)
    assert price is not None  # it has just been refused.
    if price.annual != agreement.annual_price:
        agreement.annual_price = price.annual
        agreement.save(update_fields=["annual_price"])


@transaction.atomic
def draft_for_commune(commune: Commune, *, programme: Programme, by: User, at: datetime) -> Agreement:
    """Register the commune as a beneficiary the first time, and draft its agreement; all or nothing. Raises Refused."""
    beneficiary = people.register_beneficiary(commune, by=by, at=at)
    return draft(beneficiary, programme=programme, by=by, at=at)


def draft_of(kind: AgreementType, *, number: str, by: User, at: datetime, **others: Any) -> Agreement:
    """A new draft of this type, on its text and at its terms; `others` are fields that the type does not say."""
    text = Text.objects.get(name=kind.text_name, version=kind.text_version)
    terms = {name: getattr(kind, name) for name in ("programme", "term_months", "annual_price", "vat_regime")}
    followed_by = None if by.is_system else by
    given = {"number": number, "type": kind, "text": text, "drafted_at": at, "followed_by": followed_by}
    return Agreement.every.create(**terms | given | others)


def next_number(programme: Programme, at: datetime) -> str:
    prefix = f"{programme.number_prefix}-{dates.day_of(at).year}-"
    with scopes_disabled():  # Numbers follow one another across all beneficiaries.
        numbers = Agreement.every.filter(number__startswith=prefix, amends__isnull=True)
        # The longest first: 10000 follows 9999, which sorts after it as text.
        last = numbers.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:04d}"


def add_party(
    agreement: Agreement, rank: int, kind: str, body: Beneficiary | Operator, *, act: Act | None, at: datetime
) -> Party:
    """Make this body a party to a draft, of this rank of signature: as the document names it, its signatory known."""
    facts = _facts_of_party(Party.Kind(kind), body, at)
    return Party.objects.create(agreement=agreement, rank=rank, kind=kind, act=act, **facts)


def act_of_lead(programme: Programme, *, at: datetime) -> Act | None:
    """The act by which the lead signs what is drafted now."""
    return empowering.delegating_act(programme, on=dates.day_of(at))


def _act_of_cdg(cdg: Operator) -> Act | None:
    return Act.of(cdg).first()


def _facts_of_party(kind: Party.Kind, body: Beneficiary | Operator, at: datetime) -> dict[str, Any]:
    """The body as the document names it, with the signatory already known."""
    role = rules.SIGNING_ROLE[kind]
    place = {"beneficiary": body} if isinstance(body, Beneficiary) else {"operator": body}
    held = Membership.objects.active_on(dates.day_of(at)).filter(role=role, user__is_active=True, **place)
    able = list(held.select_related("user").order_by("pk")[:2])
    # Where two hold the office, somebody chooses.
    signatory = able[0] if len(able) == 1 else None
    return {
        "operator": body if isinstance(body, Operator) else None,
        "name": body.name,
        "siret": body.siret,
        "seat": body.seat,
        "signatory": signatory.user if signatory else None,
        "representative": signatory.user.name if signatory else "",
        "quality": (signatory.quality or Role(role).label) if signatory else "",
    }


@transaction.atomic
def choose_cdg(agreement: Agreement, *, cdg: Operator, reason: str = "", by: User, at: datetime) -> Party:
    """Make this centre de gestion a party to a draft; another than the department's, by a reason. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_choose_cdg(agreement, cdg, reason=reason, by=by, on=dates.day_of(at)))
    is_another = cdg != agreement.programme.centre_de_gestion_of(agreement.bound.department)
    agreement.cdg_reason = reason.strip() if is_another else ""
    agreement.save(update_fields=["cdg_reason"])
    party = agreement.parties.get(kind=Party.Kind.CDG)
    if party.operator_id != cdg.pk:
        facts = _facts_of_party(Party.Kind.CDG, cdg, at) | {"act": _act_of_cdg(cdg)}
        for name, value in facts.items():
            setattr(party, name, value)
        party.save(update_fields=list(facts))
    # The reason is the agreement's to say: the journal holds identifiers.
    journal.record("agreement.cdg_chosen", agreement, by=by, at=at, operator=cdg.code)
    return party


@transaction.atomic
def choose_services(agreement: Agreement, *, services: Iterable[Service], by: User, at: datetime) -> Agreement:
    """Replace the services chosen in a draft. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_change(agreement, by=by, on=dates.day_of(at)))
    chosen = {service.pk: service for service in services}
    foreign = [service for service in chosen.values() if service.programme_id != agreement.programme_id]
    refuse("Un des services choisis n’est pas de ce programme." if foreign else None)
    before = rules.programme_price(agreement)
    _replace_services(agreement, chosen.values())
    if before is not None and agreement.annual_price == before.annual:
        # One that was agreed on apart stays as it was said.
        _set_price(agreement)
    codes = sorted(service.code for service in chosen.values())
    journal.record("agreement.services_chosen", agreement, by=by, at=at, services=codes)
    return agreement


def _replace_services(agreement: Agreement, services: Iterable[Service]) -> None:
    chosen = {service.pk for service in services}
    agreement.choices.exclude(service__in=chosen).delete()
    added = chosen - set(agreement.choices.values_list("service_id", flat=True))
    ChosenService.objects.bulk_create(ChosenService(agreement=agreement, service_id=pk) for pk in sorted(added))


def party_of(agreement: Agreement, field: str) -> Party:
    """The party that has this place in the document: its kind, or its kind and rank among operators. Raises Refused."""
    for party in agreement.parties.select_related("operator", "act", "signatory"):
        party.agreement = agreement
        if party.field == field:
            return party
    raise Refused("Cette convention n’a pas de telle partie.")


@transaction.atomic
def complete_party(
    agreement: Agreement,
    *,
    kind: str,
    act: Act | None = None,
    membership: Membership | None = None,
    by: User,
    at: datetime,
) -> Party:
    """Attach to one party of a draft its empowering act, its signatory, or both; refresh its name and SIRET."""
    agreement = held(agreement)
    party = party_of(agreement, kind)
    refuse(rules.why_not_complete_party(party, act=act, membership=membership, by=by, on=dates.day_of(at)))
    body = party.body
    party.name, party.siret, party.seat = body.name, body.siret, body.seat
    if act is not None:
        party.act = act
    if membership is not None:
        party.signatory = membership.user
        party.representative = membership.user.name
        party.quality = membership.quality or membership.get_role_display()
    party.save(update_fields=["name", "siret", "seat", "act", "signatory", "representative", "quality"])
    journal.record(
        "agreement.party_completed",
        agreement,
        by=by,
        at=at,
        party=kind,
        act=act.pk if act else None,
        membership=membership.pk if membership else None,
    )
    return party


@transaction.atomic
def change_signatory(party: Party, *, to: User | None, role: str, by: User, at: datetime) -> bool:
    """After the person named left the office: name whoever holds it; False, and nothing, when nothing changes.

    What was printed stays as it was printed: only who signs, and in which quality, changes. Of a draft, the name
    changes too; it names nobody when nobody takes over.
    """
    party = Party.objects.select_for_update(of=("self",)).select_related("agreement__beneficiary").get(pk=party.pk)
    able = [one for one in rules.in_office(party, on=dates.day_of(at)) if to is not None and one.user_id == to.pk]
    is_draft = party.agreement.status == Status.DRAFT
    if not able and not is_draft:
        return False
    party.signatory = able[0].user if able else None
    party.quality = (able[0].quality or Role(role).label) if able else ""
    if is_draft:
        party.representative = able[0].user.name if able else ""
    party.save(update_fields=["signatory", "quality", "representative"])
    # What follows: config/reactions.py.
    journal.record(
        "agreement.signatory_changed",
        party.agreement,
        by=by,
        at=at,
        party=party.kind,
        successor=party.signatory_id,
    )
    return True


@dataclass(frozen=True)
class ActFacts:
    """The facts of a deliberation when it is recorded for a party of an agreement; `content` is its PDF, if any."""

    body: str
    number: str
    subject: str
    adopted_on: date
    received_on: date | None = None
    published_on: date | None = None
    not_transmissible_because: str = ""
    content: bytes | None = None


@documents.unless_refused()
def record_act_of_party(agreement: Agreement, *, kind: str, facts: ActFacts, by: User, at: datetime) -> Party:
    """Record the act that empowers one party of a draft, with its PDF, and attach it, or nothing. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_change(agreement, by=by, on=dates.day_of(at)))
    act = _record_act(party_of(agreement, kind).body, facts, by=by, at=at)
    return complete_party(agreement, kind=kind, act=act, by=by, at=at)


@documents.unless_refused()
def record_act_of_committee(programme: Programme, *, facts: ActFacts, by: User, at: datetime) -> Act:
    """Record an act of the lead's committee, with its PDF: what it approves is said next. Raises Refused."""
    return _record_act(programme.lead(), facts, by=by, at=at)


def _record_act(owner: Beneficiary | Operator, facts: ActFacts, *, by: User, at: datetime) -> Act:
    """Record the act and keep its PDF; who may is asked before anything is kept."""
    refuse(why_not_may_record(by, owner, on=dates.day_of(at)))
    document = None
    if facts.content is not None:
        document = documents.keep(
            facts.content,
            title=f"Délibération {facts.number}, {owner.name}",
            filename=f"deliberation-{facts.number}.pdf",
            beneficiary=owner if isinstance(owner, Beneficiary) else None,
            by=by,
            at=at,
        )
    return deliberations.record_act(
        owner,
        kind=Act.Kind.DELIBERATION,
        body=facts.body,
        number=facts.number,
        subject=facts.subject,
        adopted_on=facts.adopted_on,
        received_on=facts.received_on,
        published_on=facts.published_on,
        not_transmissible_because=facts.not_transmissible_because,
        document=document,
        by=by,
        at=at,
    )


@transaction.atomic
def make_ready(agreement: Agreement, *, for_the_committee: bool = False, by: User, at: datetime) -> Agreement:
    """Print the agreement with its three signature fields, keep it, and open the signatures. Raises Refused.

    One that the delegation does not cover is printed only `for_the_committee`, with a deed to come: it is signed once
    an act approves these very bytes (`link_act`), and it is printed again with it (`print_again`).
    """
    agreement = held(agreement)
    # The parties are printed as they are today, a SIRET confirmed since the draft included.
    for party in agreement.parties.select_related("operator"):
        party.agreement = agreement
        today = party.body.name, party.body.siret, party.body.seat
        if today != (party.name, party.siret, party.seat):
            party.name, party.siret, party.seat = today
            party.save(update_fields=["name", "siret", "seat"])
    on = dates.day_of(at)
    refuse(rules.why_not_make_ready(agreement, by=by, on=on, for_the_committee=for_the_committee))
    is_delegated = rules.why_outside_delegation(agreement, on=on) is None
    if is_delegated:
        grounds = empowering.grounds_of(agreement, on=on)
        agreement.approved_by, agreement.delegated_by = grounds.approved_by, grounds.delegated_by
    agreement.vat_regime = rules.vat_regime_of(agreement)
    facts = build(agreement, at=at)
    agreement.changes = changes_of(agreement) if agreement.amends_id else []
    document = _print(agreement, facts, by=by, at=at)
    if not is_delegated:
        agreement.committee_print, agreement.committee_words = document, reprints.words_of(facts, agreement.text.body)
    agreement.status = Status.READY
    agreement.save(update_fields=[*PRINTED, "status", "changes", "vat_regime"])
    verb = "agreement.ready" if is_delegated else "agreement.printed_for_committee"
    journal.record(verb, agreement, by=by, at=at, sha256=document.sha256)
    return agreement


# What a print writes, and what making a draft of it again takes back.
PRINTED = ("round", "approved_by", "delegated_by", "committee_print", "committee_words", "committee_article")


def _print(agreement: Agreement, facts: AgreementDocument, *, by: User, at: datetime) -> Document:
    """Compose and keep the document, and open its signatures; the agreement is saved by whoever asks."""
    document = documents.keep(
        render_agreement(facts, agreement.text.body),
        title=f"{agreement.title}, {agreement.with_whom}",
        filename=f"{agreement}.pdf".replace(" ", "-").lower(),
        beneficiary=agreement.beneficiary,
        by=by,
        at=at,
    )
    agreement.round = signing.open_round(
        document,
        slots=[(party.field, party.name) for party in agreement.parties.all()],
        code=facts.code,
        by=by,
        at=at,
    )
    return document


@transaction.atomic
def link_act(agreement: Agreement, *, act: Act | None, article: int, text: str, by: User, at: datetime) -> Approval:
    """Note that this article of an act of the committee approves the agreement as it is printed. Raises Refused.

    The text of an article not yet recorded is wanted; of one that is, it is left as it is. With an act that is
    executory already, it is printed again at once, as it is signed.
    """
    agreement = held(agreement)
    refuse(rules.why_not_link_act(agreement, act, by=by, on=dates.day_of(at)))
    assert act is not None  # why_not_link_act has refused it.
    assert agreement.round is not None
    known = act.articles.filter(number=article).first()
    if known is None:
        known = deliberations.record_articles(act, [(article, text)], by=by, at=at)[article]
    original = agreement.committee_print or agreement.round.original
    approval = deliberations.approve(
        known, subject=Approval.Subject.AGREEMENT, sha256=original.sha256, title=original.title, by=by, at=at
    )
    journal.record("agreement.act_linked", agreement, by=by, at=at, act=act.pk, article=article, sha256=original.sha256)
    if rules.why_not_print_again(agreement, by=by, on=dates.day_of(at)) is None:
        # What else changed keeps it from being printed again, and not from being linked: the screen says what.
        with contextlib.suppress(Refused):
            print_again(agreement, by=by, at=at)
    return approval


@transaction.atomic
def print_again(agreement: Agreement, *, by: User, at: datetime) -> Agreement:
    """Print with its executory act an agreement that cited it as to come, and open its signatures. Raises Refused.

    The approval holds for it: both prints are compared, and differ by nothing but that deed and the day.
    """
    agreement, on = held(agreement), dates.day_of(at)
    refuse(rules.why_not_print_again(agreement, by=by, on=on))
    agreement.committee_article = _article_in_force(agreement, on=on)
    facts = build(agreement, at=at)
    refuse(reprints.why_not_same(agreement, facts, on=on))
    document = _print(agreement, facts, by=by, at=at)
    agreement.save(update_fields=[*PRINTED])
    assert agreement.committee_print is not None  # why_not_print_again has refused an agreement that awaits nothing.
    journal.record(
        "agreement.ready", agreement, by=by, at=at, sha256=document.sha256, approved=agreement.committee_print.sha256
    )
    return agreement


def _article_in_force(agreement: Agreement, *, on: date) -> Article:
    """The article that approves this document and counts on this day; a rule has told that there is one."""
    approvals = rules.approvals_of_document(agreement)
    return next(one.article for one in approvals if why_not_standing(one, on=on) is None)


@transaction.atomic
def reopen(agreement: Agreement, *, by: User, at: datetime) -> Agreement:
    """Make a draft again of an agreement nobody has signed; the printed version stays kept. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_reopen(agreement, by=by, on=dates.day_of(at)))
    agreement.status, agreement.round = Status.DRAFT, None
    agreement.approved_by = agreement.delegated_by = agreement.committee_print = agreement.committee_article = None
    agreement.committee_words = ""
    agreement.save(update_fields=[*PRINTED, "status"])
    journal.record("agreement.reopened", agreement, by=by, at=at)
    return agreement


@transaction.atomic
def entrust(agreement: Agreement, *, to: User | None, by: User, at: datetime) -> Agreement:
    """Entrust an agreement in preparation to somebody who sees it through, or to nobody again. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_entrust(agreement, to, by=by, on=dates.day_of(at)))
    if agreement.followed_by_id != (to.pk if to else None):
        agreement.followed_by = to
        agreement.save(update_fields=["followed_by"])
        journal.record("agreement.entrusted", agreement, by=by, at=at, officer=to.pk if to else None)
    return agreement


@transaction.atomic
def cancel(agreement: Agreement, *, by: User, at: datetime) -> Agreement:
    """Give up an agreement that is not concluded; another may then be drafted. Raises Refused."""
    agreement = held(agreement)
    refuse(rules.why_not_cancel(agreement, by=by, on=dates.day_of(at)))
    agreement.status = Status.CANCELLED
    agreement.save(update_fields=["status"])
    journal.record("agreement.cancelled", agreement, by=by, at=at)
    return agreement


def sign(agreement: Agreement, *, by: User, at: datetime, sign_in: SignIn | None = None) -> Agreement:
    """Sign in the platform, in the name of one party; the last one concludes the agreement, in effect that day.

    `sign_in` says how the person was identified again for this gesture. The seal and the proof of time are made first,
    outside of the transaction, for authorities are asked; everything is checked again once the rows are held. Raises
    Refused: order, person, empowering act, delegation. The act must be executory on the day of `at`.
    """
    on = dates.day_of(at)
    agreement = _read(agreement)
    party, slot = _place_of(agreement, by=by, on=on)
    prepared = signing.prepare(
        slot,
        by=by,
        at=at,
        quality=_quality(party, by, on=on),
        place=party.place,
        organisation=party.name,
        sign_in=sign_in,
    )
    return _fill(agreement, prepared, by=by, at=at)


def sign_read(agreement: Agreement, *, by: User, at: datetime) -> Agreement:
    """Sign an agreement of a list that this person read and asked to sign, as `sign`. Raises Refused if it changed."""
    agreement = _read(agreement)
    _, slot = _place_of(agreement, by=by, on=dates.day_of(at))
    return sign(agreement, by=by, at=at, sign_in=readings.sign_in_of(readings.of(slot, by=by)))


def deposit(agreement: Agreement, *, content: bytes, by: User, at: datetime) -> Agreement:
    """Take the document that this person signed elsewhere with a certificate of their own; as `sign` otherwise."""
    agreement = _read(agreement)
    _, slot = _place_of(agreement, by=by, on=dates.day_of(at))
    return _fill(agreement, signing.examine(slot, content, by=by, at=at), by=by, at=at)


@transaction.atomic
def _fill(agreement: Agreement, prepared: signing.Prepared, *, by: User, at: datetime) -> Agreement:
    on = dates.day_of(at)
    agreement = held(agreement)
    party, slot = _place_of(agreement, by=by, on=on)
    if party.signatory_id != by.pk:
        # Whoever is named left the office: the signature says who holds it now.
        change_signatory(party, to=by, role=rules.SIGNING_ROLE[Party.Kind(party.kind)], by=by, at=at)
    document = signing.fill(slot, prepared, by=by)
    journal.record("agreement.party_signed", agreement, by=by, at=at, party=party.kind, sha256=document.sha256)
    return concluded(agreement, document, by=by, at=at)


def concluded(agreement: Agreement, document: Document, *, by: User, at: datetime) -> Agreement:
    """Conclude the agreement, or the amendment, when every signature is there: in effect on the day of the last."""
    assert agreement.round is not None
    found = list(agreement.round.slots.values_list("signed_at", flat=True))
    signed = [one for one in found if one is not None]
    if len(signed) < len(found):
        return agreement
    on = dates.day_of(max(signed))
    agreement.status, agreement.signed_at, agreement.starts_on = Status.SIGNED, at, on
    if agreement.amends_id is None:
        agreement.ends_on = term_end(on, agreement.term_months)
    agreement.save(update_fields=["status", "signed_at", "starts_on", "ends_on"])
    # What follows: config/reactions.py.
    if agreement.beneficiary_id is None:
        # No right follows it, and nobody is written to.
        journal.record("agreement.operators_signed", agreement, by=by, at=at, sha256=document.sha256)
    elif agreement.amends is None:
        journal.record("agreement.signed", agreement, by=by, at=at, sha256=document.sha256)
    else:
        journal.record("agreement.amendment_signed", agreement, by=by, at=at, sha256=document.sha256)
        _amend(held(agreement.amends), agreement, by=by, at=at)
    return agreement


def _amend(agreement: Agreement, amendment: Agreement, *, by: User, at: datetime) -> None:
    """Write what a concluded amendment changes on the agreement that it amends; its own document keeps what was."""
    changed = {clause for clause, _, _ in amendment.changes}
    if PRICE in changed:
        agreement.annual_price = amendment.annual_price
    if END in changed:
        agreement.ends_on = amendment.ends_on
    agreement.save(update_fields=["annual_price", "ends_on"])
    if SERVICES in changed:
        _replace_services(agreement, amendment.chosen())
    journal.record("agreement.amended", agreement, by=by, at=at, number=amendment.number)


def _place_of(agreement: Agreement, *, by: User, on: date) -> tuple[Party, Slot]:
    """The party for which this person signs now, and its place. Raises Refused."""
    reason, turn = rules.turn_of(agreement, by, on=on)
    refuse(reason)
    assert turn is not None  # a person who signs for nobody has just been refused.
    return turn


def _quality(party: Party, user: User, *, on: date) -> str:
    """In which quality this person signs: as the document says, or by the office they hold now."""
    if party.signatory_id == user.pk:
        return party.quality
    role = rules.SIGNING_ROLE[Party.Kind(party.kind)]
    return next(
        (one.quality or Role(role).label for one in rules.in_office(party, on=on) if one.user_id == user.pk), ""
    )


def held(agreement: Agreement) -> Agreement:
    """The row as it is now, held until the transaction ends.

    Held first and alone: after waiting for a lock, PostgreSQL may lose a row that was locked through a join.
    """
    with _readable(agreement):
        Agreement.every.select_for_update().values_list("pk").get(pk=agreement.pk)
    return _read(agreement)


def _readable(agreement: Agreement) -> AbstractContextManager[None]:
    """One that binds operators alone is out of every scope: whoever handed it here was let read it."""
    return agreement.within() if agreement.beneficiary_id is None else nullcontext()


def _read(agreement: Agreement) -> Agreement:
    with _readable(agreement):
        return Agreement.every.select_related(
            "programme",
            "type__amends",
            "beneficiary__department",
            "beneficiary__commune",
            "text",
            "round",
            "amends__type",
            "approved_by__act",
            "delegated_by__act",
            "committee_print",
            "committee_article__act",
        ).get(pk=agreement.pk)
