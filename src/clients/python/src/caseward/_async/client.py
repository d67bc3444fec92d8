"""The client."""

from __future__ import annotations

from types import TracebackType

import httpx

from caseward._async.asking import AsyncAsking
from caseward._async.authzen import AsyncAuthzen
from caseward._async.door import AsyncDoor
from caseward._async.following import AsyncFollowing
from caseward._async.listing import AsyncListing
from caseward._async.operating import AsyncOperating
from caseward._async.proving import AsyncProving
from caseward._async.submitting import AsyncSubmitting
from caseward.carried import Carried
from caseward.connecting import Connecting, Token
from caseward.sending import Retries


class AsyncClient(AsyncSubmitting, AsyncAsking, AsyncListing, AsyncFollowing, AsyncAuthzen, AsyncProving, AsyncOperating):
    """A connection to a service, and one organization of it.

    url: `http://127.0.0.1:7557`, or `https://…`; with `socket`, it may be left out.
    token: `cw_…` or a JWT, or what gives one when it is asked.
    org: which organization.
    socket: the path of `SOCKET` in the data directory, instead of TCP.
    ca: a file (PEM) with who signs the service's certificate, where the system does not know them.
    certificate: files (PEM) of a certificate to be known by, and of its key.
    timeout: seconds for one attempt.
    retries: how often, and how patiently.
    http: a client of httpx to use instead of an own one; it is not closed.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: Token | None = None,
        org: str = "default",
        socket: str | None = None,
        ca: str | None = None,
        certificate: tuple[str, str] | None = None,
        timeout: float = 30.0,
        retries: Retries | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        connecting = Connecting(url=url, token=token, socket=socket, ca=ca, certificate=certificate, timeout=timeout)
        self._door = AsyncDoor(connecting, retries or Retries(), http)
        self._org, self._purpose, self._carried = org, None, None

    @classmethod
    def from_environment(cls, org: str = "default") -> AsyncClient:
        """As `CASEWARD_SERVER` and `CASEWARD_TOKEN` say."""
        url, token = Connecting.of_environment()
        return cls(url, token=token, org=org)

    def _sibling(self) -> AsyncClient:
        sibling = object.__new__(type(self))
        sibling._door, sibling._org = self._door, self._org
        sibling._purpose, sibling._carried = self._purpose, self._carried
        return sibling

    def session(self) -> AsyncClient:
        """The same client, which from here on sees what it wrote: every question waits for the last position it was told."""
        sibling = self._sibling()
        sibling._carried = Carried()
        return sibling

    def at(self, org: str) -> AsyncClient:
        """The same client, about another organization; a session starts anew there."""
        sibling = self._sibling()
        sibling._org, sibling._carried = org, None if self._carried is None else Carried()
        return sibling

    def because(self, purpose: str) -> AsyncClient:
        """The same client, whose questions are kept in the log of reads with this purpose."""
        sibling = self._sibling()
        sibling._purpose = purpose
        return sibling

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes its connections, those of its sessions too."""
        await self._door.aclose()
