"""By what the lead signs by delegation: the article that approves the very words, and the one that lets it sign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from socle.agreements.models import Agreement, Party
from socle.deliberations.models import Act, Approval, Article
from socle.deliberations.rules import approvals_of, why_delegates_nothing, why_not_empowering, why_not_standing
from socle.documents.models import Text
from socle.programme.models import Power, Programme

OF_THE_COMMITTEE = "du comité syndical"


@dataclass(frozen=True)
class Grounds:
    """The articles of the lead that an agreement cites: the one that approves its text, the one that delegates."""

    approved_by: Article | None = None
    delegated_by: Article | None = None


def delegations_of(programme: Programme) -> list[Article]:
    """The articles that delegate the signature of the programme's agreements, those of the last act first; one query.

    The founding act's, as the file says, and those noted since.
    """
    powers = programme.powers.filter(power=Power.Kind.DELEGATION).select_related("article__act")
    return [one.article for one in powers.order_by("-article__act__adopted_on", "-article__act", "article__number")]


def delegating_act(programme: Programme, *, on: date) -> Act | None:
    """The act by which the lead's president signs on this day: the last that delegates, else the founding act."""
    for article in delegations_of(programme):
        if why_delegates_nothing(article) is None and why_not_empowering(article.act, on=on, whose="") is None:
            return article.act
    return programme.founding_act


def why_not_delegated(act: Act | None, programme: Programme) -> str | None:
    """Say in French why no article of this act delegates the signature of the programme's agreements, or None."""
    if act is None:
        return None
    articles = [one for one in delegations_of(programme) if one.act_id == act.pk]
    if not articles:
        return (
            f"Aucun article de l’acte n°\u00a0{act.number} n’est noté comme déléguant la signature\u00a0: rattachez au "
            "syndicat l’acte qui la délègue ou, s’il la délègue, notez lequel de ses articles («\u00a0Offre et acte "
            "fondateur\u00a0»)."
        )
    reasons = [why_delegates_nothing(one) for one in articles]
    return None if None in reasons else reasons[0]


def why_not_by_delegation(act: Act | None, programme: Programme, *, on: date) -> str | None:
    """Say in French why nobody signs by delegation on the strength of this act of the lead's, this day, or None."""
    return why_not_delegated(act, programme) or why_not_empowering(act, on=on, whose=OF_THE_COMMITTEE)


def approving(text: Text, programme: Programme, *, on: date) -> list[Article]:
    """The articles of the lead's acts that approve these very words, and count on this day, in the order noted.

    None, outside of a demonstration, for a text that says of itself that it is one.
    """
    if text.is_demonstration and not settings.DEMO:
        return []
    approvals = approvals_of(text.sha256, subject=Approval.Subject.MODEL, operator=programme.lead())
    return [one.article for one in approvals if why_not_standing(one, on=on) is None]


def is_fictitious(article: Article | None, sha256: str) -> bool:
    """Whether it approves these bytes for a demonstration only."""
    return Approval.objects.filter(article=article, sha256=sha256, is_fictitious=True).exists()


def grounds_of(agreement: Agreement, *, on: date) -> Grounds:
    """The grounds that the agreement would cite on this day: what stands of the approvals of its text, of its act."""
    programme, act = agreement.programme, act_of_lead(agreement)
    articles = [one for one in delegations_of(programme) if act is not None and one.act_id == act.pk]
    return Grounds(
        next(iter(approving(agreement.text, programme, on=on)), None),
        next((one for one in articles if why_delegates_nothing(one) is None), None),
    )


def why_not_as_printed(agreement: Agreement, *, on: date) -> str | None:
    """Say in French why a printed agreement cites of the lead what no longer counts on this day, or None."""
    cited = agreement.approved_by, agreement.delegated_by
    if cited[0] is None or cited[1] is None:
        return None
    programme = agreement.programme
    standing = approving(agreement.text, programme, on=on)
    if cited[0] in standing and cited[1] in delegations_of(programme):
        return None
    lost, does = (cited[1], "délègue plus la signature") if cited[0] in standing else (cited[0], "l’approuve plus")
    return (
        f"La convention est imprimée sur l’article {lost.number} de l’acte n°\u00a0{lost.act.number}, qui ne {does}"
        "\u00a0: reprenez le projet, puis envoyez-le de nouveau à la signature."
    )


def act_of_lead(agreement: Agreement) -> Act | None:
    """The act by which the lead signs this agreement, as its party says."""
    party = agreement.parties.select_related("act").filter(kind=Party.Kind.LEAD).first()
    return party.act if party else None
