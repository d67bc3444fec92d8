"""What can go wrong, and how to tell one from the other.

`Refused`: the rules say no. `UnknownCaller`, `Forbidden`: the token. `Unavailable`: not now; it was tried again already.
`Unreachable`: nobody answers. Every one that the service told has its `code`, which `code_page` leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from caseward import forms

#: The codes of refusals; all others are of the service.
OF_RULES = frozenset(get_args(forms.Code))
_SAID = frozenset({"type", "title", "status", "code", "detail", "message", "hint"})


class CasewardError(Exception):
    """Any of them."""


class Unreachable(CasewardError):
    """No answer came, however often it was tried. A command may have been stored: send it again under the same id."""


class UnexpectedAnswer(CasewardError):
    """What came is not what the description of the interface says: another release, or something in between."""


class NotProved(CasewardError):
    """A proof does not hold; the text says what of it."""


class Problem(CasewardError):
    """What the service said instead of an answer.

    code: as on the page of codes, such as `no_such_grant`.
    detail: what cannot be done, and why not.
    hint: what to do next, where there is something to do.
    facts: what it rests on, such as `held_on` or `head`.
    status: of HTTP.
    """

    def __init__(self, code: str, detail: str, *, status: int, hint: str | None = None, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.status, self.hint = code, detail, status, hint
        self.facts: Mapping[str, Any] = facts or {}

    def __str__(self) -> str:
        told = f"{self.detail} ({self.code})"
        return f"{told}\nhint: {self.hint}" if self.hint else told


class Refused(Problem):
    """The rules say no, and nothing was stored."""


class UnknownCaller(Problem):
    """The token is unknown, has ended or was withdrawn."""


class Forbidden(Problem):
    """The token does not allow this."""


class Unavailable(Problem):
    """The service cannot answer now, nor could it when it was asked again."""


def problem(status: int, told: Mapping[str, Any]) -> Problem:
    """What the service told, as what to raise."""
    code = str(told.get("code", ""))
    by_status: dict[int, type[Problem]] = {401: UnknownCaller, 403: Forbidden, 408: Unavailable, 429: Unavailable, 503: Unavailable}
    kind = Refused if code in OF_RULES else by_status.get(status, Problem)
    facts = {name: one for name, one in told.items() if name not in _SAID}
    detail = str(told.get("detail") or told.get("message") or code)
    return kind(code, detail, status=status, hint=told.get("hint"), facts=facts)
