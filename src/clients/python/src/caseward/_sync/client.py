# Made from `_async/client.py` by `tools/generate.py`: change it there.
"""The client."""

from __future__ import annotations

from types import TracebackType

import httpx

from caseward._sync.asking import Asking
from caseward._sync.authzen import Authzen
from caseward._sync.door import Door
from caseward._sync.following import Following
from caseward._sync.listing import Listing
from caseward._sync.operating import Operating
from caseward._sync.proving import Proving
from caseward._sync.submitting import Submitting
from caseward.carried import Carried
from caseward.connecting import Connecting, Token
from caseward.sending import Retries


class Client(Submitting, Asking, Listing, Following, Authzen, Proving, Operating):
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
        http: httpx.Client | None = None,
    ) -> None:
        connecting = Connecting(url=url, token=token, socket=socket, ca=ca, certificate=certificate, timeout=timeout)
        self._door = Door(connecting, retries or Retries(), http)
        self._org, self._purpose, self._carried = org, None, None

    @classmethod
    def from_environment(cls, org: str = "default") -> Client:
        """As `CASEWARD_SERVER` and `CASEWARD_TOKEN` say."""
        url, token = Connecting.of_environment()
        return cls(url, token=token, org=org)

    def _sibling(self) -> Client:
        sibling = object.__new__(type(self))
        sibling._door, sibling._org = self._door, self._org
        sibling._purpose, sibling._carried = self._purpose, self._carried
        return sibling

    def session(self) -> Client:
        """The same client, which from here on sees what it wrote: every question waits for the last position it was told."""
        sibling = self._sibling()
        sibling._carried = Carried()
        return sibling

    def at(self, org: str) -> Client:
        """The same client, about another organization; a session starts anew there."""
        sibling = self._sibling()
        sibling._org, sibling._carried = org, None if self._carried is None else Carried()
        return sibling

    def because(self, purpose: str) -> Client:
        """The same client, whose questions are kept in the log of reads with this purpose."""
        sibling = self._sibling()
        sibling._purpose = purpose
        return sibling

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes its connections, those of its sessions too."""
        self._door.close()
