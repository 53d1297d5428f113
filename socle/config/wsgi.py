"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from socle.serving.turns import Turns

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "socle.config.settings")
application = Turns(get_wsgi_application())
