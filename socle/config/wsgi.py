"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from socle.serving.turns import Turns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
answering = get_wsgi_application()
from socle.lib.limits import sender  # noqa: E402 (it reads models, which are ready now)

application = Turns(answering, sender=sender)
# What is loaded by now, views and their addresses included, lives as long as the process: the collector, which would
# stop an answer for a third of a second to look at all of it, never looks at it again.
_ = get_resolver().reverse_dict
gc.collect()
gc.freeze()
