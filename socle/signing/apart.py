"""Signed files of others, read in a process of its own (`children`): bounded memory and time, no network.

A certificate names whom to ask whether it is revoked. The process that reads has no network: it says what it would ask,
and whoever started it asks, over the platform's own guard of outgoing requests, and gives the answers.
"""

from __future__ import annotations

import json
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from asn1crypto import crl, ocsp, x509

from socle.lib.children import be_bounded, say, talk_apart
from socle.lib.refusals import Refused
from socle.signing.contexts import Known
from socle.signing.examination import Accepted, Awaited
from socle.signing.examination import examine as _examine
from socle.signing.fetching import MOST_ASKED, Ask, Question, Reply
from socle.signing.report import SignatureReport, StampReport, Verdict
from socle.signing.statement import Statement
from socle.signing.validation import Reading
from socle.signing.validation import read as _read

if TYPE_CHECKING:
    from socle.signing.contract import Trust

# A deposit, its libraries included, takes a second and 150 Mio; thirty megabytes of a scanned act, twice as much.
_MOST_MEMORY, _MOST_SECONDS = 768 * 1024 * 1024, 15
# Whoever is asked may be slow to answer.
_MOST_WAITED = 90
_COSTLY = "Lire ce fichier demande bien plus que n’en demande un document signé\u00a0: il n’est pas lu plus loin."


def read(content: bytes, known: Known, *, at: datetime) -> Reading:
    """Read a PDF of anybody's as `validation.read` does, within bounds; nobody is asked anything."""
    lines = _lines({"what": "read", "at": at.isoformat(), **_of_known(known)}, [content], None)
    if not lines:
        return Reading(Verdict.UNREADABLE, (_COSTLY,), "killed")
    return _to_reading(lines[-1])


def examine(content: bytes, *, current: bytes, awaited: Awaited, trust: Trust) -> Accepted:
    """Judge a deposit as `examination.examine` does, within bounds. Raises `Refused`."""
    known = Known.of(trust)
    facts = asdict(awaited) | {"now": awaited.now.isoformat(), "since": awaited.since and awaited.since.isoformat()}
    # The file begins with the version to sign: it is not sent twice.
    about = {"what": "examine", "awaited": facts, "current": len(current), **_of_known(known)}
    lines = _lines(about, [content], known.ask)
    if not lines:
        raise Refused(f"{_COSTLY} Signez avec un autre logiciel.")
    found = lines[-1]
    if "refused" in found:
        raise Refused(str(found["refused"]))
    return Accepted(
        str(found["field_name"]),
        int(found["length"]),
        _loaded(x509.Certificate, found["path"]),
        _loaded(x509.Certificate, found["certificates"]),
        _loaded(ocsp.OCSPResponse, found["ocsps"]),
        _loaded(crl.CertificateList, found["crls"]),
    )


def _lines(about: dict[str, Any], contents: Iterable[bytes], ask: Ask | None) -> list[Any]:
    asked = 0

    def answer(question: Any) -> Any:
        nonlocal asked
        asked += 1
        if ask is None or asked > MOST_ASKED:
            return None
        body = question["body"]
        try:
            reply = ask(Question(question["url"], question["accept"], body and b64decode(body), question["kind"]))
        except ValueError:
            return None
        return {"content": b64encode(reply.content).decode(), "kind": reply.kind}

    content = json.dumps(about).encode() + b"\n" + b"".join(contents)
    return talk_apart(__name__, content, seconds=_MOST_SECONDS, most_waited=_MOST_WAITED, answer=answer)


def _of_known(known: Known) -> dict[str, Any]:
    named = {key: _dumped(getattr(known, key)) for key in ("anchors", "others", "ocsps", "crls")}
    return {"known": named, "asks": known.ask is not None}


def _dumped(found: Iterable[Any]) -> list[str]:
    return [b64encode(one.dump()).decode() for one in found]


def _loaded(kind: Any, found: Iterable[str]) -> list[Any]:
    return [kind.load(b64decode(one)) for one in found]


def _to_reading(found: dict[str, Any]) -> Reading:
    return Reading(
        verdict=Verdict(found["verdict"]) if found["verdict"] else None,
        problems=tuple(found["problems"]),
        error=found["error"],
        signatures=tuple(SignatureReport(**_timed(one)) for one in found["signatures"]),
        stamps=tuple(StampReport(**_timed(one)) for one in found["stamps"]),
        empty=tuple(found["empty"]),
        statements=tuple(Statement(**one) if one else None for one in found["statements"]),
    )


def _timed(found: dict[str, Any]) -> dict[str, Any]:
    times = {key: datetime.fromisoformat(value) for key, value in found.items() if key.endswith("_at") and value}
    return found | times | {"problems": tuple(found["problems"])}


# --- In the process of its own ---------------------------------------------------------------------------------------
def _main() -> None:
    """Read what is asked on the first line of the input, then the file; write what was found as a line of JSON."""
    be_bounded(memory=_MOST_MEMORY)
    size = int(sys.stdin.buffer.readline())
    whole = sys.stdin.buffer.read(size)
    head, _, content = whole.partition(b"\n")
    about = json.loads(head)
    kinds = {
        "anchors": x509.Certificate, "others": x509.Certificate, "ocsps": ocsp.OCSPResponse,
        "crls": crl.CertificateList,
    }  # fmt: skip
    given = {key: _loaded(kind, about["known"][key]) for key, kind in kinds.items()}
    known = Known(**given, ask=_ask_parent if about["asks"] and about["what"] == "examine" else None)
    if about["what"] == "read":
        found = asdict(_read(content, known, at=datetime.fromisoformat(about["at"])))
        return say(json.loads(json.dumps(found, default=str)))
    facts = about["awaited"]
    since = facts["since"] and datetime.fromisoformat(facts["since"])
    awaited = Awaited(facts["field_name"], tuple(facts["names"]), since, datetime.fromisoformat(facts["now"]))
    try:
        accepted = _examine(content, current=content[: about["current"]], awaited=awaited, known=known)
    except Refused as error:
        return say({"refused": error.sentence})
    dumped = {key: _dumped(getattr(accepted, key)) for key in ("path", "certificates", "ocsps", "crls")}
    return say({"field_name": accepted.field_name, "length": accepted.length, **dumped})


_ONE = threading.Lock()


def _ask_parent(question: Question) -> Reply:
    body = None if question.body is None else b64encode(question.body).decode()
    with _ONE:
        say({"asks": {"url": question.url, "accept": question.accept, "body": body, "kind": question.kind}})
        reply = json.loads(sys.stdin.buffer.readline() or b"null")
    if reply is None:
        raise ValueError("no answer")
    return Reply(b64decode(reply["content"]), reply["kind"])


if __name__ == "__main__":
    _main()
