"""Questions of a batch, and what is read out of lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from caseward import forms
from caseward.wire import AsOf, Instant, to_json


@dataclass(frozen=True, slots=True)
class Question:
    """One of many: who, what, to what, and as of when."""

    subject: str
    action: forms.Action
    resource: str
    as_of: AsOf | None = None
    at: Instant | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is sent."""
        asked = {"subject": self.subject, "action": self.action, "resource": self.resource, "as_of": self.as_of, "at": self.at}
        return {name: to_json(one) for name, one in asked.items() if one is not None}


def changes_of(page: forms.DiffAnswer) -> Iterator[tuple[Literal["gained", "lost", "changed"], forms.Change]]:
    """The changes of a page with the list that each stands in."""
    for one in page.gained:
        yield "gained", one
    for one in page.lost:
        yield "lost", one
    for one in page.changed:
        yield "changed", one
