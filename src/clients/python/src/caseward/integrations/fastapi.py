"""A dependency for FastAPI that checks, and answers 403, or 404 where a case is to be shown as absent.

guard = Guard(client, subject=current_user)        # a dependency that gives `user:ana`

@app.get("/cases/{case}")
async def read(case: str, decision: Annotated[Decision, Depends(guard("read", "case:{case}"))]): …
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Depends, HTTPException, Request

from caseward import forms
from caseward._async.client import AsyncClient
from caseward.errors import CasewardError
from caseward.guarding import Resource, resource_of, status, status_of

_SAID = {403: "Forbidden", 404: "Not Found", 503: "Service Unavailable"}


class Guard:
    """Makes dependencies. `subject` is a dependency of the application that says who asks."""

    def __init__(self, client: AsyncClient, *, subject: Callable[..., Any]) -> None:
        self._client, self._subject = client, subject

    def __call__(self, action: forms.Action, resource: Resource) -> Callable[..., Awaitable[forms.Decision]]:
        """A dependency that lets in whoever may, and gives the decision."""

        async def checked(request: Request, who: str = Depends(self._subject)) -> forms.Decision:
            try:
                decision = await self._client.check(who, action, resource_of(resource, request.path_params))
            except CasewardError as why:
                code = status_of(why)
                raise HTTPException(code, _SAID[code]) from why
            if (code := status(decision)) != 200:
                raise HTTPException(code, _SAID[code])
            return decision

        return checked
