"""The live process itself, over HTTP, with a real Valkey."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import time_machine

from berth.kernel.live import TOKEN_MAX_AGE, token
from tests.live.conftest import DEADLINE, LiveProcess, until
from tests.live.reading import events

Publish = Callable[[str], int]
Start = Callable[..., LiveProcess]


def test_stream_tells_at_once_that_it_may_have_missed_something(live: LiveProcess) -> None:
    with live.stream(token(["booking.b", "booking.a"])) as response:
        assert response.headers["content-type"] == "text/event-stream"
        assert response.headers["cache-control"] == "no-store"
        heard = events(response)
        assert [next(heard), next(heard)] == [("changed", "booking.a"), ("changed", "booking.b")]


def test_stream_tells_of_its_channels_and_of_no_other(live: LiveProcess, publish: Publish) -> None:
    with live.stream(token(["spots.here"])) as response:
        heard = events(response)
        assert next(heard) == ("changed", "spots.here")
        assert publish("spots.elsewhere") == 1
        assert publish("spots.here") == 1
        assert next(heard) == ("changed", "spots.here")


def test_three_pages_share_one_subscription(live: LiveProcess, publish: Publish) -> None:
    streams = [live.stream(token(["lot.one"])) for _ in range(3)]
    heard = [events(stream) for stream in streams]
    assert [next(page) for page in heard] == [("changed", "lot.one")] * 3
    assert publish("lot.one") == 1
    assert [next(page) for page in heard] == [("changed", "lot.one")] * 3
    for stream in streams:
        stream.close()


def test_silence_is_filled_with_pings(start_live: Start) -> None:
    live = start_live(BERTH_LIVE_PING_SECONDS="0.2")
    with live.stream(token(["lot.one"])) as response:
        heard = events(response)
        assert [next(heard), next(heard), next(heard)] == [("changed", "lot.one"), ("ping", ""), ("ping", "")]


@pytest.mark.parametrize("bad", ["", "nonsense", "WyJsb3Qub25lIl0:1tXyz0:forged"])
def test_bad_token_is_refused(live: LiveProcess, bad: str) -> None:
    response = live.stream(bad)
    assert response.status_code == 403
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["title"] == "bad_token"


def test_old_token_is_refused(live: LiveProcess) -> None:
    from datetime import UTC, datetime, timedelta

    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=TOKEN_MAX_AGE + 60)):
        old = token(["lot.one"])
    assert live.stream(old).status_code == 403


def test_token_for_one_channel_with_another_written_in_is_refused(live: LiveProcess) -> None:
    mine, theirs = token(["booking.mine"]), token(["booking.theirs"])
    spliced = ":".join([theirs.split(":")[0], *mine.split(":")[1:]])
    assert live.stream(spliced).status_code == 403


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://127.0.0.1", "https://127.0.0.1:1"])
def test_origin_of_the_same_host_is_echoed(live: LiveProcess, origin: str) -> None:
    with live.stream(token(["lot.one"]), Origin=origin) as response:
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1.evil.example", "file://127.0.0.1"])
def test_foreign_origin_is_refused(live: LiveProcess, origin: str) -> None:
    response = live.stream(token(["lot.one"]), Origin=origin)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
    assert response.json()["title"] == "foreign_origin"


def test_listed_origin_is_welcome(start_live: Start) -> None:
    live = start_live(BERTH_LIVE_ALLOWED_ORIGINS="https://berth.example,https://other.example")
    with live.stream(token(["lot.one"]), Origin="https://other.example") as response:
        assert response.headers["access-control-allow-origin"] == "https://other.example"


def test_client_with_too_many_streams_is_told(start_live: Start) -> None:
    live = start_live(BERTH_LIVE_STREAMS_PER_CLIENT="2")
    kept = [live.stream(token(["lot.one"])) for _ in range(2)]
    refused = live.stream(token(["lot.one"]))
    assert (refused.status_code, refused.json()["title"]) == (429, "too_many_streams")
    assert refused.headers["retry-after"] == "10"
    kept.pop().close()
    until(lambda: live.stream(token(["lot.one"])).status_code == 200)


def test_other_methods_and_paths_get_a_problem(live: LiveProcess) -> None:
    assert requests.post(f"{live.url}/live/", timeout=DEADLINE).status_code == 405
    assert requests.get(f"{live.url}/elsewhere", timeout=DEADLINE).json()["title"] == "not_found"


def test_health_counts_open_streams(live: LiveProcess) -> None:
    with live.stream(token(["lot.one"])):
        assert requests.get(f"{live.url}/healthz", timeout=DEADLINE).json() == {"status": "ok", "streams": 1}
    until(lambda: requests.get(f"{live.url}/healthz", timeout=DEADLINE).json()["streams"] == 0)


def test_stop_signal_ends_open_streams_and_the_process(live: LiveProcess) -> None:
    with live.stream(token(["lot.one"])) as response:
        heard = events(response)
        assert next(heard) == ("changed", "lot.one")
        live.process.send_signal(signal.SIGTERM)
        assert list(heard) == []
    assert live.process.wait(timeout=DEADLINE) in (0, -signal.SIGTERM)


def test_hundred_pages_hear_one_change(live: LiveProcess, publish: Publish) -> None:
    def listen(_: int) -> list[tuple[str, str]]:
        with live.stream(token(["spots.lot"])) as response:
            heard = events(response)
            first = next(heard)
            ready.append(1)
            return [first, next(heard)]

    ready: list[int] = []
    with ThreadPoolExecutor(100) as pool:
        pages = [pool.submit(listen, n) for n in range(100)]
        until(lambda: len(ready) == 100)
        assert publish("spots.lot") == 1
        assert [page.result(timeout=DEADLINE) for page in pages] == [[("changed", "spots.lot")] * 2] * 100


def test_slow_page_is_owed_one_word_per_channel_however_much_changed(live: LiveProcess, publish: Publish) -> None:
    """A page that does not read for a while gets far fewer messages than there were changes."""
    address = live.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1])), timeout=DEADLINE) as page:
        page.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = f"GET /live/?token={token(['lot.one', 'lot.two'])} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        page.sendall(request.encode())
        until(lambda: requests.get(f"{live.url}/healthz", timeout=DEADLINE).json()["streams"] == 1)
        for _ in range(20_000):
            publish("lot.one")
        publish("lot.two")
        received = b""
        while received.count(b"lot.two") < 2:
            received += page.recv(65536)
    assert received.count(b"lot.one") < 20_000
    assert json.dumps("lot.two")[1:-1].encode() in received
