"""Lists: who, what, when, what changed, what happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, TypeVar

from caseward import forms
from caseward._async.base import AsyncBase
from caseward._async.paging import AsyncPages
from caseward.question import changes_of
from caseward.wire import AsOf, Instant, query

Page = TypeVar(
    "Page",
    forms.WhoAnswer,
    forms.WhoBetweenAnswer,
    forms.WhatAnswer,
    forms.AccessAnswer,
    forms.TimelineAnswer,
    forms.DiffAnswer,
    forms.HistoryAnswer,
    forms.StrandedAnswer,
)
Item = TypeVar("Item")


class AsyncListing(AsyncBase):
    """Lists that come in pages. `limit` is how many items a page has, at most 1,000."""

    def _pages(self, kind: type[Page], path: str, asked: dict[str, str], items: Callable[[Page], Iterable[Item]]) -> AsyncPages[Page, Item]:
        async def ask(after: str | None) -> Page:
            return await self._get(kind, path, {**asked, **query(after=after)})

        return AsyncPages(ask, items, lambda page: page.next)

    def who(
        self,
        action: forms.Action,
        resource: str,
        *,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.WhoAnswer, str]:
        """Users who may do something to a resource, and behind them links to it."""
        asked = query(action=action, resource=resource, as_of=as_of, at=at, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.WhoAnswer, "who", asked, lambda page: [*page.subjects, *page.links])

    def who_between(
        self,
        action: forms.Action,
        resource: str,
        *,
        from_: AsOf | None = None,
        to: AsOf | None = None,
        as_of: AsOf | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.WhoBetweenAnswer, forms.HolderBetween]:
        """Everybody who could at any time between, and when. One of `from_` and `to` must be given."""
        asked = query(action=action, resource=resource, from_=from_, to=to, as_of=as_of, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.WhoBetweenAnswer, "who", asked, lambda page: page.subjects)

    def what(
        self,
        subject: str,
        action: forms.Action,
        *,
        definition: str | None = None,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.WhatAnswer, str]:
        """Resources to which a subject may do something; with `definition`, its cases alone."""
        asked = query(
            subject=subject, action=action, definition=definition, as_of=as_of, at=at, at_least=self._at_least(at_least), limit=limit
        )
        return self._pages(forms.WhatAnswer, "what", asked, lambda page: page.resources)

    def access(
        self,
        subject: str,
        action: forms.Action,
        resource: str,
        *,
        from_: AsOf | None = None,
        to: AsOf | None = None,
        as_of: AsOf | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.AccessAnswer, forms.Interval]:
        """When a subject could do something: half-open intervals, with what opened and closed each."""
        asked = query(
            subject=subject,
            action=action,
            resource=resource,
            from_=from_,
            to=to,
            as_of=as_of,
            at_least=self._at_least(at_least),
            limit=limit,
        )
        return self._pages(forms.AccessAnswer, "access", asked, lambda page: page.intervals)

    def timeline(
        self,
        resource: str,
        *,
        from_: AsOf | None = None,
        to: AsOf | None = None,
        as_of: AsOf | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.TimelineAnswer, forms.TimelineRow]:
        """Who held what on a resource, and when."""
        asked = query(resource=resource, from_=from_, to=to, as_of=as_of, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.TimelineAnswer, "timeline", asked, lambda page: page.subjects)

    def diff(
        self, of: str, *, from_: AsOf, to: AsOf | None = None, at_least: int | None = None, limit: int | None = None
    ) -> AsyncPages[forms.DiffAnswer, tuple[Literal["gained", "lost", "changed"], forms.Change]]:
        """What changed between two moments for a resource, a user or the `organization`."""
        asked = query(of=of, from_=from_, to=to, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.DiffAnswer, "diff", asked, changes_of)

    def history(
        self,
        of: str,
        *,
        matching: str | None = None,
        as_of: AsOf | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.HistoryAnswer, forms.HistoryEntry]:
        """The events that name something; `matching` is a query of `caseward help queries`."""
        asked = query(of=of, query=matching, as_of=as_of, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.HistoryAnswer, "history", asked, lambda page: page.events)

    def stranded(
        self,
        *,
        definition: str | None = None,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[forms.StrandedAnswer, forms.StrandedCase]:
        """Open cases with people who have a part in them and may not read them."""
        asked = query(definition=definition, as_of=as_of, at=at, at_least=self._at_least(at_least), limit=limit)
        return self._pages(forms.StrandedAnswer, "stranded", asked, lambda page: page.cases)
