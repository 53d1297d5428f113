"""Finds the engine that serves a service: settings name it by dotted string, nobody imports it.

A twin serves in a demonstration and nowhere else: elsewhere, a service that has nothing but a twin has no engine.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from socle.provisioning.contract import Engine, EngineError, NotWired


@cache
def _engine_at(dotted: str) -> Engine:
    engine: Engine = import_string(dotted)()
    return engine


def engine_for(service_code: str) -> Engine:
    """Return the engine of a service. Raises NotWired when it has none here, EngineError when it cannot be loaded."""
    dotted = settings.SOCLE_ENGINES.get(service_code)
    try:
        engine = _engine_at(dotted) if dotted is not None else None
    except ImportError as error:
        sentence = f"Le moteur du service «\u00a0{service_code}\u00a0» ne se charge pas."
        raise EngineError(sentence, is_lasting=True) from error
    if engine is None or (engine.is_simulated and not settings.DEMO):
        sentence = f"Aucun moteur n’est branché ici pour le service «\u00a0{service_code}\u00a0»."
        raise NotWired(sentence, is_lasting=True)
    return engine


def why_not_served(service_code: str) -> str | None:
    """Say why the platform serves nobody with this service here, or None.

    Asked of a service that the platform provisions: what people bring by hand has no engine, and wants none.
    """
    try:
        engine_for(service_code)
    except EngineError as error:
        return error.sentence
    return None


def served_codes() -> list[str]:
    """Return the codes of the services that the platform serves here."""
    return [code for code in sorted(settings.SOCLE_ENGINES) if why_not_served(code) is None]
