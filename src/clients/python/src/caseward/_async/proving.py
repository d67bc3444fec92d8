"""Tree heads and proofs, as the service hands them out. `caseward.proofs` checks them, without the service."""

from __future__ import annotations

from typing import Any

from caseward import forms
from caseward._async.base import AsyncBase
from caseward._async.door import segment
from caseward.wire import AsOf, Instant, query

Bundle = dict[str, Any]


class AsyncProving(AsyncBase):
    """What can be kept elsewhere, and held against the service later."""

    async def tree_head(self) -> str:
        """The newest signed tree head, a note as C2SP writes it."""
        return (await self._door.send("GET", self._path("tree-head"), headers=self._why())).text

    async def _proof(self, rest: str, asked: dict[str, str]) -> Bundle:
        bundle: Bundle = await self._door.ask("GET", self._path(f"proofs/{rest}"), query=asked, headers=self._why())
        return bundle

    async def prove_event(self, position: int) -> Bundle:
        """That an event is in the log."""
        return await self._proof(segment(position), {})

    async def prove_decision(
        self, subject: str, action: forms.Action, resource: str, *, as_of: AsOf | None = None, at: Instant | None = None
    ) -> Bundle:
        """That a decision follows from the log."""
        return await self._proof("decision", query(subject=subject, action=action, resource=resource, as_of=as_of, at=at))

    async def prove_consistency(self, older: str) -> Bundle:
        """That the log grew out of that of an older tree head."""
        return await self._proof("consistency", {"from": older})
