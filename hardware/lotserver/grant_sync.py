"""Grants down: pulled at start, on a push, and every half minute; verified before anything is believed."""

from __future__ import annotations

import logging
import secrets
import threading

from hardware.event_kinds import EventKind
from hardware.lotserver import calls, card_stock
from hardware.lotserver.booth import staff
from hardware.lotserver.clock import LARGEST_STEP
from hardware.lotserver.config import ServerConfig
from hardware.lotserver.feed import Feed, GrantsRejected, Known, check
from hardware.lotserver.platform_client import PlatformClient, PlatformUnreachable
from hardware.lotserver.store import Store, Write

log = logging.getLogger(__name__)
INTERVAL = 30.0
KEEP_ENDED = 48 * 3600
FIRST_PAUSE = 1.0
"""Seconds until the first try after the platform was found away; doubled up to INTERVAL."""


class GrantSync:
    """A thread. ``pull_soon`` makes it pull at once, whoever calls."""

    def __init__(self, store: Store, client: PlatformClient, config: ServerConfig) -> None:
        self._store = store
        self._client = client
        self._config = config
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
        store, lot = self._store, self._config.lot
        known = Known(*(int(store.meta(name, "0")) for name in ("grants_epoch", "grants_revision", "grants_horizon")))
        nonce = secrets.token_hex(8)
        answer = self._client.get(
            f"/api/v1/lots/{lot}/grants", since=known.revision, epoch=known.epoch, until=known.horizon, nonce=nonce
        )
        feed = check(answer, lot=lot, public_key=self._config.platform_public_key, known=known, nonce=nonce)
        self._compare_clocks(feed.issued_at)
        self._apply(feed, known)

    def _compare_clocks(self, issued_at: int) -> None:
        """Told once until it is well again; the lot then goes by the platform's clock."""
        skew = int(issued_at - self._store.now())
        self._store.clock.hear(issued_at)
        if abs(skew) > LARGEST_STEP:
            self._tell("clock", f"the platform's clock differs by {skew // 60} min")
        else:
            self._told.discard("clock")

    def _apply(self, feed: Feed, known: Known) -> None:
        now = self._store.now()
        with self._store.writing() as write:
            if feed.epoch != known.epoch:
                self._begin_anew(write, feed)
            for grant in feed.grants:
                write.grant(grant)
            for grant_id in feed.later:
                write.run("DELETE FROM access_grant WHERE id = ?", grant_id)
            write.forget_grants_ended_before(now - KEEP_ENDED)
            card_stock.make_void(feed.void_cards, self._store, write)
            staff.replace(write, feed.staff)
            shown = calls.follow_platform(self._store, write, feed.calls)
            for name, value in (
                ("grants_epoch", feed.epoch),
                ("grants_revision", feed.revision),
                ("grants_horizon", feed.horizon),
                ("contact", feed.issued_at),
                ("time_known", int(now)),
            ):
                write.meta(name, str(value))
        if shown:
            self._store.tell_change()
        if feed.grants or feed.revision != known.revision:
            log.info("grants: epoch %s, revision %s, %s changed", feed.epoch, feed.revision, len(feed.grants))

    def _begin_anew(self, write: Write, feed: Feed) -> None:
        """All that the platform of this epoch does not know is gone, but for what a car that is inside came in with."""
        log.warning("grants begin anew: epoch %s", feed.epoch)
        write.run("DELETE FROM access_grant WHERE id NOT IN (SELECT grant_id FROM presence)")

    def _tell(self, source: str, reason: str) -> None:
        """Log and tell the platform, once until it has been well again."""
        log.error("%s rejected: %s", source, reason)
        if source in self._told:
            return
        self._told.add(source)
        with self._store.writing() as write:
            write.event(EventKind.REJECTED, self._store.now(), source="grants", reason=reason, detail="")
