"""Both feeds, for as long as one listens.

INVARIANT: what was yielded is behind the place from which a feed goes on; whatever cuts it off, it goes on there. Whoever
notes the `id` of what was dealt with, and starts `after` it, is told nothing twice and misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import httpx

from caseward import errors, forms
from caseward._async.base import AsyncBase
from caseward.sending import PASSING
from caseward.server_sent import Commit, Head, Heartbeat, Message, Messages, ended_by
from caseward.wire import query

#: A heartbeat comes every 15 seconds; after so many without anything the connection is given up and made anew.
SILENCE = 40.0


def _only(follow: bool) -> dict[str, str]:
    return {} if follow else {"follow": "false"}


class AsyncFollowing(AsyncBase):
    """What happens, as it happens."""

    async def events(self, after: int = 0, *, follow: bool = True) -> AsyncGenerator[Commit, None]:
        """Every commit behind a position, from the beginning or as it comes. Without `follow` it ends once everything was told."""
        async with aclosing(self._follow("events", str(after), _only(follow))) as messages:
            async for message in messages:
                if message.kind == "commit":
                    yield Commit(message.id, [self._read(forms.HistoryEntry, one, "data") for one in self._told(message)])

    async def changes(
        self,
        after: int | str = 0,
        *,
        subject: str | None = None,
        resource: str | None = None,
        action: forms.Action | None = None,
        follow: bool = True,
    ) -> AsyncGenerator[forms.AccessChanges, None]:
        """Who gained and lost what, behind the `id` of a message or a position: by commits, and by windows that begin or end."""
        only = query(subject=subject, resource=resource, action=action) | _only(follow)
        async with aclosing(self.changes_and_heartbeats(after, only)) as told:
            async for one in told:
                if isinstance(one, forms.AccessChanges):
                    yield one

    async def changes_and_heartbeats(
        self, after: int | str, only: dict[str, str] | None = None
    ) -> AsyncGenerator[forms.AccessChanges | Heartbeat, None]:
        """The same with the heartbeats between, for whoever must know how much it knows."""
        async with aclosing(self._follow("changes", str(after), only or {})) as messages:
            async for message in messages:
                if message.kind == "changes":
                    yield self._read(forms.AccessChanges, self._told(message), "data")
                elif message.kind == "heartbeat":
                    yield Heartbeat(message.id, self._read(Head, self._told(message)).head)

    async def _follow(self, path: str, after: str, only: dict[str, str]) -> AsyncGenerator[Message, None]:
        failed = 0
        while True:
            headers: dict[str, str | bytes] = {"Accept": "text/event-stream", "Last-Event-ID": after, **self._why()}
            try:
                async with self._door.stream(self._path(path), query=only, headers=headers, silence=SILENCE) as lines:
                    messages = Messages()
                    async for line in lines:
                        message = messages.take(line)
                        if message is None:
                            continue
                        ended_by(message)
                        if message.kind == "end":
                            return
                        failed, after = 0, message.id or after
                        yield message
            except httpx.TransportError:
                failed += 1
            except errors.Problem as problem:
                if problem.code not in PASSING:
                    raise
                failed += 1
            await asyncio.sleep(self._door.pause(failed))
