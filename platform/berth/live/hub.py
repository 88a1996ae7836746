"""One subscription to Valkey per process, fanned out in memory to every open page.

A browser connection never holds a connection to Valkey: that stalls at about a hundred clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterable

import redis.asyncio
from redis.exceptions import RedisError

from berth.kernel.live import PREFIX

FIRST_WAIT = 0.1
LONGEST_WAIT = 5.0
"""Seconds between attempts to reach Valkey: doubled from the first to the longest."""

log = logging.getLogger(__name__)


class Listener:
    """One open page. What changed is a set of channel names, so a slow page is owed at most one word per channel."""

    def __init__(self, channels: Iterable[str]) -> None:
        self.channels = frozenset(channels)
        self._changed: set[str] = set(self.channels)  # what changed between rendering and connecting is told at once
        self._wake = asyncio.Event()
        self._wake.set()
        self.closed = False

    def tell(self, channel: str) -> None:
        self._changed.add(channel)
        self._wake.set()

    def close(self) -> None:
        self.closed = True
        self._wake.set()

    async def next_changes(self, timeout: float) -> list[str]:
        """The channels that changed since the last call, sorted; empty after ``timeout`` seconds of silence."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout)
        self._wake.clear()
        changed, self._changed = sorted(self._changed), set()
        return changed


class Hub:
    """Who listens to what, and the task that hears Valkey for all of them."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self.connected = asyncio.Event()

    def add(self, listener: Listener) -> None:
        for channel in listener.channels:
            self._listeners[channel].add(listener)

    def remove(self, listener: Listener) -> None:
        for channel in listener.channels:
            self._listeners[channel].discard(listener)
            if not self._listeners[channel]:
                del self._listeners[channel]

    def tell(self, channel: str) -> None:
        for listener in self._listeners.get(channel, ()):
            listener.tell(channel)

    def tell_everyone(self) -> None:
        """After a gap in the subscription nobody knows what was missed: every page looks again."""
        for channel, listeners in self._listeners.items():
            for listener in listeners:
                listener.tell(channel)

    def close_streams(self) -> None:
        """Let every page go, so that the server can stop; browsers come back by themselves."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.close()

    def start(self) -> None:
        self._task = asyncio.create_task(self._listen(), name="valkey subscription")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self) -> None:
        wait, lost = FIRST_WAIT, False
        while True:
            try:
                await self._hear(after_gap=lost)
            except (RedisError, OSError) as error:
                if self.connected.is_set() or not lost:  # said once per failure, not once per attempt
                    log.warning("Valkey is out of reach, pages poll meanwhile: %s", error)
                wait = FIRST_WAIT if self.connected.is_set() else min(wait * 2, LONGEST_WAIT)
            lost = True
            self.connected.clear()
            await asyncio.sleep(wait)

    async def _hear(self, *, after_gap: bool) -> None:
        async with redis.asyncio.Redis.from_url(self._url, health_check_interval=10) as client:
            subscription = client.pubsub(ignore_subscribe_messages=True)
            await subscription.psubscribe(f"{PREFIX}*")
            self.connected.set()
            if after_gap:
                log.info("Valkey is back")
                self.tell_everyone()
            while True:
                message = await subscription.get_message(timeout=5.0)
                if message is not None:
                    self.tell(message["channel"].decode().removeprefix(PREFIX))
