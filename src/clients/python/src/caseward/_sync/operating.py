# Made from `_async/operating.py` by `tools/generate.py`: change it there.
"""The operator's: organizations, tokens, runs of the whole store, the state, who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from caseward import forms
from caseward._sync.base import Base
from caseward._sync.door import segment
from caseward._sync.paging import Pages
from caseward.wire import Instant, query, to_json


def _said(**given: Any) -> dict[str, Any]:
    return {name: to_json(one) for name, one in given.items() if one is not None}


class Operating(Base):
    """What takes the parts `operate` or `admin`."""

    def ready(self) -> forms.Ready:
        """Whether the store serves, and whether it takes commands."""
        return self._read(forms.Ready, self._door.ask("GET", "/readyz"))

    def status(self) -> forms.Status:
        """The state of the organization."""
        return self._get(forms.Status, "status", {})

    def orgs(self) -> list[forms.Status]:
        """The organizations of the caller."""
        listed = self._read(forms.Organizations, self._door.ask("GET", "/v1/orgs"))
        return listed.organizations

    def create_org(self, organization: str, *, actor: str | None = None) -> forms.Accepted:
        """Creates an organization."""
        body = _said(organization=organization, actor=actor)
        return self._read(forms.Accepted, self._door.ask("POST", "/v1/orgs", body=body, harmless=False))

    def tokens(self) -> list[forms.TokenStatus]:
        """The tokens that the caller may know of."""
        listed = self._read(forms.Tokens, self._door.ask("GET", "/v1/tokens"))
        return listed.tokens

    def issue_token(
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
        return self._read(forms.IssuedToken, self._door.ask("POST", "/v1/tokens", body=body, harmless=False))

    def withdraw_token(self, token: str, *, actor: str | None = None) -> forms.Accepted:
        """Withdraws the token of this id, with the next request."""
        told = self._door.ask("DELETE", f"/v1/tokens/{segment(token)}", query=query(actor=actor))
        return self._read(forms.Accepted, told)

    def reads(
        self,
        *,
        about: str | None = None,
        from_: Instant | None = None,
        to: Instant | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> Pages[dict[str, Any], dict[str, Any]]:
        """Who asked about whom, oldest first."""
        asked = query(about=about, from_=from_, to=to, limit=limit)

        def ask(token: str | None) -> dict[str, Any]:
            page = {**asked, **query(after=token or after)}
            told: dict[str, Any] = self._door.ask("GET", self._path("reads"), query=page, headers=self._why())
            return told

        return Pages(ask, lambda page: page["reads"], lambda page: None if page.get("next") is None else str(page["next"]))

    def _run(self, method: str, path: str, body: Any = None, *, harmless: bool = True) -> forms.RunAnswer:
        return self._read(forms.RunAnswer, self._door.ask(method, path, body=body, harmless=harmless))

    def _runs(self, path: str) -> forms.Runs:
        return self._read(forms.Runs, self._door.ask("GET", path))

    def rebuild(self, *, projection: str | None = None, accept: bool | None = None, save_every: int | None = None) -> forms.RunAnswer:
        """Starts making the views anew; `rebuilding` tells how far it is."""
        body = _said(projection=projection, accept=accept, save_every=save_every)
        return self._run("POST", self._path("rebuilds"), body, harmless=False)

    def rebuilds(self) -> forms.Runs:
        """The last of them."""
        return self._runs(self._path("rebuilds"))

    def rebuilding(self, run: int) -> forms.RunAnswer:
        """How far one is, or how it ended."""
        return self._run("GET", self._path(f"rebuilds/{segment(run)}"))

    def steer_rebuild(self, run: int, step: Literal["pause", "resume", "stop"]) -> forms.RunAnswer:
        """Pauses, resumes or stops it."""
        return self._run("POST", self._path(f"rebuilds/{segment(run)}/{segment(step)}"))

    def cancel_rebuild(self, run: int) -> forms.RunAnswer:
        """Ends it, with nothing kept."""
        return self._run("DELETE", self._path(f"rebuilds/{segment(run)}"))

    def drop_rebuilds(self) -> forms.Gone:
        """Removes what unfinished ones have left."""
        return self._read(forms.Gone, self._door.ask("DELETE", self._path("rebuilds")))

    def drop_generations(self) -> forms.Gone:
        """Removes generations of views that serve no more."""
        return self._read(forms.Gone, self._door.ask("DELETE", self._path("generations")))

    def back_up(self, name: str | None = None) -> forms.RunAnswer:
        """Starts a backup, below the directory that the service has for them."""
        return self._run("POST", "/v1/backups", _said(name=name), harmless=False)

    def backups(self) -> forms.Runs:
        """The last of them, and what lies there."""
        return self._runs("/v1/backups")

    def backing_up(self, run: int) -> forms.RunAnswer:
        """How far one is, or how it ended."""
        return self._run("GET", f"/v1/backups/{segment(run)}")

    def cancel_backup(self, run: int) -> forms.RunAnswer:
        """Ends it."""
        return self._run("DELETE", f"/v1/backups/{segment(run)}")

    def verify(self) -> forms.RunAnswer:
        """Starts reading the whole store again."""
        return self._run("POST", "/v1/verification", harmless=False)

    def verifications(self) -> forms.Runs:
        """The last of them."""
        return self._runs("/v1/verification")

    def verifying(self, run: int) -> forms.RunAnswer:
        """How far one is, or what was found."""
        return self._run("GET", f"/v1/verification/{segment(run)}")

    def cancel_verification(self, run: int) -> forms.RunAnswer:
        """Ends it."""
        return self._run("DELETE", f"/v1/verification/{segment(run)}")
