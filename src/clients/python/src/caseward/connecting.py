"""How the service is reached: an address, a socket, certificates, a token."""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, Union

from caseward import errors

#: A token, or what gives one: a JWT ends soon, so it is asked for with every request.
Token: TypeAlias = Union[str, Callable[[], str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """See `caseward.Client`."""

    url: str | None
    token: Token | None
    socket: str | None
    ca: str | None
    certificate: tuple[str, str] | None
    timeout: float

    def base(self) -> str:
        """What stands before every path."""
        if self.url is None and self.socket is None:
            raise ValueError("give the address of the service, such as `http://127.0.0.1:7557`, or its socket")
        if self.url is not None and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"`{self.url}` is no address of a service: begin it with http:// or https://")
        return (self.url or "http://caseward").rstrip("/")

    def transport(self) -> dict[str, Any]:
        """What the transport of httpx is made with."""
        made: dict[str, Any] = {} if self.socket is None else {"uds": self.socket}
        if self.ca is not None or self.certificate is not None:
            context = ssl.create_default_context(cafile=self.ca)
            if self.certificate is not None:
                context.load_cert_chain(*self.certificate)
            made["verify"] = context
        return made

    @staticmethod
    def of_environment() -> tuple[str, str | None]:
        """The address and the token."""
        url = os.environ.get("CASEWARD_SERVER")
        if not url:
            raise ValueError("CASEWARD_SERVER is not set: it is the address of the service")
        return url, os.environ.get("CASEWARD_TOKEN") or None


def problem_of(status: int, body: bytes) -> errors.Problem:
    """What is raised for an answer that is none. AuthZEN says it as text, a proxy in whatever way."""
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    if isinstance(told, dict) and "code" in told:
        return errors.problem(status, told)
    code = {400: "invalid", 401: "unknown_caller", 403: "forbidden", 404: "not_found", 429: "busy", 502: "fault", 504: "timeout"}
    detail = body.decode(errors="replace").strip()[:500] or f"the service answered {status}"
    return errors.problem(status, {"code": code.get(status, f"status_{status}"), "detail": detail})


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the service asks to wait."""
    try:
        return float(headers.get("Retry-After", ""))
    except ValueError:
        return None
