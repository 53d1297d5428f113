"""Two servers of WebDAV asked the same things as fast as they answer, in turn: ours, and another one.

Requests are written whole, one after the other, in a file that wrk reads: any method, any body. In each, the serial
marks become a number never used before, and the filling mark so many bytes.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from socle.lib.ports import free_port
from tools.bench import fronts
from tools.bench.fronts import CONNECTIONS, Answered, Target
from tools.installation import ROOT, executable

OURS, BY_HAND = "ours", "by hand"
# A serial number is as long as its mark: sixteen characters.
SERIAL, FILLING = "{{serial------}}", "{{filling}}"
FILLING_BYTES = 100_000
WARMING = 8
DRAW = """
local requests, count, nonce, filling = {}, 0, nil, nil
init = function(arguments)
  nonce = arguments[2]
  math.randomseed(tonumber(nonce, 16))
  filling = string.rep(nonce .. "0123456789abcdefghijklmnopqrstuvwxyz ", %(filling)d):sub(1, %(filling)d)
  local file = io.open(arguments[1], "rb")
  while true do
    local length = file:read("*l")
    if not length then break end
    local text, pieces, from = file:read(tonumber(length)), {}, 1
    file:read("*l")
    while true do
      local first, last = text:find("{{", from, true)
      if not first then break end
      _, last = text:find("}}", first, true)
      pieces[#pieces + 1] = text:sub(from, first - 1)
      pieces[#pieces + 1] = text:sub(first + 2, first + 2) == "s" and 1 or 2
      from = last + 1
    end
    pieces[#pieces + 1] = text:sub(from)
    requests[#requests + 1] = pieces
  end
end
request = function()
  local pieces, whole = requests[math.random(#requests)], {}
  count = count + 1
  local serial = string.format("%%s%%08d", nonce, count)
  for rank, piece in ipairs(pieces) do
    whole[rank] = piece == 1 and serial or piece == 2 and filling or piece
  end
  return table.concat(whole)
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests": %%d, "microseconds": %%d, "p50": %%d, "p99": %%d, "failed": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Asked:
    """One request: what a program of calendars or a network drive sends. `login` and `secret` open it."""

    method: str
    path: str
    login: str
    secret: str
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def header(self) -> str:
        return "Basic " + base64.b64encode(f"{self.login}:{self.secret}".encode()).decode()

    def whole(self, port: int) -> bytes:
        """As it goes on the line, its marks in place."""
        path, body = urllib.parse.quote(self.path, safe="/@{}"), self.body.encode()
        length = len(body) + self.body.count(FILLING) * (FILLING_BYTES - len(FILLING))
        lines = {"Host": f"localhost:{port}", "Authorization": self.header(), **self.headers}
        if body or self.method == "PUT":
            lines["Content-Length"] = str(length)
        head = f"{self.method} {path} HTTP/1.1\r\n"
        return (head + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode() + body

    def ask(self, port: int) -> urllib3.BaseHTTPResponse:
        """Ask it once, by an ordinary client; raises when it is refused."""
        body = self.body.replace(SERIAL, secrets.token_hex(8)).replace(FILLING, "x" * FILLING_BYTES)
        path = urllib.parse.quote(self.path.replace(SERIAL, secrets.token_hex(8)))
        headers = {"Authorization": self.header(), **self.headers}
        address = f"http://localhost:{port}{path}"
        with urllib3.PoolManager() as http:
            answer = http.request(self.method, address, body=body.encode() or None, headers=headers, redirect=False)
        if answer.status >= 300:
            raise RuntimeError(f"{self.method} {self.path} at {port}: {answer.status} {answer.data[:300]!r}")
        return answer


def write(where: Path, asked: Sequence[Asked], port: int) -> Target:
    """Write down what is asked of one server."""
    with where.open("wb") as file:
        for one in asked:
            whole = one.whole(port)
            file.write(b"%d\n%b\n" % (len(whole), whole))
    return Target(f"http://127.0.0.1:{port}", where)


def load(target: Target, *, seconds: float) -> Answered:
    """Ask as fast as it answers for so long. Raises when an answer is a refusal."""
    script = target.asked.with_suffix(".lua")
    script.write_text(DRAW % {"filling": FILLING_BYTES})
    line = [executable("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
    line += ["-s", str(script), target.address, "--", str(target.asked), secrets.token_hex(4)]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    seen = json.loads(said[said.rindex("\n{") :])
    if seen["failed"] or not seen["requests"]:
        raise RuntimeError(f"{target.address}: {seen['failed']} of {seen['requests']} requests failed")
    return Answered(seen["requests"] / (seen["microseconds"] / 1e6), seen["p50"] / 1e6, seen["p99"] / 1e6)


@dataclass(frozen=True)
class Gesture:
    """The same thing asked of both servers; `counts`: what both first answers hold as many of."""

    name: str
    ours: Sequence[Asked]
    by_hand: Sequence[Asked]
    counts: str = ""


def compare(
    gestures: Sequence[Gesture], where: Path, *, ours: int, by_hand: int, rounds: int, seconds: float
) -> dict[str, dict[str, Answered]]:
    """Measure each gesture on both servers, in turn, at these ports, after having compared what they answer."""
    where.mkdir(exist_ok=True)
    # Each process of each server reads its code at its first request: connections opened anew go to one or the other.
    for gesture in gestures:
        for asked, port in ((gesture.ours[0], ours), (gesture.by_hand[0], by_hand)):
            for _ in range(WARMING):
                asked.ask(port)
    seen = {}
    for rank, gesture in enumerate(gestures):
        first, other = gesture.ours[0].ask(ours).data, gesture.by_hand[0].ask(by_hand).data
        if gesture.counts:
            mark = gesture.counts.encode()
            assert first.count(mark) == other.count(mark) > 0, (gesture.name, first.count(mark), other.count(mark))
        targets = {
            OURS: write(where / f"{rank}-ours", gesture.ours, ours),
            BY_HAND: write(where / f"{rank}-by-hand", gesture.by_hand, by_hand),
        }
        seen[gesture.name] = fronts.compare(targets, rounds=rounds, seconds=seconds, by=load)
    return seen


@dataclass(frozen=True)
class Served:
    """A server beside ours: where it answers, and its first process."""

    port: int
    pid: int


@contextlib.contextmanager
def served(application: str, where: Path, variables: Mapping[str, str]) -> Iterator[Served]:
    """Serve another WSGI application on granian, with two processes as ours, and one thread each: it takes no turns."""
    port = free_port()
    line = [sys.executable, "-m", "granian", application, "--interface", "wsgi", "--host", "127.0.0.1"]
    line += ["--port", str(port), "--workers", "2", "--blocking-threads", "1", "--no-ws", "--log-level", "warning"]
    with fronts.running(line, where / "log", {"PYTHONPATH": str(ROOT), **variables}) as process:
        fronts.listens(port, where / "log")
        yield Served(port, process.pid)


def rows_of(seen: Mapping[str, Mapping[str, Answered]]) -> list[list[str]]:
    """Lay out what each gesture gave, the ratio first."""
    from tools.bench.web import fine

    rows = []
    for name, done in seen.items():
        mine, other = done[OURS], done[BY_HAND]
        rows.append(
            [
                name,
                f"**{mine.per_second / other.per_second:.2f}**",
                f"{mine.per_second:,.0f}/s ({mine.lowest:,.0f} to {mine.highest:,.0f})",
                f"{other.per_second:,.0f}/s ({other.lowest:,.0f} to {other.highest:,.0f})",
                f"{fine(mine.p50)}, {fine(mine.p99)}",
                f"{fine(other.p50)}, {fine(other.p99)}",
            ]
        )
    return rows


HEAD = ["what", "ratio", "ours", "by hand", "ours: p50, p99", "by hand: p50, p99"]
