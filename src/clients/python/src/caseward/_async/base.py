"""What every part of the client has: the door, the organization, and the position that a session carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from caseward import errors
from caseward._async.door import AsyncDoor, segment
from caseward.carried import Carried
from caseward.wire import Wired

Form = TypeVar("Form", bound=Wired)


class AsyncBase:
    """Shared by the parts."""

    _door: AsyncDoor
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

    async def _get(self, kind: type[Form], rest: str, query: Mapping[str, str]) -> Form:
        return self._read(kind, await self._door.ask("GET", self._path(rest), query=query, headers=self._why()))

    @staticmethod
    def _read(kind: type[Form], value: Any) -> Form:
        try:
            return kind.from_json(value)
        except (KeyError, TypeError, ValueError, AttributeError) as why:
            raise errors.UnexpectedAnswer(f"an answer is not of the form {kind.__name__}: {why!r}") from why
