# Made from `_async/asking.py` by `tools/generate.py`: change it there.
"""Decisions, and what stands beside them: `check`, `checks`, `rights`, `explain`, `names`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from caseward import forms
from caseward._sync.base import Base
from caseward.question import Question
from caseward.sending import in_parts
from caseward.wire import AsOf, Instant, query, to_json


class Asking(Base):
    """Who may do what, at a moment."""

    def check(
        self,
        subject: str,
        action: forms.Action,
        resource: str,
        *,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
    ) -> forms.Decision:
        """Whether a user (`user:ana`) or a link may do something to a resource (`case:4711`), with the reasons."""
        body: dict[str, Any] = {"subject": subject, "action": action, "resource": resource}
        if as_of is not None:
            body["as_of"] = to_json(as_of)
        if at is not None:
            body["at"] = to_json(at)
        waits = query(at_least=self._at_least(at_least))
        decision = self._read(forms.Decision, self._door.ask("POST", self._path("check"), query=waits, body=body))
        self._saw(decision.position)
        return decision

    def allows(self, subject: str, action: forms.Action, resource: str) -> bool:
        """The same, now, and only yes or no."""
        return (self.check(subject, action, resource)).decision

    def checks(
        self,
        questions: Iterable[Question | tuple[str, forms.Action, str]],
        *,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
    ) -> list[forms.Decision | forms.Refusal]:
        """Up to 10,000 questions, all at one position. What cannot be asked is a `Refusal` in its place."""
        asked = [one if isinstance(one, Question) else Question(*one) for one in questions]
        body = {"questions": [one.to_json() for one in asked]}
        waits = query(as_of=as_of, at=at, at_least=self._at_least(at_least))
        answered = self._door.ask("POST", self._path("checks"), query=waits, body=body)
        answers: list[forms.Decision | forms.Refusal] = self._each((forms.Decision, forms.Refusal), answered, "answers")
        self._saw(max((one.position for one in answers if isinstance(one, forms.Decision)), default=0))
        return answers

    def check_all(
        self, questions: Iterable[Question | tuple[str, forms.Action, str]], *, size: int = 1_000
    ) -> Iterator[forms.Decision | forms.Refusal]:
        """Any number of questions, so many at a time: the answers in order, each part at its own position."""
        for part in in_parts(questions, size):
            for answer in self.checks(part):
                yield answer

    def rights(
        self, subject: str, resource: str, *, as_of: AsOf | None = None, at: Instant | None = None, at_least: int | None = None
    ) -> forms.RightsAnswer:
        """All that a subject may do to a resource."""
        asked = query(subject=subject, resource=resource, as_of=as_of, at=at, at_least=self._at_least(at_least))
        return self._get(forms.RightsAnswer, "rights", asked)

    def explain(
        self,
        subject: str,
        action: forms.Action,
        resource: str,
        *,
        as_of: AsOf | None = None,
        at: Instant | None = None,
        at_least: int | None = None,
    ) -> forms.ExplainAnswer:
        """A decision with every event that it cites."""
        asked = query(subject=subject, action=action, resource=resource, as_of=as_of, at=at, at_least=self._at_least(at_least))
        return self._get(forms.ExplainAnswer, "explain", asked)

    def names(
        self, of: Sequence[str], *, as_of: AsOf | None = None, at: Instant | None = None, at_least: int | None = None
    ) -> forms.NamesAnswer:
        """What people call things, as it stood then."""
        waits = query(as_of=as_of, at=at, at_least=self._at_least(at_least))
        told = self._door.ask("POST", self._path("names"), query=waits, body={"of": list(of)}, headers=self._why())
        return self._read(forms.NamesAnswer, told)

    def matrix(
        self, of: str, *, as_of: AsOf | None = None, at: Instant | None = None, at_least: int | None = None
    ) -> forms.MatrixOfProfile | forms.MatrixOfDefinition:
        """What a profile may, form by form, or what profiles may on a form: `profile:clerk`, `definition:fraud`."""
        asked = query(of=of, as_of=as_of, at=at, at_least=self._at_least(at_least))
        if of.startswith("profile:"):
            return self._get(forms.MatrixOfProfile, "matrix", asked)
        return self._get(forms.MatrixOfDefinition, "matrix", asked)

    def policy(self, *, as_of: AsOf | None = None, at_least: int | None = None) -> forms.PolicyAnswer:
        """Every key of the policy, with the event that last set it."""
        return self._get(forms.PolicyAnswer, "policy", query(as_of=as_of, at_least=self._at_least(at_least)))

    def vocabulary(self, *, as_of: AsOf | None = None, at_least: int | None = None) -> forms.VocabularyAnswer:
        """What the words of callers stand for, and since which event."""
        return self._get(forms.VocabularyAnswer, "vocabulary", query(as_of=as_of, at_least=self._at_least(at_least)))

    def report(
        self,
        of: str,
        *,
        from_: AsOf | None = None,
        to: AsOf | None = None,
        as_of: AsOf | None = None,
        at_least: int | None = None,
        limit: int | None = None,
    ) -> str:
        """Who held what on a resource, or what a user held, with every change and its cause: one document, HTML."""
        asked = query(of=of, from_=from_, to=to, as_of=as_of, at_least=self._at_least(at_least), limit=limit)
        return (self._door.send("GET", self._path("report"), query=asked, headers=self._why())).text
