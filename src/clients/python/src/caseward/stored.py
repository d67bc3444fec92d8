"""The beginning of an event as it is stored: who, when, what kind, in which place.

Absent on purpose: the fields of its type, and reasons, which are sealed. The form is on the page `format`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from caseward.errors import NotProved

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event of a proof."""

    position: int
    stream_version: int
    time: datetime
    type_number: int
    command_id: str
    actor: str
    via: str | None
    stored: bytes
    """All of it, as it was hashed."""


class _Reader:
    """Takes one thing after the other."""

    def __init__(self, stored: bytes) -> None:
        self._stored, self._at = stored, 0

    def byte(self) -> int:
        if self._at >= len(self._stored):
            raise NotProved("an event ends too soon")
        self._at += 1
        return self._stored[self._at - 1]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise NotProved("an event holds a number that is too long")

    def text(self) -> str:
        length = self.varint()
        end = self._at + length
        if end > len(self._stored):
            raise NotProved("an event ends too soon")
        found = self._stored[self._at : end]
        self._at = end
        try:
            return found.decode()
        except UnicodeDecodeError as why:
            raise NotProved("an event holds text that is none") from why


def envelope(stored: bytes) -> Envelope:
    """Reads it; `NotProved` where it is none."""
    reader = _Reader(stored)
    version = reader.byte()
    if version not in (1, 2):
        raise NotProved(f"an event has an envelope of version {version}; this release reads 1 and 2")
    via = reader.text() if version == 2 else None
    position, stream_version, zigzag = reader.varint(), reader.varint(), reader.varint()
    kind, _schema, command = reader.varint(), reader.varint(), reader.text()
    for _ in range(4):
        reader.varint()
    actor = reader.text()
    microseconds = (zigzag >> 1) ^ -(zigzag & 1)
    try:
        time = _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as why:
        raise NotProved("an event has a time that no calendar has") from why
    return Envelope(position, stream_version, time, kind, command, actor, via, stored)
