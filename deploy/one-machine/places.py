"""The two places of the web server: one serves while the other starts a new version; and the road that leads there."""

from __future__ import annotations

import http.client
import ssl
import time
from pathlib import Path

from machine import ETC, RUN, SLOTS, Failed, link, read_variables, roles, say, systemctl, variables
from versions import version_of

# A new place reads the code, gathers the stylesheets, answers: seconds on a quiet machine.
PATIENCE = 120.0
# The front server asks each place every second or two, and believes the second refusal: nobody is sent there any more.
FRONT_NOTICES = 4.0
# Then nobody must have been there for so long: a front server that is slow to notice still sends people.
QUIET = 0.5
# And no longer than this: what is left is finished by the place itself, which systemd waits for.
ANSWERS_IN_HAND = 30.0


def unit(place: str) -> str:
    return f"socle-web@{place}.service"


def workers() -> list[str]:
    count = int(read_variables(ETC / "socle.env").get("WORKERS", "1"))
    return [f"socle-worker@{number}.service" for number in range(1, count + 1)] if "worker" in roles() else []


def background() -> list[str]:
    """The services of this machine that run a release and serve nobody: workers, scheduler."""
    return [*workers(), *(["socle-scheduler.service"] if "scheduler" in roles() else [])]


def in_hand(place: str) -> int:
    """How many connections this place has, as the kernel tells: the front servers open one a request."""
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:] if Path(table).exists() else []:
            _, local, _, state = line.split()[:4]
            count += state == "01" and int(local.rpartition(":")[2], 16) == int(place)
    return count


def drain(place: str) -> None:
    """Wait until nobody is sent to this place any more, and what was in hand is answered."""
    time.sleep(FRONT_NOTICES)
    now = begun = since = time.monotonic()
    while now - since < QUIET and now - begun < ANSWERS_IN_HAND:
        time.sleep(0.05)
        now = time.monotonic()
        if in_hand(place):
            since = now


def retire(place: str) -> None:
    """Take a place out of service, then stop it: the front server is told first, and answers in hand are finished."""
    mark = RUN / f"{place}.draining"
    RUN.mkdir(parents=True, exist_ok=True)
    mark.touch()
    drain(place)
    systemctl("stop", unit(place))
    systemctl("disable", unit(place), check=False)
    mark.unlink(missing_ok=True)


def ask(place: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """What a place answers; 0 when it does not."""
    host = read_variables(ETC / "socle.env").get("WEB_HOST", "127.0.0.1")
    connection = http.client.HTTPConnection(host, int(place), timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(2000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def wait_ready(place: str, version: str) -> None:
    """Wait until the right version answers there, kept out of service by its mark; raise Failed when it does not."""
    deadline = time.monotonic() + PATIENCE
    said = "aucune réponse"
    while time.monotonic() < deadline:
        status, words = ask(place, "/-/in-service", {})
        if status and words.startswith(f"{version} "):
            break
        said = f"{status} {words.strip()}" if status else said
        time.sleep(0.2)
    else:
        raise Failed(f"Le nouvel emplacement n’est pas prêt ({said}).")
    # As a visitor would, through the front server: the first page, and the one by which people come in.
    platform = variables().get("SOCLE_PLATFORM_HOSTS", "localhost").split(",")[0]
    for path in ("/", "/compte/connexion/"):
        status, words = ask(
            place, path, {"Host": platform, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https"}
        )
        if not 200 <= status < 400:
            raise Failed(f"Le nouvel emplacement répond {status} à {path}.")


def through_the_front() -> str | None:
    """Ask for the first page as a visitor of this machine would; what is wrong, or None."""
    host = variables().get("SOCLE_PLATFORM_HOSTS", "localhost").split(",")[0]
    port = int(read_variables(ETC / "front.env").get("FRONT_HTTPS_PORT", "443"))
    # Not the certificate but the road is on trial: it may still be on its way.
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    import socket

    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=30) as plain,
            trusting.wrap_socket(plain, server_hostname=host) as secure,
        ):
            secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            answer = secure.recv(2000).decode(errors="replace")
    except ssl.SSLError as error:
        # No release mends that: the name is not led here yet, or its authority has not answered.
        say(f"  ! {host} n’a pas de certificat ({error.reason}) : voyez journalctl -u socle-front.")
        return None
    except OSError as error:
        return f"le serveur frontal ne répond pas ({error})"
    status = answer.split(" ")[1] if answer.startswith("HTTP/") else "?"
    return None if status[:1] in "23" else f"le serveur frontal répond {status}"


def start(place: str, release: Path) -> None:
    """Start a release in a place, and let the front server send people there only once its first pages answer."""
    systemctl("stop", unit(place), check=False)
    mark = RUN / f"{place}.draining"
    RUN.mkdir(parents=True, exist_ok=True)
    mark.touch()
    SLOTS.mkdir(parents=True, exist_ok=True)
    link(SLOTS / place, release)
    systemctl("reset-failed", unit(place), check=False)
    try:
        systemctl("start", unit(place))
        wait_ready(place, version_of(release))
    except Failed:
        systemctl("stop", unit(place), check=False)
        raise
    finally:
        mark.unlink(missing_ok=True)
