"""Batch gestures on communes and agreements: draft, send to signature, remind the signatories."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from django_scopes import scopes_disabled

from socle.agreements import actions, emails, letters, rules
from socle.agreements.contract import before_sending
from socle.agreements.models import OVER, Agreement, Letter, Party, Status
from socle.batches.contract import Subject, Wish
from socle.deliberations.models import Act
from socle.deliberations.rules import why_empowers_nobody
from socle.lib import dates
from socle.lib.refusals import Refused, refuse
from socle.people import asking
from socle.people.models import Beneficiary, Role
from socle.people.rules import holds, operators_of
from socle.territory.models import Commune, Department


def by_department(wish: Wish, *, on: date) -> Callable[[Department], str | None]:
    """Ask the rule once for each department, whatever the number of rows."""
    known: dict[int, str | None] = {}

    def why_not(department: Department) -> str | None:
        if department.pk not in known:
            someone = Beneficiary(kind=Beneficiary.Kind.OTHER, department=department)
            reason = rules.why_not_follow(someone, wish.programme, by=wish.by, on=on)
            known[department.pk] = reason or rules.why_no_cdg(department, wish.programme)
        return known[department.pk]

    return why_not


def agreement_of(subject: str) -> Agreement:
    """Return the agreement of a line."""
    with scopes_disabled():  # A line knows its agreement by identifier; the rules say who may.
        return Agreement.every.select_related("programme", "beneficiary__department", "beneficiary__commune").get(
            pk=subject
        )


def agreements_of(subjects: Sequence[str]) -> dict[str, Agreement]:
    """Return the agreements of many lines, by identifier; one query."""
    with scopes_disabled():  # As above.
        found = Agreement.every.filter(pk__in=subjects, beneficiary__isnull=False).select_related(
            "programme", "beneficiary__department"
        )
        return {str(agreement.pk): agreement for agreement in found}


def refused_to_write(
    agreements: Mapping[str, Agreement], wish: Wish, why_not: Callable[[Agreement], str | None], *, on: date
) -> dict[str, str]:
    """Say about which of these agreements nobody is written to, and why: itself, who follows it, or too soon after."""
    why_not_follow = by_department(wish, on=on)
    last = rules.written_to(agreement.pk for agreement in agreements.values())
    reasons = {
        pk: why_not(one) or why_not_follow(one.bound.department) or rules.why_too_soon(last.get(pk), on=on)
        for pk, one in agreements.items()
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


class DraftAgreement:
    """Draft the agreement of each commune from the programme’s model."""

    code = "draft"
    label = "Rédiger les projets de convention"
    explains = "Chaque commune reçoit son projet, d’après le modèle du programme ; il reste à compléter."
    subject = Subject.COMMUNE
    is_atomic = True
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        why_not = by_department(wish, on=dates.day_of(at))
        refused = {}
        communes = [int(pk) for pk in subjects]
        with scopes_disabled():  # Each commune’s own agreement is looked at, whatever the scope.
            running = dict(
                Agreement.objects.filter(programme=wish.programme, beneficiary__commune__in=communes)
                .exclude(status__in=OVER)
                .values_list("beneficiary__commune", "number")
            )
        for commune in Commune.objects.filter(pk__in=subjects).select_related("department"):
            number = running.get(commune.pk)
            known = f"Une convention existe déjà, n° {number}." if number else None
            if reason := known or why_not(commune.department):
                refused[str(commune.pk)] = reason
        return refused

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        commune = Commune.objects.select_related("department").get(pk=subject)
        agreement = actions.draft_for_commune(commune, programme=wish.programme, by=wish.by, at=at)
        return f"Projet n° {agreement.number} rédigé."


class SendToSignature:
    """Print each agreement and open its signatures."""

    code = "make_ready"
    label = "Envoyer à la signature"
    explains = (
        "Chaque projet complet est imprimé, conservé, et son premier signataire prévenu. Ce qui manque à un projet est "
        "écrit à sa ligne."
    )
    subject = Subject.AGREEMENT
    is_atomic = True
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        why_not = by_department(wish, on=dates.day_of(at))
        refused = {}
        for pk, agreement in agreements_of(subjects).items():
            is_draft = agreement.status == Status.DRAFT
            wrong = None if is_draft else f"La convention est déjà « {agreement.get_status_display()} »."
            if reason := wrong or why_not(agreement.bound.department):
                refused[pk] = reason
        return refused

    def cautions(self, subjects: Sequence[str], *, at: datetime) -> list[str]:
        told = before_sending(list(agreements_of(subjects).values()), on=dates.day_of(at))
        return [one.sentence for one in told]

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        agreement = agreement_of(subject)
        with agreement.within():
            actions.make_ready(agreement, by=wish.by, at=at)
        return f"{agreement.title} à la signature."


class RemindSignatory:
    """Write again to the person whose turn it is to sign each agreement."""

    code = "remind_signatories"
    label = "Relancer les signataires"
    explains = "La personne dont c’est le tour de signer reçoit un rappel ; jamais deux messages en trois jours."
    subject = Subject.AGREEMENT
    is_atomic = False
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        def why_not(agreement: Agreement) -> str | None:
            state, is_ready = agreement.get_status_display(), agreement.status == Status.READY
            return None if is_ready else f"La convention est « {state} » : personne n’est à relancer."

        return refused_to_write(agreements_of(subjects), wish, why_not, on=dates.day_of(at))

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        agreement = agreement_of(subject)
        try:
            emails.remind_signatory(agreement, by=wish.by, at=at)
        except Refused:
            # Killed after it had left, and made again: it is done, and nothing more leaves.
            if not emails.was_reminded(agreement, by=wish.by, on=dates.day_of(at)):
                raise
        return f"Rappel envoyé pour la convention n° {agreement.number}."


class AskSignatory:
    """Ask the mairie of each draft, at the address that it publishes, who signs for it."""

    code = "ask_signatory"
    label = "Demander aux mairies qui signera"
    explains = (
        "Chaque mairie reçoit, à l’adresse qu’elle publie, un lien pour dire qui signera, et à quelle adresse à son "
        "nom. L’invitation n’y part qu’une fois l’adresse vérifiée."
    )
    subject = Subject.AGREEMENT
    is_atomic = True
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        agreements, why_not = agreements_of(subjects), by_department(wish, on=dates.day_of(at))
        bodies = asking.reasons_not_to_ask([one.bound for one in agreements.values()], by=wish.by, at=at)
        refused = {pk: letters.NOBODY for pk in subjects if pk not in agreements}
        for pk, one in agreements.items():
            is_draft = one.status == Status.DRAFT
            wrong = None if is_draft else f"La convention est déjà «\u00a0{one.get_status_display()}\u00a0»."
            if reason := wrong or why_not(one.bound.department) or bodies.get(one.bound.pk):
                refused[pk] = reason
        return refused

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        agreement = agreement_of(subject)
        refuse(rules.why_not_change(agreement, by=wish.by, on=dates.day_of(at)))
        operator = operators_of(wish.by, on=dates.day_of(at))
        asking.ask(agreement.bound, operator=(operator or [wish.programme.lead()])[0], by=wish.by, at=at)
        return f"Demande envoyée à la mairie, pour la convention n°\u00a0{agreement.number}."


class AttachAct:
    """Attach one act of an operator to the draft of each agreement; a line is the act and the agreement, « 12:345 ».

    Only the page where the act is chosen starts it.
    """

    code = "attach_act"
    label = "Rattacher un acte aux projets"
    explains = "L’acte devient celui qui habilite son organisme à conclure chaque convention choisie."
    subject = Subject.ACT
    is_atomic = True
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        why_not = by_department(wish, on=dates.day_of(at))
        pairs = {subject: subject.partition(":")[::2] for subject in subjects}
        agreements = agreements_of([agreement for _, agreement in pairs.values()])
        acts = Act.of_operators.in_bulk({int(act) for act, _ in pairs.values()})
        parties = {
            (str(one.agreement_id), one.operator_id): one
            for one in Party.objects.filter(agreement__in=agreements.values())
        }
        refused = {}
        for subject, (act_id, agreement_id) in pairs.items():
            act, agreement = acts.get(int(act_id)), agreements.get(agreement_id)
            if act is None or agreement is None:
                refused[subject] = letters.NOBODY if agreement is None else "Cet acte n’existe plus."
                continue
            party = parties.get((agreement_id, act.operator_id))
            if reason := _why_not_attach(agreement, party, act) or why_not(agreement.bound.department):
                refused[subject] = reason
        return refused

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        act_id, _, agreement_id = subject.partition(":")
        agreement, act = agreement_of(agreement_id), Act.of_operators.get(pk=act_id)
        with agreement.within():
            party = agreement.parties.filter(operator=act.operator_id).first()
            refuse(_why_not_attach(agreement, party, act))
            assert party is not None  # It has just been refused.
            party.agreement = agreement
            actions.complete_party(agreement, kind=party.field, act=act, by=wish.by, at=at)
        return f"Acte n°\u00a0{act.number} rattaché à la convention n°\u00a0{agreement.number}."


def _why_not_attach(agreement: Agreement, party: Party | None, act: Act) -> str | None:
    """Say what of the rows keeps this act from this agreement; the rest is `why_not_complete_party`'s."""
    if agreement.status != Status.DRAFT:
        return f"La convention est déjà «\u00a0{agreement.get_status_display()}\u00a0»."
    if party is None:
        return "L’organisme de cet acte n’est pas une partie de cette convention."
    return "Cet acte est déjà rattaché à cette convention." if party.act_id == act.pk else why_empowers_nobody(act)


class SignAgreement:
    """Sign each agreement of a list that its signatory has just read, each with its own proof.

    Only the page « À signer » starts it: it keeps what was read, and how the person was identified.
    """

    code = "sign"
    label = "Signer les conventions relues"
    explains = "Chaque convention de la liste relue est scellée à votre nom, avec sa propre preuve."
    subject = Subject.READ_AGREEMENT
    is_atomic = False
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        if holds(wish.by, Role.PRESIDENT, Role.CDG_PRESIDENT, on=on):
            return None
        return "Seules les présidentes et les présidents du syndicat et des centres de gestion signent ainsi."

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        return {}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        agreement = agreement_of(subject)
        done = f"{agreement.title} signé{'' if agreement.amends_id else 'e'}."
        with agreement.within():
            slot = rules.slot_of(agreement, wish.by)
            if slot is not None and slot.signed_at is not None and slot.readings.filter(reading__by=wish.by).exists():
                # Killed after it was signed, and made again.
                return done
            actions.sign_read(agreement, by=wish.by, at=at)
        return done


class SendLetter:
    """Send a letter to the mairie of each agreement; a line is the letter and the agreement, « 12:345 ».

    Only the page where the letter is written starts it.
    """

    code = "send_letter"
    label = "Envoyer une lettre aux mairies"
    explains = "Chaque personne de la mairie reçoit la lettre, remplie pour sa convention ; jamais deux en trois jours."
    subject = Subject.LETTER
    is_atomic = False
    needs_care = False

    def why_not(self, wish: Wish, *, on: date) -> str | None:
        return rules.why_not_write(by=wish.by, on=on)

    def sort_out(self, subjects: Sequence[str], wish: Wish, *, at: datetime) -> dict[str, str]:
        lines = {subject.partition(":")[2]: subject for subject in subjects}
        agreements = agreements_of(list(lines))
        refused = {pk: letters.NOBODY for pk in lines if pk not in agreements}
        refused |= refused_to_write(agreements, wish, letters.why_not_send, on=dates.day_of(at))
        return {lines[pk]: reason for pk, reason in refused.items()}

    def do(self, subject: str, wish: Wish, *, at: datetime) -> str:
        letter_id, _, agreement_id = subject.partition(":")
        letter, agreement = Letter.objects.select_related("operator").get(pk=letter_id), agreement_of(agreement_id)
        count = letters.send(letter, agreement, by=wish.by, at=at)
        if not count:
            # Killed after it had left, and made again.
            return "Lettre envoyée."
        return f"Lettre envoyée à {count}\u00a0personne{'s' if count > 1 else ''}."
