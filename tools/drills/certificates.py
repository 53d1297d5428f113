"""Two fronts and an authority: what one obtained, the other shows; what is not ours is refused; one dies asking."""

from __future__ import annotations

import concurrent.futures
import contextlib
import ssl
import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.deploy.load import Through
from tools.installation import wait_for

if TYPE_CHECKING:
    from tools.drills.nodes import Machines, Node

NOT_OURS = "inconnu.exemple.test"


def connection_to(node: Node, host: str, authority: str) -> Through:
    """A connection that believes this authority, and no other."""
    return Through((node.address, 443), host, trust=ssl.create_default_context(cafile=authority))


def certificate(node: Node, host: str, authority: str, *, patience: float = 60) -> bytes:
    """The certificate this front shows for this host, signed by the authority; asked for until it comes."""

    def ask() -> bytes | None:
        connection = connection_to(node, host, authority)
        try:
            connection.connect()
            found: bytes = connection.sock.getpeercert(binary_form=True)
            return found
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            return None
        finally:
            connection.close()

    found: bytes = wait_for(ask, seconds=patience, what=f"a certificate of {host} at {node.name}")
    return found


def is_refused(node: Node, host: str, authority: str) -> bool:
    """Whether this front has no certificate to show for this host: an alert, and nothing else."""
    with contextlib.closing(connection_to(node, host, authority)) as connection:
        try:
            connection.connect()
        except ssl.SSLCertVerificationError:
            return False
        except ssl.SSLError as error:
            return "ALERT" in str(error).upper()
    return False


def locks(node: Node, host: str) -> list[str]:
    """The locks of Caddy about this host, as this front sees them in the shared folder."""
    folder = node.root / "var/lib/socle-certificates/locks"
    # Listed anew: what another machine wrote is learnt in a moment.
    return [path.name for path in folder.glob(f"*{host}*")] if folder.is_dir() else []


def power_off(node: Node) -> None:
    """A front without power: its processes, and what it had mounted with them."""
    node.kill("systemctl.py")
    node.kill()
    subprocess.run(["umount", "-l", str(node.root / "var/lib/socle-certificates")], capture_output=True)


def power_on(node: Node) -> None:
    for name in ("socle-certificates.service", "socle-front.service"):
        said = node.run("systemctl", "start", name)
        if said.returncode:
            raise RuntimeError(f"{node.name}: {said.stdout} {said.stderr} {node.logs()}")


@contextlib.contextmanager
def silent(authority: Any) -> Iterator[None]:
    authority.hold()
    try:
        yield
    finally:
        authority.go_on()


def shared(ours: Machines, sites: list[str], platform: str) -> dict[str, Any]:
    """Obtain on one front, on both at once, on one that dies; what was seen, and what was wrong."""
    first, second = ours.nodes["front1"], ours.nodes["front2"]
    authority, wrong = ours.authority, []
    believed = str(authority.root)
    seen: dict[str, Any] = {}
    # Every name leads to the second front: what the first asks for, the second answers the authority for.
    authority.names([platform, *sites], [second.address, first.address])
    one, two, three = sites[:3]

    if len({certificate(node, platform, believed) for node in (first, second)}) != 1:
        wrong.append("the fronts do not share the platform's certificate")

    before = authority.asked()
    begun = time.monotonic()
    obtained = certificate(first, one, believed)
    seen["obtained on demand, s"] = round(time.monotonic() - begun, 1)
    begun = time.monotonic()
    if certificate(second, one, believed) != obtained:
        wrong.append("the other front shows another certificate")
    seen["shown by the other front, s"] = round(time.monotonic() - begun, 1)
    if issued := (authority.asked() - before)["finalize"] - 1:
        wrong.append(f"{issued + 1} certificates issued for one host")

    before = authority.asked()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        both = set(pool.map(lambda node: certificate(node, two, believed), (first, second)))
    seen["issued for a host asked of both at once"] = (authority.asked() - before)["finalize"]
    if len(both) != 1 or seen["issued for a host asked of both at once"] != 1:
        wrong.append("asked of both fronts at once, a host has several certificates")

    before = authority.asked()
    if not all(is_refused(node, NOT_OURS, believed) for node in (first, second)):
        wrong.append("a host that is not ours is not refused")
    if authority.asked() != before:
        wrong.append(f"the authority was asked about a host that is not ours: {authority.asked() - before}")

    seen |= died_asking(ours, three, believed, wrong)
    return {"certificates": seen, "wrong": wrong}


def died_asking(ours: Machines, host: str, believed: str, wrong: list[str]) -> dict[str, Any]:
    """The first front dies while the authority keeps it waiting: its lock must not keep the second one out for ever."""
    first, second = ours.nodes["front1"], ours.nodes["front2"]
    seen: dict[str, Any] = {}
    with silent(ours.authority), concurrent.futures.ThreadPoolExecutor() as pool:
        asking = pool.submit(certificate, first, host, believed, patience=0)
        wait_for(lambda: locks(second, host), seconds=30, what="the lock of the first front", every=0.1)
        power_off(first)
        with contextlib.suppress(TimeoutError, OSError):
            asking.result(30)
    seen["locks left by the dead front"] = len(locks(second, host))
    begun = time.monotonic()
    obtained = certificate(second, host, believed, patience=120)
    seen["obtained by the other after a front died asking, s"] = round(time.monotonic() - begun, 1)
    begun = time.monotonic()
    power_on(first)
    if certificate(first, host, believed) != obtained:
        wrong.append("the front that came back shows another certificate")
    seen["the front that died back, s"] = round(time.monotonic() - begun, 1)
    if not seen["locks left by the dead front"]:
        wrong.append("the front that died left no lock: nothing was tried")
    return seen
