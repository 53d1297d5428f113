"""Settings, in reading order. Environments differ by variables only; `.env.example` lists each with a sentence.

Who signs in, what signs, the editor of the sites, and what the rooms declare have a file each (`sign_in`, `signing`,
`site_editor`, `rooms`).
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from socle.config import credentials
from socle.config.environment import ROOT, are_several, env, only_looks
from socle.config.rooms import *  # noqa: F403
from socle.config.sign_in import *  # noqa: F403
from socle.config.sign_in import TRUSTED_PROXIES
from socle.config.signing import *  # noqa: F403
from socle.config.signing import SEAL
from socle.config.site_editor import *  # noqa: F403
from socle.lib import ports
from socle.operations import beside, compatibility, file_storage, logs

# What this process was given, whether anything reads it or not: the doctor tells what nothing reads.
GIVEN_SETTINGS = frozenset(name for name in env.ENVIRON if name.startswith("SOCLE_"))

# --- Where everything that lasts is kept -----------------------------------------------------------------------------
DATA_DIR = Path(env.str("SOCLE_DATA_DIR", default=str(ROOT / "var"))).resolve()
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("SOCLE_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'socle.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-32000;"
        ),
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A database that is gone is said in seconds, not in minutes; and the database lets go in seconds of a machine whose
    # link was cut, with the locks and the transactions it held. Three cases, which each setting alone would miss: a
    # session that says nothing (keepalives), an answer that nobody acknowledges (tcp_user_timeout: else a quarter of an
    # hour, during which the session lives on while the worker's lock is already another's), and a query at work or
    # waiting for a lock, which looks at its link only when told to (client_connection_check_interval).
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "options": (
            "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
            " -c tcp_user_timeout=25s -c client_connection_check_interval=5s"
            # Compiling a list's query takes longer than running it.
            " -c jit=off"
        ),
        **DATABASES["default"].get("OPTIONS", {}),
    }
# Asked before anything is made here: what another release keeps is left as it is, and the command line says why.
REFUSED_DATABASE = compatibility.why_not_this_database(DATABASES["default"])
ONLY_LOOKS = only_looks(sys.argv) or REFUSED_DATABASE is not None
if not ONLY_LOOKS:
    # Nobody else on this machine reads there; what is made in it by our verbs is the same (socle.config.command_line).
    DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

# Each process writes what it counts there; the library reads this variable when it is first imported.
METRICS_DIR = DATA_DIR / "metrics"
if not ONLY_LOOKS:
    METRICS_DIR.mkdir(exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

# A data directory is a demonstration or is not: `socle demo` leaves this marker, and nothing else turns the mode on.
DEMO_MARKER = DATA_DIR / "demonstration"
DEMO = DEMO_MARKER.exists()


def _secret_key() -> str:
    """Read the key from the environment, else from the data directory, where it is made once."""
    if key := env.str("SOCLE_SECRET_KEY", default=""):
        return key
    path = DATA_DIR / "secret-key"
    if not path.exists():
        if ONLY_LOOKS:
            return secrets.token_urlsafe(64)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
# Whether it comes from the environment: a restoration brings its own back in the data directory, which would not win.
IS_SECRET_KEY_GIVEN = bool(env.str("SOCLE_SECRET_KEY", default=""))
# Former keys, still good to read what they signed or encrypted while everything passes to the new one.
SECRET_KEY_FALLBACKS: list[str] = env.list("SOCLE_SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("SOCLE_DEBUG", default=False)

# --- Names under which we answer -------------------------------------------------------------------------------------
# Hosts are sorted by socle.sites.hosts: the platform's own, the communes', and a helpful 404 for any other.
PLATFORM_HOSTS = env.list("SOCLE_PLATFORM_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
SITES_DOMAIN = env.str("SOCLE_SITES_DOMAIN", default="localhost")
# Rooms that answer at hosts of their own, which are neither the platform's nor a site's.
SOCLE_OTHER_HOSTS = ["socle.mail.configuring.public.MailHosts"]
# Where `socle run` serves, unless told otherwise; whatever is started beside finds it where it was last served.
RUN_PORT = env.int("SOCLE_PORT", default=8000)
PORT = env.int("SOCLE_PORT", default=ports.kept(DATA_DIR / "port") or RUN_PORT)
PLATFORM_URL = env.str("SOCLE_PLATFORM_URL", default=f"http://localhost:{PORT}")
ALLOWED_HOSTS = ["*"]
# The page of a session sends five fields a member and four an item: those of the largest assembly are some 1,900.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_500
# The networks of the web servers in front of us: what they ask of us is in socle.serving.balancers.
BALANCERS: list[str] = env.list("SOCLE_BALANCERS", default=["127.0.0.0/8", "::1/128"])
# Whether other machines serve the platform too: then what they all read and write is on none of their own disks.
SEVERAL_MACHINES = are_several(BALANCERS)
# While this file exists, they are told to send nobody here: this process is about to stop.
DRAIN_FILE = Path(env.str("SOCLE_DRAIN_FILE", default=str(DATA_DIR / "draining")))
# The port at which visitors reach the communes' sites: the platform's own.
SITES_PORT = urlsplit(PLATFORM_URL).port or (443 if PLATFORM_URL.startswith("https://") else 80)

# The addresses to which a commune's own name must lead: those of the web server in front. In a demonstration, addresses
# that are kept for examples (RFC 5737, RFC 3849).
SOCLE_SITES_ADDRESSES: list[str] = env.list(
    "SOCLE_SITES_ADDRESSES", default=["192.0.2.80", "2001:db8::80"] if DEMO else []
)
# Where our own machines reach it, when those addresses do not answer from inside: name:port.
SOCLE_SITES_FRONT = env.str("SOCLE_SITES_FRONT", default="")
# Whoever issues the certificates, as CAA records name them.
SOCLE_CERTIFICATE_AUTHORITIES: list[str] = env.list("SOCLE_CERTIFICATE_AUTHORITIES", default=["letsencrypt.org"])
# The DNS resolvers asked about these names; those of the machine when it is empty.
SOCLE_DNS_RESOLVERS: list[str] = env.list("SOCLE_DNS_RESOLVERS", default=[])
# After how many days as the main one browsers may keep for good that the other names lead to it.
SOCLE_NAME_SETTLES_DAYS = env.int("SOCLE_NAME_SETTLES_DAYS", default=30)

# Which rooms give events to the agendas of the sites, besides what their editors write (socle.sites.contract).
SOCLE_SITES_EVENTS = ["socle.config.site_events.from_calendars"]
# Who says who pays for the site of a mairie, and for what an agreement does (socle.sites.contract,
# socle.agreements.contract).
SOCLE_SITES_MENTIONS = "socle.grants.publicity.of_beneficiary"
SOCLE_AGREEMENTS_MENTIONS = "socle.grants.publicity.of_programme"
# What is to be known before an agreement is sent to signature: services without an engine, a meter without figures.
SOCLE_BEFORE_SENDING = ["socle.provisioning.wiring.before_sending", "socle.revenue.meter.before_sending"]
# Who serves the acts of the mairies to the public (socle.deliberations.contract).
SOCLE_ACTS_PUBLISHER = "socle.sites.publishing.acts.OnSites"
# Who makes the receipt of what an inhabitant writes to a mairie (socle.sites.contract).
SOCLE_RECEIPTS = "socle.inbox.receipts.built_in"

# --- Mail of the communes --------------------------------------------------------------------------------------------
# Under which domain a commune has its own at birth: prisches.<this one>. None is given when it is empty. In a
# demonstration, a name that nobody can own (RFC 2606).
SOCLE_MAIL_DOMAIN = env.str("SOCLE_MAIL_DOMAIN", default="courriel.test" if DEMO else "").lower()
# The real mail servers, when there are: the folder where `socle mail-servers write` described them.
_MAIL_SERVERS = DATA_DIR / "mail-servers"
SOCLE_MAIL_SERVERS = env.str(
    "SOCLE_MAIL_SERVERS", default=str(_MAIL_SERVERS) if (_MAIL_SERVERS / "servers.json").exists() else ""
)
# In a demonstration, what people are told of them is where they answer on this machine.
_MAIL_PORTS = beside.mail_ports(SOCLE_MAIL_SERVERS) if DEMO and SOCLE_MAIL_SERVERS else {}
# Where people's programs read and send, over TLS from the first byte (RFC 8314); where other servers deliver.
SOCLE_MAIL_IMAP_HOST = env.str(
    "SOCLE_MAIL_IMAP_HOST", default="localhost" if _MAIL_PORTS else f"imap.{SOCLE_MAIL_DOMAIN}".rstrip(".")
)
SOCLE_MAIL_IMAP_PORT = env.int("SOCLE_MAIL_IMAP_PORT", default=_MAIL_PORTS.get("imaps", 993))
SOCLE_MAIL_SMTP_HOST = env.str(
    "SOCLE_MAIL_SMTP_HOST", default="localhost" if _MAIL_PORTS else f"smtp.{SOCLE_MAIL_DOMAIN}".rstrip(".")
)
SOCLE_MAIL_SMTP_PORT = env.int("SOCLE_MAIL_SMTP_PORT", default=_MAIL_PORTS.get("submissions", 465))
SOCLE_MAIL_MX: list[str] = env.list("SOCLE_MAIL_MX", default=[f"mx.{SOCLE_MAIL_DOMAIN}"] if SOCLE_MAIL_DOMAIN else [])
# The mail read in a browser, when there is one: where `socle webmail write` said that Roundcube answers.
SOCLE_MAIL_WEBMAIL_URL = env.str(
    "SOCLE_MAIL_WEBMAIL_URL", default=beside.webmail_url(str(DATA_DIR / "webmail")) if DEMO else ""
)
# How others are told to treat a connection to our servers that is not safe (RFC 8461): none, testing, enforce.
SOCLE_MAIL_MTA_STS = env.str("SOCLE_MAIL_MTA_STS", default="testing")
# What one commune may hold, all its boxes together, and a new box; in gigabytes.
SOCLE_MAIL_ROOM_GB = env.float("SOCLE_MAIL_ROOM_GB", default=50)
SOCLE_MAIL_BOX_GB = env.float("SOCLE_MAIL_BOX_GB", default=5)
# How many days a box that was deleted is kept before its messages are erased.
SOCLE_MAIL_KEPT_DAYS = env.int("SOCLE_MAIL_KEPT_DAYS", default=90)
# Towards which extensions mail may be sent on, outside the commune's own domains: those of France and of the European
# Union, unless the operator decides otherwise. A whole domain may be named too: orange.com.
SOCLE_MAIL_FORWARD_ZONES: list[str] = env.list(
    "SOCLE_MAIL_FORWARD_ZONES",
    default="fr eu re gp mq gf yt pm wf nc pf tf bzh corsica alsace paris".split(),  # noqa: SIM905
)
# How many days the owner of an address outside has to agree to receive what is sent on.
SOCLE_MAIL_CONFIRM_DAYS = env.int("SOCLE_MAIL_CONFIRM_DAYS", default=14)

# Who reads old boxes at other providers, and who opens ours to write in them (socle.mail.importing.contract).
SOCLE_MAIL_OLD_SERVERS = "socle.engines.imap.engine.OldServers"
SOCLE_MAIL_BOXES = "socle.engines.simulated.boxes.SimulatedBoxes" if DEMO else ""
# The command that opens one of our boxes by IMAP without anybody's password: doveadm exec imap -u {address}.
SOCLE_MAIL_BOX_COMMAND = env.str("SOCLE_MAIL_BOX_COMMAND", default="")
if SOCLE_MAIL_BOX_COMMAND:
    SOCLE_MAIL_BOXES = "socle.engines.imap.engine.CommandBoxes"

# --- The names of the mail, in the DNS -------------------------------------------------------------------------------
# Who answers for calendars, and for what configures clients by itself: the platform.
SOCLE_MAIL_WEB_HOST = env.str("SOCLE_MAIL_WEB_HOST", default=urlsplit(PLATFORM_URL).hostname or "")
# The addresses of the mail servers themselves, written in the zone when the operator does not write them by hand.
SOCLE_MAIL_ADDRESSES: list[str] = env.list("SOCLE_MAIL_ADDRESSES", default=["127.0.0.1"] if DEMO else [])
# The addresses of the machines that send, and the name whose SPF lists them for every commune.
SOCLE_MAIL_SENDERS: list[str] = env.list("SOCLE_MAIL_SENDERS", default=["192.0.2.25"] if DEMO else [])
SOCLE_MAIL_SENDERS_NAME = env.str(
    "SOCLE_MAIL_SENDERS_NAME", default=f"_spf.{SOCLE_MAIL_DOMAIN}" if SOCLE_MAIL_DOMAIN else ""
)
# The mailboxes where others report what they receive in the communes' names (DMARC), and encryption that fails.
SOCLE_MAIL_REPORTS = env.str("SOCLE_MAIL_REPORTS", default=f"dmarc@{SOCLE_MAIL_DOMAIN}" if DEMO else "")
SOCLE_MAIL_TLS_REPORTS = env.str("SOCLE_MAIL_TLS_REPORTS", default=f"tls@{SOCLE_MAIL_DOMAIN}" if DEMO else "")
# After how many days in service what usurps a commune's name is to be refused, and no longer set aside.
SOCLE_DMARC_REJECT_DAYS = env.int("SOCLE_DMARC_REJECT_DAYS", default=60)
# The operator's name servers, as the zones and the registrars call them.
SOCLE_NAME_SERVERS: list[str] = env.list(
    "SOCLE_NAME_SERVERS", default=[f"ns1.{SOCLE_MAIL_DOMAIN}", f"ns2.{SOCLE_MAIL_DOMAIN}"] if DEMO else []
)
# PowerDNS, which holds the zones: its address, its key, how it calls itself, and « Native », or « Primary » when others
# copy its zones. Without an address nobody holds them, and the records are copied by hand.
SOCLE_POWERDNS_URL = env.str("SOCLE_POWERDNS_URL", default="")
SOCLE_POWERDNS_KEY = env.str("SOCLE_POWERDNS_KEY", default="")
SOCLE_POWERDNS_SERVER = env.str("SOCLE_POWERDNS_SERVER", default="localhost")
SOCLE_POWERDNS_KIND = env.str("SOCLE_POWERDNS_KIND", default="Native")
SOCLE_ZONES = "socle.engines.simulated.zones.SimulatedZones" if DEMO else ""
SOCLE_DNS = "socle.engines.simulated.names.SimulatedDns" if DEMO else "socle.engines.dns.engine.Dns"
# A real one beside a demonstration: the key and the ports that `socle name-server start` left.
_NAME_SERVER = DATA_DIR / "name-server" / "key"
if DEMO and not SOCLE_POWERDNS_URL and os.access(_NAME_SERVER, os.R_OK):
    SOCLE_POWERDNS_KEY, _port, _api_port = _NAME_SERVER.read_text().split()
    SOCLE_POWERDNS_URL = f"http://127.0.0.1:{_api_port}"
    SOCLE_DNS_RESOLVERS = [f"127.0.0.1:{_port}"]
    SOCLE_DNS = "socle.engines.dns.engine.Dns"
if SOCLE_POWERDNS_URL:
    SOCLE_ZONES = "socle.engines.powerdns.engine.PowerDns"
# What the domain names serve, each with the records that it wants (socle.domains.contract).
SOCLE_DOMAIN_USES = ["socle.sites.names.use.SiteUse", "socle.mail.domain_use.MailUse"]

# --- The parts -------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "socle.trials",
    "socle.replays",
    "socle.operations",
    "socle.public",
    "socle.api",
    "socle.console",
    "socle.mairie",
    "socle.engines.simulated",
    "socle.engines.own_sites",
    "socle.engines.own_files",
    "socle.engines.postfix_dovecot",
    "socle.engines.roundcube",
    "socle.engines.restic",
    "socle.joining",
    "socle.revenue",
    "socle.grants",
    "socle.mergers",
    "socle.quality",
    "socle.site_import",
    "socle.inbox",
    *(f"socle.sections.{section}" for section in SECTIONS),  # noqa: F405
    "socle.syndication",
    "socle.sites",
    "socle.mail",
    "socle.agenda",
    "socle.files",
    "socle.backups",
    "socle.integrations",
    "socle.domains",
    "socle.provisioning",
    "socle.agreements",
    "socle.batches",
    "socle.programme",
    "socle.assemblies",
    "socle.deliberations",
    "socle.signing",
    "socle.eliminations",
    "socle.documents",
    "socle.people",
    "socle.territory",
    "socle.retention",
    "socle.outbox",
    "socle.journal",
    "socle.ui",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    # Pages of a long list, at addresses of their own.
    "wagtail.contrib.routable_page",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_htmx",
    "template_partials",
    "django_scopes",
    "django_tasks",
    "django_tasks_db",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    # What the web server in front asks every second.
    "socle.serving.balancers.Balancers",
    "socle.operations.logs.RequestIds",
    "socle.operations.metrics.CountRequests",
    "socle.serving.middleware.DemonstrationStaysHere",
    "socle.serving.headers.DoorHeaders",
    "django.middleware.security.SecurityMiddleware",
    "socle.operations.health.Health",
    "socle.serving.statics.Statics",
    # The map of a territory weighs 380 kB, and 105 compressed. Django's own guards against BREACH.
    "socle.serving.middleware.Compression",
    "socle.serving.rates.RateLimits",
    # From here on, the platform only: a commune's site has no session, no cookie, no sign-in.
    "socle.sites.hosts.HostMiddleware",
    # What the antivirus found in a file is told to the journal once the request has ended.
    "socle.documents.scanning.TellWhatWasFound",
    "socle.serving.middleware.DevicesByTheShortWay",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "socle.people.sign_in.middleware.SessionsSeen",
    "socle.people.sign_in.middleware.SecondFactorFirst",
    # What is sent to the folder of a mairie goes to the disk as it comes, and is refused when it cannot fit.
    "socle.mairie.uploads.SpaceForUploads",
    # The editor of the sites: closed, except what is opened to the active beneficiary.
    "socle.sites.editor.guard.EditorGuard",
    # Last: it calls the view itself.
    "socle.serving.middleware.OneSaveAtATime",
]

ROOT_URLCONF = "socle.config.urls"
WSGI_APPLICATION = "socle.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "socle.ui.doors.context",
                "socle.people.acting.context",
            ],
        },
    }
]

# Each door says its name and its navigation in its own room.
SOCLE_DOORS = ["socle.console.door.DOOR", "socle.mairie.door.DOOR"]
# The one where operators open the screens that rooms bring (`SOCLE_DESKS`).
SOCLE_OPERATORS_DOOR = "console"

# --- Databases -------------------------------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is counted to slow down whoever guesses passwords must hold across the workers: a cache per process would not.
# Files are enough for one machine; several machines share theirs through the database (dbcache://socle_cache).
CACHES: dict[str, dict[str, Any]] = {
    "default": env.cache_url("SOCLE_CACHE_URL", default=f"filecache://{DATA_DIR / 'cache'}")
}
CACHES["default"].setdefault("OPTIONS", {})["MAX_ENTRIES"] = 20_000

# --- Background work -------------------------------------------------------------------------------------------------
TASKS = {"default": {"BACKEND": env.str("SOCLE_TASKS_BACKEND", default="django_tasks_db.DatabaseBackend")}}
# What the console's page of the platform's state reads.
SOCLE_DOCTOR = "socle.operations.doctor.examine"
# What the console shows of an installation until its first agreement is concluded.
SOCLE_FIRST_STEPS = "socle.operations.first_steps.look"
SOCLE_REACTIONS = "socle.config.reactions.REACTIONS"
# What a helper may leave open in a mairie's name, by the verb that opened it.
SOCLE_HELPER_ACCESS = "socle.config.helper_access.OPENED"
# What may be done to many rows at once, and how many tasks serve these batches at the same time.
SOCLE_GESTURES = "socle.config.gestures.GESTURES"
SOCLE_BATCH_WORKERS = env.int("SOCLE_BATCH_WORKERS", default=2)
# Which engine serves which service of the offer; a twin serves in a demonstration alone (socle.provisioning.engines),
# and says « simulé » wherever it shows.
SOCLE_ENGINES = {
    "site-internet": "socle.engines.own_sites.engine.OwnSites",
    "messagerie": "socle.engines.simulated.engine.SimulatedMail",
    "agendas": "socle.engines.radicale.engine.Agendas",
    "fichiers": "socle.engines.own_files.engine.OwnFiles",
    "sauvegardes": "socle.engines.simulated.engine.SimulatedBackups",
}
# What each room says of how to use its service, at the mairie's door: a function for each (socle.provisioning.guides).
SOCLE_SERVICE_GUIDES: dict[str, str] = {
    "site-internet": "socle.sites.guide.give",
    "fichiers": "socle.files.guide.give",
    "messagerie": "socle.mail.guide.give",
    "agendas": "socle.agenda.guide.give",
    "sauvegardes": "socle.backups.guide.give",
}
# What the operator sees of each service as it runs, in the order of the console's page (socle.provisioning.monitoring).
SOCLE_WATCHES: list[str] = [
    "socle.operations.monitoring.PlatformWatch",
    "socle.mail.monitoring.MailWatch",
    "socle.domains.monitoring.NamesWatch",
    "socle.agenda.monitoring.AgendaWatch",
    "socle.files.monitoring.FilesWatch",
    "socle.backups.monitoring.BackupsWatch",
]
# What the archive of a beneficiary that leaves holds: a line a room.
SOCLE_HANDOVERS = "socle.config.handovers.PARTS"
# What keeps a promise of an agreement by itself, under the name that a programme's file gives it
# (socle.agreements.contract).
SOCLE_PROMISE_KEEPERS: dict[str, str] = {"restauration": "socle.backups.drills.restored_since"}
# Where one is made, before it goes where files are.
HANDOVERS_ROOT = DATA_DIR / "handovers"
# The saves of the mairies' machines: real where restic and its server are installed, unless told otherwise.
SOCLE_MACHINE_BACKUPS = env.str("SOCLE_MACHINE_BACKUPS", default="auto")
HAS_MACHINE_BACKUPS = SOCLE_MACHINE_BACKUPS == "real" or (
    SOCLE_MACHINE_BACKUPS == "auto" and bool(shutil.which("restic") and shutil.which("restic-rest-server"))
)
SOCLE_MACHINE_STORE = "socle.engines.restic.store.ResticStore"
if HAS_MACHINE_BACKUPS:
    SOCLE_ENGINES["sauvegardes"] = "socle.engines.restic.engine.MachineBackups"
elif DEMO:
    SOCLE_MACHINE_STORE = "socle.engines.simulated.store.SimulatedStore"
# Where they are kept, on a disk of their own in production; where their server listens, and the address by which the
# machines reach it (https, but on this very machine).
SOCLE_MACHINE_BACKUPS_DIR = env.str("SOCLE_MACHINE_BACKUPS_DIR", default=str(DATA_DIR / "machine-backups"))
SOCLE_MACHINE_BACKUPS_LISTEN = env.str("SOCLE_MACHINE_BACKUPS_LISTEN", default="")
# Unless it is told, this installation chooses a port once, and keeps it: machines were given it.
MACHINE_BACKUPS_PORT_FILE = None if SOCLE_MACHINE_BACKUPS_LISTEN else Path(SOCLE_MACHINE_BACKUPS_DIR) / "port"
if MACHINE_BACKUPS_PORT_FILE:
    SOCLE_MACHINE_BACKUPS_LISTEN = f"127.0.0.1:{ports.kept(MACHINE_BACKUPS_PORT_FILE) or beside.saves_port(PORT)}"
SOCLE_MACHINE_BACKUPS_URL = env.str("SOCLE_MACHINE_BACKUPS_URL", default=f"http://{SOCLE_MACHINE_BACKUPS_LISTEN}")
# What is kept: everything for a while (a week at least: the time to notice a stolen key), then the first and the last
# of each day, week and month over these lengths.
SOCLE_MACHINE_BACKUPS_KEEP: dict[str, str] = env.dict(
    "SOCLE_MACHINE_BACKUPS_KEEP", default={"everything": "30d", "daily": "60d", "weekly": "6m", "monthly": "2y"}
)
# How many times its own rhythm a machine may be silent before its mairie is told; the quota of each, in gigabytes; the
# days a code is good; how many files a rehearsal of restoration draws.
SOCLE_MACHINE_BACKUPS_LATE = env.int("SOCLE_MACHINE_BACKUPS_LATE", default=3)
SOCLE_MACHINE_BACKUPS_QUOTA = env.int("SOCLE_MACHINE_BACKUPS_QUOTA", default=200)
SOCLE_MACHINE_BACKUPS_CODE_DAYS = env.int("SOCLE_MACHINE_BACKUPS_CODE_DAYS", default=7)
SOCLE_MACHINE_BACKUPS_SAMPLE = env.int("SOCLE_MACHINE_BACKUPS_SAMPLE", default=25)
# Who says to the operator what the servers are doing (socle.mail.server_status).
SOCLE_MAIL_WATCH = "socle.engines.postfix_dovecot.server_status.latest" if SOCLE_MAIL_SERVERS else ""
if SOCLE_MAIL_SERVERS:
    SOCLE_ENGINES["messagerie"] = "socle.engines.postfix_dovecot.engine.PostfixDovecot"
# Of the communes a reconciliation would touch, the share beyond which it wants --force.
SOCLE_RECONCILE_CEILING = env.float("SOCLE_RECONCILE_CEILING", default=0.3)
# Of the communes known, the share an import may remove or empty before it wants that share spelled out.
SOCLE_IMPORT_CEILING = env.float("SOCLE_IMPORT_CEILING", default=0.01)
# How many days a merger carried may still be undone in one gesture: what follows comes to depend on it.
SOCLE_MERGER_UNDO_DAYS = env.int("SOCLE_MERGER_UNDO_DAYS", default=90)

# --- Language and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
USE_I18N = True
# The words of the library that we say otherwise; where ours are found first.
LOCALE_PATHS = [Path(__file__).parent / "locale"]
FORMAT_MODULE_PATH = ["socle.config.formats"]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

# --- Files -----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
# Several machines share their files in one object storage: s3://bucket/prefix at this endpoint.
FILES_TARGET = env.str("SOCLE_FILES_TARGET", default="")
FILES_S3 = {
    "endpoint_url": env.str("SOCLE_FILES_S3_ENDPOINT", default=""),
    "access_key": env.str("SOCLE_FILES_S3_KEY_ID", default=""),
    "secret_key": env.str("SOCLE_FILES_S3_SECRET", default=""),
    "region_name": env.str("SOCLE_FILES_S3_REGION", default="us-east-1"),
}
STORAGES: dict[str, dict[str, Any]] = {
    **file_storage.storages(FILES_TARGET, FILES_S3),
    "staticfiles": {"BACKEND": env.str("SOCLE_STATIC_BACKEND", default="socle.serving.statics.ReleaseFiles")},
}
# The communes' sites as files, for the web server in front: it serves them whether the platform answers or not.
PUBLISHED_ROOT = Path(env.str("SOCLE_PUBLISHED_DIR", default=str(DATA_DIR / "published")))
# Where the web servers in front write the pages read on those sites: `socle read-audience` counts them.
SOCLE_ACCESS_LOGS: list[str] = env.list("SOCLE_ACCESS_LOGS", default=[])
# What binds is kept apart from what is published: never served by a web server, only through a view that checks it.
DOCUMENTS_ROOT = DATA_DIR / "kept"
# The folders of the mairies, when they are on this disk; elsewhere, what is being received.
FILES_ROOT = DATA_DIR / "files"
# How much a new folder holds, in gigabytes; for how many days at most a link opens something; how many versions a file
# keeps, whatever their age.
SOCLE_FILES_QUOTA_GB = env.int("SOCLE_FILES_QUOTA_GB", default=10)
SOCLE_FILES_LINK_DAYS = env.int("SOCLE_FILES_LINK_DAYS", default=60)
SOCLE_FILES_VERSIONS = env.int("SOCLE_FILES_VERSIONS", default=30)
# The calendars and the contacts of the communes, a folder each; on storage that all the machines share, when there are
# several: whoever writes locks a file there.
_AGENDAS = env.str("SOCLE_AGENDA_DIR", default="")
SOCLE_AGENDA_DIR = Path(_AGENDAS) if _AGENDAS else DATA_DIR / "agendas"
# Each machine would have calendars of its own: none is made before the folder they share is named.
AGENDAS_ARE_APART = SEVERAL_MACHINES and not _AGENDAS
SOCLE_AGENDA_STORE = "socle.engines.radicale.store.RadicaleStore"
SOCLE_AGENDA_LETTERBOX = "socle.engines.postfix_dovecot.answers.Letterbox"
# The communes of France, as derived from public packages (data/NOTICE.md); loaded by `socle load-territory`.
TERRITORY_DIR = ROOT / "data" / "territory"
# The words that bind, versioned by date: they seed the database, and one layout per kind of document lies beside them.
TEXTS_ROOT = ROOT / "texts"
# The demonstration's certification authority and its keys.
PKI_DIR = DATA_DIR / "pki"
# Who signs: the twin in a demonstration; elsewhere the operator's seal, once its certificate is given (`signing`).
SOCLE_SIGNING = "socle.engines.simulated.authority.SimulatedTrust" if DEMO else SEAL

# The transmission devices that a body may choose to send its acts by, under the code that names each
# (socle.deliberations.contract); a demonstration has a twin, which sends nothing.
SOCLE_TRANSMITTERS = {"s2low": "socle.engines.s2low.engine.S2low"}
if DEMO:
    SOCLE_TRANSMITTERS["simulated"] = "socle.engines.simulated.prefecture.SimulatedTransmitter"

# --- Messages --------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "socle.outbox.backend.OutboxBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
if not DEMO:
    vars().update(env.email_url("SOCLE_EMAIL_URL", default="smtp://localhost:25"))
    if EMAIL_BACKEND == "django.core.mail.backends.smtp.EmailBackend":
        EMAIL_BACKEND = "socle.outbox.smtp.CountedSmtp"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("SOCLE_FROM_EMAIL", default="Socle <ne-pas-repondre@socle.invalid>")

# --- Safety ----------------------------------------------------------------------------------------------------------
# Encryption ends at our own web server in front, which says so in a header that no visitor can forge through it.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
IS_HTTPS = PLATFORM_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
if IS_HTTPS:
    # Browsers then refuse these cookies from a neighbour of the same domain, or in clear.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# How long browsers remember that the platform is in https, in seconds; 0 until every name answers in https.
SECURE_HSTS_SECONDS = env.int("SOCLE_HSTS_SECONDS", default=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
# What we call at an address that somebody typed goes to the public Internet, encrypted (socle.lib.http); the operator's
# own systems are named here, as networks or host names.
OUTGOING_INTERNAL: list[str] = env.list("SOCLE_OUTGOING_INTERNAL", default=[])
if DEMO and SOCLE_POWERDNS_URL.startswith("http://127.0.0.1:"):
    OUTGOING_INTERNAL = [*OUTGOING_INTERNAL, "127.0.0.1"]
OUTGOING_HTTP = env.bool("SOCLE_OUTGOING_HTTP", default=False)
# The antivirus that reads what people hand over (clamd): a path, or name:port; none when it is empty. A demonstration
# has its twin, which knows the trial file only.
SOCLE_CLAMD = env.str("SOCLE_CLAMD", default="")
# What becomes of a file when it does not answer: « refuse », unless it is exactly « accept ».
SOCLE_CLAMD_UNREACHABLE = env.str("SOCLE_CLAMD_UNREACHABLE", default="refuse")
# What becomes of a file of the mairie's folder that is too large for it: « accept » keeps it, said not to be read.
SOCLE_CLAMD_LARGER = env.str("SOCLE_CLAMD_LARGER", default="accept")
SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner" if DEMO else ""
if SOCLE_CLAMD:
    SOCLE_SCANNER = "socle.engines.clamd.engine.Clamd"
# What is under the map of a commune on its site: a server of maps (WMS 1.3.0) when one is named, and the platform's own
# drawing, which stands wherever that server gives nothing. Whom it is from and its licence are shown under the map.
SOCLE_WMS_URL = env.str("SOCLE_WMS_URL", default="")
SOCLE_WMS_LAYER = env.str("SOCLE_WMS_LAYER", default="")
SOCLE_WMS_STYLE = env.str("SOCLE_WMS_STYLE", default="")
SOCLE_WMS_CREDIT = env.str("SOCLE_WMS_CREDIT", default="")
SOCLE_WMS_LICENCE = env.str("SOCLE_WMS_LICENCE", default="")
# Of when its data are, as it is written under the map: « 2026 », « novembre 2026 ».
SOCLE_WMS_DATE = env.str("SOCLE_WMS_DATE", default="")
SOCLE_SITES_MAPS = ["socle.engines.own_maps.engine.OwnMap"]
if SOCLE_WMS_URL:
    SOCLE_SITES_MAPS.insert(0, "socle.engines.wms.engine.Wms")
# How many times a minute one token may ask; a tenth of it for those who present none of ours.
API_RATE = env.int("SOCLE_API_RATE", default=600)
# Under which licence the programme's open data may be used again: the operator chooses it (CRPA, art. D323-2-1 lists
# those of public bodies), and nothing is said as long as it has not.
SOCLE_OPEN_DATA_LICENCE = env.str("SOCLE_OPEN_DATA_LICENCE", default="")
SOCLE_OPEN_DATA_LICENCE_NAME = env.str("SOCLE_OPEN_DATA_LICENCE_NAME", default="")
CSRF_FAILURE_VIEW = "socle.public.views.errors.csrf_failure"
# Amends the table of socle.serving.rates: how often one visitor may do each thing.
RATE_LIMITS: dict[str, str] = env.dict("SOCLE_RATE_LIMITS", default={})
# What every page begins from; what each door changes is in socle.serving.headers.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Whoever signs in on the way to the webmail goes on to it: browsers watch where a form leads in the end.
        "form-action": [SELF, *([SOCLE_MAIL_WEBMAIL_URL] if SOCLE_MAIL_WEBMAIL_URL else [])],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "manifest-src": [SELF],
    }
}

# Who may read what is measured (/-/metrics) from elsewhere than this machine: whoever shows this token.
METRICS_TOKEN = env.str("SOCLE_METRICS_TOKEN", default="")
# --- Backups ---------------------------------------------------------------------------------------------------------
# Where the platform is saved: a folder, or s3://bucket/prefix at this endpoint. The passphrase stays in its file.
SOCLE_BACKUP_TARGET = env.str("SOCLE_BACKUP_TARGET", default="")
SOCLE_BACKUP_PASSPHRASE_FILE = env.str("SOCLE_BACKUP_PASSPHRASE_FILE", default="")
SOCLE_BACKUP_S3_ENDPOINT = env.str("SOCLE_BACKUP_S3_ENDPOINT", default="")
SOCLE_BACKUP_S3_KEY_ID = env.str("SOCLE_BACKUP_S3_KEY_ID", default="")
SOCLE_BACKUP_S3_SECRET = env.str("SOCLE_BACKUP_S3_SECRET", default="")
# What `socle backup prune` keeps: one backup a day, a week, a month, over these lengths.
SOCLE_BACKUP_KEEP: dict[str, str] = env.dict(
    "SOCLE_BACKUP_KEEP", default={"daily": "14d", "weekly": "2m", "monthly": "1y"}
)

# --- Personal data ---------------------------------------------------------------------------------------------------
# Who erases what of a person, and the lengths that this operator chose instead of those of the rules (SOCLE_RETENTION).
SOCLE_ERASURE = [
    "socle.outbox.retention.erase_messages_to",
    "socle.sites.erasure.erase_editor_profile",
    "socle.mail.erasure.forget_person",
    "socle.agenda.erasure.erase_own",
]
# Who directs the publication of the platform itself, by name: its legal notice says it, and the doctor asks for it.
SOCLE_PUBLICATION_DIRECTOR: str = env.str("SOCLE_PUBLICATION_DIRECTOR", default="")
SOCLE_RETENTION_DAYS: dict[str, str] = env.dict("SOCLE_RETENTION_DAYS", default={})

# --- Logs ------------------------------------------------------------------------------------------------------------
# One line per request and per command, with a request id and no personal data: socle.operations.logs says how.
if not ONLY_LOOKS:
    (DATA_DIR / "logs").mkdir(exist_ok=True)
LOGGING = logs.settings_for(
    level=env.str("SOCLE_LOG_LEVEL", default="INFO"),
    verbs_file=os.devnull if ONLY_LOOKS else str(DATA_DIR / "logs" / "verbs.log"),
    secrets={SECRET_KEY} | credentials.secrets_in(env.ENVIRON),
)

# --- The communes' websites ------------------------------------------------------------------------------------------
WAGTAILADMIN_BASE_URL = PLATFORM_URL
# What a text or a practice fixes in numbers, when the operator chooses otherwise: socle.sites.parameters lists them.
SOCLE_SITES_PARAMETERS: dict[str, str] = env.dict("SOCLE_SITES_PARAMETERS", default={})
SILENCED_SYSTEM_CHECKS: list[str] = []
