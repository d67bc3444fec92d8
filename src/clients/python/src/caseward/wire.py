"""Between values of Python and what goes over the wire.

Absent on purpose: checks of what the service sent. What an answer lacks is an `UnexpectedAnswer`; words that a later
release adds are let through, since a client that refuses them breaks where nothing is wrong.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any, ClassVar, Final, Self, TypeAlias, Union


class Unset(Enum):
    """What was not said, where `None` says something."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET


class Wired:
    """A form: how it is read, and how its members are named where Python has another use for their names."""

    __slots__ = ()
    _required: ClassVar[tuple[str, ...]] = ()
    _constants: ClassVar[Mapping[str, str]] = {}
    _wire: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        raise NotImplementedError


#: A position, or an instant: a `datetime` with an offset, or a text as RFC 3339 has it.
AsOf: TypeAlias = Union[int, datetime, str]
#: An instant.
Instant: TypeAlias = Union[datetime, str]


def instant(text: str) -> datetime:
    """An instant that the service sent, in UTC. Years begin at 1: Python has no year 0."""
    return datetime.fromisoformat(text)


def written(value: datetime) -> str:
    """An instant as the service takes it. One without an offset could be any: it is refused."""
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone: give it one, or `datetime.now(UTC)`")
    precise = "microseconds" if value.microsecond % 1000 else "milliseconds" if value.microsecond else "seconds"
    return value.astimezone(UTC).isoformat(timespec=precise).replace("+00:00", "Z")


def to_json(value: Any) -> Any:
    """What is sent of a value: a form, a command, a list of them, an instant."""
    if isinstance(value, datetime):
        return written(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _members(value)
    if isinstance(value, Mapping):
        return {key: to_json(one) for key, one in value.items() if one is not UNSET}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_json(one) for one in value]
    return value


def _members(value: Any) -> dict[str, Any]:
    """Left out is what was not said: `UNSET`, and `None` where that does not have to be said."""
    kind = type(value)
    wire, found = getattr(kind, "_wire", {}), dict[str, Any]()
    for member in dataclasses.fields(value):
        name, one = member.name, getattr(value, member.name)
        if name == "facts":
            found |= to_json(one)
        elif one is None and not _says_none(kind, member):
            continue
        elif one is not UNSET:
            found[wire.get(name, name)] = to_json(one)
    return found


def _says_none(kind: Any, member: dataclasses.Field[Any]) -> bool:
    """Whether `None` is something that is said: where it has to be given, and where `UNSET` is what says nothing."""
    if (required := getattr(kind, "_required", None)) is not None:
        return getattr(kind, "_wire", {}).get(member.name, member.name) in required
    return member.default is UNSET or member.default is dataclasses.MISSING


def query(**given: AsOf | bool | None) -> dict[str, str]:
    """What stands behind the `?`: what was said, as text."""
    return {name.rstrip("_"): _text(one) for name, one in given.items() if one is not None}


def _text(one: AsOf | bool) -> str:
    return written(one) if isinstance(one, datetime) else str(one)


def whichever(value: Any, *kinds: type[Wired], open_: bool = False) -> Any:
    """The first form that a value has: its required members are there, and those that are fixed are as they must be.

    What is no object is a word, and stays as it is; so does an object that may be any, which `open_` says.
    """
    if not isinstance(value, dict):
        return value
    for kind in kinds:
        names = all(name in value for name in kind._required)
        if names and all(value[name] == one for name, one in kind._constants.items() if name in value):
            return kind.from_json(value)
    if open_:
        return value
    raise ValueError(f"it is none of {', '.join(kind.__name__ for kind in kinds)}")
