"""The operator's: organizations, tokens, runs of the whole store, the state, who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from caseward import forms
from caseward._async.base import AsyncBase
from caseward._async.door import segment
from caseward._async.paging import AsyncPages
from caseward.wire import Instant, query, to_json


def _said(**given: Any) -> dict[str, Any]:
    return {name: to_json(one) for name, one in given.items() if one is not None}


class AsyncOperating(AsyncBase):
    """What takes the parts `operate` or `admin`."""

    async def ready(self) -> forms.Ready:
        """Whether the store serves, and whether it takes commands."""
        return self._read(forms.Ready, await self._door.ask("GET", "/readyz"))

    async def status(self) -> forms.Status:
        """The state of the organization."""
        return await self._get(forms.Status, "status", {})

    async def orgs(self) -> list[forms.Status]:
        """The organizations of the caller."""
        listed = self._read(forms.Organizations, await self._door.ask("GET", "/v1/orgs"))
        return listed.organizations

    async def create_org(self, organization: str, *, actor: str | None = None) -> forms.Accepted:
        """Creates an organization."""
        body = _said(organization=organization, actor=actor)
        return self._read(forms.Accepted, await self._door.ask("POST", "/v1/orgs", body=body, harmless=False))

    async def tokens(self) -> list[forms.TokenStatus]:
        """The tokens that the caller may know of."""
        listed = self._read(forms.Tokens, await self._door.ask("GET", "/v1/tokens"))
        return listed.tokens

    async def issue_token(
        self,
        name: str,
        *,
        parts: Sequence[forms.Part],
        organizations: Sequence[str],
        about: str | None = None,
        may_name: Sequence[str] | None = None,
        valid_until: Instant | None = None,
        limits: Mapping[Literal["requests", "streams"], int] | None = None,
        actor: str | None = None,
    ) -> forms.IssuedToken:
        """Issues a token; its `token` is told this once."""
        body = _said(
            name=name,
            parts=parts,
            organizations=organizations,
            about=about,
            may_name=may_name,
            valid_until=valid_until,
            limits=limits,
            actor=actor,
        )
        return self._read(forms.IssuedToken, await self._door.ask("POST", "/v1/tokens", body=body, harmless=False))

    async def withdraw_token(self, token: str, *, actor: str | None = None) -> forms.Accepted:
        """Withdraws the token of this id, with the next request."""
        told = await self._door.ask("DELETE", f"/v1/tokens/{segment(token)}", query=query(actor=actor))
        return self._read(forms.Accepted, told)

    def reads(
        self,
        *,
        about: str | None = None,
        from_: Instant | None = None,
        to: Instant | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> AsyncPages[dict[str, Any], dict[str, Any]]:
        """Who asked about whom, oldest first."""
        asked = query(about=about, from_=from_, to=to, limit=limit)

        async def ask(token: str | None) -> dict[str, Any]:
            page = {**asked, **query(after=token or after)}
            told: dict[str, Any] = await self._door.ask("GET", self._path("reads"), query=page, headers=self._why())
            return told

        return AsyncPages(ask, lambda page: page["reads"], lambda page: None if page.get("next") is None else str(page["next"]))

    async def _run(self, method: str, path: str, body: Any = None, *, harmless: bool = True) -> forms.RunAnswer:
        return self._read(forms.RunAnswer, await self._door.ask(method, path, body=body, harmless=harmless))

    async def _runs(self, path: str) -> forms.Runs:
        return self._read(forms.Runs, await self._door.ask("GET", path))

    async def rebuild(self, *, projection: str | None = None, accept: bool | None = None, save_every: int | None = None) -> forms.RunAnswer:
        """Starts making the views anew; `rebuilding` tells how far it is."""
        body = _said(projection=projection, accept=accept, save_every=save_every)
        return await self._run("POST", self._path("rebuilds"), body, harmless=False)

    async def rebuilds(self) -> forms.Runs:
        """The last of them."""
        return await self._runs(self._path("rebuilds"))

    async def rebuilding(self, run: int) -> forms.RunAnswer:
        """How far one is, or how it ended."""
        return await self._run("GET", self._path(f"rebuilds/{segment(run)}"))

    async def steer_rebuild(self, run: int, step: Literal["pause", "resume", "stop"]) -> forms.RunAnswer:
        """Pauses, resumes or stops it."""
        return await self._run("POST", self._path(f"rebuilds/{segment(run)}/{segment(step)}"))

    async def cancel_rebuild(self, run: int) -> forms.RunAnswer:
        """Ends it, with nothing kept."""
        return await self._run("DELETE", self._path(f"rebuilds/{segment(run)}"))

    async def drop_rebuilds(self) -> forms.Gone:
        """Removes what unfinished ones have left."""
        return self._read(forms.Gone, await self._door.ask("DELETE", self._path("rebuilds")))

    async def drop_generations(self) -> forms.Gone:
        """Removes generations of views that serve no more."""
        return self._read(forms.Gone, await self._door.ask("DELETE", self._path("generations")))

    async def back_up(self, name: str | None = None) -> forms.RunAnswer:
        """Starts a backup, below the directory that the service has for them."""
        return await self._run("POST", "/v1/backups", _said(name=name), harmless=False)

    async def backups(self) -> forms.Runs:
        """The last of them, and what lies there."""
        return await self._runs("/v1/backups")

    async def backing_up(self, run: int) -> forms.RunAnswer:
        """How far one is, or how it ended."""
        return await self._run("GET", f"/v1/backups/{segment(run)}")

    async def cancel_backup(self, run: int) -> forms.RunAnswer:
        """Ends it."""
        return await self._run("DELETE", f"/v1/backups/{segment(run)}")

    async def verify(self) -> forms.RunAnswer:
        """Starts reading the whole store again."""
        return await self._run("POST", "/v1/verification", harmless=False)

    async def verifications(self) -> forms.Runs:
        """The last of them."""
        return await self._runs("/v1/verification")

    async def verifying(self, run: int) -> forms.RunAnswer:
        """How far one is, or what was found."""
        return await self._run("GET", f"/v1/verification/{segment(run)}")

    async def cancel_verification(self, run: int) -> forms.RunAnswer:
        """Ends it."""
        return await self._run("DELETE", f"/v1/verification/{segment(run)}")
