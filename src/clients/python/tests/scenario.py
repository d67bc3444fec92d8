"""Goes through the common scenarios: `tests/clients/README.md` says how a step is read."""

from __future__ import annotations

import inspect
import itertools
import keyword
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import caseward
from caseward.wire import to_json

Step = dict[str, Any]
KINDS = {
    "refused": caseward.Refused,
    "forbidden": caseward.Forbidden,
    "unknown_caller": caseward.UnknownCaller,
    "problem": caseward.Problem,
}
#: Where a word of the wire is one of Python.
ARGUMENTS = {"query": "matching"}


def argument(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else ARGUMENTS.get(name, name)


def has(found: Any, wanted: Any, at: str = "answer") -> None:
    """Asserts that an answer has what is wanted of it."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), f"{at}: {found!r}"
        for name, one in wanted.items():
            assert name in found, f"{at} lacks {name}: {found}"
            has(found[name], one, f"{at}.{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), f"{at}: {found}"
        for index, (one, other) in enumerate(zip(found, wanted, strict=True)):
            has(one, other, f"{at}[{index}]")
    else:
        assert found == wanted, f"{at}: {found!r} is not {wanted!r}"


def fits(found: Any, wanted: Any) -> bool:
    try:
        has(found, wanted)
    except AssertionError:
        return False
    return True


def pick(value: Any, path: str) -> Any:
    for part in filter(None, path.split(".")):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


class Runner:
    """One scenario. `open_client` gives a client for a token."""

    def __init__(self, open_client: Callable[[str | None], Any], scenario: Step) -> None:
        self.open_client = open_client
        base = open_client(None)
        self.org = scenario["org"]
        if self.org != "default" and scenario.get("create", True):
            self.org = f"{self.org}-{uuid.uuid4().hex[:8]}"
            base.create_org(self.org)
        self.client = base.at(self.org)
        if scenario.get("session"):
            self.client = self.client.session()
        self.kept: dict[str, Any] = {"org": self.org, "unique": f"b-{uuid.uuid4().hex[:8]}"}
        self.steps = scenario["steps"]

    def run(self) -> None:
        for number, step in enumerate(self.steps):
            try:
                self.step(self.filled(step))
            except (AssertionError, caseward.CasewardError) as why:
                raise AssertionError(f"step {number}, {step['call']}: {why}") from why

    def filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.kept[value[1:]]
        if isinstance(value, str) and "$org" in value:
            return value.replace("$org", self.org)
        return value

    def call(self, step: Step) -> Any:
        client = self.open_client(step["as"]).at(self.org) if "as" in step else self.client
        if "because" in step:
            client = client.because(step["because"])
        given = {argument(name): one for name, one in step.get("with", {}).items()}
        if step["call"] == "checks":
            given["questions"] = [caseward.Question(**one) for one in given["questions"]]
        if step["call"] == "restrict_case":
            given["entries"] = [caseward.commands.Entry(**one) for one in given["entries"]]
        made = getattr(client, step["call"])(**given, **step.get("sent", {}))
        if isinstance(made, caseward.Pages):
            return made
        if inspect.isgenerator(made):
            return list(itertools.islice(made, step.get("take")))
        return made

    def step(self, step: Step) -> None:
        if "fails" in step:
            self.fails(step)
            return
        deadline = time.monotonic() + 20
        while True:
            answer = self.call(step)
            if isinstance(answer, caseward.Pages):
                self.pages(answer, step)
                if "wait_for" not in step or any(fits(one, step["wait_for"]) for one in answer):
                    return
            elif "until" not in step or fits(to_json(answer), step["until"]):
                break
            assert time.monotonic() < deadline, f"it never came: {to_json(answer) if 'until' in step else ''}"
            time.sleep(0.05)
        self.look(step, to_json(answer))

    def look(self, step: Step, found: Any) -> None:
        if "expect" in step:
            has(found, step["expect"])
        if "expect_items" in step:
            has(found, step["expect_items"])
        for index, name in step.get("lacks", {}).items():
            assert name not in found["events"][int(index)]["data"]
        for name, path in step.get("keep", {}).items():
            self.kept[name] = pick(found, path)

    @staticmethod
    def pages(answer: Any, step: Step) -> None:
        if "expect_first" in step:
            has(to_json(answer.first()), step["expect_first"])
        if "expect_count" in step:
            found = to_json(answer.all())
            assert len(found) == step["expect_count"], f"{len(found)}: {found}"

    def fails(self, step: Step) -> None:
        wanted = step["fails"]
        try:
            answer = self.call(step)
            if isinstance(answer, caseward.Pages):
                answer = answer.all()
        except caseward.Problem as problem:
            assert problem.code == wanted["code"], problem
            assert problem.status == wanted.get("status", problem.status), problem.status
            assert type(problem) is KINDS[wanted["kind"]] if "kind" in wanted else True, type(problem)
            assert not wanted.get("hint") or problem.hint
            has(dict(problem.facts), wanted.get("facts", {}))
        else:
            raise AssertionError(f"it did not fail: {answer}")


def blocking(client: Any, loop: Any) -> Any:
    """A client that waits not, as one that does, so that both go through the same scenarios."""
    return Blocking(client, loop)


class Blocking:
    """Runs what is asked of an `AsyncClient` to its end."""

    def __init__(self, inner: Any, loop: Any) -> None:
        self._inner, self._loop = inner, loop

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._inner, name)
        if name in ("at", "session", "because"):
            return lambda *given: Blocking(member(*given), self._loop)

        def call(*given: Any, **named: Any) -> Any:
            made = member(*given, **named)
            if inspect.iscoroutine(made):
                return self._loop.run_until_complete(made)
            if isinstance(made, caseward.AsyncPages):
                return self._pages(made)
            return self._items(made)

        return call

    def _items(self, made: Any) -> Iterator[Any]:
        try:
            while True:
                try:
                    yield self._loop.run_until_complete(anext(made))
                except StopAsyncIteration:
                    return
        finally:
            self._loop.run_until_complete(made.aclose())

    def _pages(self, made: Any) -> Any:
        wait = self._loop.run_until_complete
        return caseward.Pages(lambda after: wait(made._ask(after)), made._items, made._token)
