# Made from `_async/base.py` by `tools/generate.py`: change it there.
"""What every part of the client has: the door, the organization, and the position that a session carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from caseward import errors
from caseward._sync.door import Door, segment
from caseward.carried import Carried
from caseward.server_sent import Message
from caseward.wire import Wired, whichever

Form = TypeVar("Form", bound=Wired)


class Base:
    """Shared by the parts."""

    _door: Door
    _org: str
    _purpose: str | None
    _carried: Carried | None

    def _path(self, rest: str) -> str:
        return f"/v1/orgs/{segment(self._org)}/{rest}"

    def _why(self) -> dict[str, str | bytes]:
        return {} if self._purpose is None else {"X-Purpose": self._purpose.encode()}

    def _at_least(self, asked: int | None) -> int | None:
        return asked if self._carried is None else self._carried.at_least(asked)

    def _saw(self, position: int) -> None:
        if self._carried is not None:
            self._carried.saw(position)

    def _get(self, kind: type[Form], rest: str, query: Mapping[str, str]) -> Form:
        return self._read(kind, self._door.ask("GET", self._path(rest), query=query, headers=self._why()))

    @staticmethod
    def _each(kinds: tuple[type[Wired], ...], value: Any, name: str) -> list[Any]:
        """The members of a list of an answer, each of one of these forms."""
        try:
            return [whichever(one, *kinds) for one in value[name]]
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            raise errors.UnexpectedAnswer(f"an answer has no `{name}` of its form: {why!r}") from why

    @staticmethod
    def _told(message: Message) -> Any:
        """What a message of a feed holds."""
        try:
            return json.loads(message.data)
        except ValueError as why:
            raise errors.UnexpectedAnswer("a message of a feed is not JSON") from why

    @staticmethod
    def _read(kind: type[Form], value: Any, member: str | None = None) -> Form:
        try:
            return kind.from_json(value if member is None else value[member])
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            raise errors.UnexpectedAnswer(f"an answer is not of the form {kind.__name__}: {why!r}") from why
