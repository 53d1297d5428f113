"""A platform is saved in a folder and in an object storage, destroyed, and brought back from each in an empty system.

What came back is compared with what was lost: rows by table, files by digest, and each use that people make of them. A
backup that was damaged on purpose is refused first, and the empty system must still be empty then.
"""

from __future__ import annotations

import contextlib
import http.client
import http.cookiejar
import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psycopg
from psycopg import sql

from tools.cluster import Cluster
from tools.drills.batches import start_batch, wait_until_over
from tools.installation import ROOT, SOCLE, Installation, installation, wait_for
from tools.object_storage import KEY_ID, SECRET, ObjectStorage

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
PICTURE = re.compile(r'<img [^>]*src="(/media/[^"]+)"')
BUCKET = "sauvegardes"


@dataclass
class Safe:
    """Where backups go, and what opens it."""

    name: str
    address: str
    variables: dict[str, str]
    directory: Path
    storage: ObjectStorage | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    def run(self, ours: Installation, *line: str, **more: str) -> subprocess.CompletedProcess[str]:
        """`socle …` in this installation, with what opens the safe; it may fail."""
        environment = {**ours.environment, **self.variables, **more}
        return subprocess.run(
            [*SOCLE, *line], env=environment, cwd=ROOT, text=True, capture_output=True, stdin=subprocess.DEVNULL,
            timeout=1800,
        )  # fmt: skip

    def timed(self, what: str, ours: Installation, *line: str) -> str:
        """The same, which must succeed; keep how many seconds it took."""
        begun = time.monotonic()
        done = self.run(ours, *line)
        self.seen[what] = round(time.monotonic() - begun, 1)
        if done.returncode:
            raise RuntimeError(f"{self.name}, {what}: {done.stdout[-1500:]} {done.stderr[-1500:]}")
        return done.stdout

    # --- Its packs, the biggest first: what restic calls the files that hold the data -------------------------------
    def packs(self) -> list[str]:
        if self.storage is None:
            found = [(path.stat().st_size, str(path)) for path in (self.directory / "data").rglob("*")]
            return [name for _, name in sorted(found, reverse=True) if Path(name).is_file()]
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="socle/data/")
        listed = [(one["Size"], one["Key"]) for page in pages for one in page.get("Contents", [])]
        return [name for _, name in sorted(listed, reverse=True)]

    def read(self, name: str) -> bytes:
        if self.storage is None:
            return Path(name).read_bytes()
        return bytes(self._client.get_object(Bucket=BUCKET, Key=name)["Body"].read())

    def write(self, name: str, content: bytes) -> None:
        if self.storage is None:
            Path(name).chmod(0o600)
            Path(name).write_bytes(content)
        else:
            self._client.put_object(Bucket=BUCKET, Key=name, Body=content)

    @property
    def _client(self) -> Any:
        assert self.storage is not None
        access = self.storage.access
        return boto3.client(
            "s3", endpoint_url=access["endpoint_url"], region_name=access["region_name"],
            aws_access_key_id=access["access_key"], aws_secret_access_key=access["secret_key"],
        )  # fmt: skip

    @contextlib.contextmanager
    def damaged(self, change: Callable[[bytes], bytes]) -> Iterator[None]:
        """The biggest pack changed, for the time of the block."""
        name = self.packs()[0]
        whole = self.read(name)
        self.write(name, change(whole))
        try:
            yield
        finally:
            self.write(name, whole)


def flipped(content: bytes) -> bytes:
    """One byte of it is not what it was."""
    place = len(content) // 3
    return content[:place] + bytes([content[place] ^ 0x01]) + content[place + 1 :]


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


@contextlib.contextmanager
def storage_in(directory: Path) -> Iterator[ObjectStorage]:
    made = ObjectStorage(directory, volumes=60).start()
    try:
        yield made
    finally:
        made.stop()


@contextlib.contextmanager
def empty_system(directory: Path) -> Iterator[Installation]:
    """A new database, a new data directory, nothing in either."""
    directory.mkdir(mode=0o711)
    cluster = Cluster(directory / "postgresql", is_durable=True).make().start()
    ours = Installation(directory, cluster)
    try:
        yield ours
    finally:
        ours.stop()
        cluster.stop()
        shutil.rmtree(directory, ignore_errors=True)


# --- What an installation holds ----------------------------------------------------------------------------------
def held(ours: Installation) -> dict[str, Any]:
    """The rows of each table, counted and digested; where each sequence is; every file that lasts, digested."""
    assert ours.cluster is not None
    tables: dict[str, list[Any]] = {}
    with psycopg.connect(ours.cluster.url) as link:
        names = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        question = sql.SQL(
            "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text) COLLATE \"C\")) FROM {} t"
        )
        for (name,) in names:
            row = link.execute(question.format(sql.Identifier("public", name))).fetchone()
            tables[name] = list(row or ())
        sequences = dict(link.execute("SELECT sequencename, last_value FROM pg_sequences").fetchall())
    return {"tables": tables, "sequences": sequences, "files": ours.inside("tools.drills.safekeeping:files")}


def differences(lost: dict[str, Any], back: dict[str, Any]) -> list[str]:
    """A sentence for each thing that is not what it was."""
    found = []
    for what in ("tables", "sequences", "files"):
        names = sorted(
            name for name in {*lost[what], *back[what]} if lost[what].get(name, ()) != back[what].get(name, ())
        )
        found += [f"{what}: {name}: {lost[what].get(name)} → {back[what].get(name)}" for name in names[:5]]
    return found


def traces(ours: Installation) -> list[str]:
    """What is in a system that should be empty. Reading the settings makes the key and some folders."""
    assert ours.cluster is not None
    with psycopg.connect(ours.cluster.url) as link:
        there = link.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        tables = (there.fetchone() or (0,))[0]
    own = ("secret-key", "cache", "locks", "logs", "metrics", "run.lock")
    names = [path.name for path in ours.data.iterdir() if path.name not in own] if ours.data.exists() else []
    return ([f"{tables} tables"] if tables else []) + names


# --- What people do of it ----------------------------------------------------------------------------------
class Visitor:
    """Somebody with a browser, on the platform."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.browser = urllib.request.build_opener(jar)
        self.page = self.where = ""

    def get(self, path: str) -> None:
        self._open(urllib.request.Request(self.address + path))

    def send(self, **fields: str) -> None:
        """Fill the form of this page and send it where it is."""
        token = TOKEN.search(self.page)
        fields["csrfmiddlewaretoken"] = token[1] if token else ""
        request = urllib.request.Request(self.where, urllib.parse.urlencode(fields).encode())
        request.add_header("Referer", self.where)
        self._open(request)

    def _open(self, request: urllib.request.Request) -> None:
        with self.browser.open(request, timeout=60) as answer:
            self.where, self.page = answer.url, answer.read().decode()


def ask_site(ours: Installation, host: str, path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", ours.port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": f"{host}:{ours.port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def used(ours: Installation, ground: dict[str, Any]) -> list[str]:
    """Use what came back, once it is served: a site and its photograph, a sign-in with two factors, an agreement."""
    wrong = []
    status, page = ask_site(ours, ground["site"])
    picture = PICTURE.search(page.decode())
    if status != 200 or picture is None:
        wrong.append(f"the site {ground['site']} answers {status}, {'with' if picture else 'without'} its photograph")
    else:
        status, content = ask_site(ours, ground["site"], picture[1])
        if status != 200 or content[:2] not in (b"\xff\xd8", b"RI"):
            wrong.append(f"the photograph of {ground['site']} answers {status}")
    someone = Visitor(ours.address)
    someone.get("/compte/connexion/")
    someone.send(login=ground["email"], password=ground["password"])
    someone.send(code=ours.inside("tools.drills.safekeeping:code", ground["secret"]))
    someone.get(f"/console/conventions/{ground['agreement']}/")
    if ground["agreement"] not in someone.page or "/console/conventions/" not in someone.where:
        wrong.append(f"{ground['email']} does not reach agreement {ground['agreement']}, but {someone.where}")
    return wrong


# --- The drill ----------------------------------------------------------------------------------
def equip(ours: Installation, count: int) -> None:
    """Equip so many communes as a batch does, then stop everything."""
    for _ in range(2):
        ours.start("worker")
    ours.start("scheduler")
    batch = start_batch(ours, count)
    ended = wait_until_over(ours, batch, count)
    if ended["done"] != count:
        query = "SELECT label, state, says FROM batches_batchline WHERE batch_id = ? AND state != 'done' LIMIT 5"
        left = ours.ask(query, batch)
        raise RuntimeError(f"{ended} for {count} communes: {left} {ours.log_of('worker')[-1500:]}")
    ours.stop()


def save(safe: Safe, ours: Installation) -> None:
    """A first backup, checked to the last byte; a second one, as after a day with a little work in it."""
    said = json.loads(safe.timed("backup, s", ours, "backup", "--json"))
    if said["missing"] or said["unreadable"]:
        raise RuntimeError(f"{safe.name}: {said}")
    safe.seen |= {"saved, MB": round(said["size"] / 1e6, 1), "stored, MB": round(said["added"] / 1e6, 1)}
    safe.timed("check, s", ours, "backup", "check", "--read", "100%")


def refused(safe: Safe, empty: Installation, passphrase: Path) -> dict[str, str]:
    """Try to restore what was damaged, and what we may not read; return each refusal, or what went wrong instead."""
    another = passphrase.with_name("another-passphrase")
    another.write_text("ce n’est pas la bonne phrase")
    another.chmod(0o600)
    tries: dict[str, tuple[Any, dict[str, str]]] = {
        "a byte changed": (safe.damaged(flipped), {}),
        "cut short": (safe.damaged(truncated), {}),
        "another passphrase": (contextlib.nullcontext(), {"SOCLE_BACKUP_PASSPHRASE_FILE": str(another)}),
    }
    if safe.storage is not None:
        tries["another key of the storage"] = (contextlib.nullcontext(), {"SOCLE_BACKUP_S3_SECRET": "une autre"})
    said = {}
    for name, (damage, variables) in tries.items():
        with damage:
            done = safe.run(empty, "restore", "--json", **variables)
        left = traces(empty)
        if done.returncode == 0 or left or "Traceback" in done.stderr or not done.stderr.strip():
            said[name] = f"WRONG: code {done.returncode}, left {left}, said {done.stderr[-500:]}"
        else:
            said[name] = done.stderr.strip().splitlines()[-1]
    return said


def bring_back(safe: Safe, lost: dict[str, Any], ground: dict[str, Any], where: Path) -> list[str]:
    """Restore in an empty system, compare, serve, use; return what is not as it was."""
    wrong = []
    with empty_system(where) as ours:
        tries = refused(safe, ours, Path(ground["passphrase"]))
        safe.seen["refused"] = tries
        wrong += [f"{name}: {said}" for name, said in tries.items() if said.startswith("WRONG")]
        begun = time.monotonic()
        said = json.loads(safe.timed("restore, s", ours, "restore", "--json"))
        if said["altered"] or not said["chain_intact"] or said["remarks"]:
            wrong.append(f"restored with remarks: {said}")
        compared = time.monotonic()
        wrong += differences(lost, held(ours))
        safe.seen["compare, s"] = round(time.monotonic() - compared, 1)
        inspected = ours.inside("tools.drills.safekeeping:inspect")
        wrong += inspected.pop("wrong")
        wrong += [f"{name}: {inspected[name]}, of {count}" for name, count in ground["counts"].items()
                  if inspected[name] != count]  # fmt: skip
        if ground["documents at the end"] - inspected["documents"] != ground["kept since"]:
            wrong.append(f"{inspected['documents']} documents came back, of {ground['documents at the end']}")
        looked = time.monotonic()
        ours.start("run", *SOCLE, "run", "--port", str(ours.port))
        try:
            wait_for(ours.answers, seconds=120, what="the platform served")
        except TimeoutError as error:
            raise RuntimeError(f"{error}: {ours.log_of('run')[-2000:]}") from error
        safe.seen["restored and served, s"] = round(time.monotonic() - looked + compared - begun, 1)
        wrong += used(ours, ground)
        # The keys that signed still sign: one commune more, equipped here.
        code = ours.inside("tools.drills.safekeeping:commune_to_equip")
        ours.socle("equip", code, "--json")
        after = ours.inside("tools.drills.safekeeping:inspect")
        wrong += after["wrong"]
        if after["signed"] != inspected["signed"] + 1:
            wrong.append(f"a commune more was to be signed: {after['signed']} after {inspected['signed']}")
        safe.seen |= {f"{name} as they were": count for name, count in inspected.items()}
        safe.seen |= {"tables": len(lost["tables"]), "rows": sum(row[0] for row in lost["tables"].values()),
                      "files": len(lost["files"])}  # fmt: skip
    return wrong


def lost_and_restored(*, count: int, where: Path, kept_since: int = 5) -> dict[str, Any]:
    """Equip, save twice, write a little more, destroy, bring back from each place. `where` must outlive nothing."""
    passphrase = where / "passphrase"
    passphrase.write_text("une phrase de passe pour les essais")
    passphrase.chmod(0o600)
    wrong: list[str] = []
    with storage_in(where / "storage") as storage:
        common = {"SOCLE_BACKUP_PASSPHRASE_FILE": str(passphrase)}
        folder = where / "backups"
        there = {"SOCLE_BACKUP_TARGET": f"s3://{BUCKET}/socle", "SOCLE_BACKUP_S3_ENDPOINT": storage.endpoint,
                 "SOCLE_BACKUP_S3_KEY_ID": KEY_ID, "SOCLE_BACKUP_S3_SECRET": SECRET}  # fmt: skip
        safes = [
            Safe("a folder", str(folder), {**common, "SOCLE_BACKUP_TARGET": str(folder)}, folder),
            Safe("S3", there["SOCLE_BACKUP_TARGET"], {**common, **there}, folder, storage),
        ]
        with installation("postgresql", where=where) as ours:
            equip(ours, count)
            ours.inside("tools.drills.safekeeping:add_pictures")
            ground = ours.inside("tools.drills.safekeeping:give_keys")
            ground["passphrase"] = str(passphrase)
            for safe in safes:
                save(safe, ours)
            ours.inside("tools.drills.safekeeping:keep_documents", 20)
            for safe in safes:
                said = json.loads(safe.timed("backup again, s", ours, "backup", "--json"))
                safe.seen["stored again, MB"] = round(said["added"] / 1e6, 1)
            inspected = ours.inside("tools.drills.safekeeping:inspect")
            wrong += inspected.pop("wrong")
            ground["counts"] = inspected
            if inspected["signed"] < count:
                wrong.append(f"{inspected['signed']} agreements signed, of {count}")
            lost = held(ours)
            # Written after the last backup: nothing can bring these back.
            ground["documents at the end"] = ours.inside("tools.drills.safekeeping:keep_documents", kept_since)
            ground["kept since"] = kept_since
        if ours.directory.exists():
            raise RuntimeError("the original is still there: nothing would be proved")
        for number, safe in enumerate(safes):
            wrong += [f"{safe.name}: {one}" for one in bring_back(safe, lost, ground, where / f"restored-{number}")]
    return {
        **{safe.name: safe.seen for safe in safes},
        "written since the last backup, lost": kept_since,
        "table": table(safes),
        "wrong": wrong,
    }


def table(safes: list[Safe]) -> str:
    """The figures of each place, side by side, in Markdown."""
    names = [name for name in safes[0].seen if name != "refused"]
    rows = [["what", *(safe.name for safe in safes)], ["---"] * (len(safes) + 1)]
    rows += [[name, *(str(safe.seen.get(name, "")) for safe in safes)] for name in names]
    for name in sorted({name for safe in safes for name in safe.seen["refused"]}):
        rows.append([f"refused: {name}", *(safe.seen["refused"].get(name, "") for safe in safes)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
