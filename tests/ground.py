"""The ground tests stand on: their own data directory, tasks run at once, plain static files.

Loaded by `-p` on pytest's command line, before settings are read (a conftest comes too late): a test never touches the
state of the machine it runs on.
"""

import atexit
import gc
import os
import shutil
import tempfile

# Nothing imported is garbage: see `pytest_runtestloop` in tests/conftest.py.
gc.disable()
DATA_DIR = tempfile.mkdtemp(prefix="socle-tests-")
atexit.register(shutil.rmtree, DATA_DIR, ignore_errors=True)
os.environ["SOCLE_DATA_DIR"] = DATA_DIR
os.environ.setdefault("SOCLE_TASKS_BACKEND", "django_tasks.backends.immediate.ImmediateBackend")
os.environ.setdefault("SOCLE_STATIC_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage")
# WhiteNoise warns when there is nothing to serve, and here a warning is an error.
os.mkdir(os.path.join(DATA_DIR, "static"))
