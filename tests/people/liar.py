"""An identity provider in the tests' own process, which signs with a real key and can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "socle"
SECRET = "a-secret-long-enough-for-the-tests"


@cache
def key(name: str) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def encoded(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


@dataclass
class Liar:
    """`id_token` and `person` change the claims; the other fields change how they are told."""

    id_token: dict[str, Any] = field(default_factory=dict)
    person: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    signs_with: str = "k1"
    algorithm: str = "RS256"
    person_signs_with: str = "k1"
    person_type: str = "application/jwt"
    person_is_plain: bool = False
    token_status: int = 200
    token_body: bytes | None = None
    nonce: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    keys_read: int = 0
    issuer: str = ""

    def answer(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        told = getattr(self, f"_{path.strip('/').replace('/', '_').replace('.', '').replace('-', '_')}")(body)
        return told if isinstance(told, tuple) else (200, "application/json", json.dumps(told).encode())

    def _well_known_openid_configuration(self, body: bytes) -> Any:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **self.published,
        }

    def _keys(self, body: bytes) -> Any:
        self.keys_read += 1
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key("k1").public_key()))
        return {"keys": [{**public, "kid": "k1", "use": "sig", "alg": "RS256"}]}

    def _token(self, body: bytes) -> Any:
        self.asked.append(parse_qs(body.decode()))
        if self.token_body is not None or self.token_status != 200:
            return (self.token_status, "application/json", self.token_body or b'{"error":"invalid_grant"}')
        now, access = int(time.time()), "an-access-token"
        half = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()[:16]).rstrip(b"=").decode()
        claims = {
            "iss": self.issuer, "aud": CLIENT, "sub": "sub-1", "iat": now, "exp": now + 60,
            "nonce": self.nonce, "at_hash": half, "acr": "eidas1", **self.id_token,
        }  # fmt: skip
        return {"access_token": access, "token_type": "Bearer", "id_token": self._signed(claims, self.signs_with)}

    def _userinfo(self, body: bytes) -> Any:
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "sub-1", **self.person}
        if self.person_is_plain:
            return (200, self.person_type, json.dumps(claims).encode())
        return (200, self.person_type, self._signed(claims, self.person_signs_with).encode())

    def _signed(self, claims: dict[str, Any], name: str) -> str:
        claims = {name: value for name, value in claims.items() if value is not None}
        if name == "none":
            return f"{encoded({'alg': 'none', 'typ': 'JWT'})}.{encoded(claims)}."
        if name == "the public key as a secret":
            import hmac

            text = f"{encoded({'alg': 'HS256', 'kid': 'k1'})}.{encoded(claims)}"
            secret = json.dumps(self._keys(b"")["keys"][0]).encode()
            seal = hmac.new(secret, text.encode(), hashlib.sha256).digest()
            return f"{text}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"
        return jwt.encode(claims, key(name), algorithm=self.algorithm, headers={"kid": "k1"})


class Running:
    """The liar, served on a free port of loopback."""

    def __init__(self) -> None:
        self.liar = Liar()
        running = self

        class Handler(BaseHTTPRequestHandler):
            def _tell(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, kind, told = running.liar.answer(urlsplit(self.path).path, body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            do_GET = do_POST = _tell

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def new(self) -> Liar:
        self.liar = Liar(issuer=self.issuer)
        return self.liar

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
