"""What a cache of decisions knows, and until when.

INVARIANT: nothing is answered that was not so at most `staleness` seconds ago. What is known is as of the last heartbeat
at which nothing was left to tell, or as of the moment that the last message tells of: by the clock of the
service, which its answers show, so that a feed that is behind does not count as one that is not. An answer is kept only where
the feed has told nothing behind it, so one that a change has overtaken on its way here is not kept; and what is known of a
pair never goes back. Absent on purpose: the feed, threads and tasks (`caseward.cache`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from caseward import forms
from caseward.server_sent import Heartbeat

#: A user, and a resource.
Pair: TypeAlias = tuple[str, str]
#: A position and an instant: what had happened, and what time it was.
Place: TypeAlias = tuple[int, datetime]

_BEFORE_ALL: Place = (0, datetime(1970, 1, 1, tzinfo=UTC))


class Known:
    """Rights by user and resource. Not for several threads at once: whoever has it locks."""

    def __init__(self, staleness: float, entries: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._staleness, self._entries, self._clock = staleness, entries, clock
        self._rights: OrderedDict[Pair, tuple[frozenset[str], Place]] = OrderedDict()
        self._told = _BEFORE_ALL
        self._true_at: float | None = None
        self._offset: float | None = None

    @property
    def position(self) -> int:
        """Up to which position the feed has told."""
        return self._told[0]

    def now(self) -> float:
        """By the clock that ages are measured with; to be read before the service is asked."""
        return self._clock()

    def rights(self, user: str, resource: str) -> frozenset[str] | None:
        """What is known to be held, while that is recent enough."""
        if self._true_at is None or self._clock() - self._true_at > self._staleness:
            return None
        found = self._rights.get((user, resource))
        if found is None:
            return None
        self._rights.move_to_end((user, resource))
        return found[0]

    def begin(self, decision: forms.Decision, asked: float) -> None:
        """The feed starts behind this answer."""
        self._told, self._true_at = (decision.position, decision.at), asked

    def keep(self, user: str, resource: str, decision: forms.Decision) -> None:
        """Takes an answer of the service, unless the feed has told of something behind it."""
        place = (decision.position, decision.at)
        offset = decision.at.timestamp() - self._clock()
        self._offset = offset if self._offset is None else max(offset, self._offset)
        if self._true_at is None or place < self._told:
            return
        self._rights[(user, resource)] = (frozenset(decision.rights), place)
        self._rights.move_to_end((user, resource))
        while len(self._rights) > self._entries:
            self._rights.popitem(last=False)

    def heard(self, heartbeat: Heartbeat) -> None:
        """Takes a heartbeat. One also comes where the feed goes over a long stretch that tells nothing: then it is behind."""
        position = int(heartbeat.id.partition("@")[0] or 0)
        if self._true_at is not None and position >= heartbeat.head:
            self._true_at = self._clock()

    def lost(self) -> None:
        """The feed ended for good: nothing is known any more."""
        self._true_at = None
        self._rights.clear()

    def changed(self, changes: forms.AccessChanges) -> None:
        """Takes what the feed told."""
        self._told = place = (changes.to.position, changes.to.at)
        for one in (*changes.gained, *changes.lost, *changes.changed, *(changes.named or ())):
            pair = (one.subject, one.resource)
            if pair in self._rights and self._rights[pair][1] < place:
                self._rights[pair] = (frozenset(one.after), place)
        for everyone in changes.everyone or ():
            self._drop(resource=everyone.resource)
        for again in changes.ask_again or ():
            self._ask_again(again)
        self._true_as_of(changes.to.at)

    def _true_as_of(self, at: datetime) -> None:
        """Ages what is known by how long ago that was for the service."""
        if self._true_at is None or self._offset is None:
            return
        now = self._clock()
        behind = max(0.0, now + self._offset - at.timestamp())
        self._true_at = max(self._true_at, now - behind)

    def _ask_again(self, again: forms.AskAgain) -> None:
        if isinstance(again, forms.AskAgainSubject):
            self._drop(user=again.subject)
        elif isinstance(again, forms.AskAgainResource):
            self._drop(resource=again.resource)
        else:
            self._rights.clear()

    def _drop(self, user: str | None = None, resource: str | None = None) -> None:
        for pair in [one for one in self._rights if one[0] == user or one[1] == resource]:
            del self._rights[pair]
