"""Webhooks and what leaves for them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from socle.api.shapes.values import Asked, Out, Page, Paged, Words, example

WebhookStatusCode = Literal["active", "paused", "stopped", "removed"]
DeliveryStatusCode = Literal["pending", "delivered", "given_up"]
Verb = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,39}$")]


class Event(Out):
    """Un événement qu’un webhook peut suivre."""

    verb: str = Field(examples=["agreement.signed"])
    label: str = Field(examples=["Convention conclue"])
    subject: str = Field(examples=["Conventions"])


class Events(Out):
    """Les événements que votre organisme peut suivre."""

    data: list[Event]


class Webhook(Out):
    """Une adresse prévenue de ce qui se passe."""

    url: str
    id: int
    name: str
    address: str = Field(description="L’adresse prévenue.")
    events: list[str]
    status: WebhookStatusCode
    status_label: str
    why_silent: str = Field(description="Pourquoi rien ne part, ou ce qui va mal ; vide quand tout va.")
    failures: int = Field(description="Essais de suite sans bonne réponse.")
    rests_until: datetime | None = Field(description="Rien ne part avant cet instant.")
    pending: int = Field(description="Envois qui attendent de partir.")
    given_up: int = Field(description="Envois abandonnés.")
    received_at: datetime | None = Field(description="Dernier envoi bien reçu.")
    former_secret_until: datetime | None = Field(description="Jusque-là, l’ancien secret signe encore.")
    held_by: str | None = Field(description="Qui en répond ; seulement avec la portée people:read.")
    created_at: datetime
    is_fictitious: bool = Field(description="De démonstration.")


class WebhookWithSecret(Webhook):
    """Un webhook et son secret, montré cette seule fois."""

    secret: str = Field(description="À copier dans votre logiciel : il n’est plus jamais montré.")


class Webhooks(Page):
    """Une page de webhooks."""

    data: list[Webhook]


class Attempt(Out):
    """Un essai d’un envoi, et ce qui lui a été répondu."""

    started_at: datetime
    milliseconds: int | None = Field(description="null tant qu’il est en cours, ou s’il a été interrompu.")
    answer: int | None = Field(description="État HTTP de la réponse ; null quand rien n’a répondu.")
    says: str = Field(description="Ce qui s’est passé, en français ; vide quand tout va.")


class Delivery(Out):
    """Ce qui part pour un webhook à propos d’un événement."""

    url: str
    id: str = Field(description="Celui que porte l’en-tête webhook-id, le même à chaque essai.")
    event: str
    is_trial: bool = Field(description="Un essai, demandé pour voir si l’adresse répond.")
    journal: int | None = Field(description="Identifiant de la ligne du journal ; null pour un essai.")
    status: DeliveryStatusCode
    status_label: str
    tries: int
    attempts: list[Attempt]
    made_at: datetime
    next_try_at: datetime | None
    ended_at: datetime | None


class DeliveryWithContent(Delivery):
    """Un envoi, avec ce qu’il dit."""

    sent: dict[str, Any] = Field(description="Le contenu envoyé, tel quel.")


class Deliveries(Page):
    """Une page d’envois."""

    data: list[Delivery]


class WebhookFilters(Paged):
    """Filtres des webhooks."""

    status: Literal["active", "paused", "stopped"] | None = None
    sort: Literal["id", "-id"] = "id"


class DeliveryFilters(Paged):
    """Filtres des envois."""

    status: DeliveryStatusCode | None = None
    sort: Literal["id", "-id"] = Field("-id", description="Du plus récent au plus ancien, ou l’inverse.")


class WantedWebhook(Asked):
    """Un webhook tel qu’il doit être, en entier : les événements qui n’y sont pas ne sont plus suivis."""

    model_config = example(
        name="Parapheur du syndicat",
        address="https://parapheur.exemple.fr/socle",
        events=["agreement.ready", "agreement.signed"],
    )

    name: Annotated[Words, StringConstraints(max_length=80)]
    address: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=500)] = Field(
        description="L’adresse à prévenir ; en https, sauf à l’intérieur du réseau de l’opérateur."
    )
    events: list[Verb] = Field(min_length=1, max_length=100, description="Lus à /webhook-events.")
