"""Personal data at rest: sealed with a key that the database does not hold (Fernet, AES-128-CBC with HMAC-SHA256).

The keys derive from SECRET_KEY and SECRET_KEY_FALLBACKS: what an older key sealed opens until that key is dropped.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SealBroken(ValueError):
    """Sealed with a key that is not here any more, or changed since."""


def seal(text: str) -> str:
    """A token that only ``unseal`` reads; another one each time."""
    return _keys().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """The text. Raises SealBroken."""
    try:
        return _keys().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise SealBroken("this was not sealed with a key that is known here") from error


def _keys() -> MultiFernet:
    return MultiFernet([_derived(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"berth sealed fields").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
