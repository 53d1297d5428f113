"""Finds the engine that serves a service: settings name it by dotted string, nobody imports it."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from socle.provisioning.contract import Engine, EngineError


@cache
def _engine_at(dotted: str) -> Engine:
    engine: Engine = import_string(dotted)()
    return engine


def engine_for(service_code: str) -> Engine:
    """Return the engine of a service. Raises EngineError (lasting) when none is configured or it cannot be loaded."""
    dotted = settings.SOCLE_ENGINES.get(service_code)
    if dotted is None:
        raise EngineError(f"Aucun moteur n’est configuré pour le service « {service_code} ».", is_lasting=True)
    try:
        return _engine_at(dotted)
    except ImportError as error:
        raise EngineError(f"Le moteur du service « {service_code} » ne se charge pas.", is_lasting=True) from error
