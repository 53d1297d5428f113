"""The doctor finds each fault that is planted, says its remedy, and finds nothing in a healthy demonstration."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from socle.documents import actions as documents
from socle.documents.contract import Knowledge, Unreachable
from socle.journal import actions as journal
from socle.journal.models import Entry
from socle.lib import http
from socle.lib.findings import Finding, Severity, fine, worst
from socle.operations import doctor
from socle.operations.doctor import data, machine
from socle.people.models import User
from socle.sites.actions import create_site
from socle.sites.models import Change, MapPicture, Publication
from tests import factories as f
from tests import migrated

# What `socle demo` makes after the tables.
BEGINNING = ("programmes", "entrance")
LONG_KEY = "une-cle-tiree-au-hasard-0123456789-abcdefghijklmnopqrstuvwxyz"


def found(code: str) -> tuple[Severity, str]:
    """What one check finds: the gravest severity, and its sentences with their remedies."""
    (examined,) = doctor.examine(only=[code])
    words = " ".join(f"{finding.says} {finding.remedy}" for finding in examined.findings if finding.severity)
    return examined.severity, words.replace("\u00a0", " ")


@pytest.fixture
def in_service(settings: Any, tmp_path: Path) -> Any:
    """An installation in service with nothing wrong in its settings."""
    settings.DEMO = False
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT, settings.DOCUMENTS_ROOT = tmp_path / "media", tmp_path / "kept"
    settings.STATIC_ROOT, settings.PKI_DIR = tmp_path / "static", tmp_path / "pki"
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = LONG_KEY, []
    settings.PLATFORM_URL, settings.PLATFORM_HOSTS = "https://socle.exemple.fr", ["socle.exemple.fr"]
    settings.SITES_DOMAIN, settings.SOCLE_SITES_ADDRESSES = "sites.exemple.fr", ["192.0.2.80"]
    settings.IS_HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS, settings.ALLAUTH_TRUSTED_PROXY_COUNT = 31536000, 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = "Socle <ne-pas-repondre@exemple.fr>"
    return settings


# --- What is examined -------------------------------------------------------------------------------------------------
SETTINGS_CHECKS = ("secret-key", "secrets", "debug", "hosts", "https", "proxies", "demonstration", "mail-settings")


@pytest.mark.parametrize("code", SETTINGS_CHECKS)
def test_settings_in_service_with_nothing_wrong_are_found_fine(in_service: Any, code: str) -> None:
    assert found(code) == (Severity.OK, "")


@pytest.mark.parametrize(
    ("code", "changes", "words"),
    [
        ("secret-key", {"SECRET_KEY": "azerty"}, "trop courte ou devinable : 6 caractères"),
        ("secret-key", {"SECRET_KEY": "a" * 80}, "devinable"),
        ("secret-key", {"SECRET_KEY_FALLBACKS": ["ancienne"]}, "SOCLE_SECRET_KEY_FALLBACKS"),
        ("debug", {"DEBUG": True}, "Retirez SOCLE_DEBUG"),
        ("hosts", {"PLATFORM_HOSTS": ["autre.exemple.fr"]}, "Ajoutez « socle.exemple.fr » à SOCLE_PLATFORM_HOSTS"),
        ("hosts", {"PLATFORM_HOSTS": ["*", "socle.exemple.fr"]}, "n’importe quel nom"),
        ("hosts", {"PLATFORM_URL": "socle"}, "n’est pas une adresse"),
        ("hosts", {"PLATFORM_URL": "http://localhost:8000", "PLATFORM_HOSTS": ["localhost"]}, "qu’à cette machine"),
        ("hosts", {"SITES_DOMAIN": "localhost"}, "SOCLE_SITES_DOMAIN"),
        ("https", {"PLATFORM_URL": "http://socle.exemple.fr"}, "voyagent en clair"),
        ("https", {"SESSION_COOKIE_SECURE": False}, "SESSION_COOKIE_SECURE"),
        ("https", {"SECURE_HSTS_SECONDS": 0}, "SOCLE_HSTS_SECONDS"),
        ("proxies", {"ALLAUTH_TRUSTED_PROXY_COUNT": 0}, "SOCLE_TRUSTED_PROXIES=1"),
        ("mail-settings", {"DEFAULT_FROM_EMAIL": "Socle <x@socle.invalid>"}, "SOCLE_FROM_EMAIL"),
        (
            "mail-settings",
            {
                "SOCLE_MAIL_DOMAIN": "courriel.fr",
                "DEFAULT_FROM_EMAIL": "Socle <x@courriel.fr>",
                "SOCLE_MAIL_SENDERS": [],
            },
            "leurs boîtes les refusent",
        ),
        ("mail-settings", {"EMAIL_BACKEND": "socle.outbox.backend.OutboxBackend"}, "Aucun message ne part"),
        ("cache", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}}, "ne garde rien"),
        ("cache", {"CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}, "sa propre"),
        ("time-zone", {"TIME_ZONE": "Europe/Nulle-Part"}, "apt install tzdata"),
    ],
)
def test_a_setting_that_is_wrong_is_found_with_its_remedy(
    in_service: Any, code: str, changes: dict[str, Any], words: str
) -> None:
    for name, value in changes.items():
        if name == "TIME_ZONE":  # Django refuses an unknown one at once.
            in_service._wrapped.__dict__.pop(name, None)
            in_service._wrapped.TIME_ZONE = value
        else:
            setattr(in_service, name, value)
    severity, said = found(code)
    assert severity > Severity.OK
    assert words in said


@pytest.mark.parametrize(
    ("sender", "senders"), [("x@courriel.fr", ["192.0.2.1"]), ("x@mon-courriel.fr", []), ("x@operateur.fr", [])]
)
def test_the_platform_writes_in_a_name_that_its_machines_may_use(
    in_service: Any, sender: str, senders: list[str]
) -> None:
    in_service.SOCLE_MAIL_DOMAIN, in_service.SOCLE_MAIL_SENDERS = "courriel.fr", senders
    in_service.DEFAULT_FROM_EMAIL = f"Socle <{sender}>"
    assert found("mail-settings") == (Severity.OK, "")


def test_a_demonstration_set_to_be_served_to_others_is_found(in_service: Any, tmp_path: Path) -> None:
    in_service.DEMO = True
    in_service.DEMO_MARKER = tmp_path / "demonstration"
    in_service.DEMO_MARKER.write_text("")
    severity, said = found("demonstration")
    assert severity is Severity.ERROR
    assert "réglé pour être servi sous « socle.exemple.fr »" in said


def test_a_secret_that_others_can_read_is_found(in_service: Any, tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    for name in ("secret-key", "pki/root.key"):
        (tmp_path / name).write_text("secret")
        (tmp_path / name).chmod(0o600)
    assert found("secrets")[0] is Severity.OK
    (tmp_path / "pki" / "root.key").chmod(0o644)
    severity, said = found("secrets")
    assert severity is Severity.ERROR
    assert f"chmod 600 {tmp_path / 'pki' / 'root.key'}" in said


class OfDay:
    """An antivirus whose signatures are of that day."""

    is_simulated = False
    says: Any = None

    def check(self) -> Any:
        if isinstance(self.says, Exception):
            raise self.says
        return Knowledge("1.4.6", self.says)


@pytest.mark.parametrize(
    ("says", "severity", "words"),
    [
        (timezone.now() - timedelta(hours=30), Severity.OK, ""),
        (timezone.now() - timedelta(days=4, hours=1), Severity.WARNING, "il y a 4 jours"),
        (timezone.now() - timedelta(days=40, hours=1), Severity.ERROR, "Relancez freshclam"),
        (None, Severity.WARNING, "ne dit pas la date"),
        (Unreachable("clamd ne répond pas."), Severity.ERROR, "les fichiers déposés sont tous refusés"),
    ],
)
def test_an_antivirus_that_is_silent_or_old_is_found(
    in_service: Any, monkeypatch: pytest.MonkeyPatch, says: Any, severity: Severity, words: str
) -> None:
    monkeypatch.setattr(OfDay, "says", says)
    in_service.SOCLE_SCANNER = "tests.operations.test_doctor.OfDay"
    graveness, said = found("antivirus")
    assert graveness is severity
    assert words in said


def test_without_an_antivirus_the_doctor_says_so_and_a_twin_is_named(in_service: Any) -> None:
    in_service.SOCLE_SCANNER = ""
    severity, said = found("antivirus")
    assert severity is Severity.WARNING
    assert "Aucun antivirus" in said
    assert "SOCLE_CLAMD" in said
    in_service.SOCLE_SCANNER = "socle.engines.simulated.scanner.SimulatedScanner"
    assert found("antivirus")[0] is Severity.OK


@pytest.mark.django_db
def test_a_server_of_maps_that_gives_nothing_is_found_and_none_is_wanted(in_service: Any) -> None:
    assert found("maps")[0] is Severity.OK
    in_service.SOCLE_WMS_URL = "https://cartes.exemple.fr/wms?cle=secret"
    assert found("maps")[0] is Severity.OK
    website = create_site(f.beneficiary(), by=f.user(), at=timezone.now())
    row = {"website": website, "looked_at": timezone.now(), "problem": "Le serveur de cartes répond 503."}
    MapPicture.objects.create(**row, scale=MapPicture.Scale.STREETS)
    severity, said = found("maps")
    assert severity is Severity.WARNING
    assert "0 commune(s), ni celui des rues autour de 1 mairie(s). Le serveur de cartes répond 503." in said
    MapPicture.objects.create(**row)
    _, said = found("maps")
    assert "1 commune(s), ni celui des rues autour de 1 mairie(s)" in said
    assert "secret" not in said


# --- The machine ------------------------------------------------------------------------------------------------------
GIB = 1024**3


@pytest.mark.parametrize(
    ("free", "severity"),
    [(100 * GIB, Severity.OK), (5 * GIB, Severity.WARNING), (GIB // 10, Severity.ERROR)],
)
def test_a_disk_that_fills_is_found(monkeypatch: pytest.MonkeyPatch, free: int, severity: Severity) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=200 * GIB, free=free, used=0))
    assert found("disk")[0] is severity


@pytest.mark.parametrize(
    ("free", "total", "severity"),
    [(50, 100, Severity.OK), (0, 0, Severity.OK), (3, 100, Severity.WARNING), (0, 100, Severity.ERROR)],
)
def test_a_disk_that_can_make_no_more_files_is_found(
    monkeypatch: pytest.MonkeyPatch, free: int, total: int, severity: Severity
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_files=total, f_favail=free))
    assert found("inodes")[0] is severity


def test_a_folder_where_nothing_can_be_written_is_found(in_service: Any, tmp_path: Path) -> None:
    assert found("writing")[0] is Severity.OK
    # A file where the folder should be: refused to everybody, the super-user included.
    (tmp_path / "media").write_text("")
    severity, said = found("writing")
    assert severity is Severity.ERROR
    assert f"Rien ne s’écrit dans « {tmp_path / 'media'} »" in said


@pytest.mark.parametrize(
    ("number", "remedy", "not_this"),
    [
        (errno.ENOSPC, "Faites de la place", "chown"),
        (errno.EROFS, "remount,rw", "chown"),
        (errno.EACCES, "chown", "Faites de la place"),
    ],
)
def test_what_cannot_be_written_is_told_with_the_remedy_of_its_cause(
    in_service: Any, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str, not_this: str
) -> None:
    def refuse(*args: Any, **options: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    severity, said = found("writing")
    assert severity is Severity.ERROR
    assert remedy in said
    assert not_this not in said


@pytest.mark.parametrize(
    ("mode", "severity"),
    [(0o700, Severity.OK), (0o750, Severity.WARNING), (0o770, Severity.ERROR), (0o777, Severity.ERROR)],
)
def test_a_folder_of_data_that_others_enter_is_found(
    in_service: Any, tmp_path: Path, mode: int, severity: Severity
) -> None:
    tmp_path.chmod(mode)
    seen, said = found("folder")
    assert seen is severity
    if severity:
        assert f"chmod 700 {tmp_path}" in said
        subprocess.run(["chmod", "700", str(tmp_path)], check=True)
        assert found("folder")[0] is Severity.OK


@pytest.mark.parametrize(
    ("name", "severity", "said"),
    [
        ("SOCLE_MAIL_DOMAIN", Severity.OK, ""),
        ("SOCLE_SECRET_KEY_FILE", Severity.OK, ""),
        ("SOCLE_MAIL_DOMAINE", Severity.WARNING, "Vouliez-vous dire SOCLE_MAIL_DOMAIN ?"),
        ("SOCLE_ZZZ", Severity.WARNING, "cherchez son nom dans .env.example"),
    ],
)
def test_a_setting_that_nothing_reads_is_found_with_the_nearest_name(
    settings: Any, name: str, severity: Severity, said: str
) -> None:
    settings.GIVEN_SETTINGS = frozenset({name})
    seen, words = found("settings")
    assert seen is severity
    assert said in words


def certificate(days: int) -> tuple[bytes, bytes]:
    """A certificate for localhost that ends in so many days, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


@pytest.mark.parametrize(
    ("days", "severity"),
    [(90, Severity.OK), (10, Severity.WARNING), (2, Severity.ERROR), (-1, Severity.ERROR)],
)
def test_a_signing_certificate_that_ends_is_found(
    in_service: Any, tmp_path: Path, days: int, severity: Severity
) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "operator.pem").write_bytes(certificate(days)[0])
    assert found("certificates")[0] is severity


def test_a_signing_certificate_that_cannot_be_read_is_found(in_service: Any, tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "root.der").write_bytes(b"not a certificate")
    severity, said = found("certificates")
    assert severity is Severity.ERROR
    assert "root.der" in said


@pytest.fixture
def tls_server(tmp_path: Path) -> Any:
    """`tls_server(days)`: a real TLS server on a free port, with a certificate ending so; gives its port and file."""
    import ssl

    sockets = []

    def serve(days: int) -> tuple[int, Path]:
        shown, secret = certificate(days)
        path = tmp_path / "tls.pem"
        path.write_bytes(shown + secret)
        authority = tmp_path / "tls-authority.pem"
        authority.write_bytes(shown)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def answer() -> None:
            try:
                plain, _ = listening.accept()
                with plain, context.wrap_socket(plain, server_side=True) as encrypted:
                    encrypted.recv(1)
            except OSError:
                pass

        threading.Thread(target=answer, daemon=True).start()
        return listening.getsockname()[1], authority

    yield serve
    for one in sockets:
        one.close()


@pytest.mark.parametrize(
    ("days", "severity", "words"),
    [(90, Severity.OK, ""), (10, Severity.WARNING, "expire le"), (-1, Severity.ERROR, "n’est pas valable")],
)
def test_the_certificate_that_visitors_meet_is_read_from_a_real_server(
    in_service: Any,
    monkeypatch: pytest.MonkeyPatch,
    tls_server: Callable[[int], tuple[int, Path]],
    days: int,
    severity: Severity,
    words: str,
) -> None:
    port, authority = tls_server(days)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    # The certificate is localhost's, which the check leaves alone: it is told otherwise.
    monkeypatch.setattr(machine, "is_loopback", lambda name: False)
    in_service.PLATFORM_URL = f"https://localhost:{port}"
    found_severity, said = found("tls")
    assert found_severity is severity
    assert words in said


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that is held, and where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_front_server_that_does_not_answer_is_found(
    in_service: Any, monkeypatch: pytest.MonkeyPatch, deaf_port: int
) -> None:
    monkeypatch.setattr(machine, "is_loopback", lambda name: False)
    in_service.PLATFORM_URL = f"https://localhost:{deaf_port}"
    severity, said = found("tls")
    assert severity is Severity.ERROR
    assert f"ne répond pas sur le port {deaf_port}" in said
    with pytest.raises(http.Unreachable):
        http.certificate_end("localhost", deaf_port)


# --- What lasts -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_one_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("connection refused to user:password@host")

    monkeypatch.setattr(connection, "cursor", refuse)
    codes = ["database", "migrations", "journal", "queue"]
    (examined,) = doctor.examine(only=codes)
    assert examined.severity is Severity.ERROR
    stopped = {"sqlite": "Vérifiez SOCLE_DATABASE_URL", "postgresql": "systemctl restart postgresql"}
    assert stopped[connection.vendor] in examined.findings[0].remedy
    assert "password" not in examined.findings[0].says


@pytest.mark.parametrize(
    ("refused", "says"),
    [("no such table: journal_entry", "n’est pas encore préparée"), ("disk I/O error", "a refusé cette lecture")],
)
@pytest.mark.django_db
def test_a_database_without_its_tables_is_to_be_prepared(refused: str, says: str) -> None:
    def look() -> Any:
        raise OperationalError(refused)

    (examined,) = doctor.examine(checks=[doctor.Check("journal", "Journal", look, needs_database=True)])
    assert says in examined.findings[0].says
    assert "socle migrate" in examined.findings[0].remedy
    assert ("OperationalError" in examined.findings[0].says) is ("disk" in refused)


@pytest.mark.django_db
def test_a_database_that_awaits_a_change_is_found() -> None:
    assert found("migrations")[0] is Severity.OK
    last = MigrationRecorder.Migration.objects.filter(app="outbox").latest("pk")
    last.delete()
    severity, said = found("migrations")
    assert severity is Severity.ERROR
    assert f"outbox {last.name}" in said
    assert "socle migrate" in said


@pytest.mark.django_db
def test_a_database_kept_by_a_newer_release_is_found() -> None:
    MigrationRecorder(connection).record_applied("journal", "9999_of_tomorrow")
    severity, said = found("migrations")
    assert severity is Severity.ERROR
    assert "version plus récente" in said


@pytest.mark.django_db
def test_a_clock_that_went_back_is_found() -> None:
    system = User.objects.system()
    journal.record("user.created", system, by=system, at=timezone.now() + timedelta(hours=2))
    severity, said = found("clock")
    assert severity is Severity.ERROR
    assert "elle a reculé" in said


@pytest.mark.django_db
def test_lines_of_the_journal_left_unsealed_are_found() -> None:
    system = User.objects.system()
    journal.record("user.created", system, by=system, at=timezone.now() - timedelta(hours=1))
    severity, said = found("journal")
    assert severity is Severity.WARNING
    assert "socle scheduler" in said
    journal.seal()
    assert found("journal")[0] is Severity.OK


@pytest.mark.django_db
def test_a_journal_that_was_touched_is_found() -> None:
    from django.db.models import QuerySet

    system = User.objects.system()
    journal.record("user.created", system, by=system, at=timezone.now())
    journal.seal()
    assert found("chain")[0] is Severity.OK
    QuerySet[Entry](Entry).update(object_id="999999")
    severity, said = found("chain")
    assert severity is Severity.ERROR
    assert "Ligne 1" in said


@pytest.mark.django_db
def test_a_kept_document_whose_file_is_gone_is_found() -> None:
    pdf = b"%PDF-1.7\n%fictif"
    document = documents.keep(pdf, title="Acte", filename="acte.pdf", by=User.objects.system(), at=timezone.now())
    assert found("kept")[0] is Severity.OK
    os.unlink(document.file.path)
    severity, said = found("kept")
    assert severity is Severity.ERROR
    assert "sauvegarde" in said


def test_pages_without_their_look_are_found(in_service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data.statics, "fingerprint", lambda: "today")
    assert found("static")[0] is Severity.ERROR
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / data.statics.MARK).write_text("yesterday")
    assert found("static")[0] is Severity.WARNING
    (tmp_path / "static" / data.statics.MARK).write_text("today")
    assert found("static")[0] is Severity.OK


# --- The examination itself -------------------------------------------------------------------------------------------
def test_a_check_that_fails_is_a_finding_and_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> Any:
        raise RuntimeError("secret")
        yield

    checks = (doctor.Check("a", "Un", fails), doctor.Check("b", "Deux", lambda: [fine("Bon.")]))
    first, second = doctor.examine(checks=checks)
    assert (first.severity, second.severity) == (Severity.WARNING, Severity.OK)
    assert "RuntimeError" in first.findings[0].says
    assert "secret" not in first.findings[0].says


@pytest.mark.parametrize("asked", [{}, {"only": ["debug"]}, {"quick": True}], ids=str)
def test_of_a_database_that_is_refused_nothing_else_is_said(settings: Any, asked: dict[str, Any]) -> None:
    assert found("release") == (Severity.OK, "")
    settings.REFUSED_DATABASE = "Elle est refusée."
    (examined,) = doctor.examine(**asked)
    assert (examined.code, examined.severity) == ("release", Severity.ERROR)


def test_what_is_not_right_always_has_a_remedy() -> None:
    with pytest.raises(ValueError, match="remedy"):
        Finding(Severity.ERROR, "Rien ne va.")
    assert worst([]) is Severity.OK


def test_a_quick_look_asks_no_other_machine_and_codes_are_unique() -> None:
    slow = {check.code for check in doctor.CHECKS if check.is_slow}
    assert {"tls", "mail", "engines", "chain"} <= slow
    codes = [check.code for check in doctor.CHECKS]
    assert len(codes) == len(set(codes)) >= 25


@pytest.mark.django_db
def test_the_command_answers_by_its_code_and_in_json(in_service: Any, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("doctor", "debug")
    assert "Tout va bien" in capsys.readouterr().out
    in_service.SECURE_HSTS_SECONDS = 0
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "debug", "https", quiet=True)
    assert ended.value.code == 1
    shown = capsys.readouterr().out
    assert "Mode de mise au point" not in shown
    assert "→ Quand tous les noms" in shown
    in_service.DEBUG = True
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "debug", "https", json=True)
    assert ended.value.code == 2
    told = json.loads(capsys.readouterr().out)
    assert told["severity"] == "error"
    assert [one["severity"] for one in told["checks"]] == ["error", "warning"]
    with pytest.raises(CommandError, match="Contrôle inconnu"):
        call_command("doctor", "inconnu")


@pytest.mark.slow
def test_a_healthy_demonstration_has_nothing_to_mend(tmp_path: Path) -> None:
    """The real command, on a real demonstration: tables made, pages gathered, nothing else done."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SOCLE_")},
        "SOCLE_DATA_DIR": str(tmp_path),
        # Nothing runs here: the server of the machines' backups, started by `socle run`, would rightly be missed.
        "SOCLE_MACHINE_BACKUPS": "simulated",
    }
    (tmp_path / "demonstration").write_text("Ce dossier est une démonstration de Socle\nbase : sqlite socle.sqlite3\n")

    def socle(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "socle", *words], env=environment, capture_output=True, text=True, timeout=300
        )

    unprepared = socle("doctor", "migrations", "static")
    assert unprepared.returncode == 2
    assert "socle migrate" in unprepared.stdout
    migrated.lay(environment)
    assert socle("shell", "-c", "from socle.serving import statics; statics.collect_if_needed()").returncode == 0
    healthy = socle("doctor", "--json")
    told = json.loads(healthy.stdout)
    wrong = [
        one for one in told["checks"] if one["severity"] != "ok" and one["code"] not in ("disk", "inodes", *BEGINNING)
    ]
    assert wrong == []
    assert len(told["checks"]) == len(doctor.CHECKS)


@pytest.mark.django_db
def test_a_site_that_cannot_be_published_and_what_waits_too_long_are_found(in_service: Any) -> None:
    website = create_site(f.beneficiary(), by=f.user(), at=timezone.now())
    assert found("sites")[0] is Severity.OK
    Change.objects.update(at=timezone.now() - timedelta(minutes=6))
    assert "attendent d’être publiées" in found("sites")[1]
    Change.objects.all().delete()
    Publication.objects.create(
        website=website, published_at=timezone.now(), dated_at=timezone.now(), problem="/contact/ : le site répond 500"
    )
    severity, said = found("sites")
    assert severity is Severity.WARNING
    assert f"socle publish {website.host}" in said
