"""Who writes the models of agreement, and when one may be published, chosen, noted as approved."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings

from socle.agreements.empowering import delegations_of
from socle.agreements.example import faults_of
from socle.deliberations.models import Act, Article
from socle.deliberations.rules import why_empowers_nobody
from socle.documents import tree
from socle.documents.models import Text, TextDraft
from socle.documents.rules import why_not_words
from socle.lib import dates
from socle.lib.refusals import Refused
from socle.people.models import Role, User
from socle.people.rules import holds
from socle.programme.models import AgreementType, Power, Programme

# A date far ahead, typed by mistake, would forbid every version before it.
MOST_DAYS_AHEAD = 366
CHANGED_MEANWHILE = (
    "Ce texte a changé entre-temps, dans un autre onglet ou par une autre personne\u00a0: rien n’est écrit par-dessus. "
    "Copiez vos mots, rouvrez la page, puis reportez-les."
)
NO_DRAFT = "Aucun projet n’est en cours\u00a0: changez le texte, puis enregistrez-le."


def why_not_write(programme: Programme, *, by: User, on: date) -> str | None:
    """Say why this person does not write the models of a programme, or None: the lead's officers and its president."""
    if by.is_system or holds(by, Role.PROGRAMME_OFFICER, Role.PRESIDENT, on=on, operator=programme.lead()):
        return None
    return "Seules les personnes chargées du programme, au syndicat, et sa présidence écrivent les modèles."


def kinds_on(programme: Programme, name: str) -> list[AgreementType]:
    """The types of agreement of a programme that are written on this text, in order."""
    kinds = programme.agreement_types.filter(text_name=name).select_related("programme", "amends")
    return list(kinds.prefetch_related("parties", "amends__parties", "programme__partners"))


def last_of(name: str) -> Text | None:
    """The last version published of a text."""
    return Text.objects.filter(name=name).order_by("-version").first()


def why_not_save(draft: TextDraft, last: Text | None, *, body: str, revision: int) -> str | None:
    """Say why these words cannot be kept as this draft, read at this revision, or None. They may be faulty: later."""
    if revision != draft.revision:
        return CHANGED_MEANWHILE
    if reason := why_not_words(body):
        return reason
    if not draft.is_open and last is not None and body == last.body:
        return "Le texte est celui de la dernière version\u00a0: il n’y a rien à enregistrer."
    return None


def why_not_take_up(draft: TextDraft, *, revision: int) -> str | None:
    """Say why a draft cannot be taken up again, or None."""
    if revision != draft.revision:
        return CHANGED_MEANWHILE
    return None if draft.body and not draft.is_open else "Aucun projet n’a été mis de côté."


def why_not_publish(
    draft: TextDraft, kinds: list[AgreementType], last: Text | None, *, version: date | None = None, at: datetime
) -> str | None:
    """Say why a draft cannot be published at this date (None: whichever), or None; the line at fault is named."""
    if not draft.is_open:
        return NO_DRAFT
    if last is not None and draft.body == last.body:
        return "Rien n’a changé depuis la dernière version."
    if draft.based_on_id != (last.pk if last else None):
        return "Une autre version a été publiée depuis ce projet\u00a0: relisez ce qui change, puis enregistrez-le."
    if reason := why_not_words(draft.body) or why_not_heading(draft.body):
        return reason
    for kind in kinds:
        if reason := faults_of(kind, draft.body, name=draft.name, at=at):
            return reason if len(kinds) == 1 else f"{kind.name}\u00a0: {reason}"
    return why_not_date(version, last, on=dates.day_of(at)) if version is not None else None


# What the heading of a text says of it while no act approves it.
HEADING = "statut\u00a0: projet, soumis à l’approbation de l’assemblée délibérante"


def why_not_heading(body: str) -> str | None:
    """Say why words cannot be put to the vote under this heading, or None: no text tells by itself that it is approved.

    A heading that does not parse is told elsewhere, with the other faults of the text.
    """
    try:
        words = tree.parse(body)
    except Refused:
        return None
    where = f"Texte, ligne {next((n for n, one in enumerate(body.splitlines(), 1) if one.startswith('statut')), 1)}"
    if words.says_approved:
        return (
            f"{where}\u00a0: l’en-tête se dit approuvé avant le vote, et c’est sur ces mots que l’assemblée voterait. "
            f"Écrivez «\u00a0{HEADING}\u00a0»\u00a0: l’acte que vous noterez ensuite dira l’approbation."
        )
    if words.is_demonstration and not settings.DEMO:
        return (
            f"{where}\u00a0: l’en-tête dit que c’est un modèle de démonstration, et rien ne se signerait sur lui. "
            f"Écrivez «\u00a0{HEADING}\u00a0»."
        )
    return None


def why_not_date(version: date, last: Text | None, *, on: date) -> str | None:
    """Say why the next version cannot bear this date, or None: after the last one, and not in years from now."""
    if last is not None and version.isoformat() <= last.version:
        day = dates.in_words(date.fromisoformat(last.version))
        return f"La dernière version est du {day}\u00a0: choisissez une date qui la suit."
    if version > on + timedelta(days=MOST_DAYS_AHEAD):
        return "Cette date est à plus d’un an\u00a0: vérifiez-la."
    return None


def why_not_choose(kind: AgreementType, text: Text) -> str | None:
    """Say why this version is not to be chosen for the next agreements of a type, or None."""
    if text.name != kind.text_name:
        return "Ce texte n’est pas celui de ce type de convention."
    if text.version == kind.text_version:
        return "Les prochaines conventions sont déjà rédigées sur cette version."
    return None


def why_not_approved_by(programme: Programme, text: Text, act: Act | None) -> str | None:
    """Say why this act cannot be noted to approve this model of the programme, or None."""
    if text.is_demonstration and not settings.DEMO:
        return (
            "Ce texte se dit modèle de démonstration\u00a0: rien ne se signe sur lui, quel que soit l’acte. Publiez "
            "une version dont l’en-tête ne le dit pas, et faites délibérer l’assemblée sur elle."
        )
    return _why_not_of_the_lead(programme, act, "approuve ce modèle")


def why_not_delegated_by(programme: Programme, act: Act | None) -> str | None:
    """Say why no article of this act can be noted to delegate the signature of the programme's agreements, or None."""
    if act is not None and act == programme.founding_act:
        return (
            "Ce que fait chaque article de l’acte fondateur se dit dans le fichier du programme "
            '(power\u00a0=\u00a0"delegation")\u00a0: corrigez-le, puis chargez-le de nouveau.'
        )
    return _why_not_of_the_lead(programme, act, "délègue la signature")


def why_delegates_already(programme: Programme, article: Article) -> str | None:
    """Say why an article is not to be noted once more to delegate the signature, or None."""
    if article not in delegations_of(programme):
        return None
    return f"L’article {article.number} de l’acte n°\u00a0{article.act.number} délègue déjà la signature."


def why_not_withdraw_delegation(programme: Programme, power: Power, *, by: User, on: date) -> str | None:
    """Say why a delegation noted by mistake cannot be taken back, or None."""
    if reason := why_not_write(programme, by=by, on=on):
        return reason
    if power.article.act_id == programme.founding_act_id:
        return why_not_delegated_by(programme, programme.founding_act)
    return None


def _why_not_of_the_lead(programme: Programme, act: Act | None, does: str) -> str | None:
    if act is None:
        return f"Choisissez l’acte du comité syndical qui {does}."
    lead = programme.lead()
    if act.operator_id != lead.pk:
        return f"Cet acte n’est pas de «\u00a0{lead.name}\u00a0»."
    return why_empowers_nobody(act)
