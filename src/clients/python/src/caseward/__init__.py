"""The client of Caseward: who may, who could, why, and since which event.

    with caseward.Client("http://127.0.0.1:7557", token=…) as client:
        if client.check("user:ana", "read", "case:4711").decision: …
        client.grant(on="case:4711", to="user:ana", access="write", actor="user:judith", reason="takes over")

`AsyncClient` is the same with `await`. Answers are in `caseward.forms`, commands in `caseward.commands`.
"""

from caseward import cache, commands, forms, proofs
from caseward._async.client import AsyncClient
from caseward._async.paging import AsyncPages
from caseward._sync.client import Client
from caseward._sync.paging import Pages
from caseward.errors import CasewardError, Forbidden, NotProved, Problem, Refused, Unavailable, UnexpectedAnswer, UnknownCaller, Unreachable
from caseward.question import Question
from caseward.sending import Retries, Submission
from caseward.server_sent import Commit, Heartbeat
from caseward.wire import UNSET

__all__ = [
    "UNSET",
    "AsyncClient",
    "AsyncPages",
    "CasewardError",
    "Client",
    "Commit",
    "Forbidden",
    "Heartbeat",
    "NotProved",
    "Pages",
    "Problem",
    "Question",
    "Refused",
    "Retries",
    "Submission",
    "Unavailable",
    "UnexpectedAnswer",
    "UnknownCaller",
    "Unreachable",
    "cache",
    "commands",
    "forms",
    "proofs",
]
__version__ = "0.1.0"
