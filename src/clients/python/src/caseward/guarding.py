"""What a guard of a web framework decides, and how it answers.

INVARIANT: who may not see that something is there gets what they would get were it not there (404); where nothing could be
decided, nobody is let in (503).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, Union

from caseward import forms
from caseward.errors import Problem, Refused

#: `case:{case}`, filled with the parameters of the path, or what makes a reference of them.
Resource: TypeAlias = Union[str, Callable[[Mapping[str, Any]], str]]


def resource_of(resource: Resource, parameters: Mapping[str, Any]) -> str:
    """The reference that is asked about."""
    return resource.format_map(parameters) if isinstance(resource, str) else resource(parameters)


def status(decision: forms.Decision) -> int:
    """200, or 403, or 404 where it is to be shown as absent."""
    if decision.decision:
        return 200
    return 403 if decision.disclose else 404


def status_of(problem: Exception) -> int:
    """What is answered where there is no decision: what cannot be asked about is not there."""
    return 404 if isinstance(problem, Refused) and problem.code in ("invalid", "not_found") else 503


def told(problem: Exception) -> str:
    """What the log may say of it."""
    return problem.code if isinstance(problem, Problem) else type(problem).__name__
