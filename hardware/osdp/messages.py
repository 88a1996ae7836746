"""What commands and replies have in common: a code, data, and a registry that decodes by code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Self, TypeVar


class MessageError(ValueError):
    """Data that is not what its code promises, or fields that do not fit on the wire."""


class UnknownCode(MessageError):
    """A code that this implementation does not speak."""


class Message:
    """A command or a reply. ``code`` is its byte on the wire, ``encode`` the data after it, ``decode`` the way back."""

    code: ClassVar[int]

    def encode(self) -> bytes:
        raise NotImplementedError

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises :class:`MessageError` when the data has another length or form."""
        raise NotImplementedError


def pack(layout: str, *values: object) -> bytes:
    """``struct.pack`` in little endian that reports a field out of range as :class:`MessageError`."""
    try:
        return struct.pack("<" + layout, *values)
    except struct.error as error:
        raise MessageError(str(error)) from None


def unpack(layout: str, data: bytes) -> tuple[Any, ...]:
    """``struct.unpack`` in little endian that reports a wrong length as :class:`MessageError`."""
    try:
        return struct.unpack("<" + layout, data)
    except struct.error as error:
        raise MessageError(str(error)) from None


def unpack_each(layout: str, data: bytes) -> list[tuple[Any, ...]]:
    """One tuple per record; at least one record."""
    if not data:
        raise MessageError("no record")
    size = struct.calcsize("<" + layout)
    return [unpack(layout, data[at : at + size]) for at in range(0, len(data), size)]


@dataclass(frozen=True, slots=True)
class Fixed(Message):
    """A message whose data is a fixed row of fields: ``layout`` in the notation of ``struct``, little endian."""

    layout: ClassVar[str] = ""

    def encode(self) -> bytes:
        return pack(self.layout, *astuple(self))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(*unpack(cls.layout, data))


M = TypeVar("M", bound=Message)


class Registry(dict[int, type[Message]]):
    """Message classes by code."""

    def register(self, code: int) -> Callable[[type[M]], type[M]]:
        """Class decorator that gives the class its code."""

        def add(message: type[M]) -> type[M]:
            message.code = code
            self[code] = message
            return message

        return add

    def decode(self, code: int, data: bytes) -> Message:
        """Raises :class:`UnknownCode`, or :class:`MessageError` for data that the code does not allow."""
        if code not in self:
            raise UnknownCode(f"unknown code {code:#04x}")
        return self[code].decode(data)
