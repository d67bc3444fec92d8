"""A decorator for views of Django that checks, and answers 403, or 404 where a case is to be shown as absent.

    guard = Guard(client, subject=lambda request: f"user:{request.user.username}")

    @guard("read", "case:{case}")
    def case_page(request, case): …            # `request.decision` says why

With an `AsyncClient` it is for views that are `async`.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from caseward import forms
from caseward._async.client import AsyncClient
from caseward._sync.client import Client
from caseward.errors import CasewardError
from caseward.guarding import Resource, resource_of, status, status_of, told

View = Callable[..., Any]
_log = logging.getLogger(__name__)


class Guard:
    """Makes decorators. `subject` says who asks: `user:ana`."""

    def __init__(self, client: Client | AsyncClient, *, subject: Callable[[HttpRequest], str]) -> None:
        self._client, self._subject = client, subject

    def __call__(self, action: forms.Action, resource: Resource) -> Callable[[View], View]:
        """A decorator that lets in whoever may."""

        def decorated(view: View) -> View:
            client = self._client
            return (
                self._waits_not(client, view, action, resource)
                if isinstance(client, AsyncClient)
                else self._waits(client, view, action, resource)
            )

        return decorated

    def _waits(self, client: Client, view: View, action: forms.Action, resource: Resource) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *given: Any, **named: Any) -> Any:
            try:
                decision = client.check(self._subject(request), action, resource_of(resource, named))
            except CasewardError as why:
                return _not_decided(why)
            _let_in(request, decision)
            return view(request, *given, **named)

        return guarded

    def _waits_not(self, client: AsyncClient, view: View, action: forms.Action, resource: Resource) -> View:
        @functools.wraps(view)
        async def guarded(request: HttpRequest, *given: Any, **named: Any) -> Any:
            try:
                decision = await client.check(self._subject(request), action, resource_of(resource, named))
            except CasewardError as why:
                return _not_decided(why)
            _let_in(request, decision)
            return await view(request, *given, **named)

        return guarded


def _let_in(request: HttpRequest, decision: forms.Decision) -> None:
    code = status(decision)
    if code == 404:
        raise Http404
    if code == 403:
        raise PermissionDenied
    request.decision = decision


def _not_decided(why: CasewardError) -> HttpResponse:
    if status_of(why) == 404:
        raise Http404 from why
    _log.error("nothing was decided, so nobody is let in: %s", told(why))
    return HttpResponse("Service Unavailable", status=503)
