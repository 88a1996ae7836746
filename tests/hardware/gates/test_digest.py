"""HTTP Digest, the server's side, against a client that is not ours."""

from __future__ import annotations

import hashlib
import re

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.auth import HTTPDigestAuth

from hardware.gates.digest import NONCE_SECONDS, REALM, DigestGuard

PATH = "/cameras/hikvision/in-1"
NOW = 1_780_000_000.0


@pytest.fixture
def guard() -> DigestGuard:
    return DigestGuard("camera-in-1", "s3cret")


PASSWORD = "s3cret"


def answer_to(challenge: str, *, username="camera-in-1", password=PASSWORD, method="POST", path=PATH) -> str:
    """The Authorization header that ``requests`` makes for a challenge."""
    auth = HTTPDigestAuth(username, password)
    auth.init_per_thread_state()
    fields = requests.utils.parse_dict_header(challenge.removeprefix("Digest "))
    auth._thread_local.chal = fields
    return auth.build_digest_header(method, f"http://lot.example{path}")


def judged(guard, header: str, *, method="POST", path=PATH, after=0.0) -> str:
    return guard.check(header, method, path, NOW + after)


def test_the_right_password_passes(guard):
    assert judged(guard, answer_to(guard.challenge(NOW))) == "ok"


def test_sha_256_passes_where_a_camera_can(guard):
    challenge = guard.challenge(NOW).replace("algorithm=MD5", "algorithm=SHA-256")
    assert judged(guard, answer_to(challenge)) == "ok"


def test_the_example_of_rfc_7616_has_this_response():
    """Section 3.9.1 with MD5, worked through by hand with the guard's own realm left out: the formula is the same."""

    def digest(text):
        return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 (what cameras can do)

    secret = digest("Mufasa:http-auth@example.org:Circle of Life")
    request = digest("GET:/dir/index.html")
    nonce, cnonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    assert digest(f"{secret}:{nonce}:00000001:{cnonce}:auth:{request}") == "8ca523f5e9506fed4657c9700eebdbec"


@pytest.mark.parametrize("changes", [{"password": "guess"}, {"username": "camera-out-1"}])
def test_another_password_or_user_is_wrong(guard, changes):
    assert judged(guard, answer_to(guard.challenge(NOW), **changes)) == "wrong"


def test_an_answer_for_another_path_or_method_is_wrong(guard):
    assert judged(guard, answer_to(guard.challenge(NOW), path="/cameras/hikvision/out-1")) == "wrong"
    assert judged(guard, answer_to(guard.challenge(NOW), method="GET")) == "wrong"


def test_a_recorded_answer_cannot_be_sent_again(guard):
    header = answer_to(guard.challenge(NOW))
    assert [judged(guard, header) for _ in range(3)] == ["ok", "replayed", "replayed"]


def test_a_guess_does_not_use_up_the_count(guard):
    challenge = guard.challenge(NOW)
    assert judged(guard, answer_to(challenge, password="guess")) == "wrong"
    assert judged(guard, answer_to(challenge)) == "ok"


def test_an_old_nonce_is_stale(guard):
    header = answer_to(guard.challenge(NOW))
    assert judged(guard, header, after=NONCE_SECONDS + 1) == "stale"


def test_a_nonce_of_another_guard_is_stale(guard):
    assert judged(guard, answer_to(DigestGuard("camera-in-1", "s3cret").challenge(NOW))) == "stale"


def test_a_nonce_whose_time_was_moved_is_stale(guard):
    challenge = guard.challenge(NOW)
    moved = re.sub(r'nonce="(\d+)', f'nonce="{int(NOW) + 9999}', challenge)
    assert judged(guard, answer_to(moved)) == "stale"


@pytest.mark.parametrize("header", ["", "Basic Y2FtZXJhOnMzY3JldA==", "digest x", "Bearer x"])
def test_no_digest_is_missing(guard, header):
    assert judged(guard, header) == "missing"


@pytest.mark.parametrize("gone", ["username", "nonce", "uri", "response", "nc", "cnonce"])
def test_an_answer_with_a_part_missing_is_malformed(guard, gone):
    header = re.sub(rf"\b{gone}=", "x=", answer_to(guard.challenge(NOW)))
    assert judged(guard, header) == "malformed"


def test_an_unknown_algorithm_is_malformed(guard):
    header = answer_to(guard.challenge(NOW)).replace('algorithm="MD5"', 'algorithm="CRC"')
    assert judged(guard, header) == "malformed"


def test_the_challenge_names_realm_and_qop(guard):
    assert guard.challenge(NOW).startswith(f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="')
    assert guard.challenge(NOW, stale=True).endswith(", stale=true")


@given(header=st.text(max_size=200))
def test_no_header_passes_by_chance_or_raises(header):
    guard = DigestGuard("camera-in-1", "s3cret")
    assert judged(guard, header) != "ok"
    assert judged(guard, f"Digest {header}") != "ok"


@given(values=st.fixed_dictionaries({name: st.text(max_size=20) for name in
                                     ("username", "nonce", "uri", "response", "nc", "cnonce")}))  # fmt: skip
def test_no_set_of_fields_passes_by_chance_or_raises(values):
    guard = DigestGuard("camera-in-1", "s3cret")
    header = "Digest " + ", ".join(f'{name}="{value}"' for name, value in values.items())
    assert judged(guard, header) != "ok"
