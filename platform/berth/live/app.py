"""The live process: server-sent events and nothing else, without a database (``uvicorn berth.live.app:application``).

``GET /live/?token=…`` answers with an event stream: ``event: changed`` with a channel's name as data, and
``event: ping`` in silence. The token says which channels (berth.kernel.live); the page then fetches its fragment again
from the web process, with its own permissions.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from types import FrameType
from typing import Any
from urllib.parse import parse_qs

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "berth.settings")

from django.conf import settings
from django.core.signing import BadSignature

from berth.kernel.live import channels_of
from berth.live.access import Limits, origin_is_ours
from berth.live.hub import Hub, Listener

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

PING_SECONDS = float(os.environ.get("BERTH_LIVE_PING_SECONDS", "15"))
ALLOWED_ORIGINS = frozenset(filter(None, os.environ.get("BERTH_LIVE_ALLOWED_ORIGINS", "").split(",")))
STREAMS_PER_CLIENT = int(os.environ.get("BERTH_LIVE_STREAMS_PER_CLIENT", "200"))
STREAMS_IN_ALL = int(os.environ.get("BERTH_LIVE_STREAMS", "5000"))
BEHIND_PROXY = os.environ.get("BEHIND_PROXY", "").lower() in ("1", "true", "yes")
RETRY_MILLISECONDS = 2000


class LiveApplication:
    """The ASGI application. One per process; its hub is started with the server's lifespan."""

    def __init__(self) -> None:
        self.hub = Hub(settings.REDIS_URL)
        self.limits = Limits(per_client=STREAMS_PER_CLIENT, total=STREAMS_IN_ALL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:  # a WebSocket: refused before its handshake
            await send({"type": "websocket.close", "code": 1008})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self.hub.start()
        _on_stop_signal(self.hub.close_streams)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.hub.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = scope["path"]
        if path == "/healthz":
            await self._health(send)
            return
        origin = headers.get("origin", "")
        if origin and not origin_is_ours(origin, headers.get("host", ""), ALLOWED_ORIGINS):
            await _problem(send, 403, "foreign_origin", "Pages of this origin may not listen here.", [])
            return
        cors = _cors(origin)
        if path.rstrip("/") != "/live":
            await _problem(send, 404, "not_found", "There is no such address here.", cors)
        elif scope["method"] != "GET":
            await _problem(send, 405, "method_not_allowed", "Streams are read with GET.", [*cors, (b"allow", b"GET")])
        else:
            await self._open_stream(scope, headers, receive, send, cors)

    async def _open_stream(
        self, scope: Scope, headers: dict[str, str], receive: Receive, send: Send, cors: Headers
    ) -> None:
        try:
            channels = channels_of(parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0])
        except BadSignature:
            await _problem(send, 403, "bad_token", "The token is not valid (any more). Load the page again.", cors)
            return
        client = _client_of(scope, headers)
        if not self.limits.enter(client):
            retry = (b"retry-after", b"10")
            await _problem(send, 429, "too_many_streams", "Too many open pages. Close some of them.", [*cors, retry])
            return
        listener = Listener(channels)
        self.hub.add(listener)
        try:
            await _stream(listener, receive, send, cors)
        finally:
            self.hub.remove(listener)
            self.limits.leave(client)

    async def _health(self, send: Send) -> None:
        connected = self.hub.connected.is_set()
        body = {"status": "ok" if connected else "no valkey", "streams": self.limits.open.total()}
        await _json(send, 200 if connected else 503, body, b"application/json", [])


async def _stream(listener: Listener, receive: Receive, send: Send, cors: Headers) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    await send({"type": "http.response.start", "status": 200, "headers": [*headers, *cors]})
    await send(_chunk(f"retry: {RETRY_MILLISECONDS}\n\n"))
    gone = asyncio.create_task(_until_gone(listener, receive))
    try:
        while not listener.closed:
            changed = await listener.next_changes(PING_SECONDS)
            if not listener.closed:
                text = "".join(f"event: changed\ndata: {channel}\n\n" for channel in changed)
                await send(_chunk(text or "event: ping\ndata:\n\n"))
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()


async def _until_gone(listener: Listener, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.close()


def _chunk(text: str) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": True}


def _cors(origin: str) -> Headers:
    vary = (b"vary", b"Origin")
    if not origin:
        return [vary]
    echo = (b"access-control-allow-origin", origin.encode("latin-1"))
    return [vary, echo, (b"access-control-allow-credentials", b"true")]


def _client_of(scope: Scope, headers: dict[str, str]) -> str:
    if BEHIND_PROXY and "x-forwarded-for" in headers:
        return headers["x-forwarded-for"].rsplit(",", 1)[-1].strip()
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


async def _problem(send: Send, status: int, code: str, detail: str, headers: Headers) -> None:
    body = {"type": f"urn:berth:problem:{code}", "title": code, "status": status, "detail": detail}
    await _json(send, status, body, b"application/problem+json", headers)


async def _json(send: Send, status: int, body: dict[str, Any], content_type: bytes, headers: Headers) -> None:
    payload = json.dumps(body).encode()
    described = [(b"content-type", content_type), (b"content-length", str(len(payload)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*described, *headers]})
    await send({"type": "http.response.body", "body": payload, "more_body": False})


def _on_stop_signal(act: Callable[[], None]) -> None:
    """Do ``act`` in the loop when the server is told to stop, before it waits for its open responses to end."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()

    def chain(number: signal.Signals) -> None:
        previous = signal.getsignal(number)

        def handle(received: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(act)
            if callable(previous):
                previous(received, frame)

        signal.signal(number, handle)

    chain(signal.SIGTERM)
    chain(signal.SIGINT)


application = LiveApplication()
