"""Rules: when an act may go to the prefecture, by which road, and what may be noted of what came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from socle.deliberations.matters import why_not_matter
from socle.deliberations.models import (
    Act,
    Incoming,
    Reply,
    Road,
    Status,
    Transmission,
    TransmissionAccount,
)
from socle.deliberations.models.transmissions import MOVES
from socle.deliberations.numbering import (
    DEPARTMENT,
    MOST_TIMES,
    NATURES,
    Identifier,
    again,
    is_again,
    normalise,
    why_not_number,
)
from socle.deliberations.rules import why_not_may_record, why_not_receive
from socle.deliberations.transmission import usual_kind, why_not_return_to
from socle.documents.models import Document
from socle.lib import dates, http, siret
from socle.lib.text import whole
from socle.people.models import Beneficiary, Operator, User

# By which code each kind of act goes (@CTES): that of a decision is « others » unless its people say otherwise.
NATURE_OF = {
    Act.Kind.DELIBERATION: "DE",
    Act.Kind.REGULATION: "AR",
    Act.Kind.INDIVIDUAL: "AI",
    Act.Kind.DECISION: "AU",
}
# The nature of who sends, those of our bodies first: the whole list is the Ministry's.
BODY_NATURES = {
    "31": "commune",
    "33": "établissement public communal (CCAS, caisse des écoles…)",
    "41": "syndicat de communes, ou syndicat mixte fermé",
    "42": "syndicat mixte ouvert",
    "44": "communauté de communes",
    "45": "communauté urbaine",
    "46": "communauté d’agglomération",
    "21": "département",
    "11": "région",
    "32": "établissement public de santé",
    "51": "service d’incendie et de secours",
    "55": "autre",
}
# Months that the prefect has, from the reception, to refer an act to the court (CGCT, L. 2131-6: read as quoted by
# commentaries).
CHECK_MONTHS = 2
# Months after which silence on observations, which are a gracious appeal, is taken for a refusal. Only remembered
# (CRPA, L. 231-4; CJA, R. 421-2): a parameter to be checked, which no screen gives as law.
SILENCE_MONTHS = 2
NOTHING = "Cochez au moins un acte à envoyer."


@dataclass(frozen=True)
class AccountFacts:
    """Facts of how a body sends: see the fields of `TransmissionAccount`. An empty password changes none."""

    siren: str
    department: str
    district: str
    nature: str
    email: str
    agreed_on: date
    transmitter: str
    device: str
    address: str = ""
    login: str = ""
    password: str = ""
    referent: str = ""
    phone: str = ""
    is_compulsory: bool = False


def why_not_set_account(owner: Beneficiary | Operator, facts: AccountFacts, *, by: User, on: date) -> str | None:
    """Say in French why a body cannot send electronically as these say, or None."""
    if reason := why_not_may_record(by, owner, on=on):
        return reason
    if reason := siret.why_not_siren(facts.siren):
        return reason
    if owner.siret and not owner.siret.startswith(facts.siren):
        return "Ce SIREN n’est pas celui de cet organisme\u00a0: vérifiez-le."
    if not DEPARTMENT.fullmatch(facts.department):
        return "Le département s’écrit sur trois caractères\u00a0: 059, 02A, 974."
    if whole(facts.district, longest=1) is None:
        return "L’arrondissement s’écrit d’un chiffre\u00a0: celui de la convention avec la préfecture."
    if facts.nature not in BODY_NATURES:
        return f"Choisissez la nature de l’organisme\u00a0: {', '.join(BODY_NATURES.values())}."
    if reason := why_not_return_to(facts.email):
        return reason
    if facts.agreed_on > on:
        return "La convention avec la préfecture serait signée un jour qui n’est pas venu\u00a0: vérifiez sa date."
    if not (len(facts.device) == 3 and facts.device.isalpha() and facts.device.isascii()):
        return "Le dispositif se nomme par trois lettres, que dit la convention avec la préfecture."
    if facts.transmitter not in settings.SOCLE_TRANSMITTERS:
        return f"Choisissez le dispositif de transmission\u00a0: {', '.join(settings.SOCLE_TRANSMITTERS)}."
    if facts.address and (reason := http.why_not_call(facts.address)):
        return reason
    return None


def why_not_electronic(account: TransmissionAccount | None, *, at: datetime) -> str | None:
    """Say in French why this body sends nothing electronically for now, or None."""
    if account is None:
        return (
            "La transmission électronique n’est pas réglée pour cet organisme\u00a0: signez la convention avec la "
            "préfecture, puis dites ici le dispositif et son certificat. Jusque-là, l’acte part sur papier."
        )
    if account.address and not account.certificate:
        return "Il manque le certificat de l’organisme\u00a0: demandez-le au dispositif, puis déposez-le."
    if account.certificate_ends_at is not None and account.certificate_ends_at <= at:
        return (
            f"Le certificat de l’organisme n’est plus valable depuis le "
            f"{dates.in_words(dates.day_of(account.certificate_ends_at))}\u00a0: déposez le nouveau."
        )
    if reason := why_not_return_to(account.email):
        return reason
    if account.classification_on is None:
        return "La classification de la préfecture n’a pas encore été lue\u00a0: demandez-la, puis recommencez."
    return None


def why_not_go(act: Act, *, by: User, on: date) -> str | None:
    """Say in French why this act does not go to the prefecture, whatever the road, or None."""
    if reason := why_not_may_record(by, _owner(act), on=on):
        return reason
    if not act.is_qualified:
        return "Dites d’abord ce qu’est cet acte\u00a0: c’est ce que la préfecture en lit."
    if act.is_telling:
        return f"{act.name}\u00a0: ce document ne décide rien, et ne se transmet pas."
    if act.not_transmissible_because:
        return "Cet acte est enregistré comme non transmissible\u00a0: effacez d’abord ce motif s’il est faux."
    if act.received_on is not None:
        return f"Cet acte est déjà reçu en préfecture, le {dates.in_words(act.received_on)}."
    if act.adopted_on > on:
        return f"L’acte serait adopté le {dates.in_words(act.adopted_on)}, qui n’est pas venu\u00a0: vérifiez la date."
    if open_one := Transmission.of_act(act).open().first():
        return (
            f"Cet acte est déjà en route ({str(open_one.get_road_display()).lower()}, {open_one.get_status_display()})"
            "\u00a0: il ne part pas deux fois."
        )
    return None


def why_not_send_on_paper(acts: Sequence[Act], *, by: User, on: date) -> str | None:
    """Say in French why these acts do not go together on paper, or None."""
    if not acts:
        return NOTHING
    if len({(act.beneficiary_id, act.operator_id) for act in acts}) > 1:
        return "Un bordereau est d’un seul organisme\u00a0: faites-en un pour chacun."
    for act in acts:
        if reason := why_not_go(act, by=by, on=on):
            return reason if len(acts) == 1 else f"{act.name}\u00a0: {reason[0].lower()}{reason[1:]}"
    account = TransmissionAccount.of(_owner(acts[0]))
    if account is not None and account.is_compulsory:
        return (
            "Pour cet organisme, la transmission électronique est obligatoire (CGCT, article L. 2131-1)\u00a0: "
            "envoyez l’acte par le dispositif."
        )
    return None


def why_not_note_stamped_copy(
    sent: Transmission, document: Document, *, received_on: date, by: User, on: date
) -> str | None:
    """Say in French why this stamped copy cannot be noted for this sending, or None."""
    if reason := why_not_receive(sent.act, received_on=received_on, by=by, on=on):
        return reason
    if sent.road != Road.PAPER or Status.RECEIVED not in MOVES[Status(sent.status)]:
        return "Cet acte n’attend pas d’exemplaire tamponné."
    if sent.sent_at is not None and received_on < dates.day_of(sent.sent_at):
        return "L’acte serait reçu avant d’être envoyé\u00a0: vérifiez la date du tampon."
    return _why_not_paper(document, sent.act)


def why_not_note_elsewhere(
    act: Act, proof: Document, *, received_on: date, identifier: str, by: User, on: date
) -> str | None:
    """Say in French why this act cannot be noted as sent elsewhere, with this proof, or None."""
    if reason := why_not_go(act, by=by, on=on) or why_not_receive(act, received_on=received_on, by=by, on=on):
        return reason
    if identifier and (reason := _why_not_identifier(act, identifier)):
        return reason
    return _why_not_paper(proof, act)


def _why_not_paper(document: Document, act: Act) -> str | None:
    if document.content_type != "application/pdf":
        return "Ce fichier n’est pas un PDF\u00a0: numérisez l’exemplaire, puis déposez-le."
    if document.beneficiary_id != act.beneficiary_id:
        return "Ce fichier n’est pas celui de cet organisme."
    if document.pk == act.document_id:
        return "Ce fichier est l’acte lui-même\u00a0: déposez l’exemplaire que la préfecture a rendu."
    return None


def _why_not_identifier(act: Act, identifier: str) -> str | None:
    parts = identifier.split("-")
    # There too, it may have left again.
    number = number_sent(identifier) if is_again(number_sent(identifier), act.number) else act.number
    expected = Identifier(parts[0], parts[1], act.adopted_on, number, parts[-1]) if len(parts) > 2 else None
    if expected is None or expected.why_not or str(expected) != identifier:
        return (
            f"L’identifiant «\u00a0{identifier}\u00a0» n’est pas celui de cet acte\u00a0: recopiez-le de l’accusé de "
            "réception."
        )
    return None


def why_not_send_electronically(
    act: Act,
    account: TransmissionAccount | None,
    *,
    nature: str,
    kinds: Iterable[str] = (),
    by: User,
    at: datetime,
) -> str | None:
    """Say in French why this act does not leave by the device, under this nature, with files of these kinds, or None.

    What only its files say is asked in `transmission.why_not_send`.
    """
    if reason := why_not_go(act, by=by, on=dates.day_of(at)) or why_not_electronic(account, at=at):
        return reason
    if account is None or act.document is None:
        return "Il manque le texte de l’acte\u00a0: déposez-le d’abord, c’est lui que la préfecture lit."
    if nature not in NATURES:
        return f"Choisissez la nature de l’acte\u00a0: {', '.join(NATURES)}."
    if not act.matter:
        return "Choisissez la matière de l’acte\u00a0: la préfecture le classe par elle."
    known = account.matters.filter(code=act.matter).exists() if account.matters.exists() else None
    if known is False or (known is None and why_not_matter(act.matter)):
        return (
            f"La matière «\u00a0{act.matter}\u00a0» n’est pas dans la classification de la préfecture du "
            f"{dates.in_words(account.classification_on or act.adopted_on)}\u00a0: choisissez-en une autre."
        )
    taken = set(account.kinds.filter(nature=nature).values_list("code", flat=True))
    if odd := next((one for one in (usual_kind(nature), *kinds) if taken and one and one not in taken), None):
        return f"La typologie «\u00a0{odd}\u00a0» n’est pas permise avec un acte de cette nature\u00a0: changez-la."
    number = number_to_send(act)
    if number == act.number and Transmission.of_act(act).that_used_a_number().count() >= MOST_TIMES - 1:
        return "Cet acte est déjà parti trop de fois\u00a0: demandez à la préfecture pourquoi elle le refuse."
    return identifier_of(act, account, nature=nature, number=number).why_not or _why_same_number(act)


def identifier_of(act: Act, account: TransmissionAccount, *, nature: str, number: str = "") -> Identifier:
    """The name that the prefecture will know this act by (rule 15), under its number unless it leaves by another."""
    return Identifier(account.department, account.siren, act.adopted_on, number or act.number, nature)


def number_to_send(act: Act) -> str:
    """Return the number under which this act leaves now: its own, with a suffix once it left under it."""
    mine = Transmission.of_act(act).that_used_a_number()
    used = {number_sent(one) for one in mine.values_list("identifier", flat=True)}
    if normalise(act.number) not in used:
        return act.number
    used |= {normalise(one) for one in _numbers_of_others(act)}
    free = (again(act.number, times) for times in range(2, MOST_TIMES + 1))
    return next((one for one in free if one not in used), act.number)


def number_sent(identifier: str) -> str:
    """Return the number that this identifier holds; empty when it is none."""
    parts = identifier.split("-")
    return parts[3] if len(parts) > 3 else ""


def _numbers_of_others(act: Act) -> list[str]:
    """The numbers of the other acts of the same body, and those under which they left."""
    others = Act.of(_owner(act)).exclude(pk=act.pk)
    left = Transmission.of_all().filter(act__in=others).that_used_a_number().values_list("identifier", flat=True)
    return [*others.values_list("number", flat=True), *(number_sent(one) for one in left)]


def _why_same_number(act: Act) -> str | None:
    """Rule 14: the same number in the spelling of the exchange, never twice for one body."""
    return why_not_number(act.number, taken=_numbers_of_others(act))


def why_not_take_back(sent: Transmission, *, by: User, on: date) -> str | None:
    """Say in French why this sending, which has not left, cannot be taken back, or None."""
    if reason := why_not_may_record(by, _owner(sent.act), on=on):
        return reason
    if sent.status == Status.ASKED or (sent.status == Status.SENT and sent.road == Road.PAPER):
        return None
    return "Cet envoi est parti\u00a0: demandez plutôt son annulation à la préfecture, une fois l’accusé reçu."


def why_not_cancel(sent: Transmission, *, by: User, at: datetime) -> str | None:
    """Say in French why the prefecture cannot be asked to cancel this sending, or None."""
    if reason := why_not_may_record(by, _owner(sent.act), on=dates.day_of(at)):
        return reason
    if sent.road != Road.ELECTRONIC:
        return "Cet acte n’est pas parti par le dispositif\u00a0: écrivez à la préfecture."
    if Status.CANCELLING not in MOVES[Status(sent.status)]:
        return "L’annulation se demande une fois l’accusé de réception arrivé, et une seule fois."
    return why_not_electronic(TransmissionAccount.of(_owner(sent.act)), at=at)


def replies_to(letter: Incoming) -> list[Reply.Flow]:
    """By which messages this one may be answered: none for what only informs."""
    return [flow for flow in Reply.Flow if letter.kind in Incoming.LETTERS and flow[0] == letter.kind[0]]


def why_not_reply(letter: Incoming, document: Document, *, flow: str, by: User, at: datetime) -> str | None:
    """Say in French why this PDF does not answer this letter by this message, or None."""
    if reason := why_not_answer(letter, by=by, at=at):
        return reason
    if flow not in replies_to(letter):
        return "Choisissez ce que vous répondez à ce message."
    if document.beneficiary_id != letter.beneficiary_id:
        return "Ce fichier n’est pas celui de cet organisme."
    if document.content_type != "application/pdf":
        return "La réponse n’est pas un PDF\u00a0: enregistrez-la en PDF, puis déposez-la."
    return None


def why_not_answer(letter: Incoming, *, by: User, at: datetime) -> str | None:
    """Say in French why nobody answers this message from here, whatever the answer, or None."""
    owner = letter.beneficiary or letter.operator
    if owner is None or (reason := why_not_may_record(by, owner, on=dates.day_of(at))):
        return reason if owner is not None else "Ce message n’est à personne."
    if not replies_to(letter):
        return "Ce message n’attend pas de réponse par le dispositif."
    if letter.set_aside_because or letter.transmission is None:
        return "Ce message est mis de côté\u00a0: il ne se répond pas tant qu’il ne correspond à aucun acte."
    if letter.letter_on is None or not letter.reference:
        return "Ce message ne dit pas sa date ou sa référence\u00a0: répondez à la préfecture par courrier."
    if open_one := Reply.of_all().filter(letter=letter).open().first():
        told = f"{open_one}, {open_one.get_status_display()}"
        return f"Ce message a déjà sa réponse ({told})\u00a0: elle ne part pas deux fois."
    return why_not_electronic(TransmissionAccount.of(owner), at=at)


def answer_due_on(letter: Incoming) -> date | None:
    """The day before which this letter is better answered, or None: a parameter to be checked, and no law."""
    if letter.kind != Incoming.Kind.OBSERVATIONS:
        return None
    return dates.add_months(letter.letter_on or dates.day_of(letter.received_at), SILENCE_MONTHS)


def legality_check_ends_on(sent: Transmission) -> date | None:
    """The last day of the legality check, or None: not received, or pieces that were asked are awaited.

    Two months from the reception (CGCT, L. 2131-6); from the full file when the prefect asked for pieces.
    """
    if sent.status != Status.RECEIVED or sent.received_on is None:
        return None
    letters = Incoming._base_manager.filter(transmission=sent, set_aside_because="")
    pieces = letters.filter(kind=Incoming.Kind.PIECES_RECEIPT).order_by("-letter_on").first()
    if letters.filter(kind=Incoming.Kind.REQUEST).exists() and pieces is None:
        return None
    since = pieces.letter_on if pieces is not None and pieces.letter_on else sent.received_on
    return dates.add_months(since, CHECK_MONTHS)


def _owner(act: Act) -> Beneficiary | Operator:
    return act.beneficiary or act.operator  # type: ignore[return-value]
