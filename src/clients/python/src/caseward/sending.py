"""What goes with a command, and how often it is sent.

INVARIANT: a command has its id before it is sent for the first time, so sending it again stores it once.
"""

from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

from caseward.commands import Command
from caseward.wire import to_json

Item = TypeVar("Item")


class Sending(TypedDict, total=False):
    """What may be said beside the fields of a command."""

    actor: str
    """In whose name, `user:ana`; left out, the token's own."""
    reason: str
    """Why; for the record."""
    id: str
    """Under which the command is stored once, however often it is sent; left out, one is made."""
    correlation_id: str
    """What this belongs to."""
    causation_id: str
    """What this follows from."""
    expected_version: int
    """The version that its stream must have."""
    dry_run: bool
    """Only says what would come of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A command of a batch, with what may be said beside it."""

    command: Command
    actor: str | None = None
    reason: str | None = None
    id: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a request is tried, and how long it is waited in between.

    What cannot do harm a second time is tried again when nobody answers, or the service says that it cannot now: every
    question, and every command, since it has an id. What makes something new without one (a token, an organization, a
    run) is tried again only where it cannot have arrived.
    """

    attempts: int = 5
    first_wait: float = 0.1
    longest_wait: float = 5.0

    def wait(self, attempt: int, asked_for: float | None) -> float:
        """Seconds before the next attempt: twice as long each time, a random part less, and at least what was asked for."""
        longest = min(self.longest_wait, self.first_wait * 2.0**attempt)
        return max(longest * random.uniform(0.5, 1.0), min(asked_for or 0.0, self.longest_wait))  # noqa: S311


#: Codes of the service that another attempt may get past.
PASSING = frozenset({"busy", "stopping", "in_doubt", "timeout", "fault", "behind"})


def new_id() -> str:
    """A UUID of version 7, so that ids sort by when they were made."""
    bits = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    bits = bits & ~(0xF << 76) | 7 << 76
    bits = bits & ~(0x3 << 62) | 2 << 62
    text = f"{bits & (1 << 128) - 1:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def submission(command: Command, sent: Mapping[str, Any]) -> dict[str, Any]:
    """As the service takes it, with an id."""
    beside = {name: one for name, one in sent.items() if one is not None and name != "dry_run"}
    return {"id": new_id(), **beside, "command": {command.NAME: to_json(command)}}


def in_parts(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """So many at a time; the next are taken when they are asked for."""
    if not 1 <= size <= 10_000:
        raise ValueError(f"a batch has 1 to 10,000 items, not {size}")
    taking = iter(items)
    while part := list(itertools.islice(taking, size)):
        yield part


def each(commands: Any) -> list[dict[str, Any]]:
    """Those of a batch."""
    found = []
    for one in commands:
        if isinstance(one, Submission):
            beside = {name: getattr(one, name) for name in Submission.__slots__ if name != "command"}
            found.append(submission(one.command, beside))
        else:
            found.append(submission(one, {}))
    return found
