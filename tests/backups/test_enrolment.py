"""The machine's door over HTTP; then for real: the script run, the thief repelled, the restoration certified."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django_scopes import scope

from socle.backups import actions, drills, inspection, presenters, rules
from socle.backups.models import Account, Machine, Repository, Snapshot, Status
from socle.backups.scripting import script_of
from socle.documents import actions as documents
from socle.engines.restic.client import Restic
from socle.engines.restic.server import Server
from socle.engines.restic.store import ResticStore
from socle.lib.findings import Severity
from socle.operations.doctor.machines import machines
from socle.people.models import Role, User
from tests import factories as f
from tests.backups.conftest import added
from tests.restic_keys import in_haste
from tests.restic_server import Client, serving

DAY = timedelta(days=1)


# --- The door ---------------------------------------------------------------------------------------------------------
@time_machine.travel(f.NOW)
def test_a_code_is_exchanged_in_plain_lines_never_kept(client, account, secretary):
    _, code = added(account, secretary)
    response = client.post(reverse("backup_enrolment"), {"code": code})
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    lines = dict(line.split("=", 1) for line in response.content.decode().splitlines())
    assert set(lines) == {"repository", "user", "password", "operator_key", "canary", "confirmation", "settings"}
    # What the script lets through, and nothing that a shell would read otherwise.
    assert all(re.fullmatch(r"[A-Za-z0-9:/._-]+", value) for value in lines.values())
    again = client.post(reverse("backup_enrolment"), {"code": code})
    assert again.status_code == 403
    assert "demandez-en un autre" in again.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["backup_enrolment", "backup_enrolment_confirm", "backup_settings"])
def test_only_a_post_and_only_what_is_known(client, name):
    assert client.get(reverse(name)).status_code == 405
    for form in ({}, {"code": "x" * 10_000}, {"code": "\x00"}, {"user": "' or 1=1", "confirmation": "é"}):
        response = client.post(reverse(name), form)
        assert response.status_code == 403
        assert response["Content-Type"] == "text/plain; charset=utf-8"


@time_machine.travel(f.NOW)
@pytest.mark.parametrize(
    ("said", "is_incomplete"),
    [
        ({"code": "3"}, True),
        ({"code": "0", "missing": ["/papiers"]}, True),
        ({"code": "²"}, False),
        ({"code": "3" * 5000}, False),
        ({"missing": ["/papiers"]}, False),
        ({"code": "0", "missing": ["/etc/shadow", "\x00", "é" * 9000]}, False),
    ],
)
def test_what_a_machine_says_of_its_save_is_believed_of_its_own_folders_only(
    client, account, secretary, said, is_incomplete
):
    machine, code = added(account, secretary)
    given = actions.claim(code, by=secretary, at=f.NOW)
    asked = {"user": given.user, "settings": given.settings, **said}
    assert client.post(reverse("backup_settings"), asked).content.decode().startswith("every_days=1\n")
    machine.refresh_from_db()
    assert machine.is_incomplete is is_incomplete
    assert client.post(reverse("backup_settings"), {**asked, "settings": "autre"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.slow
def test_who_guesses_is_slowed_down():
    browser = Browser()
    statuses = [browser.post(reverse("backup_enrolment"), {"code": f"{n:020}"}).status_code for n in range(32)]
    assert statuses[0] == 403
    assert statuses[-1] == 429


# --- For real ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("enrolment")) as running:
        yield running


@dataclass
class Desk:
    """A machine of the mairie, whose script is run for real."""

    machine: Machine
    script: bytes
    folder: Path
    papers: Path

    def install(self, *, folder: Path | None = None, script: bytes = b"") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["sh"],
            input=(script or self.script).decode(),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.papers.parent),
                "SOCLE_SAUVEGARDE_DIR": str(folder or self.folder),
                "SOCLE_SAUVEGARDE_SANS_PLANIFICATION": "oui",
                "SOCLE_SAUVEGARDE_ESSAIS": "3",
                "SOCLE_SAUVEGARDE_PAUSE": "1",
                "SOCLE_SAUVEGARDE_DELAI": "5",
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode == 0:
            repository = self.repository
            key = ((folder or self.folder) / "cle").read_text().strip()
            in_haste(ResticStore().repositories / repository.user, key, actions.key_of(repository))
        return done

    def save(self, *words: str) -> None:
        done = subprocess.run(
            [str(self.folder / "sauvegarder"), *words], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    @property
    def repository(self) -> Repository:
        return Repository.objects.select_related("beneficiary").get(machine=self.machine)

    def thief(self) -> Client:
        """Whoever has taken all that the machine knows."""
        text = (self.folder / "acces").read_text()
        user, password, host = re.search(r"rest:http://([^:]+):([^@]+)@([^/]+)/", text).groups()
        return Client(f"http://{host}", user, password, (self.folder / "cle").read_text())


@pytest.fixture
def desk(transactional_db, live_server, server, settings, tmp_path) -> Iterator[Desk]:
    settings.SOCLE_MACHINE_STORE = "socle.engines.restic.store.ResticStore"
    settings.SOCLE_MACHINE_BACKUPS_DIR = str(server.folder)
    settings.SOCLE_MACHINE_BACKUPS_LISTEN = server.listen
    settings.SOCLE_MACHINE_BACKUPS_URL = f"http://{server.listen}"
    settings.PLATFORM_URL = live_server.url
    settings.DOCUMENTS_ROOT = tmp_path / "kept"
    f.programme()
    place = f.beneficiary(f.commune("59474", "Prisches", 1000))
    secretary = f.member(Role.SECRETARY, place)
    papers = tmp_path / "Papiers de l’état civil"
    papers.mkdir()
    for number in range(40):
        (papers / f"acte n° {number}.txt").write_text(f"Acte {number}\n" * (number + 1))
    with scope(beneficiary=place):
        account = actions.open_account(place, by=secretary, at=_now())
        machine, code = actions.add_machine(
            account, name="Accueil", system="linux", folders=str(papers), every_days=1, by=secretary, at=_now()
        )
        yield Desk(machine, script_of(machine, code).content, tmp_path / "etc", papers)


def _now():
    from django.utils import timezone

    return timezone.now()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_script_enrols_saves_and_what_it_saved_is_restored_and_certified(desk):
    by = User.objects.system()
    done = desk.install()
    assert done.returncode == 0, done.stderr + done.stdout
    key = (desk.folder / "cle").read_text()
    assert key in done.stdout
    assert len(key) == 44
    desk.machine.refresh_from_db()
    assert desk.machine.status == Status.ENROLLED
    repository = desk.repository
    assert repository.confirmed_at is not None
    # What the machine keeps is its owner's alone, and our key is not among it.
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in desk.folder.iterdir() if path.is_file()}
    assert {name for name, mode in modes.items() if mode & 0o077} == set()
    assert not {"cle-operateur", "reponse", "confirmation"} & set(modes)
    kept = "".join(path.read_text() for path in desk.folder.rglob("*") if path.is_file() and "temoin-" not in path.name)
    assert actions.key_of(repository) not in kept
    # The witnesses are what the platform says that they are.
    for name, digest in actions.canaries_of(repository.canary).items():
        assert hashlib.sha256((desk.folder / "temoins" / name).read_bytes()).hexdigest() == digest

    inspection.look(repository, by=by, at=_now())
    (seen,) = Snapshot.objects.all()
    assert str(desk.papers) in seen.paths
    drill = drills.rehearse(repository, by=by, at=_now())
    assert drill is not None
    assert drill.is_sound, drill.says
    assert drill.canaries == 3
    assert documents.read(drill.document).startswith(b"%PDF")

    # Run again, it goes on from where it was: same key, same repository, one more save.
    again = desk.install()
    assert again.returncode == 0, again.stderr
    assert (desk.folder / "cle").read_text() == key
    inspection.look(repository, by=by, at=_now())
    assert Snapshot.objects.count() == 2
    # Its code opens nothing more, elsewhere.
    elsewhere = desk.install(folder=desk.folder.parent / "ailleurs")
    assert elsewhere.returncode == 1
    assert "Ce code ne vaut plus" in elsewhere.stderr


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_the_page_of_the_mairie_changes_is_what_the_machine_saves_next(desk):
    by = User.objects.system()
    assert desk.install().returncode == 0
    (desk.folder / "reglages").write_text("every_days=1\n")  # What it knew is replaced by what it is told.
    more = desk.papers.parent / "Logiciel de l’état civil"
    more.mkdir()
    (more / "base").write_text("x")
    machine = Machine.objects.get(pk=desk.machine.pk)
    actions.change_machine(machine, name="Accueil", folders=f"{desk.papers}\n{more}", every_days=7, by=by, at=_now())
    # Saved a moment ago, it waits for its turn; asked to, it does not.
    desk.save()
    assert (desk.folder / "reglages").read_text().splitlines() == [
        "every_days=7", f"folder={desk.papers}", f"folder={more}",
    ]  # fmt: skip
    inspection.look(desk.repository, by=by, at=_now())
    assert Snapshot.objects.count() == 1
    desk.save("maintenant")
    inspection.look(desk.repository, by=by, at=_now())
    assert Snapshot.objects.count() == 2
    assert str(more) in Snapshot.objects.latest("dated_at").paths
    # A week later, less half a day, its turn has come; the platform out of reach changes nothing.
    (desk.folder / "derniere").write_text(str(int(_now().timestamp()) - 7 * 86400 + 43100))
    (desk.folder / "adresse").write_text("http://127.0.0.1:9")
    desk.save()
    inspection.look(desk.repository, by=by, at=_now())
    assert Snapshot.objects.count() == 3
    assert str(more) in (desk.folder / "dossiers").read_text()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("folder", "label", "words"),
    [
        ("/srv/disque-absent", "Dossier introuvable", "/srv/disque-absent"),
        # It is opened, and never read, even by root.
        ("/proc/self/clear_refs", "Incomplète", "/etc/socle-sauvegarde/refus"),
    ],
)
def test_what_the_machine_could_not_save_is_said_on_its_page_and_by_the_doctor(desk, folder, label, words):
    by = User.objects.system()
    machine = Machine.objects.get(pk=desk.machine.pk)
    actions.change_machine(machine, name="Accueil", folders=f"{desk.papers}\n{folder}", every_days=1, by=by, at=_now())
    assert desk.install().returncode == 0
    desk.save("maintenant")
    inspection.look(desk.repository, by=by, at=_now())
    (row,) = presenters.rows_of(presenters.with_states(Machine.objects.all()), at=_now())
    assert (row.label, words in row.sentence) == (label, True)
    (finding,) = machines()
    assert finding.severity is Severity.WARNING
    assert words in finding.says
    # Mended on the page, the next save says so.
    actions.change_machine(machine, name="Accueil", folders=str(desk.papers), every_days=1, by=by, at=_now())
    desk.save("maintenant")
    assert [one.severity for one in machines()] == [Severity.OK]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_ransomware_with_the_keys_of_a_machine_neither_deletes_nor_hides_anything(desk, server, tmp_path, settings):
    """Everything that the machine knows is stolen. What it had saved is still there, after our own pruning too."""
    by = User.objects.system()
    assert desk.install().returncode == 0
    repository, start = desk.repository, _now()
    thief = desk.thief()
    true = {path.name: path.read_bytes() for path in desk.papers.iterdir()}
    folders = ["--files-from-verbatim", str(desk.folder / "dossiers")]
    # Forty days of true saves, each looked at in its time.
    for day in range(0, 40, 10):
        at = start + day * DAY
        written = (at + timedelta(hours=1)).strftime("%Y-%m-%d %H:%M:%S")
        thief.run("backup", "--quiet", "--host", "poste", "--time", written, *folders)
        inspection.look(repository, by=by, at=at + timedelta(hours=2))
        repository.refresh_from_db()
    trusted = set(Snapshot.objects.filter(host="poste").values_list("identifier", flat=True))
    assert len(trusted) == 4

    # The theft: everything is encrypted, then the thief tries to erase, and to push the true saves out.
    for path in [*desk.papers.iterdir(), *(desk.folder / "temoins").glob("temoin-*")]:
        path.write_bytes(os.urandom(200))
    for gesture in (["forget", "--prune", *trusted], ["prune"]):
        thief.run(*gesture, check=False)
    for day in range(0, 40, 10):
        # The last second of the day of the true one, which near midnight is the day after.
        late = (start + day * DAY + timedelta(hours=1)).strftime("%Y-%m-%d 23:59:59")
        thief.run("backup", "--quiet", "--host", "poste", "--time", late, *folders)
    thief.run("backup", "--quiet", "--host", "poste", "--time", "2199-01-01 00:00:00", *folders)
    operator = Restic(ResticStore().repositories / repository.user, actions.key_of(repository))
    # The rule that restic offers would have believed the thief.
    naive = operator.run(["forget", "--dry-run", "--group-by", "host", "--keep-within-daily", "60d", "--json"])
    # One group a host, in no order.
    assert trusted & {one["id"] for group in json.loads(naive) for one in group["remove"] or ()}

    at = start + 41 * DAY
    gone = inspection.prune(repository, by=by, at=at)
    assert not {one.identifier for one in gone} & trusted
    assert trusted <= ResticStore().names(repository.user)
    # Much later, the rules thin the saves out; of the days before the theft, something true remains.
    inspection.prune(repository, by=by, at=start + 100 * DAY)
    assert trusted & ResticStore().names(repository.user)
    # It shows: dates that cannot be, and a rehearsal that fails on the witnesses.
    assert Snapshot.objects.filter(is_doubtful=True).exists()
    drill = drills.rehearse(repository, by=by, at=at)
    assert drill is not None
    assert not drill.is_sound
    assert "chiffrés" in drill.says

    # And the mairie has its papers back.
    last = Snapshot.objects.filter(identifier__in=trusted, forgotten_at=None).latest("dated_at")
    ResticStore().restore(repository.user, actions.key_of(repository), last.identifier, tmp_path / "rendu")
    back = tmp_path / "rendu" / str(desk.papers).lstrip("/")
    assert {path.name: path.read_bytes() for path in back.iterdir()} == true


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_script_cut_after_its_code_was_taken_goes_on_when_run_again(desk, server, settings):
    settings.SOCLE_MACHINE_BACKUPS_URL = "http://127.0.0.1:1"
    cut = desk.install()
    assert cut.returncode == 1
    assert "ne répond pas" in cut.stderr
    access = desk.folder / "acces"
    access.write_text(access.read_text().replace("127.0.0.1:1/", f"{server.listen}/"))
    assert desk.install().returncode == 0
    assert desk.repository.confirmed_at is not None


def test_the_rules_of_this_installation_make_sense(settings):
    assert rules.Keeping.of(settings.SOCLE_MACHINE_BACKUPS_KEEP).everything == 30 * DAY
    assert Account._meta.get_field("quota").default > 0
