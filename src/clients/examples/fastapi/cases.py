"""A small case system: cases in a dictionary, who may what in Caseward, and a page that tells an auditor who could read.

    CASEWARD_SERVER=http://127.0.0.1:7557 CASEWARD_TOKEN=cw_… uvicorn cases:app

It keeps no list of rights of its own. Whoever opens a case, hands it over or seals it does so by a command; every page asks.
Who somebody is comes from the header `X-User`, which in earnest is a proxy's or a session's.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from typing import Annotated

import caseward
from caseward.forms import Decision
from caseward.integrations.fastapi import Guard
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel

DEFINITION = "complaint"
client = caseward.AsyncClient.from_environment(os.environ.get("CASEWARD_ORG", "default"))
notes: dict[str, list[str]] = {}


@asynccontextmanager
async def running(_: FastAPI) -> AsyncIterator[None]:
    """Makes the kind of case known, once; a second process finds it there."""
    try:
        await client.create_definition(definition=DEFINITION, name="Complaint", access_control=True, actor="user:admin")
    except caseward.Refused as refused:
        if refused.code != "exists":
            raise
    yield
    await client.aclose()


app = FastAPI(title="Complaints", lifespan=running)


def user(x_user: Annotated[str, Header(pattern=r"^[a-z]+$")]) -> str:
    """Who asks."""
    return f"user:{x_user}"


guard = Guard(client, subject=user)
User = Annotated[str, Depends(user)]
MayRead = Annotated[Decision, Depends(guard("read", "case:{case}"))]
MayWrite = Annotated[Decision, Depends(guard("write", "case:{case}"))]


class Note(BaseModel):
    """What somebody writes into a case."""

    text: str


class HandOver(BaseModel):
    """To whom, and why."""

    to: str
    reason: str


@app.exception_handler(caseward.Refused)
async def refused(_: Request, why: Exception) -> JSONResponse:
    """What the rules refuse is told with its hint."""
    assert isinstance(why, caseward.Refused)
    return JSONResponse({"code": why.code, "detail": why.detail, "hint": why.hint}, status_code=409)


@app.post("/cases/{case}", status_code=201)
async def open_case(case: str, who: User) -> dict[str, str]:
    """Opens a case; whoever does may write it. Both or neither: one commit."""
    creator = who.removeprefix("user:")
    batch = [
        caseward.Submission(command=caseward.commands.OpenCase(case=case, definition=DEFINITION, creator=creator), actor=who),
        caseward.Submission(
            command=caseward.commands.Grant(on=f"case:{case}", to=who, access="write"), actor="user:admin", reason="opened it"
        ),
    ]
    for answer in await client.submit(batch, atomic=True):
        if isinstance(answer, caseward.forms.Refusal) and answer.code != "batch_refused":
            raise HTTPException(409, answer.message)
    notes[case] = []
    return {"case": case}


@app.get("/cases")
async def mine(who: User) -> list[str]:
    """The cases that somebody may read: asked, not kept."""
    return [one.removeprefix("case:") async for one in client.what(who, "read", definition=f"definition:{DEFINITION}")]


@app.get("/cases/{case}")
async def read(case: str, _: MayRead) -> list[str]:
    """What stands in a case."""
    return notes.get(case, [])


@app.post("/cases/{case}/notes", status_code=201)
async def write(case: str, note: Note, who: User, _: MayWrite) -> dict[str, int]:
    """Writes into a case."""
    notes.setdefault(case, []).append(f"{who}: {note.text}")
    return {"notes": len(notes[case])}


@app.post("/cases/{case}/hand-over")
async def hand_over(case: str, over: HandOver, who: User, _: MayWrite) -> dict[str, int]:
    """Gives a case to somebody else; the reason stands in the history."""
    session = client.session()
    target = f"user:{over.to}"
    await session.grant(on=f"case:{case}", to=target, access="write", on_existing="update", actor="user:admin", reason=over.reason)
    await session.revoke(on=f"case:{case}", to=who, actor="user:admin", reason=over.reason)
    # The session waits for its own commands, so this is what holds behind them.
    held = await session.rights(who, f"case:{case}")
    return {"rights_left": len(held.rights)}


@app.get("/audit/{case}", response_class=HTMLResponse)
async def audit(case: str, who: User, x_purpose: Annotated[str, Header()], since: str = "2020-01-01T00:00:00Z") -> str:
    """Who could read a case, when, and by which events. For auditors; what they ask is kept with its purpose."""
    if not await client.allows(who, "administer", "organization"):
        raise HTTPException(404, "Not Found")
    asking = client.because(x_purpose)
    rows = []
    async for holder in asking.who_between("read", f"case:{case}", from_=since):
        for interval in holder.intervals:
            until = interval.until.isoformat() if interval.until else "still"
            cells = [holder.subject, interval.from_.isoformat(), until, interval.rule, ", ".join(map(str, interval.events))]
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    events = []
    async for event in asking.history(f"case:{case}"):
        reason = f": {event.reason}" if event.reason else ""
        events.append(f"<li value={event.position}>{escape(f'{event.time.isoformat()} {event.actor} {event.type}{reason}')}</li>")
    head = "<tr><th>who<th>from<th>until<th>by<th>events</tr>"
    return f"<h1>Who could read {escape(case)}</h1><table>{head}{''.join(rows)}</table><ol>{''.join(events)}</ol>"
