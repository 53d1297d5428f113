"""What every test shares: its own data directory, tasks run at once, no network beyond loopback."""

import os
import tempfile

# Before settings are read: a test never touches the state of the machine it runs on.
os.environ["SOCLE_DATA_DIR"] = tempfile.mkdtemp(prefix="socle-tests-")
os.environ.setdefault("SOCLE_TASKS_BACKEND", "django_tasks.backends.immediate.ImmediateBackend")
os.environ.setdefault("SOCLE_STATIC_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")
