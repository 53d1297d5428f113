"""The addresses of the desk, the same at both doors. `table`: the formats of files, registered by `people.exports`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from socle.integrations.desk import tokens, webhooks

View = Callable[..., HttpResponse]
# How a door opens a view of the desk to its people.
Opens = Callable[[View], Any]


def paths(reading: Opens, acting: Opens) -> list[URLPattern]:
    """The pages of the desk as a door opens them; those that only act by POST are opened by `acting`."""
    one, delivery = "webhooks/<int:webhook_id>", "webhooks/<int:webhook_id>/<int:delivery_id>"
    return [
        path("jetons/", reading(tokens.show_all), name="tokens"),
        path("jetons.<table:format>", reading(tokens.export), name="tokens_file"),
        path("jetons/nouveau/", reading(tokens.create), name="token_new"),
        path("jetons/revoquer/", acting(tokens.revoke), name="token_revoke"),
        path("jetons/reprendre/", acting(tokens.take_over), name="token_take_over"),
        path("webhooks/", reading(webhooks.show_all), name="webhooks"),
        path("webhooks.<table:format>", reading(webhooks.export), name="webhooks_file"),
        path("webhooks/nouveau/", reading(webhooks.create), name="webhook_new"),
        path(f"{one}/", reading(webhooks.show), name="webhook"),
        path(f"{one}/envois.<table:format>", reading(webhooks.export_log), name="webhook_file"),
        path(f"{one}/modifier/", reading(webhooks.change), name="webhook_change"),
        path(f"{one}/secret/", acting(webhooks.renew_secret), name="webhook_secret"),
        path(f"{one}/pause/", acting(webhooks.pause), name="webhook_pause"),
        path(f"{one}/reprendre/", acting(webhooks.resume), name="webhook_resume"),
        path(f"{one}/repondre/", acting(webhooks.take_over), name="webhook_take_over"),
        path(f"{one}/essayer/", acting(webhooks.send_trial), name="webhook_try"),
        path(f"{one}/retirer/", acting(webhooks.remove), name="webhook_remove"),
        path(f"{delivery}/", reading(webhooks.show_delivery), name="webhook_delivery"),
        path(f"{delivery}/renvoyer/", acting(webhooks.send_again), name="webhook_again"),
    ]
