"""HTTP Digest authentication (RFC 7616, qop auth) of what cameras post: it is the one signature they all can make."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass, field

REALM = "Berth lot"
NONCE_SECONDS = 120
MOST_NONCES = 1000
"""Only nonces of genuine answers are counted: a camera would have to post ten times a second to lose a live one."""
_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(slots=True)
class DigestGuard:
    """Knows the one user of a camera. ``check`` tells ok, missing, malformed, stale, replayed or wrong."""

    username: str
    password: str = field(repr=False)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _counts: dict[str, int] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def challenge(self, now: float | None = None, *, stale: bool = False) -> str:
        """Value of a WWW-Authenticate header. MD5 is offered since cameras know nothing better.

        ``now`` is any monotonic number of seconds: the wall's clock may be set back.
        """
        nonce = self._nonce(int(now if now is not None else time.monotonic()))
        tail = ", stale=true" if stale else ""
        return f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{nonce}"{tail}'

    def check(self, authorization: str, method: str, path: str, now: float | None = None) -> str:
        """Judge an Authorization header. A nonce counts up, so a recorded post cannot be sent again."""
        if not authorization.startswith("Digest "):
            return "missing"
        if not authorization.isascii():
            return "malformed"
        values = {name.lower(): quoted or bare for name, quoted, bare in _FIELD.findall(authorization[7:])}
        algorithm = values.get("algorithm", "MD5").upper()
        if algorithm not in _HASHES or not {"username", "nonce", "uri", "response", "nc", "cnonce"} <= values.keys():
            return "malformed"
        if not self._fresh(values["nonce"], now if now is not None else time.monotonic()):
            return "stale"
        expected = self._response(values, algorithm, method)
        genuine = hmac.compare_digest(expected.encode(), values["response"].lower().encode())
        if not genuine or values["uri"] != path or values["username"] != self.username:
            return "wrong"
        return "ok" if self._counts_up(values["nonce"], values["nc"]) else "replayed"

    def _response(self, values: dict[str, str], algorithm: str, method: str) -> str:
        def digest(text: str) -> str:
            return _HASHES[algorithm](text.encode()).hexdigest()

        secret = digest(f"{self.username}:{REALM}:{self.password}")
        request = digest(f"{method}:{values['uri']}")
        return digest(f"{secret}:{values['nonce']}:{values['nc']}:{values['cnonce']}:auth:{request}")

    def _nonce(self, issued: int) -> str:
        random = secrets.token_hex(8)
        seal = hmac.new(self._key, f"{issued}.{random}".encode(), hashlib.sha256).hexdigest()[:32]
        return f"{issued}.{random}.{seal}"

    def _fresh(self, nonce: str, now: float) -> bool:
        issued, _, rest = nonce.partition(".")
        random, _, seal = rest.partition(".")
        expected = hmac.new(self._key, f"{issued}.{random}".encode(), hashlib.sha256).hexdigest()[:32]
        if not hmac.compare_digest(expected.encode(), seal.encode()):
            return False
        return now - int(issued) <= NONCE_SECONDS

    def _counts_up(self, nonce: str, count: str) -> bool:
        try:
            number = int(count, 16)
        except ValueError:
            return False
        with self._guard:
            if number <= self._counts.get(nonce, 0):
                return False
            self._counts[nonce] = number
            while len(self._counts) > MOST_NONCES:
                del self._counts[next(iter(self._counts))]
        return True
