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


class GrantsRejected(Exception):
    """What came is not believed. ``reason`` is one of: form, signature, lot, rollback."""

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
    content: dict[str, Any] = json.loads(payload)
    if content["lot"] != lot:
        raise GrantsRejected("lot")
    if content["revision"] < known_revision:
        raise GrantsRejected("rollback")
    return content


def stored(raw: dict[str, Any]) -> StoredGrant:
    return StoredGrant(
        id=raw["id"],
        revision=raw["revision"],
        active=raw["state"] == "active",
        spot=raw["spot"],
        plates=tuple(raw["plates"]),
        member=raw["member"],
        language=raw["language"],
        valid_from=raw["valid_from"],
        valid_until=raw["valid_until"],
    )


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
        self._thread = threading.Thread(target=self._run, name="grant-sync", daemon=True)

    def start(self) -> None:
        self._due.set()
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._due.set()
        self._thread.join(timeout=5)

    def pull_soon(self) -> None:
        self._due.set()

    def _run(self) -> None:
        reachable = True
        while not self._stopping.is_set():
            self._due.wait(INTERVAL)
            self._due.clear()
            if self._stopping.is_set():
                return
            try:
                self.pull()
                self._told.discard("grants")
                reachable = True
            except PlatformUnreachable as error:
                if reachable:
                    log.warning("grants not pulled: %s", error)
                reachable = False
                self._stopping.wait(1.0)
            except GrantsRejected as error:
                self._tell("grants", error.reason)
            except (KeyError, TypeError, ValueError) as error:
                self._tell("grants", f"form: {error!r}"[:80])

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
