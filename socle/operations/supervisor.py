"""Start the web server, the worker and the scheduler together; stop them together.

Each child has its own process group: Ctrl-C reaches only this process, which asks each child to stop, waits, then
insists. A child that ends by itself is started again: at once the first time, then later and later, while the web goes
on answering and the doctor and the console say so. A web server that keeps ending stops everything, with a message.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from socle.lib.children import die_with_parent
from socle.lib.refusals import Refused
from socle.operations import processes
from socle.serving.turns import THREADS

GRACE = 8.0  # seconds left to a child to end by itself; beyond, it is killed
# Seconds left to the answers in hand: on one's own machine one waits for Ctrl-C; behind a balancer nobody waits.
SHORT_GRACE, LONG_GRACE = 5, 30
TOO_OFTEN = 5  # ends in a row: a web server will not get better, another child is told as failing
PATIENCE = 20.0  # seconds left to the first child before the others start anyway
WINDOW = 60.0  # seconds: who lived longer lived well, and its next end is a first one
FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0  # seconds before another start, from the second end on: doubles, up to the last


@dataclass
class Child:
    """A process to keep alive: its French name, article included, its command, and its code where others tell of it."""

    name: str
    command: Sequence[str]
    code: str = ""
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    # Its ends in a row, none after a good life.
    ended_at: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 (our own commands)
            list(self.command),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the child and whatever it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


def web_server(host: str, port: int, workers: int, *, grace: int) -> list[str]:
    """The command of the web server; `grace`: the seconds left to its answers in hand when it is asked to stop."""
    web = [sys.executable, "-m", "granian", "socle.config.wsgi:application", "--interface", "wsgi"]
    web += ["--host", host, "--port", str(port), "--workers", str(workers)]
    # They take turns (`turns`): as one thread alone, which gave the best and steadiest times of those measured.
    # A thread that has nothing to do stays: what comes while one is being made may wait until another ends.
    web += ["--blocking-threads", str(THREADS), "--blocking-threads-idle-timeout", "600"]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", str(grace)]
    return [*web, "--no-ws", "--log-level", "warning", "--log-config", str(Path(__file__).with_name("web_server.json"))]


def children(host: str, port: int, workers: int, *, with_backups: bool = False, relay: int = 0) -> list[Child]:
    """Return the processes that one machine runs; `with_backups`: the server of the mairies' machines too.

    `relay`: where the webmail of a demonstration looks for the platform, wherever it is served.
    """
    socle = [sys.executable, "-m", "socle"]
    family = [
        Child("le serveur web", web_server(host, port, workers, grace=SHORT_GRACE)),
        Child("l’exécuteur de tâches", [*socle, "worker", "--child"], "worker"),
        Child("le planificateur", [*socle, "scheduler", "--child"], "scheduler"),
    ]
    if with_backups:
        family.append(Child("le serveur des sauvegardes", [sys.executable, "-m", "socle.engines.restic"], "saves"))
    if relay:
        line = [sys.executable, "-m", "socle.trials.relay", str(relay), str(port)]
        family.append(Child("le relais de la messagerie", line, "relay"))
    return family


def why_not_listen(host: str, port: int) -> str | None:
    """Say why this address cannot be listened on, or None."""
    if not 0 < port < 65536:
        return f"Le port {port} n’existe pas : choisissez un nombre entre 1 et 65535."
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        return f"L’adresse « {host} » est inconnue de cette machine."
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            return f"Le port {port} est réservé : choisissez un port à partir de 1024, par exemple --port 8000."
        except OSError:
            return (
                f"Le port {port} est déjà pris par un autre programme. "
                f"Arrêtez-le, ou choisissez un autre port : socle run --port {port + 1}."
            )
    return None


def answers(host: str, port: int) -> bool:
    """Say whether a web server answers there: it listens long before its processes have read the code."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("HEAD", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def supervise(
    family: Sequence[Child], *, ready: Callable[[], bool], on_ready: Callable[[], None], say: Callable[[str], None]
) -> None:
    """Keep these children alive until SIGINT or SIGTERM; raise `Refused` when one of them cannot be kept alive."""
    stopping = False

    def ask_to_stop(number: int, frame: object) -> None:
        nonlocal stopping
        stopping = True

    previous = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    was_ready = False
    try:
        # The first answers people; the others wait for it, so as not to slow it down on a small machine.
        family[0].start()
        give_up_waiting_at = time.monotonic() + PATIENCE
        while not stopping:
            if not was_ready and ready():
                was_ready = True
                on_ready()
            now = time.monotonic()
            may_start = was_ready or now > give_up_waiting_at
            for child in family:
                is_web = child is family[0]
                if child.process is None and now >= child.start_again_at and (is_web or may_start):
                    child.start()
                look_after(child, now=now, is_web=is_web, say=say)
            time.sleep(0.1)
    finally:
        say("Arrêt…")
        stop(family)
        for child in family:
            processes.forget_failing(child.code)
        for number, handler in previous.items():
            signal.signal(number, handler)


def look_after(child: Child, *, now: float, is_web: bool, say: Callable[[str], None]) -> None:
    """See whether a child ended, say when it is started again. Raises `Refused` for a web server that keeps ending."""
    if child.process is None:
        return
    if now - child.started_at > WINDOW and child.ended_at:
        child.ended_at = []
        processes.forget_failing(child.code)
    if child.process.poll() is None:
        return
    exit_code = child.process.returncode
    child.ended_at.append(now)
    name = child.name.capitalize()
    if is_web:
        child.ended_at = [moment for moment in child.ended_at if now - moment < WINDOW]
        if len(child.ended_at) >= TOO_OFTEN:
            raise Refused(
                f"{name} s’est arrêté {TOO_OFTEN} fois en une minute (code {exit_code})\u00a0: tout est arrêté. "
                "La cause est écrite au-dessus."
            )
    child.signal_group(signal.SIGKILL)  # what it may have left behind still holds its port
    child.process = None
    times = len(child.ended_at)
    pause = 0.0 if times == 1 or is_web else min(FIRST_PAUSE * 2.0 ** (times - 2), LAST_PAUSE)
    child.start_again_at = now + pause
    if times >= TOO_OFTEN:
        processes.note_failing(processes.Failing(child.code, name, times=times, exit_code=exit_code))
    when = f"relancé dans {pause:.0f} s" if pause >= 1 else "relancé"
    say(f"{name} s’est arrêté (code {exit_code})\u00a0: il est {when}.")


def stop(family: Sequence[Child]) -> None:
    """Ask each child to end, wait for them all together, then kill those that remain."""
    for child in family:
        child.signal_group(signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for child in family:
        if child.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            child.signal_group(signal.SIGKILL)
            child.process.wait()
