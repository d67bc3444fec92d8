# Made from `_async/proving.py` by `tools/generate.py`: change it there.
"""Tree heads and proofs, as the service hands them out. `caseward.proofs` checks them, without the service."""

from __future__ import annotations

from typing import Any

from caseward import forms
from caseward._sync.base import Base
from caseward._sync.door import segment
from caseward.wire import AsOf, Instant, query

Bundle = dict[str, Any]


class Proving(Base):
    """What can be kept elsewhere, and held against the service later."""

    def tree_head(self) -> str:
        """The newest signed tree head, a note as C2SP writes it."""
        return (self._door.send("GET", self._path("tree-head"), headers=self._why())).text

    def _proof(self, rest: str, asked: dict[str, str]) -> Bundle:
        bundle: Bundle = self._door.ask("GET", self._path(f"proofs/{rest}"), query=asked, headers=self._why())
        return bundle

    def prove_event(self, position: int) -> Bundle:
        """That an event is in the log."""
        return self._proof(segment(position), {})

    def prove_decision(
        self, subject: str, action: forms.Action, resource: str, *, as_of: AsOf | None = None, at: Instant | None = None
    ) -> Bundle:
        """That a decision follows from the log."""
        return self._proof("decision", query(subject=subject, action=action, resource=resource, as_of=as_of, at=at))

    def prove_consistency(self, older: str) -> Bundle:
        """That the log grew out of that of an older tree head."""
        return self._proof("consistency", {"from": older})
