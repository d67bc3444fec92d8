"""The way to the service: one connection pool, a token, and how often something is tried.

INVARIANT: what may not be done twice is sent a second time only where the first cannot have arrived.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx

from caseward import errors
from caseward.connecting import Connecting, problem_of, retry_after
from caseward.sending import PASSING, Retries

#: What may not be sent twice goes over a connection of its own: one that was kept may have been closed meanwhile, and then
#: nobody knows whether the request arrived.
_FRESH = httpx.Limits(max_keepalive_connections=0)


class AsyncDoor:
    """Sends requests, and raises what is not an answer."""

    def __init__(self, connecting: Connecting, retries: Retries, http: httpx.AsyncClient | None) -> None:
        self._token: str | Callable[[], str] | None = connecting.token
        self._retries = retries
        self._own = http is None
        self._http = http or httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(**connecting.transport()), timeout=connecting.timeout)
        self._base = connecting.base()
        self._once = http or httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(**connecting.transport(), limits=_FRESH), timeout=connecting.timeout
        )

    async def aclose(self) -> None:
        """Closes its connections; those of a client that was passed in stay as they are."""
        if self._own:
            await self._http.aclose()
            await self._once.aclose()

    def _headers(self, more: Mapping[str, str | bytes] | None) -> list[tuple[bytes, bytes]]:
        headers = [(name.encode(), one if isinstance(one, bytes) else one.encode()) for name, one in (more or {}).items()]
        if self._token is not None:
            token = self._token if isinstance(self._token, str) else self._token()
            headers.append((b"Authorization", b"Bearer " + token.encode()))
        return headers

    async def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str | bytes] | None = None,
        harmless: bool = True,
    ) -> Any:
        """The answer as JSON. `harmless`: sending it twice does what sending it once does."""
        response = await self.send(method, path, query=query, body=body, headers=headers, harmless=harmless)
        try:
            return json.loads(response.content)
        except ValueError as why:
            raise errors.UnexpectedAnswer(f"{method} {path} was answered by what is not JSON") from why

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str | bytes] | None = None,
        harmless: bool = True,
    ) -> httpx.Response:
        """The answer as it came."""
        http = self._http if harmless else self._once
        attempt = 0
        while True:
            attempt += 1
            try:
                response = await http.request(method, self._base + path, params=query or None, json=body, headers=self._headers(headers))
            except httpx.TransportError as why:
                arrived = not isinstance(why, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
                if attempt >= self._retries.attempts or (arrived and not harmless):
                    raise errors.Unreachable(f"{self._base or 'the service'} does not answer: {why or type(why).__name__}") from why
                await asyncio.sleep(self._retries.wait(attempt - 1, None))
                continue
            if response.is_success:
                return response
            problem = problem_of(response.status_code, response.content)
            passing = problem.code in PASSING if harmless else problem.code == "busy"
            if not passing or attempt >= self._retries.attempts:
                raise problem
            await asyncio.sleep(self._retries.wait(attempt - 1, retry_after(response.headers)))

    def pause(self, failed: int) -> float:
        """Seconds before a stream is opened again that failed so often without a word."""
        return self._retries.wait(min(failed, 16), None) if failed else 0.0

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str], headers: Mapping[str, str | bytes], silence: float
    ) -> AsyncIterator[AsyncIterator[str]]:
        """Lines as they come, until nothing came for so many seconds. Tried once: who follows knows where to go on."""
        if self._http.is_closed:
            raise errors.Unreachable("the client was closed")
        timeout = httpx.Timeout(silence, connect=min(silence, 10.0))
        sent = self._http.stream("GET", self._base + path, params=query, headers=self._headers(headers), timeout=timeout)
        async with sent as response:
            if not response.is_success:
                raise problem_of(response.status_code, await response.aread())
            yield response.aiter_lines()


def segment(name: str | int) -> str:
    """A part of a path."""
    return quote(str(name), safe="")
