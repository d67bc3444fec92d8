# Made from `_async/paging.py` by `tools/generate.py`: change it there.
"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Page = TypeVar("Page")
Item = TypeVar("Item")


class Pages(Generic[Page, Item]):
    """Goes over the items of all pages; the next one is asked for when it is needed. All show one position.

    `first()` is the first page as the service answered it: it says at which position, and has what concerns the whole list.
    """

    def __init__(
        self, ask: Callable[[str | None], Page], items: Callable[[Page], Iterable[Item]], token: Callable[[Page], str | None]
    ) -> None:
        self._ask, self._items, self._token = ask, items, token

    def first(self) -> Page:
        """The first page alone."""
        return self._ask(None)

    def pages(self) -> Iterator[Page]:
        """Page by page."""
        after: str | None = None
        while True:
            page = self._ask(after)
            yield page
            after = self._token(page)
            if after is None:
                return

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            for item in self._items(page):
                yield item

    def all(self) -> list[Item]:
        """All items at once."""
        return [item for item in self]
