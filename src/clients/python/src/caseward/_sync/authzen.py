# Made from `_async/authzen.py` by `tools/generate.py`: change it there.
"""The OpenID AuthZEN Authorization API 1.0, about this client's organization."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from caseward import forms
from caseward._sync.base import Base
from caseward._sync.door import segment
from caseward.wire import AsOf, Instant, to_json

Entity = dict[str, Any]


class Authzen(Base):
    """For programs that speak its words: subjects, resources and actions are objects, as the standard has them."""

    def evaluate(
        self, subject: Entity, action: Entity, resource: Entity, *, context: Entity | None = None, **asked: Any
    ) -> forms.AuthzenDecision:
        """One decision. `as_of`, `at`, `at_least` and `explain` go into `context.caseward`."""
        body = self._evaluation(asked, subject=subject, action=action, resource=resource, context=context)
        return self._read(forms.AuthzenDecision, self._authzen("evaluation", body))

    def evaluations(
        self,
        evaluations: Sequence[Entity],
        *,
        subject: Entity | None = None,
        action: Entity | None = None,
        resource: Entity | None = None,
        context: Entity | None = None,
        semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] | None = None,
    ) -> list[forms.AuthzenDecision]:
        """Many, up to the one that decides all; what they share stands beside them."""
        body = self._evaluation({}, subject=subject, action=action, resource=resource, context=context)
        body["evaluations"] = list(evaluations)
        if semantic is not None:
            body["options"] = {"evaluations_semantic": semantic}
        told = self._authzen("evaluations", body)
        listed = told if "evaluations" in told else {"evaluations": [told]}
        return self._each((forms.AuthzenDecision,), listed, "evaluations")

    def search(
        self,
        kind: Literal["subject", "resource", "action"],
        *,
        subject: Entity | None = None,
        action: Entity | None = None,
        resource: Entity | None = None,
        context: Entity | None = None,
        limit: int | None = None,
    ) -> Iterator[Entity]:
        """Who may, on what, or which actions: page by page, all of one position."""
        body = self._evaluation({}, subject=subject, action=action, resource=resource, context=context)
        page: dict[str, Any] = {} if limit is None else {"limit": limit}
        while True:
            found = self._read(forms.AuthzenFound, self._authzen(f"search/{kind}", {**body, "page": page}))
            for one in found.results:
                yield one
            token = (found.page or {}).get("next_token")
            if not token:
                return
            page = {**page, "token": token}

    def metadata(self) -> forms.AuthzenMetadata:
        """Where the endpoints are, as the service is known by `--public-url`."""
        told: forms.AuthzenMetadata = self._door.ask("GET", f"/.well-known/authzen-configuration/orgs/{segment(self._org)}")
        return told

    def _authzen(self, path: str, body: Any) -> Any:
        return self._door.ask("POST", self._path(f"access/v1/{path}"), body=body)

    def _evaluation(self, asked: dict[str, AsOf | Instant | bool | None], **given: Entity | None) -> dict[str, Any]:
        body: dict[str, Any] = {name: one for name, one in given.items() if one is not None}
        ours = {name: to_json(one) for name, one in asked.items() if one is not None}
        waits = self._at_least(None)
        if waits is not None:
            ours.setdefault("at_least", waits)
        if ours:
            body["context"] = {**body.get("context", {}), "caseward": ours}
        return body
