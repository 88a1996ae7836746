"""What commands and replies have in common: a code, data, and a registry that decodes by code."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
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


@dataclass(frozen=True, slots=True)
class Fixed(Message):
    """A message whose data is a fixed row of fields: ``layout`` in the notation of ``struct``, little endian."""

    layout: ClassVar[str] = ""

    def encode(self) -> bytes:
        return pack(self.layout, *(getattr(self, field.name) for field in fields(self))) if self.layout else b""

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(*unpack(cls.layout, data))


@dataclass(frozen=True, slots=True)
class Tailed(Message):
    """Fixed fields, named in ``head`` as they follow each other on the wire, then ``tail``: bytes up to the end.

    Where ``counted``, a byte between the two says how long the tail is.
    """

    layout: ClassVar[str]
    head: ClassVar[tuple[str, ...]]
    tail: ClassVar[str] = "data"
    counted: ClassVar[bool] = False

    def encode(self) -> bytes:
        tail: bytes = getattr(self, self.tail)
        values = [getattr(self, name) for name in self.head]
        return (pack(self.layout + "B", *values, len(tail)) if self.counted else pack(self.layout, *values)) + tail

    @classmethod
    def decode(cls, data: bytes) -> Self:
        layout = cls.layout + "B" if cls.counted else cls.layout
        size = struct.calcsize("<" + layout)
        values = unpack(layout, data[:size])
        message = cls(**dict(zip(cls.head, values, strict=False)), **{cls.tail: data[size:]})
        if len(data) - size != (values[-1] if cls.counted else message.tail_length()):
            raise MessageError("the data has another length than it says")
        return message

    def tail_length(self) -> int:
        """How long the head says that the tail is; by default it says nothing."""
        return len(getattr(self, self.tail))


@dataclass(frozen=True, slots=True)
class Records(Message):
    """A message of one field: a tuple of equal records of the class ``record``, each laid out as ``layout``."""

    record: ClassVar[type]
    layout: ClassVar[str]
    may_be_empty: ClassVar[bool] = False

    def encode(self) -> bytes:
        (only,) = fields(self)
        names = [field.name for field in fields(self.record)]
        return b"".join(pack(self.layout, *(getattr(item, n) for n in names)) for item in getattr(self, only.name))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        if not data and not cls.may_be_empty:
            raise MessageError("no record")
        size = struct.calcsize("<" + cls.layout)
        records = (unpack(cls.layout, data[at : at + size]) for at in range(0, len(data), size))
        return cls(tuple(cls.record(*values) for values in records))  # type: ignore[call-arg]  # the subclass's field


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
