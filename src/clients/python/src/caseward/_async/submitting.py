"""Commands: one, many, all or none of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Unpack

from caseward import commands, forms
from caseward._async.base import AsyncBase
from caseward._async.commands import AsyncCommands
from caseward.errors import problem
from caseward.sending import Sending, Submission, each, in_parts, submission


class AsyncSubmitting(AsyncCommands, AsyncBase):
    """Sends them under ids, so that trying again is safe."""

    async def do(self, command: commands.Command, **sent: Unpack[Sending]) -> forms.Accepted:
        """Sends a command: it is accepted, or `Refused` is raised."""
        body = submission(command, sent)
        if sent.get("dry_run"):
            answered = await self._door.ask("POST", self._path("commands"), body={"commands": [body], "dry_run": True})
            told = answered["answers"][0]
            if told["status"] == "refused":
                raise problem(422, told)
            return self._read(forms.Accepted, told)
        accepted = self._read(forms.Accepted, await self._door.ask("POST", self._path("commands"), body=body))
        self._saw(accepted.position)
        return accepted

    async def submit(
        self, batch: Iterable[commands.Command | Submission], *, atomic: bool = False, dry_run: bool = False
    ) -> list[forms.Accepted | forms.Refusal]:
        """Up to 10,000 commands in order, each with its answer; `atomic`: all of them as one commit, or none."""
        body = {"commands": each(batch), "atomic": atomic, "dry_run": dry_run}
        answered = await self._door.ask("POST", self._path("commands"), body=body)
        answers: list[forms.Accepted | forms.Refusal] = self._each((forms.Accepted, forms.Refusal), answered, "answers")
        if not dry_run:
            self._saw(max((one.position for one in answers if isinstance(one, forms.Accepted)), default=0))
        return answers

    async def submit_all(
        self, batch: Iterable[commands.Command | Submission], *, size: int = 1_000
    ) -> AsyncIterator[forms.Accepted | forms.Refusal]:
        """Any number of commands, so many at a time: the answers in order. Each part is stored before the next is taken."""
        for part in in_parts(batch, size):
            for answer in await self.submit(part):
                yield answer
