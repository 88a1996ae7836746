"""The credential on a card: bytes written down by hand, published vectors of CMAC, and that nothing forged passes."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from hypothesis import given
from hypothesis import strategies as st

from hardware.cards import credential as cards
from hardware.cards.credential import Credential, CredentialError, seal, unseal

MASTER = bytes(range(16))
KEYS = st.binary(min_size=16, max_size=16)
UIDS = st.binary(min_size=7, max_size=7).map(lambda uid: uid.hex().upper())
LOTS = st.sampled_from(["yijing", "zhujiang", "tianhe"])
CREDENTIALS = st.builds(
    Credential,
    lot=LOTS,
    chip_uid=UIDS,
    member=st.integers(0, 2**64 - 1),
    valid_until=st.integers(0, 2**32 - 1),
    issue_number=st.integers(0, 2**32 - 1),
    flags=st.integers(0, 255),
    tap_counter=st.integers(0, 2**16 - 1),
)
SAMPLE = Credential("yijing", "04A1B2C3D4E5F6", 42, 1_780_000_000, 3)


# --- CMAC, by a second path -----------------------------------------------------------------------------


def block(key: bytes, data: bytes) -> bytes:
    encryptor = Cipher(AES(key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def doubled(value: bytes) -> bytes:
    shifted = int.from_bytes(value, "big") << 1
    return (shifted & (1 << 128) - 1 ^ (0x87 if shifted >> 128 else 0)).to_bytes(16, "big")


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC by RFC 4493's own steps, from AES on single blocks alone."""
    subkey = doubled(block(key, bytes(16)))
    whole = bool(message) and len(message) % 16 == 0
    if not whole:
        subkey, message = doubled(subkey), message + b"\x80" + bytes(-(len(message) + 1) % 16)
    state = bytes(16)
    for at in range(0, len(message), 16):
        piece = message[at : at + 16]
        if at + 16 == len(message):
            piece = bytes(a ^ b for a, b in zip(piece, subkey, strict=True))
        state = block(key, bytes(a ^ b for a, b in zip(state, piece, strict=True)))
    return state


RFC_4493_KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
RFC_4493_MESSAGE = bytes.fromhex(
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
)


@pytest.mark.parametrize(
    ("length", "tag"),
    [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ],
)
def test_the_second_path_gives_the_tags_of_rfc_4493(length, tag):
    assert cmac(RFC_4493_KEY, RFC_4493_MESSAGE[:length]).hex() == tag


def test_diversification_gives_the_example_of_an10922():
    """Section 2.2.1: master key, UID 04782E21801D80, application 3042F5, system identifier NXP Abu."""
    key = cards.diversify(
        bytes.fromhex("00112233445566778899AABBCCDDEEFF"),
        bytes.fromhex("04782E21801D80" + "3042F5" + "4E585020416275"),
    )
    assert key.hex().upper() == "A8DD63A3B89D54B37CA802473FDA9175"


@given(key=KEYS, message=st.binary(min_size=1, max_size=31))
def test_diversification_is_cmac_of_two_blocks(key, message):
    """AN10922 pads a short input to two blocks even where CMAC would stop after one."""
    data = b"\x01" + message
    if len(data) >= 17:
        assert cards.diversify(key, message) == cmac(key, data)
    assert len(cards.diversify(key, message)) == 16


@pytest.mark.parametrize("length", [0, 32])
def test_diversification_refuses_other_lengths(length):
    with pytest.raises(ValueError, match="1 to 31"):
        cards.diversify(MASTER, bytes(length))


@given(credential=CREDENTIALS, master=KEYS)
def test_the_tag_is_cmac_under_the_cards_own_key(credential, master):
    data = seal(credential, master)
    own_key = cards.card_key(master, bytes.fromhex(credential.chip_uid))
    assert data[-8:] == cmac(own_key, data[:-8])[:8]


# --- layout ------------------------------------------------------------------------------------------------


def test_the_layout_is_as_documented():
    data = seal(SAMPLE, MASTER)
    assert data[:-8].hex() == (
        "01"  # version
        "01"  # key id
        "32f8bd8c"  # CRC-32 of "yijing"
        "04a1b2c3d4e5f6"  # chip UID
        "000000000000002a"  # member 42
        "6a18a500"  # valid until 1 780 000 000
        "00000003"  # issue
        "00"  # flags
        "0000"  # tap counter
    )


def test_it_fits_a_sector_of_a_card_and_an_osdp_reply():
    assert len(seal(SAMPLE, MASTER)) == cards.LENGTH <= 48


def test_lots_have_numbers_of_crc_32():
    assert cards.lot_number("123456789") == 0xCBF43926  # the check value of CRC-32


@given(credential=CREDENTIALS, master=KEYS)
def test_what_is_sealed_can_be_read_again(credential, master):
    assert unseal(seal(credential, master), credential.lot, master) == credential


@pytest.mark.parametrize(
    "field",
    [{"chip_uid": "04A1B2"}, {"chip_uid": "xyz"}, {"member": -1}, {"valid_until": 2**32}, {"issue_number": 2**32}],
)
def test_a_field_that_does_not_fit_is_refused(field):
    values = {"lot": "yijing", "chip_uid": "04A1B2C3D4E5F6", "member": 1, "valid_until": 1, "issue_number": 1} | field
    with pytest.raises(ValueError):
        seal(Credential(**values), MASTER)


# --- what is not believed --------------------------------------------------------------------------------------


def refusal(data: bytes, lot: str = "yijing", master: bytes = MASTER, key_id: int = 1) -> str:
    with pytest.raises(CredentialError) as error:
        unseal(data, lot, master, key_id)
    return error.value.reason


@given(data=st.binary(max_size=80))
def test_any_bytes_are_refused_with_a_reason(data):
    assert refusal(data) in {"length", "version", "key", "lot", "tag"}


@given(credential=CREDENTIALS, bit=st.integers(0, cards.LENGTH * 8 - 1))
def test_one_flipped_bit_anywhere_is_refused(credential, bit):
    data = bytearray(seal(credential, MASTER))
    data[bit // 8] ^= 1 << bit % 8
    assert refusal(bytes(data), credential.lot) in {"version", "key", "lot", "tag"}


@given(credential=CREDENTIALS, master=KEYS.filter(lambda key: key != MASTER))
def test_a_card_under_another_master_key_is_refused(credential, master):
    assert refusal(seal(credential, master), credential.lot) == "tag"


def test_a_card_of_another_lot_is_refused():
    assert refusal(seal(SAMPLE, MASTER), "tianhe") == "lot"


def test_a_card_that_claims_another_lot_fails_at_the_tag():
    data = seal(SAMPLE, MASTER)
    forged = data[:2] + cards.lot_number("tianhe").to_bytes(4, "big") + data[6:]
    assert refusal(forged, "tianhe") == "tag"


def test_a_card_of_another_key_generation_is_refused():
    assert refusal(seal(SAMPLE, MASTER), key_id=2) == "key"


def test_the_tag_of_one_chip_is_worth_nothing_on_another():
    one, other = seal(SAMPLE, MASTER), seal(Credential("yijing", "04FFFFFFFFFFFF", 42, 1_780_000_000, 3), MASTER)
    assert refusal(other[:-8] + one[-8:]) == "tag"


@pytest.mark.parametrize("data", [seal(SAMPLE, MASTER)[:-1], seal(SAMPLE, MASTER) + b"\0", b""])
def test_another_length_is_refused(data):
    assert refusal(data) == "length"
