"""Decisions that are kept here, and kept right by the feed of changes.

    with caseward.cache.Cache(client) as cache:
        if cache.allows("user:ana", "read", "case:4711"): …

**How old an answer may be**: at most `staleness` seconds (20), and what the last message took on its way. In practice a
change is told within milliseconds; the bound is for a connection that is cut without a word, and for a feed that cannot keep
up. A heartbeat comes every 15 seconds. A decision that must not be late is a question to the service, not to a cache.

Only yes and no are kept, since reasons and `disclose` may change without a change of rights. Links are asked about every
time, since the feed does not tell of them; so is whoever asks while there is no feed. It takes a token with the part `audit`.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from types import TracebackType

from caseward import forms
from caseward._async.client import AsyncClient
from caseward._sync.client import Client
from caseward.errors import CasewardError
from caseward.known import Known

#: Seconds. A heartbeat comes every 15.
STALENESS = 20.0
#: So many pairs of a user and a resource.
ENTRIES = 100_000


class Cache:
    """For programs that wait; a thread follows the feed."""

    def __init__(self, client: Client, *, staleness: float = STALENESS, entries: int = ENTRIES) -> None:
        self._client, self._known, self._lock = client, Known(staleness, entries), threading.Lock()
        self._stopped, self.failure = threading.Event(), None
        self._thread: threading.Thread | None = None

    failure: CasewardError | None
    """Why the feed has ended for good, such as a token that was withdrawn. Every question goes to the service then."""

    def allows(self, user: str, action: forms.Action, resource: str) -> bool:
        """Whether somebody may do something: from here where it is known, else from the service."""
        with self._lock:
            held = self._known.rights(user, resource)
        if held is not None:
            return action in held
        asked = self._known.now()
        decision = self._client.check(user, action, resource)
        if user.startswith("user:") and not self._stopped.is_set():
            with self._lock:
                if self._thread is None:
                    self._known.begin(decision, asked)
                    self._thread = threading.Thread(target=self._listen, args=(decision.position,), daemon=True, name="caseward-cache")
                    self._thread.start()
                self._known.keep(user, resource, decision)
        return decision.decision

    @property
    def position(self) -> int:
        """Up to which position the feed has told."""
        return self._known.position

    def _listen(self, after: int) -> None:
        try:
            for told in self._client.changes_and_heartbeats(after):
                with self._lock:
                    if isinstance(told, forms.AccessChanges):
                        self._known.changed(told)
                    else:
                        self._known.heard(told)
                if self._stopped.is_set():
                    return
        except CasewardError as why:
            self.failure = why
        finally:
            with self._lock:
                self._known.lost()

    def close(self) -> None:
        """Follows no more; every question goes to the service from then on. The thread ends with its next message."""
        self._stopped.set()
        with self._lock:
            self._known.lost()

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class AsyncCache:
    """The same for programs that do not wait; a task follows the feed."""

    def __init__(self, client: AsyncClient, *, staleness: float = STALENESS, entries: int = ENTRIES) -> None:
        self._client, self._known, self.failure = client, Known(staleness, entries), None
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    failure: CasewardError | None
    """See `Cache`."""

    async def allows(self, user: str, action: forms.Action, resource: str) -> bool:
        """Whether somebody may do something: from here where it is known, else from the service."""
        held = self._known.rights(user, resource)
        if held is not None:
            return action in held
        asked = self._known.now()
        decision = await self._client.check(user, action, resource)
        if user.startswith("user:") and not self._stopped:
            if self._task is None:
                self._known.begin(decision, asked)
                self._task = asyncio.create_task(self._listen(decision.position))
            self._known.keep(user, resource, decision)
        return decision.decision

    @property
    def position(self) -> int:
        """Up to which position the feed has told."""
        return self._known.position

    async def _listen(self, after: int) -> None:
        try:
            async for told in self._client.changes_and_heartbeats(after):
                if isinstance(told, forms.AccessChanges):
                    self._known.changed(told)
                else:
                    self._known.heard(told)
        except CasewardError as why:
            self.failure = why
        finally:
            self._known.lost()

    async def aclose(self) -> None:
        """Follows no more."""
        self._stopped = True
        self._known.lost()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def __aenter__(self) -> AsyncCache:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()
