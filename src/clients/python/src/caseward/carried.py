"""The position that a session carries along."""

from __future__ import annotations


class Carried:
    """The highest position that was told: later questions wait for it. It only grows, so threads may share it."""

    __slots__ = ("_position",)

    def __init__(self) -> None:
        self._position = 0

    def saw(self, position: int) -> None:
        """Takes a position of an answer."""
        self._position = max(self._position, position)

    def at_least(self, asked: int | None) -> int | None:
        """What the next question waits for."""
        least = max(self._position, asked or 0)
        return least or None
