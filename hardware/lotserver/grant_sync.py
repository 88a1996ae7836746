"""Grants down: pulled at start, on a push, and every half minute; verified before anything is believed."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from berth.kernel.signatures import verify
from hardware.event_kinds import EventKind
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import Store, StoredGrant

log = logging.getLogger(__name__)
INTERVAL = 30.0
LARGEST_SKEW = 300
"""Seconds that the platform's clock may differ from ours before it is told."""
KEEP_ENDED = 48 * 3600
FIRST_PAUSE = 1.0
"""Seconds until the first try after the platform was found away; doubled up to INTERVAL."""


class GrantsRejected(Exception):
    """What came is not believed. ``reason`` is one of: form, signature, lot, rollback, gap."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def check(answer: dict[str, Any], *, lot: str, public_key: str, known_revision: int) -> dict[str, Any]:
    """The payload, if the platform signed it for this lot and it is not older than what is known already."""
    payload, signature = answer.get("payload"), answer.get("signature")
    if not isinstance(payload, str) or not isinstance(signature, str):
        raise GrantsRejected("form")
    if not verify(public_key, payload.encode(), signature):
        raise GrantsRejected("signature")
    try:
        content: dict[str, Any] = json.loads(payload)
        revision, since = _whole(content["revision"]), _whole(content["since"])
        _whole(content["issued_at"])
        [stored(raw) for raw in content["grants"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise GrantsRejected("form") from error
    if content["lot"] != lot:
        raise GrantsRejected("lot")
    if revision < known_revision:
        raise GrantsRejected("rollback")
    if since > known_revision:  # an answer to somebody who knew more: what lies between would be missed
        raise GrantsRejected("gap")
    return content


def stored(raw: dict[str, Any]) -> StoredGrant:
    """Raises KeyError, TypeError or ValueError for what is no grant."""
    plates = raw["plates"]
    if not isinstance(plates, list):
        raise TypeError("plates")
    return StoredGrant(
        id=_text(raw["id"]),
        revision=_whole(raw["revision"]),
        active=_text(raw["state"]) == "active",
        spot=_text(raw["spot"]),
        plates=tuple(_text(plate) for plate in plates),
        member=_whole(raw["member"]),
        language=_text(raw["language"]),
        valid_from=_whole(raw["valid_from"]),
        valid_until=_whole(raw["valid_until"]),
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise TypeError("a whole number is expected")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value


class GrantSync:
    """A thread. ``pull_soon`` makes it pull at once, whoever calls."""

    def __init__(
        self,
        store: Store,
        client: PlatformClient,
        config: ServerConfig,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._client = client
        self._config = config
        self._clock = clock
        self._due = threading.Event()
        self._stopping = threading.Event()
        self._told: set[str] = set()
        self._away = False
        self._thread = threading.Thread(target=self._run, name="grant-sync", daemon=True)

    def start(self) -> None:
        self._due.set()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._due.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def pull_soon(self) -> None:
        self._due.set()

    def _run(self) -> None:
        wait = INTERVAL
        while not self._stopping.is_set():
            self._due.wait(wait)
            self._due.clear()
            if self._stopping.is_set():
                return
            try:
                reachable = self.try_pull()
            except Exception:  # a full disk, say; it must not end the thread
                log.exception("grants not stored")
                reachable = False
            wait = INTERVAL if reachable else min(INTERVAL, FIRST_PAUSE if wait == INTERVAL else wait * 2)
            if not reachable:
                self._stopping.wait(FIRST_PAUSE)  # pushes do not hurry a platform that is away

    def try_pull(self) -> bool:
        """Pull; what is not believed is told once. False where the platform is away."""
        try:
            self.pull()
        except PlatformUnreachable as error:
            if not self._away:
                log.warning("grants not pulled: %s", error)
            self._away = True
            return False
        except GrantsRejected as error:
            self._tell("grants", error.reason)
        else:
            self._told.discard("grants")
        self._away = False
        return True

    def pull(self) -> None:
        """Ask for what is newer than what we have, and store it as one."""
        known = self._store.grants_revision
        answer = self._client.get(f"/api/v1/lots/{self._config.lot}/grants", since=known)
        content = check(answer, lot=self._config.lot, public_key=self._config.platform_public_key, known_revision=known)
        skew = int(content["issued_at"] - self._clock())
        if abs(skew) > LARGEST_SKEW:
            self._tell("clock", f"the platform's clock differs by {skew // 60} min")
        else:
            self._told.discard("clock")
        self._apply([stored(raw) for raw in content["grants"]], content["revision"], known)

    def _apply(self, grants: list[StoredGrant], revision: int, known: int) -> None:
        if revision == known and not grants:
            return
        with self._store.writing() as write:
            for grant in grants:
                write.grant(grant)
            write.forget_grants_ended_before(self._clock() - KEEP_ENDED)
            write.meta("grants_revision", str(revision))
        log.info("grants: revision %s, %s changed", revision, len(grants))

    def _tell(self, source: str, reason: str) -> None:
        """Log and tell the platform, once until it has been well again."""
        log.error("%s rejected: %s", source, reason)
        if source in self._told:
            return
        self._told.add(source)
        with self._store.writing() as write:
            write.event(EventKind.REJECTED, self._clock(), source="grants", reason=reason, detail="")
