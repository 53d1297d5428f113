"""What the site of a mairie shows of its public calendars (the contract is the sites': `SOCLE_SITES_EVENTS`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.module_loading import import_string
from django_scopes import scope

from socle.agenda import reading
from socle.agenda.contract import store
from socle.agenda.models import Calendar
from socle.agenda.reading import Occurrence
from socle.lib.dates import PARIS, bounds_of
