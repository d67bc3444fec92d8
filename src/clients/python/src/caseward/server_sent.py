"""Server-sent events, as both feeds have them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

from caseward import errors, forms
from caseward.wire import Wired


@dataclass(frozen=True, slots=True)
class Commit:
    """What was stored at once."""

    id: str
    """Behind which the feed goes on: the position of the last event."""
    events: list[forms.HistoryEntry]

    @property
    def position(self) -> int:
        """The position of the last event."""
        return int(self.id)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing else was to be told."""

    id: str
    """Behind which the feed goes on."""
    head: int
    """The position of the last event that there is."""


@dataclass(frozen=True, slots=True)
class Head(Wired):
    """What a heartbeat holds."""

    head: int

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(value["head"])


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream."""

    id: str
    kind: str
    data: str


class Messages:
    """Puts messages together out of lines."""

    def __init__(self) -> None:
        self._id, self._kind, self._data = "", "message", list[str]()

    def take(self, line: str) -> Message | None:
        """Takes a line; the message that ends with it."""
        if line:
            name, _, value = line.partition(":")
            self._set(name, value.removeprefix(" "))
            return None
        message = Message(self._id, self._kind, "\n".join(self._data)) if self._data else None
        self._id, self._kind, self._data = "", "message", []
        return message

    def _set(self, name: str, value: str) -> None:
        if name == "id":
            self._id = value
        elif name == "event":
            self._kind = value
        elif name == "data":
            self._data.append(value)


def ended_by(message: Message) -> None:
    """Raises what a stream says when the service ends it."""
    if message.kind == "failed":
        told = json.loads(message.data)
        raise errors.problem(int(told.get("status", 503)), told)
    if message.kind == "stopping":
        raise errors.Unavailable("stopping", "the service is stopping", status=503)
