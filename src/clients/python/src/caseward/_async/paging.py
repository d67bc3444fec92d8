"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Generic, TypeVar

Page = TypeVar("Page")
Item = TypeVar("Item")


class AsyncPages(Generic[Page, Item]):
    """Goes over the items of all pages; the next one is asked for when it is needed. All show one position.

    `first()` is the first page as the service answered it: it says at which position, and has what concerns the whole list.
    """

    def __init__(
        self, ask: Callable[[str | None], Awaitable[Page]], items: Callable[[Page], Iterable[Item]], token: Callable[[Page], str | None]
    ) -> None:
        self._ask, self._items, self._token = ask, items, token

    async def first(self) -> Page:
        """The first page alone."""
        return await self._ask(None)

    async def pages(self) -> AsyncIterator[Page]:
        """Page by page."""
        after: str | None = None
        while True:
            page = await self._ask(after)
            yield page
            after = self._token(page)
            if after is None:
                return

    async def __aiter__(self) -> AsyncIterator[Item]:
        async for page in self.pages():
            for item in self._items(page):
                yield item

    async def all(self) -> list[Item]:
        """All items at once."""
        return [item async for item in self]
